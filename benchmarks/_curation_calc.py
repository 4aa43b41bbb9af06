"""LibreOffice Calc over the rows of `benchmarks.curation`: `PYTHON _curation_calc.py SOFFICE SHEET SPEC` prints JSON.

Run by a Python that has LibreOffice's `uno` module, usually the system's own, which knows nothing of this repository: only the standard
library and `uno` are imported. Calc runs without its window and paints nothing; what it changes is in memory until it is saved.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]

PATIENCE = 120
MOST_XLSX = 100_000
CSV = "Text - txt - csv (StarCalc)"
COMMA_UTF8 = "44,34,76,1"
KEYWORD, VOLUME, STATUS, COLUMNS = 0, 1, 6, 9


class Calc:
    """One sheet in one process of LibreOffice."""

    def __init__(self, soffice: str, folder: Path) -> None:
        self._home = folder / "home"
        pipe = f"planner{time.time_ns()}"
        began = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - found on PATH
            [
                soffice,
                "--headless",
                "--norestore",
                "--nologo",
                f"-env:UserInstallation={self._home.as_uri()}",
                f"--accept=pipe,name={pipe};urp;",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._context = self._joined(pipe)
        self.started = _ms(began)
        self.desktop = self._context.ServiceManager.createInstanceWithContext(
            "com.sun.star.frame.Desktop", self._context
        )
        self.document: Any = None

    def _joined(self, pipe: str) -> Any:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            except Exception:  # UNO's own, until it listens
                if time.monotonic() > until or self._process.poll() not in (None, 0):
                    raise
                time.sleep(0.05)

    def load(self, sheet: Path) -> None:
        """Open a CSV file."""
        self.document = self.desktop.loadComponentFromURL(
            sheet.as_uri(),
            "_blank",
            0,
            (_value("Hidden", True), _value("FilterName", CSV), _value("FilterOptions", COMMA_UTF8)),  # noqa: FBT003 - UNO's
        )
        self.sheet = self.document.Sheets.getByIndex(0)

    def take(self, rows: int) -> None:
        """Say how many rows there are below the headings."""
        self.range = self.sheet.getCellRangeByPosition(0, 0, COLUMNS - 1, rows)

    def filter(self, *fields: tuple[int, str, str | int]) -> None:
        """Show rows that match all of (column, operator, value); none: all rows."""
        wanted = self.range.createFilterDescriptor(True)  # noqa: FBT003 - UNO's
        made = []
        for column, operator, value in fields:
            one = uno.createUnoStruct("com.sun.star.sheet.TableFilterField2")
            one.Field = column
            one.IsNumeric = isinstance(value, int)
            if isinstance(value, int):
                one.NumericValue = value
            else:
                one.StringValue = value
            one.Operator = uno.getConstantByName(f"com.sun.star.sheet.FilterOperator2.{operator}")
            made.append(one)
        wanted.ContainsHeader = True
        wanted.setFilterFields2(tuple(made))
        self.range.filter(wanted)

    def sort(self, column: int) -> None:
        """Order by a column, the largest first."""
        by = uno.createUnoStruct("com.sun.star.table.TableSortField")
        by.Field, by.IsAscending = column, False
        fields = uno.Any("[]com.sun.star.table.TableSortField", (by,))
        self.range.sort((_value("SortFields", fields), _value("ContainsHeader", True)))  # noqa: FBT003

    def fill(self, column: int, values: list[object]) -> None:
        """Put values into a column from its first row on."""
        cells = self.sheet.getCellRangeByPosition(column, 1, column, len(values))
        cells.setDataArray(tuple((value,) for value in values))

    def save(self, file: Path, kind: str) -> None:
        """Save a copy."""
        options = (_value("FilterName", kind), _value("FilterOptions", COMMA_UTF8 if kind == CSV else ""))
        self.document.storeToURL(file.as_uri(), options)

    def memory(self) -> float:
        """Return the resident set of its processes in MiB."""
        most = 0.0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                if str(self._home).encode() in status.with_name("cmdline").read_bytes():
                    line = next(one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
                    most = max(most, int(line.split()[1]) / 1024)
            except (OSError, StopIteration):
                continue
        return most

    def close(self) -> None:
        """End it."""
        try:
            if self.document is not None:
                self.document.close(True)  # noqa: FBT003 - UNO's
            self.desktop.terminate()
        except Exception:  # noqa: BLE001, S110 - it may be gone already
            pass
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()


def measure(calc: Calc, sheet: Path, spec: dict[str, Any]) -> dict[str, float]:
    """Do what an editor does and return what each step took in milliseconds."""
    rows, folder = spec["rows"], Path(spec["folder"])
    found = {"calc start": calc.started, "calc load": _timed(lambda: calc.load(sheet))}
    calc.take(rows)
    word = spec["words"][0]
    parts = [(KEYWORD, "CONTAINS", word[:end]) for end in (1, 2, 3, 5, 8)]
    typed = sorted(_timed(partial(calc.filter, part)) for part in parts)
    found |= {"calc keystroke, median": typed[len(typed) // 2], "calc keystroke, p95": typed[-1]}
    found["calc filters"] = _timed(
        lambda: calc.filter(
            (STATUS, "EQUAL", "new"),
            (3, "CONTAINS", "commercial"),
            (VOLUME, "GREATER_EQUAL", 50),
            (VOLUME, "LESS_EQUAL", 20_000),
            (KEYWORD, "CONTAINS", spec["terms"][0]),
        )
    )
    calc.filter()
    found["calc sort by keyword"] = _timed(lambda: calc.sort(KEYWORD))
    found["calc sort by volume"] = _timed(lambda: calc.sort(VOLUME))
    found["calc status of all"] = _timed(lambda: calc.fill(STATUS, ["mapped"] * rows))
    found["calc undo of it"] = _timed(lambda: calc.document.getUndoManager().undo())
    count = min(spec["pasted"], rows)
    found["calc paste"] = _timed(lambda: calc.fill(VOLUME, list(range(count))))
    found["calc memory"] = calc.memory()
    found["calc save csv"] = _timed(lambda: calc.save(folder / "calc.csv", CSV))
    if rows <= MOST_XLSX:
        kind = "Calc MS Excel 2007 XML"
        found["calc save xlsx"] = _timed(lambda: calc.save(folder / "calc.xlsx", kind))
    if spec["file"]:
        calc.document.close(True)  # noqa: FBT003 - UNO's
        found["calc load list"] = _timed(lambda: calc.load(Path(spec["file"])))
    return found


def _value(name: str, value: object) -> Any:
    made = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    made.Name, made.Value = name, value
    return made


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return _ms(began)


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def main(soffice: str, sheet: str, spec: str) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="planner-calc-") as folder:
        calc = Calc(soffice, Path(folder))
        try:
            print(json.dumps(measure(calc, Path(sheet), json.loads(Path(spec).read_text()))))
        finally:
            calc.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
