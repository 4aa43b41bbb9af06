"""The table of promised figures: `python -m benchmarks [--rows N,N,N] [--only NAME] [--peer pouchdb] [--platform offscreen|xcb]`.

Every module of this folder with a function `measure(rows)` takes part; it returns `results.Result` rows, each figure beside its
floor (and a peer where there is one) taken in the same run. Ratios travel between computers, milliseconds do not. The growth
exponent is the slope of time over rows on logarithmic scales: 1 is linear, 0 does not depend on the number of rows.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence

import benchmarks
from benchmarks.results import Result

SIZES = (10_000, 100_000, 1_000_000)
HEADINGS = ("benchmark", "rows", "unit", "product", "floor", "x floor", "peer", "x peer", "growth", "goal")
RIGHT = (1, *range(3, 9))
PEERS = ("pouchdb",)
Measure = Callable[[int], Sequence[Result]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for and print the table. Returns 1 if a benchmark could not run."""
    options = _options(arguments)
    # Qt draws without a display; the figures of painting are those of its own rasteriser either way.
    os.environ["QT_QPA_PLATFORM"] = options.platform or os.environ.get("QT_QPA_PLATFORM", "offscreen")
    if os.environ["QT_QPA_PLATFORM"] == "xcb" and not os.environ.get("DISPLAY"):
        print("there is no display; begin the command with xvfb-run -a", file=sys.stderr)
        return 2
    os.environ["PLANNER_BENCH_PEER"] = options.peer
    measures = dict(find(options.only))
    if not measures:
        print(
            f"no benchmark is named {options.only!r}; there are {', '.join(name for name, _ in find(''))}",
            file=sys.stderr,
        )
        return 2
    results: list[Result] = []
    failed = False
    for name, measure in measures.items():
        for rows in options.rows:
            began = time.perf_counter()
            try:
                results += measure(rows)
            except Exception:  # noqa: BLE001 - one that fails does not keep the others' figures back
                failed = True
                print(f"{name} at {rows:,} rows failed:\n{traceback.format_exc()}", file=sys.stderr)
                break
            print(
                f"{name} at {rows:,} rows: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True
            )
    for line in table(results):
        print(line)
    return 1 if failed else 0


def find(only: str) -> Iterator[tuple[str, Measure]]:
    """Yield name and function of the benchmarks whose module name is `only`, or of all."""
    for module in sorted(pkgutil.iter_modules(benchmarks.__path__), key=lambda one: one.name):
        if module.name.startswith("_") or module.name == "results" or (only and module.name != only):
            continue
        measure = getattr(importlib.import_module(f"benchmarks.{module.name}"), "measure", None)
        if measure is not None:
            yield module.name, measure


def table(results: Sequence[Result]) -> list[str]:
    """Return the lines of the table, the sizes of one figure below each other."""
    names = list(dict.fromkeys(result.name for result in results))
    body: list[tuple[str, ...]] = []
    for name in names:
        sizes = sorted((result for result in results if result.name == name), key=lambda result: result.rows)
        slope = growth([(result.rows, result.product_ms) for result in sizes])
        body += [_line(result, slope if result is sizes[-1] else None) for result in sizes]
    widths = [max(len(line[place]) for line in [HEADINGS, *body]) for place in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    return [_aligned(line, widths) for line in [HEADINGS, rule, *body]]


def growth(points: Sequence[tuple[int, float]]) -> float | None:
    """Return the exponent of time over rows (least squares on logarithms), None for fewer than two sizes."""
    logs = [(math.log(rows), math.log(ms)) for rows, ms in points if rows > 0 and ms > 0]
    if len({x for x, _ in logs}) < 2:
        return None
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def _line(result: Result, slope: float | None) -> tuple[str, ...]:
    return (
        result.name,
        f"{result.rows:,}",
        result.unit,
        _ms(result.product_ms),
        _ms(result.floor_ms),
        _ratio(result.product_ms, result.floor_ms),
        _ms(result.peer_ms),
        _ratio(result.product_ms, result.peer_ms),
        "" if slope is None else f"{slope:.2f}",
        result.goal,
    )


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.rjust(width) if place in RIGHT else text.ljust(width)
        for place, (text, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _ms(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value: float, other: float | None) -> str:
    return "" if not other else f"{value / other:.2f}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--rows", type=_sizes, default=SIZES, metavar="N,N", help="numbers of keywords (default: %(default)s)"
    )
    parser.add_argument(
        "--platform",
        choices=("offscreen", "xcb"),
        default="",
        help="what Qt draws on (default: offscreen; xcb needs a display, for instance xvfb-run -a)",
    )
    parser.add_argument("--only", default="", metavar="NAME", help="one benchmark, named as its module")
    parser.add_argument(
        "--peer",
        choices=PEERS,
        default="",
        help="run this peer, too, on the same rows; pouchdb is installed with npm into the user's cache folder",
    )
    return parser.parse_args(arguments)


def _sizes(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part.replace("_", "")) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers") from None
    if not found or min(found) < 1:
        raise argparse.ArgumentTypeError("numbers of rows start at 1")
    return found


if __name__ == "__main__":
    sys.exit(main())
