"""A page with every shared component in every state, to be held next to the design's own picture."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import Button, Variant
from planner_desktop.widgets.chips import Badge, CellSign, Tag
from planner_desktop.widgets.dialogs import Card, SampleBox
from planner_desktop.widgets.fields import Labelled, LineField, Picker
from planner_desktop.widgets.focusring import FocusRings
from planner_desktop.widgets.grid import GridView
from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.roles import Cell, Choice, Kind
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.statusbar import StatusBar, SyncLine
from planner_desktop.widgets.text import Line, Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.tiles import TilePair
from planner_desktop.widgets.toast import ProgressStrip, Toast
from planner_desktop.widgets.toggles import CheckBox, RadioButton, Switch
from planner_desktop.widgets.tooltip import tip
from tests.screenshots.queries import read_words
from tests.screenshots.states import LoadingRows, StateRows


class UnfocusedGrid(GridView):
    """A grid whose window has lost the focus."""

    def isActiveWindow(self) -> bool:
        return False


class ComponentsPage(QWidget):
    """1440 x 900 design pixels, three columns."""

    def __init__(self, theme: Theme, rings: FocusRings) -> None:
        super().__init__()
        self._theme = theme
        self._rings = rings
        self.keep: list[object] = []
        self._ringed: list[QWidget] = []
        self._columns = [QVBoxLayout() for _ in range(3)]
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(32), theme.px(24), theme.px(32), theme.px(24))
        row.setSpacing(theme.px(40))
        for stretch, column in zip((42, 44, 43), self._columns, strict=True):
            column.setSpacing(theme.px(10))
            row.addLayout(column, stretch)
        self._left(self._columns[0])
        self._middle(self._columns[1])
        self._right(self._columns[2])
        for column in self._columns:
            column.addStretch(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))

    # ------------------------------------------------------------ columns

    def _heading(self, column: QVBoxLayout, text: str) -> None:
        column.addSpacing(self._theme.px(8))
        column.addWidget(self._strong(text))
        column.addWidget(Line(self._theme, self))

    def _strong(self, text: str) -> Text:
        heading = Text(self._theme, text, "label", "text-2", self)
        heading.setFont(self._theme.font("label", 600))
        return heading

    def _left(self, column: QVBoxLayout) -> None:
        theme = self._theme
        head = QHBoxLayout()
        head.addWidget(Text(theme, "Components and states", "figure", "text", self))
        head.addWidget(Text(theme, theme.scheme.capitalize(), "body", "text-2", self), 1)
        column.addLayout(head)
        self._heading(column, "Sync marks")
        marks = QGridLayout()
        marks.setColumnStretch(2, 1)
        marks.setHorizontalSpacing(theme.px(10))
        for row, state in enumerate(("synced", "waiting", "conflict", "refused", "candidate")):
            marks.addWidget(CellSign(theme, Cell(Kind.MARK, state, 0, state), self), row, 0)
            marks.addWidget(Text(theme, state.capitalize(), "body-strong", "text", self), row, 1)
        column.addLayout(marks)
        self._heading(column, "Status, intent, tags")
        self._signs(column)
        self._heading(column, "Difficulty: number, count of bars, colour")
        bars = QHBoxLayout()
        for text, band in (("12", 1), ("34", 2), ("55", 3), ("72", 4), ("93", 5), ("", 0)):
            bars.addWidget(CellSign(theme, Cell(Kind.DIFFICULTY, text, 0, band), self))
        column.addLayout(bars)
        self._heading(column, "Query line")
        self._queries(column)
        self._heading(column, "Conflict tiles, segments, picker")
        pair = TilePair(
            theme, "Cluster", [(0, "mine", "Standing desks"), (1, "theirs", "Walnut and oak desks")], self
        )
        pair.set_value(0)
        column.addWidget(pair)
        segments = Segmented(theme, "Status", [("new", "New"), ("mapped", "Mapped")], self)
        segments.set_value("new")
        column.addWidget(segments)
        picker = Picker(theme, "Cluster", icon="shapes", parent=self)
        picker.set_choices([Choice(1, "Standing desks")], 1)
        column.addWidget(picker)
        self._heading(column, "Tooltip")
        tooltip = QLabel(tip("Override by Mira, 19 Nov", "Library: 33,100 · Ctrl ⌫ resets"), self)
        tooltip.setObjectName("tip")
        tooltip.setStyleSheet(
            f"#tip {{ background: {theme.color('tooltip').name()}; color: {theme.color('tooltip-text-2').name()};"
            f" border: 1px solid {theme.color('tooltip-line').name()}; border-radius: {theme.px(6)}px;"
            f" padding: {theme.px(6)}px {theme.px(10)}px; font-size: {theme.font('small').pointSizeF()}pt }}"
        )
        column.addWidget(tooltip, 0, Qt.AlignmentFlag.AlignLeft)

    def _signs(self, column: QVBoxLayout) -> None:
        theme = self._theme
        statuses, intents, tags = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for status in ("new", "mapped", "queued", "completed", "candidate"):
            statuses.addWidget(CellSign(theme, Cell(Kind.STATUS, status.capitalize(), 0, status), self))
        for intent in ("informational", "commercial", "transactional", "navigational"):
            intents.addWidget(CellSign(theme, Cell(Kind.CHIP, intent.capitalize(), 0, intent), self))
        tags.addWidget(Tag(theme, "Standing desks", icon="shapes", parent=self))
        tags.addWidget(Tag(theme, "oak", removable=True, parent=self))
        tags.addWidget(Badge(theme, "217", "warn", self))
        tags.addWidget(Badge(theme, "2", "conflict", self))
        tags.addWidget(Badge(theme, "1", "error", self))
        for row in (statuses, intents, tags):
            row.setSpacing(theme.px(8))
            row.addStretch(1)
            column.addLayout(row)

    def _queries(self, column: QVBoxLayout) -> None:
        theme = self._theme
        self.query = QueryLine(theme, read_words, self, savable=True)
        self.query.edit.set_complete(lambda text, _at: "=1000" if text.endswith(">") else "")
        self.query.set_text("status:new -ikea volume:>")
        self.query.set_count("1,204")
        wrong = QueryLine(theme, read_words, self)
        wrong.set_text("difficulty:<4x")
        calm = QueryLine(theme, read_words, self, savable=True)
        calm.set_text("volume:>=1000 country:US desk")
        calm.set_count("6,412 of 48,213")
        for line in (self.query, wrong, calm):
            column.addWidget(line)

    def _middle(self, column: QVBoxLayout) -> None:
        theme = self._theme
        self._heading(column, "Buttons: rest, hover, pressed, focus, disabled")
        buttons = QGridLayout()
        buttons.setSpacing(theme.px(13))
        variants: tuple[tuple[Variant, str], ...] = (
            ("primary", "Apply"),
            ("plain", "Revert"),
            ("danger", "Delete"),
        )
        for row, (variant, text) in enumerate(variants):
            for at in range(5):
                button = Button(theme, text, variant, parent=self)
                button.setMinimumWidth(theme.px(78))
                button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, at == 1)
                button.setDown(at == 2)
                button.setEnabled(at != 4)
                if at == 3:
                    self._ringed.append(button)
                buttons.addWidget(button, row, at)
        column.addLayout(buttons)
        self._heading(column, "Fields: rest, focus, error, disabled")
        fields = QHBoxLayout()
        fields.setSpacing(theme.px(12))
        texts = (("", "Keep"), ("130", ""), ("130", ""))
        for at, (text, placeholder) in enumerate(texts):
            field = LineField(theme, "Volume", placeholder)
            field.setText(text)
            field.setEnabled(at != 2)
            labelled = Labelled(theme, ("Rest", "Error", "Disabled")[at], field, self)
            labelled.set_error("0 to 100, please" if at == 1 else "")
            fields.addWidget(labelled, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(fields)
        self._toggles(column)
        self._heading(column, "Grid rows")
        self._grids(column)

    def _toggles(self, column: QVBoxLayout) -> None:
        theme = self._theme
        row = QHBoxLayout()
        row.setSpacing(theme.px(20))
        states = (Qt.CheckState.Checked, Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked)
        for state, text in zip(states, ("On", "Off", "Mixed"), strict=True):
            box = CheckBox(theme, text, self)
            box.setTristate(state == Qt.CheckState.PartiallyChecked)
            box.setCheckState(state)
            row.addWidget(box)
        for on in (True, False):
            radio = RadioButton(theme, "", self)
            radio.setAutoExclusive(False)
            radio.setChecked(on)
            radio.setAccessibleName("This one" if on else "That one")
            row.addWidget(radio)
        for on in (True, False):
            switch = Switch(theme, "Enabled", self)
            switch.setChecked(on)
            row.addWidget(switch)
        row.addStretch(1)
        column.addLayout(row)

    def _grids(self, column: QVBoxLayout) -> None:
        theme = self._theme
        rows = QVBoxLayout()
        rows.setSpacing(0)
        column.addLayout(rows)
        spans = ((GridView, 0, 3), (UnfocusedGrid, 3, 4), (GridView, 4, 11))
        for kind, first, last in spans:
            model = StateRows(first, last)
            grid = kind(theme, self)
            self.keep.append(model)
            grid.setModel(model)
            grid.horizontalHeader().hide()
            grid.set_columns((30, 194, 82, 120))
            grid.setFixedHeight((last - first) * grid.row_height)
            grid.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            rows.addWidget(grid)
            if first == 0:
                grid.hover(1)
                grid.select_rows([(2, 2)])
            elif first == 3:
                grid.select_rows([(0, 0)])
            else:
                self.grid = grid
                grid.setCurrentIndex(model.index(0, 2))
                grid.clearSelection()
        self._heading(column, "Loading: rows keep their height, bars stand for text")
        loading = LoadingRows()
        self.keep.append(loading)
        grid = GridView(theme, self)
        grid.setModel(loading)
        grid.horizontalHeader().hide()
        grid.set_columns((30, 210, 82, 60))
        grid.setFixedHeight(3 * grid.row_height)
        column.addWidget(grid)

    def _right(self, column: QVBoxLayout) -> None:
        theme = self._theme
        self._heading(column, "Toasts, bottom right, no focus taken")
        texts = (
            ("done", "Cluster set on 1,118 keywords", "Undo"),
            ("offline", "Connection lost. 214 changes wait here.", "Details"),
            ("error", "1 change was refused. Kept in Review.", "Open"),
        )
        holder = QWidget(self)
        holder.setFixedHeight(theme.px(170))
        column.addWidget(holder)
        holder_width = theme.px(384)
        for at, (kind, text, action) in enumerate(texts):
            toast = Toast(theme, holder, kind, text, [(action, None)] if action else ())  # type: ignore[arg-type]
            toast.place(
                QPoint(theme.px(6), theme.px(4) + at * theme.px(54)),
                holder_width,
                toast.height_hint(holder_width),
            )
        self._heading(column, "Progress above one second")
        strip = ProgressStrip(theme, self)
        strip.show_progress("Matching against the library", "3,120 of 4,318 · 4 s left", 3120 / 4318)
        column.addWidget(strip)
        self._heading(column, "Sync state, left of the status bar")
        for line in (
            SyncLine("equal", "Equal with the platform", "checked 2 minutes ago"),
            SyncLine("busy", "Posting 128 of 214", "about 6 s left"),
            SyncLine("offline", "Offline since 09:14", "214 changes wait"),
            SyncLine("conflict", "2 conflicts", "choose in Review"),
            SyncLine("sign-in", "Sign in again", "nothing is lost; 214 changes wait"),
            SyncLine("local", "On this computer only", "no account"),
        ):
            bar = StatusBar(theme, self)
            bar.show_sync(line)
            column.addWidget(bar)
        self._heading(column, "Confirm what undo cannot take back")
        self._card(column)

    def _card(self, column: QVBoxLayout) -> None:
        theme = self._theme
        holder = QWidget(self)
        holder.setFixedHeight(theme.px(250))
        column.addWidget(holder)
        card = Card(
            theme,
            holder,
            "Delete 1,204 keywords?",
            "They go to the trash and are deleted on the platform with the next post. 96 are in ideas.",
        )
        card.close_button.hide()
        card.body.addWidget(
            SampleBox(theme, "used desk near me · free desk plans · desk gif · 1,201 more", card)
        )
        cancel = Button(theme, "Cancel", "plain", size="button-dialog", parent=card)
        card.buttons.addWidget(cancel)
        run = Button(theme, "Delete 1,204", "destroy", size="button-dialog", parent=card)
        run.setMinimumWidth(theme.px(140))
        card.buttons.addWidget(run)
        self._cancel = cancel
        self.card, self.card_room = card, holder

    def settle(self) -> None:
        """Place what needs the final geometry; call after the first show."""
        theme = self._theme
        self.card.fit(self.card_room.rect(), theme.px(400))
        for widget in (*self._ringed, self._cancel):
            self.keep.append(self._rings.surround(widget))
        self.query.setFocus(Qt.FocusReason.OtherFocusReason)
        self.query.edit.setCursorPosition(len(self.query.text()))
