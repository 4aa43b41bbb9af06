"""The window's side of `benchmarks.curation`: `python -m benchmarks._curation_window PROFILE SPEC` prints its figures as JSON.

A process of its own, so that its memory is its own. Everything goes through what a person uses: keys, headings, sheets, the clipboard,
the import page; "shown" is when the grid has painted the result, "durable" when the commit is on the disk.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks._curation_spec import Spec, high, low
from benchmarks._hands import Person, ms
from planner_desktop.app.contract import ExportWish
from planner_desktop.app.profile import Profile
from planner_desktop.importing import Origin
from planner_desktop.screens.keywords.cells import COLUMNS, STATUS, VOLUME
from planner_desktop.screens.keywords.inspector import Wish

JUMPS = 60
CELLS = 7
FIELDS = (
    *("keyword", "volume", "difficulty", "intent", "country", "cluster", "status", "disabled"),
    *("sector", "site"),
)
MOST_XLSX = 100_000
"""A workbook of a million rows takes a minute."""

Figures = dict[str, float]


def main(profile: Path, spec: Spec) -> Figures:
    """Drive one window through a curation's work and return what each step took."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    person = Person(application, Profile(profile))
    found: Figures = {"pause at the start": person.paused(), "memory after the start": resident()}
    try:
        for part in (typing, filtering, sorting, scrolling, facets, selecting, changing, pasting, exporting):
            found |= part(person, spec)
        found["memory in use"] = resident()
        if spec.file:
            found |= importing(person, spec)
            found["memory after the import"] = resident()
    finally:
        person.close()
    return found


# ---------------------------------------------------------------- looking


def typing(person: Person, spec: Spec) -> Figures:
    """Letter by letter, a word after the other; the line is emptied between."""
    taken: list[float] = []
    person.paused()
    for word in spec.words:
        taken += [person.type_letter(letter) for letter in word]
        person.ask("")
        person.settle()
    return {
        "keystroke, median": low(taken),
        "keystroke, p95": high(taken),
        "pause while typing": person.paused(),
    }


def filtering(person: Person, spec: Spec) -> Figures:
    """Several filters and a text at once."""
    taken = []
    for term in spec.terms:
        taken.append(person.ask(f"{spec.query} {term}"))
        person.ask("")
        person.settle()
    return {"filters and a text": low(taken)}


def sorting(person: Person, _spec: Spec) -> Figures:
    """Each heading once, then each again."""
    person.paused()
    first, again = {}, []
    for turn in range(3):
        for place, column in enumerate(COLUMNS):
            if column.field:
                taken = person.sort(place, descending=bool(turn % 2))
                person.settle()
                if turn == 0:
                    first[f"sort by {column.name}, first time"] = taken
                elif turn == 2:
                    again.append(taken)
    person.sort(VOLUME, descending=True)
    person.settle()
    return {
        **first,
        "sort seen before": low(again),
        "sort seen before, p95": high(again),
        "pause while sorting": person.paused(),
    }


def scrolling(person: Person, _spec: Spec) -> Figures:
    """Jumps to random rows, and page after page."""
    dice = random.Random(3)
    bar = person.grid.verticalScrollBar()
    jumps = [person.jump(dice.randrange(bar.maximum() + 1)) for _ in range(JUMPS)]
    pages = [person.jump(min(bar.maximum(), 25 * number)) for number in range(JUMPS)]
    person.settle()
    return {
        "scroll to a random row, median": low(jumps),
        "scroll to a random row, p95": high(jumps),
        "scroll page by page, p95": high(pages),
    }


def facets(person: Person, spec: Spec) -> Figures:
    """From a filter that changes to facets that are counted for it, without the rest that a typing person is given."""
    panel = person.window.keywords.facets
    columns, table = person.window.account.columns, person.table
    assert columns is not None
    taken = []
    for query in (spec.query, ""):
        person.ask(query)
        person.wait(lambda: panel.is_settled)
        began = time.perf_counter()
        columns.asking.facets(table.query, table.scope())()
        taken.append(ms(began))
    return {"facets, all counted": max(taken)}


def selecting(person: Person, _spec: Spec) -> Figures:
    """Everything selected and painted; then the panel and the figures of the selection."""
    taken, told = [], []
    person.paused()
    for _ in range(5):
        person.grid.clearSelection()
        person.settle()
        began = time.perf_counter()
        taken.append(person.until_painted(person.window.keywords.select_all, person.grid.everything_selected))
        person.settle()
        told.append(ms(began))
    person.grid.clearSelection()
    person.settle()
    return {"select all": low(taken), "figures of all": low(told), "pause at select all": person.paused()}


# ---------------------------------------------------------------- changing


