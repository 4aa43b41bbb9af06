"""The white boxes of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner_core.uid import canonical
from planner_desktop.screens import words
from planner_desktop.screens.review.items import (
    GONE,
    LOST,
    SHUT_OUT,
    Record,
    entity_word,
    group_word,
    side_words,
    tr,
)
from planner_desktop.screens.values import field_word, value_word
from planner_desktop.widgets.buttons import Button, IconButton
from planner_desktop.widgets.cellediting import NotANumber, parse_number
from planner_desktop.widgets.chips import CellSign
from planner_desktop.widgets.fields import LineField
from planner_desktop.widgets.roles import Cell, Editor, Kind
from planner_desktop.widgets.text import ElidedText, Line, Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.tiles import TilePair
from sync.replica import ReviewRow

Choice = Literal["mine", "theirs"]
Limits = Mapping[str, int]
TRASHED = "target_deleted"
"""The row is in the trash: another value would not help it."""

FIXABLE: Limits = {"volume_override": 2_000_000_000, "difficulty_override": 100}


class Card(QFrame):
    """A surface with a thin line around it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("ground", "surface")
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("surface"))
        radius = theme.radius("card")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()


def _mark(theme: Theme, state: str, parent: QWidget) -> QWidget:
    return CellSign(theme, Cell(Kind.MARK, state, 0, state), parent)


