"""The figures of the product, each beside its floor in the same run. Start with `python -m benchmarks`."""
