"""Actions and what they did to rows, as the cells of grids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from planner_desktop.app.shapes import progress
from planner_desktop.screens import words
from planner_desktop.screens.values import field_word, value_word
from planner_desktop.widgets.roles import DISABLED, QUIET, STRONG, Cell, Kind
from sync.replica import HistoryRow, LaterStep

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import WaitingChange

_NAMED = 3
_WORDS: Mapping[str, str] = {
    "waiting": "Waiting",
    "sent": "Sent",
    "refused": "Refused",
    "undone": "Undone",
    "discarded": "Discarded",
}
_MARKS: Mapping[str, str] = {"waiting": "waiting", "sent": "synced", "refused": "refused"}


def tr(text: str) -> str:
    """Translate a text of this page."""
    return QCoreApplication.translate("History", text)


ACTION_TITLES = ("", "When", "Action", "Rows", "State")
ACTION_WIDTHS = (30, 96, 400, 68, 96)
CHANGE_TITLES = ("Row", "Before", "After")
CHANGE_WIDTHS = (146, 100, 110)


def state_word(row: HistoryRow) -> str:
    """Return how an action stands."""
    said = tr(_WORDS[progress(row)])
    if row.redone and row.origin != "undo":
        return tr("Done again")
    if row.state == "sending":
        return tr("Sending")
    return tr("Partly sent") if row.state == "partly" and progress(row) == "sent" else said


def action_cells(row: HistoryRow) -> tuple[Cell, ...]:
    """Return the cells of an action. What does not count any more is struck."""
    stands = progress(row)
    gone = stands in {"undone", "discarded"}
    faint = DISABLED if gone else 0
    word = state_word(row)
    mark = Cell(Kind.MARK, word, 0, _MARKS[stands]) if stands in _MARKS else Cell(Kind.TEXT, " ")
    return (
        mark,
        Cell(Kind.TEXT, words.moment(row.at), QUIET | faint),
        Cell(Kind.TEXT, row.label, STRONG | faint),
        Cell(Kind.NUMBER, words.number(row.rows), faint),
        Cell(Kind.TEXT, word, QUIET | faint),
    )


def change_cells(change: WaitingChange) -> tuple[Cell, ...]:
    """Return the cells of one field of one row."""
    if change.verb not in {"set", "resolve"}:
        said = {
            "create": tr("added"),
            "delete": tr("to the trash"),
            "restore": tr("out of the trash"),
            "items": tr("keywords of the idea"),
        }[change.verb]
        return Cell(Kind.TEXT, change.name, STRONG), Cell(Kind.TEXT, " ", QUIET), Cell(Kind.TEXT, said)
    old, new = (value_word(change.field, side) for side in (change.old, change.new))
    return (
        Cell(Kind.TEXT, change.name, STRONG),
        Cell(Kind.TEXT, old, QUIET),
        Cell(Kind.TEXT, f"{field_word(change.field)}: {new}"),
    )


def named(steps: list[LaterStep]) -> str:
    """Return later steps as a sentence names them."""
    labels = [
        tr("“{label}” ({rows}, {when})").format(
            label=step.label,
            rows=words.counted(step.rows, tr("row"), tr("rows")),
            when=words.moment(step.at),
        )
        for step in steps[:_NAMED]
    ]
    if len(steps) > _NAMED:
        labels.append(tr("{n} more").format(n=words.number(len(steps) - _NAMED)))
    return ", ".join(labels)
