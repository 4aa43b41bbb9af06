"""The lines of `benchmarks.curation`: each figure with its floor, once for each peer there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks._curation_spec import Spec
from benchmarks.results import Result

QSQL, PROXY, CALC = "QSqlTableModel", "proxy", "Calc"


@dataclass(slots=True)
class Sides:
    """What each side measured, by name; empty where it could not run."""

    ours: dict[str, float] = field(default_factory=dict)
    floors: dict[str, float] = field(default_factory=dict)
    qt: dict[str, float] = field(default_factory=dict)
    calc: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A figure's name, those of its floor and peers ("" for none), and what it should come to."""

    name: str
    floor: str = ""
    sql: str = ""
    proxy: str = ""
    calc: str = ""
    goal: str = ""
    unit: str = "ms"


LINES = (
    Line("start to first paint", "bare window", goal="<= 1.3 x floor"),
    Line(
        "start to painted grid",
        "bare window",
        "sql start",
        calc="calc start and load",
        goal="<= floor + 300 ms",
    ),
    Line("pause at the start", goal="<= 100 ms"),
    Line(
        "keystroke, median",
        "keystroke, median",
        "sql keystroke, median",
        "proxy keystroke, median",
        "calc keystroke, median",
        "1/4 of LIKE, 1/10 of Calc",
    ),
    Line(
        "keystroke, p95",
        "keystroke, p95",
        "sql keystroke, p95",
        "proxy keystroke, p95",
        "calc keystroke, p95",
        "<= 50 ms",
    ),
    Line("pause while typing", goal="<= 100 ms"),
    Line("filters and a text", "filters and a text", "sql filters", calc="calc filters", goal="1/10 of SQL"),
    *(
        Line(
            f"sort by {name}, first time",
            f"sort by {name}" if name not in {"sector", "created"} else "",
            f"sql sort by {name}" if name in {"keyword", "volume"} else "",
            f"proxy sort by {name}" if name in {"keyword", "volume"} else "",
            f"calc sort by {name}" if name in {"keyword", "volume"} else "",
            "<= 1,000 ms" if name == "keyword" else "<= 150 ms",
        )
        for name in ("keyword", "volume", "difficulty", "intent", "country", "cluster", "status", "created")
    ),
    Line("sort seen before", "frame, median", goal="<= 30 ms"),
    Line("sort seen before, p95", "frame, p95"),
    Line("pause while sorting", goal="<= 100 ms"),
    Line("scroll to a random row, median", "frame, median", goal="<= 2 x floor"),
    Line("scroll to a random row, p95", "frame, p95", "sql frame, p95", "proxy frame, p95", goal="<= 16 ms"),
    Line("scroll page by page, p95", "frame, p95", goal="<= 16 ms"),
    Line("facets, all counted", "facets"),
    Line("select all", "frame, median", proxy="proxy select all", goal="<= 2 frames"),
    Line("figures of all", "figures of all"),
    Line("pause at select all", goal="<= 100 ms"),
    Line("one cell, shown", "one cell", goal="<= 5 ms + fsync"),
    Line("one cell, durable", "one cell"),
    Line(
        "status of all, shown",
        "status of all",
        "sql status of all",
        "proxy status of all",
        "calc status of all",
        "<= 2.5 x floor",
    ),
    Line("status of all, durable", "status of all", "sql status of all", goal="<= 2.5 x floor"),
    Line("pause, status of all", goal="<= 100 ms"),
    Line("undo of it, shown", "undo of it", calc="calc undo of it", goal="<= 2.5 x floor"),
    Line("undo of it, durable", "undo of it"),
    Line("pause, undo", goal="<= 100 ms"),
    Line("paste, shown", "paste", calc="calc paste"),
    Line("paste, durable", "paste"),
    Line("pause, paste", goal="<= 100 ms"),
    Line("export, csv", "export, bytes", calc="calc save csv", goal="<= 1 x Calc"),
    Line("export, json", "export, bytes"),
    Line("export, xlsx", "export, bytes", calc="calc save xlsx", goal="<= 1 x Calc"),
    Line("pause, export", goal="<= 100 ms"),
    Line("import, plan shown", "import, sqlite3 shell", calc="calc load list", goal="<= 1.5 x the shell"),
    Line("import, carried out", "import, sqlite3 shell"),
    Line("import, both", "import, sqlite3 shell", calc="calc load list"),
    Line("pause, import", goal="<= 100 ms"),
    Line("memory after the start", unit="MiB"),
    Line("memory in use", sql="sql memory", calc="calc memory", goal="<= 500, 0.8 x Calc", unit="MiB"),
    Line("memory after the import", unit="MiB"),
)


def lines(spec: Spec, sides: Sides) -> list[Result]:
    """Return the table's lines for what was measured."""
    if "calc start" in sides.calc:
        sides.calc["calc start and load"] = sides.calc["calc start"] + sides.calc["calc load"]
    return [result for line in LINES if line.name in sides.ours for result in _results(line, spec, sides)]


def _results(line: Line, spec: Spec, sides: Sides) -> Iterator[Result]:
    product, floor = sides.ours[line.name], sides.floors.get(line.floor)
    peers = (
        (QSQL, sides.qt.get(line.sql)),
        (PROXY, sides.qt.get(line.proxy)),
        (CALC, sides.calc.get(line.calc)),
    )
    there = [(name, value) for name, value in peers if value is not None]
    if not there:
        yield Result(line.name, spec.rows, product, floor, None, line.goal, line.unit)
    for name, value in there:
        yield Result(f"{line.name} | {name}", spec.rows, product, floor, value, line.goal, line.unit)
