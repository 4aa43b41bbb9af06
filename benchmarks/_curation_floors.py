"""The least that the steps of `benchmarks.curation` could cost: single SQL statements, a C++ view, bytes written."""

from __future__ import annotations

import csv
import os
import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks._curation_spec import Spec, high, low
from benchmarks._hands import ms
from benchmarks.window import floor_view, jump_of
from planner_core.query import Query, parse_sort
from planner_desktop.columns import KeywordColumns

JUMPS = 60
MOST_REPEATED = 100_000
"""Statements over more rows take long enough to be taken once."""
NUMBERS = frozenset({"volume", "difficulty", "disabled"})
Figures = dict[str, float]


def write_rows(columns: KeywordColumns, table: Path, sheet: Path, fields: Sequence[str]) -> None:
    """Write all keywords into one wide table with the indexes somebody would make, and into a CSV file."""
    found = columns.extract(columns.select(Query(), parse_sort("-volume")), fields, {})
    with closing(sqlite3.connect(table)) as database, sheet.open("w", encoding="utf-8", newline="") as text:
        database.execute("PRAGMA journal_mode = WAL")
        named = ", ".join(f"{name} {'INTEGER' if name in NUMBERS else 'TEXT'}" for name in fields)
        database.execute(f"CREATE TABLE keywords (id INTEGER PRIMARY KEY, {named})")
        insert = f"INSERT INTO keywords ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})"
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(fields)
        for piece in found.pieces():
            rows = list(zip(*(map(_plain, column) for column in piece), strict=True))
            database.executemany(insert, rows)
            writer.writerows(rows)
        for name in ("volume", "status", "cluster", "keyword"):
            database.execute(f"CREATE INDEX keywords_{name} ON keywords ({name})")
        database.commit()


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return int(value) if isinstance(value, bool) else value


def measure(spec: Spec, table: Path) -> Figures:
    """Return what each step costs at least."""
    with closing(sqlite3.connect(table)) as database:
        found = _reading(spec, database)
    return found | _frames() | _writing(spec) | _files(spec)


def _reading(spec: Spec, database: sqlite3.Connection) -> Figures:
    def rows(statement: str) -> Callable[[], object]:
        return lambda: database.execute(statement).fetchall()

    rounds = 1 if spec.rows > MOST_REPEATED else 3
    typed = [
        timed(
            rows(f"SELECT id FROM keywords WHERE keyword LIKE '%{word[:end]}%' ORDER BY volume DESC"), rounds
        )
        for word in spec.words[:3]
        for end in range(1, len(word) + 1)
    ]
    filters = [
        timed(
            rows(f"SELECT id FROM keywords WHERE {spec.sql} AND keyword LIKE '%{term}%' ORDER BY volume DESC")
        )
        for term in spec.terms
    ]
    sorts = {
        f"sort by {name}": timed(rows(f"SELECT id FROM keywords ORDER BY {name}"), rounds)
        for name in ("keyword", "volume", "difficulty", "intent", "country", "cluster", "status")
    }
    grouped = ("status", "cluster", "intent", "difficulty", "country", "sector")
    facets = sum(
        timed(rows(f"SELECT {name}, count(*) FROM keywords WHERE {spec.sql} GROUP BY {name}"), rounds)
        for name in grouped
    )
    sums = timed(rows("SELECT count(*), sum(volume), avg(difficulty) FROM keywords"))
    return {
        "keystroke, median": low(typed),
        "keystroke, p95": high(typed),
        "filters and a text": low(filters),
        **sorts,
        "facets": facets,
        "figures of all": sums,
    }


def _frames() -> Figures:
    view = floor_view()
    dice = random.Random(3)
    taken = [jump_of(view, dice) for _ in range(JUMPS)]
    view.close()
    return {"frame, median": low(taken), "frame, p95": high(taken)}


def _writing(spec: Spec) -> Figures:
    """Statuses in a narrow table, as durably as the product commits, with one row that says what was done."""
    with closing(sqlite3.connect(spec.folder / "narrow.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(
            "CREATE TABLE hot (k INTEGER PRIMARY KEY, status TEXT, volume INTEGER, mark INTEGER)"
        )
        database.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, body TEXT)")
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO hot VALUES (?, 'new', NULL, 0)", ((number,) for number in range(spec.rows))
        )
        database.execute("COMMIT")
        chosen = random.Random(5).sample(range(spec.rows), min(spec.pasted, spec.rows))

        def change(statement: str, values: Sequence[tuple[int, int]] = ()) -> None:
            database.execute("BEGIN")
            if values:
                database.executemany(statement, values)
            else:
                database.execute(statement)
            database.execute("INSERT INTO log (body) VALUES ('said')")
            database.execute("COMMIT")

        every = timed(lambda: change("UPDATE hot SET status = 'mapped', mark = 1"), 1)
        back = timed(lambda: change("UPDATE hot SET status = 'new', mark = 0"), 1)
        cell = timed(lambda: change("UPDATE hot SET volume = 7, mark = 1 WHERE k = 5"), 5)
        single = [(number, key) for number, key in enumerate(chosen)]
        pasted = timed(lambda: change("UPDATE hot SET volume = ?, mark = 1 WHERE k = ?", single), 1)
    return {"one cell": cell, "status of all": every, "undo of it": back, "paste": pasted}


def _files(spec: Spec) -> Figures:
    sheet = spec.folder / "wide.csv"
    content = sheet.read_bytes()

    def copy() -> None:
        with (spec.folder / "copy.csv").open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())

    found = {"export, bytes": timed(copy, 1), "export, Python's csv": _rewritten(sheet)}
    shell = shutil.which("sqlite3")
    if shell is not None and spec.file is not None:
        found["import, sqlite3 shell"] = timed(lambda: _shell(shell, spec), 1)
    return found


def _rewritten(sheet: Path) -> float:
    """Return what Python's csv module takes to write rows that are there already, neither guarded nor flushed."""
    with sheet.open(encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    with sheet.with_suffix(".peer").open("w", encoding="utf-8", newline="") as out:
        return timed(lambda: csv.writer(out).writerows(rows), 1)


def _shell(shell: str, spec: Spec) -> None:
    target = spec.folder / "shell.db"
    target.unlink(missing_ok=True)
    command = [shell, str(target), ".mode csv", f'.import "{spec.file}" rows']
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - found on PATH


def timed(call: Callable[[], object], rounds: int = 3) -> float:
    """Return the median of some rounds in milliseconds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        taken.append(ms(began))
    return median(taken)