def changing(person: Person, spec: Spec) -> Figures:
    """One cell; the status of everything, and back by undo."""
    person.grid.scrollToTop()
    person.settle()
    # The first edit of a process brings in what work is written down with, which with a platform the sync has done before.
    _one_cell(person, 1)
    single = [_one_cell(person, number) for number in range(2, 2 + CELLS)]
    found: Figures = {
        "one cell, shown": low([shown for shown, _ in single]),
        "one cell, durable": low([durable for _, durable in single]),
    }
    status = _status(person, 0)
    person.window.keywords.select_all()
    person.settle()
    wanted = "mapped" if status == "New" else "new"
    wish = Wish("status", wanted, "Status", wanted)
    person.window.keywords.changes.change_selected([wish])
    if spec.rows > 1_000:
        person.wait_for_sheet()
    person.paused()
    shown, durable = _edited(person, person.accept, lambda: _status(person, 0) != status)
    found |= {"status of all, shown": shown, "status of all, durable": durable}
    person.settle()
    found["pause, status of all"] = person.paused()
    shown, durable = _edited(person, person.window.edits.undo, lambda: _status(person, 0) == status)
    found |= {"undo of it, shown": shown, "undo of it, durable": durable}
    person.settle()
    found["pause, undo"] = person.paused()
    person.grid.clearSelection()
    return found


def _one_cell(person: Person, number: int) -> tuple[float, float]:
    """Give the first row another volume, as its editor does."""
    rows = person.table.rows
    key = rows.row_key(0)
    assert isinstance(key, int)
    wanted = f"{4_000_000 + number:,}"
    taken = _edited(
        person,
        lambda: rows.edited.emit(key, "volume", 4_000_000 + number),
        lambda: rows.data(rows.index(0, VOLUME)) == wanted,
    )
    person.settle()
    return taken


def pasting(person: Person, spec: Spec) -> Figures:
    """So many different volumes from the clipboard into the rows from the first one on."""
    count = min(spec.pasted, spec.rows)
    person.grid.set_current(0, VOLUME)
    wanted = f"{3_000_000 + count:,}"
    text = "\n".join(str(3_000_000 + count - number) for number in range(count))
    person.paused()

    began = time.perf_counter()
    paste: Callable[[], object] = partial(person.window.keywords.hands.pasting.paste_text, text)
    asked = 0.0
    if count > 1_000:
        paste()
        person.wait_for_sheet()
        asked, paste = ms(began), person.accept
    shown, durable = _edited(
        person, paste, lambda: person.table.rows.data(person.table.rows.index(0, VOLUME)) == wanted
    )
    person.settle()
    pause = person.paused()
    person.window.edits.undo()
    person.settle()
    return {"paste, shown": asked + shown, "paste, durable": asked + durable, "pause, paste": pause}


def _edited(person: Person, do: Callable[[], object], shows: Callable[[], bool]) -> tuple[float, float]:
    """Return how long an edit takes until it is painted, and until it is on the disk."""
    committed: list[float] = []
    began = time.perf_counter()

    def note(_done: object) -> None:
        committed.append(ms(began))

    person.window.edits.done.connect(note)
    shown = person.until_painted(do, shows)
    person.wait(lambda: bool(committed))
    person.window.edits.done.disconnect(note)
    return shown, committed[0]


def _status(person: Person, row: int) -> str:
    return str(person.table.rows.data(person.table.rows.index(row, STATUS)))


# ---------------------------------------------------------------- files


def exporting(person: Person, spec: Spec) -> Figures:
    """What is shown, ten columns, in each format; the window goes on meanwhile."""
    account = person.window.account
    found: Figures = {}
    person.paused()
    for form in ("csv", "json", "xlsx"):
        if form == "xlsx" and spec.rows > MOST_XLSX:
            continue
        columns, keys = account.columns, person.table.rows.keys
        assert columns is not None
        assert keys is not None
        began = time.perf_counter()
        wish = ExportWish("keywords", spec.folder / f"ours.{form}", form, columns=FIELDS)
        job = account.planner.exports.prepare_keys(columns, keys, wish)
        future = account.desk.background.submit(job.write)
        person.wait(future.done)
        future.result()
        found[f"export, {form}"] = ms(began)
    return found | {"pause, export": person.paused()}


def importing(person: Person, spec: Spec) -> Figures:
    """A real list through the import page: the plan with its preview, then carried out as one action."""
    page = person.window.imports
    person.window.show_page("imports")
    person.settle()
    assert spec.file is not None
    planned: list[object] = []
    ended: list[object] = []
    page.planning.planned.connect(planned.append)
    page.planning.ended.connect(ended.append)
    person.paused()
    began = time.perf_counter()
    page.begin([Origin.file(spec.file)])
    person.wait(lambda: bool(planned))
    plan = ms(began)
    began = time.perf_counter()
    page.planning.carry_out(planned[0])  # type: ignore[arg-type]
    person.wait(lambda: bool(ended))
    done = ms(began)
    person.settle()
    return {
        "import, plan shown": plan,
        "import, carried out": done,
        "import, both": plan + done,
        "pause, import": person.paused(),
    }


def resident() -> float:
    """Return the resident set of this process in MiB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Spec.read(Path(sys.argv[2])))))
