"""The right side of a triage: what each key does to the item on top, and the field in which a new cluster is named."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner_desktop.screens.triage.clusters import OFFERED, SUGGESTED, Offer
from planner_desktop.screens.triage.parts import KeyLine
from planner_desktop.screens.triage.words import tr
from planner_desktop.widgets.fields import Labelled, LineField
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.text import Line, Text
from planner_desktop.widgets.theme import Theme

VERBS = (
    ("assign", "A", "Choose a cluster…"),
    ("create", "N", "New cluster…"),
    ("disable", "D", "Disable"),
    ("skip", "S", "Skip for now"),
    ("repeat", "R", "Same as last"),
    ("undo", "U", "Undo"),
)


class KeyPanel(QWidget):
    """Lines with keys. What they do is the page's."""

    offer_chosen = Signal(int)
    """A number key, 1 to 9."""
    verb_chosen = Signal(str)
    named = Signal(str)
    """A name for a new cluster was typed."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._suggested = Text(theme, tr("Suggested"), "label", "text-3", self)
        self._recent = Text(theme, tr("Recent"), "label", "text-3", self)
        self._none = Text(theme, "", "small", "text-3", self)
        self._none.setWordWrap(True)
        self.offers = [KeyLine(theme, str(number), self) for number in range(1, OFFERED + 1)]
        self.verbs = {name: KeyLine(theme, key, self) for name, key, _ in VERBS}
        self.name = LineField(theme, tr("Name of the new cluster"), parent=self)
        self._naming = Labelled(theme, tr("Name of the new cluster"), self.name, self)
        self._used: list[int] = []
        self._column = QVBoxLayout(self)
        self._build()
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_offers(self, offers: Sequence[Offer], *, known: bool) -> None:
        """Show what the number keys do."""
        by_number = {one.number: one for one in offers}
        for number, line in enumerate(self.offers, start=1):
            one = by_number.get(number)
            if number <= SUGGESTED:
                _set_shown(line, shown=one is not None)
            if one is not None:
                right = f"{round(100 * one.score)} %" if one.suggested else ""
                line.show_words(one.target.name, " ".join(one.words), right)
        some = any(one.suggested for one in offers)
        _set_shown(self._none, shown=not some)
        self._none.setText(tr("No cluster shares its words") if known else tr("Looking for suggestions…"))
        self._used = [one.number for one in offers if not one.suggested]
        self._show_recent(shown=not self.is_naming)

    def show_verbs(self, last: str, latest: str) -> None:
        """Say what "same as last" and "undo" would do; "" is nothing."""
        self.verbs["repeat"].show_words(tr("Same as last"), last, enabled=bool(last))
        self.verbs["undo"].show_words(tr("Undo"), latest, enabled=bool(latest))

    def _show_recent(self, *, shown: bool) -> None:
        _set_shown(self._recent, shown=shown and bool(self._used))
        for number, line in enumerate(self.offers[SUGGESTED:], start=SUGGESTED + 1):
            _set_shown(line, shown=shown and number in self._used)

    def ask_name(self, suggested: str) -> None:
        """Let a new cluster be named."""
        # Where the window is low, there is not room for both.
        self._show_recent(shown=False)
        self._naming.show()
        self.name.setText(suggested)
        self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.name.selectAll()

    def stop_naming(self) -> None:
        """Take the field away."""
        _set_shown(self._naming, shown=False)
        self._show_recent(shown=True)

    @property
    def is_naming(self) -> bool:
        """Whether a new cluster is being named."""
        return not self._naming.isHidden()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        self.setFixedWidth(theme.px(340))
        self._column.setContentsMargins(theme.px(12), theme.px(18), theme.px(12), theme.px(12))
        self._column.setSpacing(theme.px(2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.name and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.stop_naming()
                self.verb_chosen.emit("leave")
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.named.emit(self.name.text())
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))
            edge_line(painter, self._theme, self, "left")

    def _build(self) -> None:
        column, theme = self._column, self._theme
        column.addWidget(Text(theme, tr("Put into"), "panel-title", "text", self))
        column.addSpacing(theme.px(4))
        column.addWidget(self._suggested)
        column.addWidget(self._none)
        for number, line in enumerate(self.offers, start=1):
            if number == SUGGESTED + 1:
                column.addSpacing(theme.px(6))
                column.addWidget(self._recent)
            column.addWidget(line)
            line.hide()
            line.clicked.connect(lambda _checked=False, number=number: self.offer_chosen.emit(number))
        column.addSpacing(theme.px(6))
        column.addWidget(Line(theme, self))
        column.addSpacing(theme.px(6))
        for name, _, text in VERBS:
            line = self.verbs[name]
            line.show_words(tr(text))
            column.addWidget(line)
            line.clicked.connect(lambda _checked=False, name=name: self.verb_chosen.emit(name))
            if name == "create":
                column.addWidget(self._naming)
        column.addStretch(1)
        self._naming.hide()
        self._recent.hide()
        self.name.installEventFilter(self)


def _set_shown(widget: QWidget, *, shown: bool) -> None:
    """Show or hide: laying the panel out again is most of what a key costs, so not where nothing changes."""
    if widget.isHidden() == shown:
        widget.setVisible(shown)