class ConflictCard(Card):
    """One row: base, mine and theirs of each field, the result spelled out."""

    decided = Signal(object)
    """Review item id -> "mine" or "theirs", for every item of the row."""
    chosen = Signal(str, str)
    """(item id, choice): a tile was chosen; nothing is decided yet."""

    def __init__(
        self, theme: Theme, record: Record, choices: Mapping[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._record = record
        self._pairs: dict[str, TilePair] = {}
        self._results: dict[str, ElidedText] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(14), theme.px(9), theme.px(14), theme.px(10))
        column.setSpacing(theme.px(6))
        column.addLayout(self._head())
        column.addLayout(self._fields())
        self.setAccessibleName(tr("Conflict: {name}").format(name=record.name))
        for item in record.items:
            self._show_choice(item, choices.get(item.id))
        self._update_decide()

    def _head(self) -> QHBoxLayout:
        theme, record = self._theme, self._record
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(_mark(theme, "conflict", self))
        row.addWidget(Text(theme, record.name, "section", "text", self))
        count = len(record.items)
        facts = tr("{entity} · {n}").format(
            entity=entity_word(record.entity),
            n=words.counted(count, tr("field differs"), tr("fields differ")),
        )
        row.addWidget(ElidedText(theme, facts, "small", "text-3", self), 1)
        self._decide = Button(theme, tr("Decide"), "plain", parent=self)
        self._decide.clicked.connect(self._as_chosen)
        row.addWidget(self._decide)
        for choice, text in (("mine", tr("Keep mine")), ("theirs", tr("Keep theirs"))):
            button = Button(theme, text, "plain", parent=self)
            button.setAccessibleName(f"{text}: {record.name}")
            button.clicked.connect(lambda _=False, choice=choice: self._all(choice))
            row.addWidget(button)
        return row

    def _fields(self) -> QGridLayout:
        theme = self._theme
        grid = QGridLayout()
        grid.setContentsMargins(theme.px(22), 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(10))
        grid.setVerticalSpacing(theme.px(6))
        for column, stretch in ((1, 2), (2, 8), (4, 3)):
            grid.setColumnStretch(column, stretch)
        grid.setColumnMinimumWidth(0, theme.px(96))
        first = self._record.items[0]
        # The platform names people by id where it names nobody.
        who = first.by if first.by and canonical(first.by) is None else tr("somebody else")
        when = f", {words.moment(first.at)}" if first.at else ""
        heads = QHBoxLayout()
        heads.setSpacing(theme.px(8))
        written = words.moment(self._record.mine_at) if self._record.mine_at else ""
        mine = tr("Mine · you, {when}").format(when=written) if written else tr("Mine · you")
        heads.addWidget(ElidedText(theme, mine, "micro", "text-3", self), 1)
        heads.addWidget(
            ElidedText(theme, tr("Theirs · {who}{when}").format(who=who, when=when), "micro", "text-3", self),
            1,
        )
        grid.addWidget(Text(theme, tr("Base"), "micro", "text-3", self), 0, 1)
        grid.addLayout(heads, 0, 2)
        grid.addWidget(Text(theme, tr("Result"), "micro", "text-3", self), 0, 4)
        grid.addWidget(Line(theme, self), 1, 0, 1, 5)
        for at, item in enumerate(self._record.items, 2):
            self._field(grid, at, item)
        return grid

    def _field(self, grid: QGridLayout, at: int, item: ReviewRow) -> None:
        theme = self._theme
        grid.addWidget(Text(theme, group_word(item), "body-strong", "text", self), at, 0)
        grid.addWidget(ElidedText(theme, side_words(item, "base"), "body", "text-3", self), at, 1)
        pair = TilePair(
            theme,
            group_word(item),
            [
                ("mine", tr("mine"), side_words(item, "mine")),
                ("theirs", tr("theirs"), side_words(item, "theirs")),
            ],
            self,
        )
        pair.chosen.connect(lambda choice, item=item: self._tile(item, choice))
        grid.addWidget(pair, at, 2)
        arrow = QLabel(self)
        arrow.setPixmap(theme.pixmap("arrow-right", "text-3", 14, self.devicePixelRatioF()))
        grid.addWidget(arrow, at, 3)
        result = ElidedText(theme, "", "section", "text", self)
        grid.addWidget(result, at, 4)
        self._pairs[item.id], self._results[item.id] = pair, result

    def _tile(self, item: ReviewRow, choice: object) -> None:
        self._show_choice(item, str(choice))
        self.chosen.emit(item.id, str(choice))
        self._update_decide()

    def _show_choice(self, item: ReviewRow, choice: str | None) -> None:
        self._pairs[item.id].set_value(choice)
        result = self._results[item.id]
        result.set_color("text" if choice else "text-3")
        result.setText(side_words(item, choice) if choice else tr("not decided"))

    def _update_decide(self) -> None:
        self._decide.setVisible(all(pair.value is not None for pair in self._pairs.values()))

    def _as_chosen(self) -> None:
        self.decided.emit({uid: pair.value for uid, pair in self._pairs.items()})

    def _all(self, choice: str) -> None:
        self.decided.emit({item.id: choice for item in self._record.items})


class RefusedCard(Card):
    """What the platform refused, or has lost: a sentence, the value that was sent, ways to mend it, a way to drop it."""

    fixed = Signal(object, object)
    """(ReviewRow, number): send this instead."""
    again = Signal(str)
    anew = Signal(object)
    """ReviewRow: make its rows anew, somewhere."""
    dropped = Signal(str)

    def __init__(self, theme: Theme, item: ReviewRow, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._item = item
        self._field: LineField | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(14), theme.px(9), theme.px(14), theme.px(10))
        row.setSpacing(theme.px(10))
        mark = "waiting" if item.code == SHUT_OUT else "refused"
        row.addWidget(_mark(theme, mark, self), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._said(), 1)
        limit = FIXABLE.get(item.group)
        if limit is not None and len(item.ids) == 1 and item.code not in (TRASHED, SHUT_OUT, GONE):
            self._add_field(row, limit)
        elif item.code not in (SHUT_OUT, GONE):
            word = tr("Take out of the trash") if item.code == TRASHED else tr("Send again")
            self._add_button(row, word, lambda: self.again.emit(item.id))
        if item.kind == LOST or item.code in (SHUT_OUT, GONE):
            self._add_button(row, tr("Restore as new…"), lambda: self.anew.emit(item))
        drop = IconButton(theme, "trash-2", tr("Drop: {name}").format(name=item.subject), parent=self)
        drop.clicked.connect(lambda: self.dropped.emit(item.id))
        row.addWidget(drop)
        kind = tr("Not on the platform: {name}") if item.kind == LOST else tr("Refused: {name}")
        self.setAccessibleName(kind.format(name=item.subject))

    def _add_button(self, row: QHBoxLayout, word: str, run: Callable[[], None]) -> None:
        button = Button(self._theme, word, "plain", parent=self)
        button.setAccessibleName(f"{word.rstrip('…')}: {self._item.subject}")
        button.clicked.connect(lambda _=False: run())
        row.addWidget(button)

    def _said(self) -> QVBoxLayout:
        theme, item = self._theme, self._item
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(ElidedText(theme, item.subject, "section", "text", self))
        told, kept = _words(item)
        sent = self._sent()
        if sent:
            told = tr("{said}, sent {value}").format(said=told, value=sent)
        was_refused = item.kind != LOST and item.code != SHUT_OUT
        for text, color in ((told, "error" if was_refused else "text-2"), (kept, "text-3")):
            sentence = Text(theme, text, "small", color, self)
            sentence.setWordWrap(True)
            column.addWidget(sentence)
        return column

    def _sent(self) -> str:
        shown = self._item.shown.get("mine")
        return (
            ", ".join(value_word(f, t) for f, t in zip(self._item.fields, shown, strict=False))
            if shown
            else ""
        )

    def _add_field(self, row: QHBoxLayout, limit: int) -> None:
        theme, item = self._theme, self._item
        name = field_word(item.group)
        self._field = LineField(theme, name, tr("Library"), self)
        self._field.setFixedWidth(theme.px(84))
        shown = item.shown.get("mine")
        self._field.setText((shown[0] if shown else None) or "")
        self._limit = limit
        fix = Button(theme, tr("Fix and resend"), "plain", parent=self)
        fix.clicked.connect(self._fix)
        self._field.returnPressed.connect(self._fix)
        row.addWidget(Text(theme, name, "label", "text-2", self))
        row.addWidget(self._field)
        row.addWidget(fix)

    def _fix(self) -> None:
        if self._field is None:
            return
        try:
            value = parse_number(self._field.text(), Editor(minimum=0, maximum=self._limit), self.tr)
        except NotANumber as problem:
            self._field.set_invalid(invalid=True)
            self._field.setToolTip(str(problem))
            return
        self.fixed.emit(self._item, value)


def _words(item: ReviewRow) -> tuple[str, str]:
    """Return what happened, and what is kept here meanwhile."""
    if item.kind == LOST:
        rows = words.counted(len(item.ids), entity_word(item.entity), entity_word(item.entity, 2))
        told = tr("{rows} that the platform had before it was put back to an older state.").format(rows=rows)
        return told, tr("Kept here as copies until they are sent again or dropped.")
    if item.code == SHUT_OUT:
        return (
            tr("You have no access to this site any more."),
            tr("The change is kept, and is sent by itself if access comes back."),
        )
    if item.code == GONE:
        told = tr("The platform has cleared this away for good.")
        return told, tr("A copy is kept here until it is restored or dropped.")
    kept = tr("Your value is kept here until it is fixed or dropped.")
    if item.code == TRASHED:
        return tr("In the trash on the platform."), kept
    return tr("“{message}”").format(message=item.message or item.code), kept


def heading(theme: Theme, title: str, count: int, note: str, buttons: Sequence[QWidget] = ()) -> QWidget:
    """Return the line above a group of cards."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.px(8))
    row.addWidget(Text(theme, title, "section", "text", box))
    row.addWidget(Text(theme, words.number(count), "body", "text-3", box))
    row.addStretch(1)
    row.addWidget(Text(theme, note, "small", "text-3", box))
    for button in buttons:
        row.addWidget(button)
    return box
