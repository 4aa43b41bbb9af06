"""The in-memory query engine: columns, text index, sort orders, side-car cache. The one evaluator of the query line."""
