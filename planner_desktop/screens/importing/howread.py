"""How one file is read: tool, encoding, delimiter, sheet, the row of the headings, and what each column means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from planner_desktop.screens.importing.texts import (
    CURATED,
    DELIMITERS,
    ENCODINGS,
    FIELDS,
    TOOLS,
    tool_name,
    tr,
)
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Combo, Labelled, LineField
from planner_desktop.widgets.text import ElidedText, Ground, Text
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.importing import Choices, Column, FilePlan

_ACROSS = 3
_LIST_HIGH = 260


class HowRead(Sheet):
    """Accepted, `choices` are what the editor says over what is recognised."""

    def __init__(self, theme: Theme, window: QWidget, one: FilePlan) -> None:
        super().__init__(
            theme,
            window,
            tr("How {file} is read").format(file=one.name),
            one.trouble.message if one.trouble is not None else "; ".join(one.why),
            width=640,
        )
        self._one = one
        self.tool = self._combo(tr("Tool"))
        self.encoding = self._combo(tr("Encoding"))
        self.delimiter = self._combo(tr("Delimiter"))
        self.sheet_name = self._combo(tr("Sheet"))
        self.heading = LineField(
            theme, tr("Row of the headings"), str(one.heading or tr("as recognised")), self.card
        )
        self.country = LineField(theme, tr("Country"), one.country or tr("none"), self.card)
        self.columns: list[Combo] = []
        self._fill()
        self._build()

    @property
    def choices(self) -> Choices:
        """What is chosen, over what was chosen before."""
        one = self._one
        mapping, left = dict(one.choices.columns), set(one.choices.left)
        for column, combo in zip(one.columns, self.columns, strict=True):
            chosen = combo.currentData()
            if chosen == _field(column):
                continue
            mapping = {
                name: number
                for name, number in mapping.items()
                if _number(number, one.columns) != column.number
            }
            left.discard(column.number)
            if chosen:
                mapping[chosen] = column.number
            else:
                left.add(column.number)
        heading = self.heading.text().strip()
        # Other ways to part the columns make other columns: what was said of these is worth nothing then.
        again = self._parts_otherwise()
        return replace(
            one.choices,
            tool=self.tool.currentData(),
            encoding=self.encoding.currentData(),
            delimiter=self.delimiter.currentData(),
            sheet=self.sheet_name.currentData(),
            heading=int(heading) if heading.isdigit() and int(heading) > 0 else one.choices.heading,
            columns={} if again else mapping,
            left=frozenset() if again else frozenset(left),
            country=self.country.text().strip() or one.choices.country,
        )

    def _parts_otherwise(self) -> bool:
        before = self._one.choices
        return (self.delimiter.currentData(), self.sheet_name.currentData()) != (
            before.delimiter,
            before.sheet,
        )

    # ------------------------------------------------------------ building

    def _combo(self, name: str) -> Combo:
        return Combo(self._theme, name, self.card)

    def _fill(self) -> None:
        one, chosen = self._one, self._one.choices
        recognised = tr("As recognised: {what}")
        _offer(
            self.tool,
            [
                (None, recognised.format(what=tool_name(one.tool) or "–")),
                *((name, tool_name(name)) for name in TOOLS),
            ],
            chosen.tool,
        )
        names = dict.fromkeys([*ENCODINGS, *([chosen.encoding] if chosen.encoding else [])])
        _offer(
            self.encoding,
            [
                (None, recognised.format(what=one.encoding.upper() or "–")),
                *((name, name.upper()) for name in names),
            ],
            chosen.encoding,
        )
        told = tr(DELIMITERS[one.delimiter]) if one.delimiter in DELIMITERS else one.delimiter or tr("none")
        _offer(
            self.delimiter,
            [
                (None, recognised.format(what=told)),
                *((sign, tr(name).capitalize()) for sign, name in DELIMITERS.items()),
                ("", tr("None: one column")),
            ],
            chosen.delimiter,
        )
        _offer(
            self.sheet_name,
            [(None, recognised.format(what=one.sheet or "–")), *((name, name) for name in one.sheets)],
            chosen.sheet,
        )

    def _build(self) -> None:
        theme, body = self._theme, self.card.body
        is_text = self._one.kind == "text"
        controls: list[tuple[str, QWidget]] = [(tr("Tool"), self.tool)]
        if is_text:
            controls += [(tr("Encoding"), self.encoding), (tr("Delimiter"), self.delimiter)]
        else:
            controls += [(tr("Sheet"), self.sheet_name)]
        controls += [(tr("Row of the headings"), self.heading), (tr("Country of the rows"), self.country)]
        for unused in (self.encoding, self.delimiter) if not is_text else (self.sheet_name,):
            unused.hide()
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(8))
        for at, (label, control) in enumerate(controls):
            control.setMinimumWidth(theme.px(120))
            grid.addWidget(Labelled(theme, label, control, self.card), at // _ACROSS, at % _ACROSS)
            grid.setColumnStretch(at % _ACROSS, 1)
        body.addLayout(grid)
        if self._one.columns:
            body.addSpacing(theme.px(4))
            body.addWidget(Text(theme, tr("Columns"), "label", "text-2", self.card))
            body.addWidget(self._columns_box())
        cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        again = Button(theme, tr("Read again"), "primary", size="button-dialog", parent=self.card)
        self.add_button(cancel, accepts=False)
        self.add_button(again, accepts=True)
        self.focus_first(self.columns[0] if self.columns and self._one.trouble is not None else self.tool)

    def _columns_box(self) -> QWidget:
        theme = self._theme
        inside = Ground(theme, "raised")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, theme.px(8), 0)
        grid.setVerticalSpacing(theme.px(4))
        grid.setHorizontalSpacing(theme.px(12))
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(2, 3)
        for row, column in enumerate(self._one.columns):
            heading = column.heading or tr("Column {n}").format(n=column.number + 1)
            combo = Combo(theme, tr("What {heading} means").format(heading=heading), inside)
            _offer(combo, _meanings(column), _field(column))
            combo.setMinimumWidth(theme.px(160))
            self.columns.append(combo)
            grid.addWidget(ElidedText(theme, heading, "body", "text", inside), row, 0)
            grid.addWidget(combo, row, 1)
            grid.addWidget(ElidedText(theme, column.why, "small", "text-3", inside), row, 2)
        area = QScrollArea(self.card)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFixedHeight(min(theme.px(_LIST_HIGH), inside.sizeHint().height() + theme.px(4)))
        return area


def _offer(combo: Combo, entries: Sequence[tuple[object, str]], value: object) -> None:
    for data, text in entries:
        combo.addItem(text, data)
    combo.setCurrentIndex(max(0, next((at for at, (data, _) in enumerate(entries) if data == value), 0)))


def _field(column: Column) -> str:
    return column.field or ""


def _meanings(column: Column) -> list[tuple[object, str]]:
    """Return what a column may mean; an intent's true and false, and what our own exports say, where it is recognised only."""
    offered: list[tuple[object, str]] = [
        ("", tr("Not used")),
        *((name, tr(text)) for name, text in FIELDS.items()),
    ]
    own = _field(column)
    if own.startswith("is_"):
        offered.append((own, tr("Intent: {intent}").format(intent=own.removeprefix("is_"))))
    elif own in CURATED:
        offered.append((own, tr(CURATED[own])))
    return offered


def _number(wanted: str | int, columns: Sequence[Column]) -> int:
    """Return the column a choice means; -1 for a heading that is not there."""
    if isinstance(wanted, int):
        return wanted
    return next((column.number for column in columns if column.heading == wanted), -1)
