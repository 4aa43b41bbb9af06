"""An editor's work at so many keywords, beside the least it could cost and beside what she would use instead, in one run.

`python -m benchmarks --only curation --rows 10000,100000,1000000 [--platform offscreen|xcb]`

The window is the real one in a process of its own, over a real replica. Beside it, over the same rows:

- **floor**: for reading, the same answer by one SQL statement on one wide indexed table, or a Qt view over ready texts for frames; for
  edits, one UPDATE of a narrow table; for the start, a bare window; for files, what the words of a line say.
- **QSqlTableModel** over that table in a QTableView: what Qt offers for a table in a database.
- **proxy**: QSortFilterProxyModel over a plain Python model, counted up in proportion above 50,000 rows.
- **Calc**: LibreOffice Calc without its window, through UNO, where `soffice` and a Python that has `uno` are installed.

The list of 534,446 keywords that is imported is looked for in PLANNER_REAL_DATA; without it one of that size is made. A start is measured from the
moment the process is asked for, warm, the median of three.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks import _curation_floors as floors
from benchmarks._curation_lines import Sides, lines
from benchmarks._curation_spec import Spec
from benchmarks._processes import BARE, OURS, answer, ask, starts
from benchmarks._profile import make_profile
from benchmarks.imports import write_export
from benchmarks.real_input import FOLDER, LIST
from benchmarks.results import Result
from planner_core.query import Query, parse_sort
from planner_desktop.app.opening import open_planner
from planner_desktop.app.profile import Profile
from planner_desktop.columns import KeywordColumns

WORDS, LETTERS = 6, 8
PASTED = 10_000
IMPORTED = 534_446
FIELDS = ("keyword", "volume", "difficulty", "intent", "country", "cluster", "status", "disabled", "sector")
QUERY = "status:new intent:commercial volume:50..20000"
SQL = "status = 'new' AND intent LIKE '%commercial%' AND volume BETWEEN 50 AND 20000"
SQL_START = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView
from PySide6.QtSql import QSqlDatabase, QSqlTableModel
application = QApplication(sys.argv)
database = QSqlDatabase.addDatabase("QSQLITE"); database.setDatabaseName(sys.argv[1]); database.open()
model = QSqlTableModel(None, database); model.setTable("keywords"); model.select()
window = QMainWindow(); view = QTableView(); view.setModel(model)
window.setCentralWidget(view); window.resize(1440, 900); window.show()
application.processEvents(); application.processEvents()
print(time.time())
"""


def measure(rows: int) -> list[Result]:
    """Return the figures at so many keywords."""
    # The floor of frames is a view in this process.
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory(prefix="planner-bench-") as name:
        folder = Path(name)
        profile = make_profile(folder / "profile", rows)
        table, sheet, spec_file = folder / "wide.db", folder / "wide.csv", folder / "spec.json"
        columns = _columns(profile)
        spec = Spec(rows, folder, *_words(columns), QUERY, SQL, PASTED, _list(folder))
        floors.write_rows(columns, table, sheet, FIELDS)
        del columns
        spec.write(spec_file)
        sides = Sides(floors=floors.measure(spec, table))
        sides.qt = _tried(
            "QSqlTableModel and proxy", lambda: ask("benchmarks._curation_qt", table, spec_file)
        )
        sides.calc = _tried("LibreOffice Calc", lambda: _calc(sheet, spec_file))
        sides.ours = ask("benchmarks._curation_window", profile.folder, spec_file)
        (sides.floors["bare window"],) = starts(BARE)
        (sides.qt["sql start"],) = starts(SQL_START, str(table))
        paint, grid = starts(OURS, str(profile.folder))
        sides.ours |= {"start to first paint": paint, "start to painted grid": grid}
        del application
        return lines(spec, sides)


def _columns(profile: Profile) -> KeywordColumns:
    planner = open_planner(profile)
    try:
        return planner.store.load_columns()
    finally:
        planner.close()


def _words(columns: KeywordColumns) -> tuple[list[str], list[str]]:
    """Return words to type, common ones and rare ones, and their beginnings of three letters."""
    keys = columns.select(Query(), parse_sort("keyword"))[:: max(len(columns) // 20_000, 1)]
    texts = next(iter(columns.extract(keys, ["keyword"], {}).pieces(0, len(keys))), [[]])[0]
    known: dict[str, int] = {}
    for text in texts:
        for word in str(text).split():
            if len(word) == LETTERS and word.isalpha():
                known[word] = known.get(word, 0) + 1
    ranked = sorted(known, key=lambda word: (-known[word], word))
    chosen = [ranked[at * (len(ranked) - 1) // (WORDS - 1)] for at in range(WORDS)]
    return chosen, [word[:3] for word in chosen]


def _list(folder: Path) -> Path:
    """Return the list to import, unpacked."""
    target, packed = folder / "list.csv", FOLDER / LIST
    if packed.exists():
        with gzip.open(packed) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)
    else:
        print(f"{packed.name} is not here: a list of {IMPORTED:,} rows is made instead", file=sys.stderr)
        write_export(target, IMPORTED)
    return target


def _calc(sheet: Path, spec: Path) -> dict[str, float]:
    soffice = shutil.which("soffice")
    python = next((one for one in ("/usr/bin/python3", sys.executable) if _has_uno(one)), None)
    if soffice is None or python is None:
        raise RuntimeError("soffice, or a Python with the module uno, is not installed")
    script = Path(__file__).with_name("_curation_calc.py")
    return answer([python, str(script), soffice, str(sheet), str(spec)])


def _has_uno(python: str) -> bool:
    if not Path(python).exists():
        return False
    command = [python, "-c", "import uno"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - a Python


def _tried(name: str, side: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Return a peer's figures, none with the reason on standard error where it cannot run."""
    try:
        return side()
    except Exception as error:  # noqa: BLE001 - the product is measured all the same
        print(f"skipped: {name}: {error}", file=sys.stderr)
        return {}
