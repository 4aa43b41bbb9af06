"""The sheet of all keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

Group = tuple[str, Sequence[tuple[str, str]]]


def tr(text: str) -> str:
    return QCoreApplication.translate("Shortcuts", text)


def grid_keys() -> Group:
    """Return the keys of the grid, which no menu lists."""
    return (
        tr("In the grid"),
        (
            (tr("From the filter into the rows"), tr("↓, Enter")),
            (tr("Edit the cell"), "F2, Enter"),
            (tr("Type over the cell"), tr("any character")),
            (tr("Next cell while editing"), "Tab"),
            (tr("Leave the editor, or the selection"), "Esc"),
            (tr("Extend the selection"), "Shift+↑ ↓"),
            (tr("Choose cells of the selection"), "Shift+← →"),
            (tr("Sort by the column"), "Alt+↑ ↓"),
            (tr("First or last row"), "Ctrl+Home, Ctrl+End"),
        ),
    )


def triage_keys() -> Group:
    """Return the keys of the Triage page, which are single letters and stand in no menu."""
    return (
        tr("In triage"),
        (
            (tr("Put into a suggested or recent cluster"), tr("1 to 9")),
            (tr("Choose a cluster, or name a new one"), "A, N"),
            (tr("Disable"), "D"),
            (tr("Skip for now"), tr("S, Space")),
            (tr("Same as last"), tr("R, full stop")),
            (tr("Undo"), "U"),
            (tr("One by one or in groups; other groups"), "G, Shift+G"),
        ),
    )


def shortcuts_sheet(theme: Theme, window: QWidget, groups: Sequence[Group]) -> Sheet:
    """Return the sheet, not yet open."""
    sheet = Sheet(theme, window, tr("Shortcuts"), width=820)
    columns = (QVBoxLayout(), QVBoxLayout())
    theirs: list[Text] = []
    for column in columns:
        # Of its own, or it takes the distance between the two from the row around them.
        column.setSpacing(theme.px(4))
    box = QWidget(sheet.card)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.px(40))
    heights = [0, 0]
    for group in (*groups, grid_keys(), triage_keys()):
        at = 0 if heights[0] <= heights[1] else 1
        heights[at] += len(group[1]) + 2
        columns[at].addWidget(Text(theme, group[0], "section", "text", box))
        columns[at].addLayout(_lines(theme, group[1], box, theirs))
        columns[at].addSpacing(theme.px(8))
    # One left edge for the keys of all groups.
    widest = max(label.sizeHint().width() for label in theirs)
    for label in theirs:
        label.setFixedWidth(widest)
    for column in columns:
        column.addStretch(1)
        row.addLayout(column, 1)
    scroll = QScrollArea(sheet.card)
    scroll.setWidget(box)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.viewport().setAutoFillBackground(False)
    box.setAutoFillBackground(False)
    scroll.setAccessibleName(tr("Shortcuts"))
    # More than a low window has room for; the rest is a wheel or an arrow key away.
    scroll.setFixedHeight(min(box.sizeHint().height() + theme.px(4), window.height() - theme.px(120)))
    sheet.card.body.addWidget(scroll)
    return sheet


def _lines(
    theme: Theme, lines: Sequence[tuple[str, str]], parent: QWidget, keys_shown: list[Text]
) -> QGridLayout:
    """Return what and keys, one below the other; the labels of keys are appended to `keys_shown`."""
    grid = QGridLayout()
    grid.setVerticalSpacing(theme.px(2))
    grid.setHorizontalSpacing(theme.px(16))
    grid.setColumnStretch(0, 1)
    for row, (what, keys) in enumerate(lines):
        grid.addWidget(Text(theme, what, "small", "text-2", parent), row, 0)
        label = Text(theme, keys, "small", "text", parent)
        keys_shown.append(label)
        grid.addWidget(label, row, 1)
    return grid
