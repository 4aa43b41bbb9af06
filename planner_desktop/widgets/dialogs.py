"""Dialogs inside the window: a scrim, a raised card, title, one sentence, facts, a footer.

Used for money, for deletes above 1,000 rows and for what undo cannot take back; everything else is undone instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import Button, IconButton, Variant
from planner_desktop.widgets.shadow import DIALOG, FloatingFrame
from planner_desktop.widgets.text import Ground, Line, Text
from planner_desktop.widgets.theme import Theme


class Card(FloatingFrame):
    """The raised box of a dialog: title and sentence, a body to fill, a footer for buttons."""

    def __init__(self, theme: Theme, parent: QWidget, title: str, sentence: str) -> None:
        super().__init__(theme, parent, DIALOG, "dialog")
        self.setProperty("ground", "raised")
        self.title = Text(theme, title, "dialog-title", "text", self)
        self.sentence = Text(theme, sentence, "body", "text-2", self)
        self.sentence.setWordWrap(True)
        self.sentence.setVisible(bool(sentence))
        self.close_button = IconButton(theme, "x", self.tr("Close"), size="min-target", parent=self)
        self.body = QVBoxLayout()
        self.note = Text(theme, "", "small", "text-3", self)
        self.note.setWordWrap(True)
        self.buttons = QHBoxLayout()
        self._footer_line = Line(theme, self)
        self._column = QVBoxLayout(self)
        self._footer = QHBoxLayout()
        self._build()

    def show_note(self, text: str) -> None:
        """Say at the left of the footer what happens meanwhile; it also parts the footer with a line."""
        self.note.setText(text)
        self._footer_line.setVisible(bool(text))

    def fit(self, room: QRect, width: int) -> None:
        """Stand in the middle of ``room``, a little above it, as high as the content needs."""
        theme = self._theme
        width = min(width, room.width() - 2 * theme.px(16))
        margins = self._shadow.margins()
        if self._column.hasHeightForWidth():
            need = self._column.totalHeightForWidth(width + margins.left() + margins.right())
        else:
            # Without a sentence that wraps, Qt answers that question with the margins alone.
            need = self._column.totalSizeHint().height()
        tall = min(need - margins.top() - margins.bottom(), room.height() - 2 * theme.px(16))
        left = room.x() + (room.width() - width) // 2
        top = room.y() + max(theme.px(16), (room.height() - tall) * 45 // 100)
        self.place(QPoint(left, top), width, tall)

    def _build(self) -> None:
        theme = self._theme
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        self.body.setSpacing(theme.px(8))
        self._footer.setSpacing(theme.px(8))
        self._footer.addWidget(self.note, 1)
        self.buttons.setSpacing(theme.px(8))
        self._footer.addLayout(self.buttons)
        self._footer_line.hide()
        edge = theme.px(20)
        self._column.setContentsMargins(edge, theme.px(18), edge, edge)
        self._column.setSpacing(theme.px(6))
        self._column.addLayout(head)
        self._column.addWidget(self.sentence)
        self._column.addSpacing(theme.px(6))
        self._column.addLayout(self.body)
        self._column.addSpacing(theme.px(8))
        self._column.addWidget(self._footer_line)
        self._column.addSpacing(theme.px(2))
        self._column.addLayout(self._footer)


class Sheet(QDialog):
    """A dialog that lies over its window as part of it: right corners and shadow everywhere, one scrim.

    ``open()`` shows it; listen to ``accepted``, ``rejected`` or ``finished``. While it is open, keys stay inside it
    and the window's shortcuts sleep.
    """

    def __init__(
        self, theme: Theme, window: QWidget, title: str, sentence: str = "", *, width: float = 0
    ) -> None:
        super().__init__(window)
        # QDialog makes itself a window of its own whatever it is told when it is made.
        self.setWindowFlags(Qt.WindowType.Widget)
        self._theme = theme
        self._host = window
        self._card_width = width or theme.tokens.size["dialog"]
        self._before: QWidget | None = None
        self._first: QWidget | None = None
        self.card = Card(theme, self, title, sentence)
        self.card.close_button.clicked.connect(self.reject)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.hide()
        window.installEventFilter(self)
        theme.changed.connect(self._place)

    def add_button(self, button: Button, *, accepts: bool) -> None:
        """Put a button at the right end of the footer."""
        button.clicked.connect(self.accept if accepts else self.reject)
        self.card.buttons.addWidget(button)

    def focus_first(self, widget: QWidget) -> None:
        """Choose where the focus starts: the field to check, or Cancel where the action deletes."""
        self._first = widget

    def open(self) -> None:
        """Show the sheet and take the keys."""
        self._before = self._host.window().focusWidget()
        self._place()
        self.show()
        self.raise_()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        (self._first or self.card.close_button).setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        # The card's height for its width is known only once it has been laid out.
        self._place()

    def done(self, result: int) -> None:
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self._host.removeEventFilter(self)
        super().done(result)
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        self.deleteLater()

    def _place(self) -> None:
        self.setGeometry(self._host.rect())
        self.card.fit(self.rect(), self._theme.px(self._card_width))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._host and kind == QEvent.Type.Resize:
            self._place()
        elif kind == QEvent.Type.Shortcut and self.isVisible():
            # Menus and actions of the window below must not run while a question is open.
            return not self._is_inside(watched)
        return False

    def _is_inside(self, watched: QObject) -> bool:
        at: QObject | None = watched
        while at is not None and at is not self:
            at = at.parent()
        return at is self

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab inside the sheet."""
        widgets = [each for each in self.findChildren(QWidget) if self._takes_tab(each)]
        if not widgets:
            return False
        focused = self.focusWidget()
        at = widgets.index(focused) if focused in widgets else -1
        step = 1 if forward else -1
        widgets[(at + step) % len(widgets)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True

    @staticmethod
    def _takes_tab(widget: QWidget) -> bool:
        return (
            widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            focused = self.focusWidget()
            if isinstance(focused, Button):
                focused.click()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.faded("scrim", self._theme.alpha("scrim")))


class SampleBox(Ground):
    """A few of the rows an action is about, on a soft ground."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, "neutral-soft", parent)
        self.setAutoFillBackground(False)
        self._text = Text(theme, text, "small", "text-2", self)
        self._text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(12), theme.px(9), theme.px(12), theme.px(9))
        row.addWidget(self._text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("neutral-soft"))
            radius = self._theme.radius("control")
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)


def facts_grid(theme: Theme, facts: Sequence[tuple[str, str, str]], parent: QWidget) -> QGridLayout:
    """Return facts in three columns: label, number, note."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.px(16))
    grid.setVerticalSpacing(theme.px(6))
    grid.setColumnStretch(2, 1)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for row, (label, number, note) in enumerate(facts):
        grid.addWidget(Text(theme, label, "body", "text-2", parent), row, 0)
        grid.addWidget(Text(theme, number, "body-strong", "text", parent), row, 1, right)
        grid.addWidget(Text(theme, note, "small", "text-3", parent), row, 2)
    return grid


@dataclass(frozen=True, slots=True)
class Question:
    """What a confirmation says. ``action`` is the button and repeats the count ("Delete 1,204").

    ``sample`` names a few of the rows, ``facts`` are (label, number, note), ``note`` stands left in the footer.
    """

    title: str
    sentence: str
    action: str
    sample: str = ""
    facts: tuple[tuple[str, str, str], ...] = ()
    note: str = ""
    destructive: bool = True


def confirm(theme: Theme, window: QWidget, question: Question) -> Sheet:
    """Return a question that is not yet open; ``accepted`` means that the action is wanted.

    Focus starts on Cancel when the action destroys something, else on the action.
    """
    sheet = Sheet(theme, window, question.title, question.sentence, width=420)
    card = sheet.card
    if question.sample:
        card.body.addWidget(SampleBox(theme, question.sample, card))
    if question.facts:
        card.body.addLayout(facts_grid(theme, question.facts, card))
    card.show_note(question.note)
    card.close_button.setVisible(not question.destructive)
    cancel = Button(theme, sheet.tr("Cancel"), "plain", size="button-dialog", parent=card)
    variant: Variant = "destroy" if question.destructive else "primary"
    run = Button(theme, question.action.replace("&", "&&"), variant, size="button-dialog", parent=card)
    run.setMinimumWidth(theme.px(140))
    sheet.add_button(cancel, accepts=False)
    sheet.add_button(run, accepts=True)
    sheet.focus_first(cancel if question.destructive else run)
    return sheet
