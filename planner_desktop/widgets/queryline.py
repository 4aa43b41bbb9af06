"""The query line: one line of plain text whose finished terms are shown as tokens.

The text stays what the editor typed, so copy, paste, undo and screen readers get the plain query. Tokens are made
in two steps: character formats give the text its weight, colour and the room around a term, and the pill is
painted below it. The formats travel to QLineEdit as an input method event, the only door it has for them.

What is a term, what is wrong and what could follow are told by the caller (:data:`Read`, :data:`Complete`), who
knows the grammar.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import IconButton
from planner_desktop.widgets.querypaint import (
    paint_count,
    paint_cross,
    paint_frame,
    paint_ghost,
    paint_pill,
    paint_underline,
)
from planner_desktop.widgets.querytokens import (
    CROSS,
    PAD,
    TEXT_AT,
    Complete,
    QueryProblem,
    QueryReading,
    QueryToken,
    Read,
    TextPositions,
    token_formats,
)
from planner_desktop.widgets.text import ElidedText
from planner_desktop.widgets.theme import Theme

__all__ = ["Complete", "QueryEdit", "QueryLine", "QueryProblem", "QueryReading", "QueryToken", "Read"]

# A QLineEdit keeps two pixels for itself at each side of its text.
_OWN_MARGIN = 2


class QueryEdit(QLineEdit):
    """The field itself; see :class:`QueryLine` for the field with its sentence below."""

    edited = Signal(str)
    """The text changed, whoever changed it."""
    left_below = Signal()
    """Down or Enter: the person wants to go to what was found."""

    def __init__(self, theme: Theme, read: Read, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._read = read
        self._complete: Complete | None = None
        self._reading = QueryReading()
        self._count = ""
        self._ghost = ""
        self._composing = False
        self._shown: tuple[QueryToken, ...] = ()
        self._trailing = 0
        self._positions = TextPositions("", self.font(), [])
        self.setProperty("bare", True)  # noqa: FBT003  Qt's own signature
        self.setFrame(False)
        self.setClearButtonEnabled(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Filter"))
        self.textChanged.connect(self._text_changed)
        self.cursorPositionChanged.connect(self._cursor_moved)
        self.selectionChanged.connect(self.update)
        theme.changed.connect(self.restyle)
        self.restyle()

    # ------------------------------------------------------------ what the caller says

    def set_complete(self, complete: Complete | None) -> None:
        """Ask this for ghosts."""
        self._complete = complete
        self._find_ghost()

    def set_count(self, text: str) -> None:
        """Show at the right how many rows match ("1,204")."""
        self._count = text
        self._arrange()

    @property
    def reading(self) -> QueryReading:
        """How the present text is understood."""
        return self._reading

    @property
    def ghost(self) -> str:
        """The completion offered now."""
        return self._ghost

    def set_trailing_room(self, pixels: int) -> None:
        """Keep room at the right end for a button."""
        self._trailing = pixels
        self._arrange()

    def restyle(self) -> None:
        """Take sizes and colours from the theme again."""
        self.setFont(self._theme.font("body"))
        self.setFixedHeight(self._theme.size("query-field"))
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(360), self._theme.size("query-field"))

    # ------------------------------------------------------------ text into tokens

    def _text_changed(self, text: str) -> None:
        self._reading = self._read(text)
        self._arrange()
        self._find_ghost()
        self.edited.emit(text)

    def _cursor_moved(self, _old: int, _new: int) -> None:
        if self._tokens_now() != self._shown:
            self._arrange()
        self._find_ghost()
        self.update()

    def _tokens_now(self) -> tuple[QueryToken, ...]:
        """Return the terms to draw as tokens: not the one being typed, nor any in a text with an error."""
        if self._reading.problem is not None:
            return ()
        if not self.hasFocus() or self.hasSelectedText():
            return self._reading.tokens
        at = self.cursorPosition()
        return tuple(token for token in self._reading.tokens if not token.start < at <= token.end)

    def _arrange(self) -> None:
        """Give every character its format again and hand the formats to the field."""
        if self._composing:
            return
        self._shown = self._tokens_now()
        formats = token_formats(self._theme, self.font(), self.text(), self._shown)
        theme = self._theme
        first = bool(self._shown) and self._shown[0].start == 0
        left = theme.px(TEXT_AT) + (theme.px(PAD) if first else 0)
        right = theme.px(12) + self._trailing + self._count_width() + theme.px(10)
        self.setTextMargins(left - _OWN_MARGIN, 0, right - _OWN_MARGIN, 0)
        attributes = [
            QInputMethodEvent.Attribute(
                QInputMethodEvent.AttributeType.TextFormat,
                span.start - self.cursorPosition(),
                span.length,
                span.format,
            )
            for span in formats
        ]
        self.inputMethodEvent(QInputMethodEvent("", attributes))
        self._positions = TextPositions(self.text(), self.font(), formats)
        self.update()

    def _x(self, position: int) -> float:
        """Return where a character begins, in widget pixels."""
        shift = self.cursorRect().center().x() - self._positions.x(self.cursorPosition())
        return self._positions.x(position) + shift

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    # ------------------------------------------------------------ ghost and tokens under keys and mouse

    def _find_ghost(self) -> None:
        at_end = self.cursorPosition() == len(self.text()) and not self.hasSelectedText()
        wanted = self._complete is not None and self.hasFocus() and at_end
        self._ghost = self._complete(self.text(), self.cursorPosition()) if wanted and self._complete else ""
        self.update()

    def event(self, event: QEvent) -> bool:
        # Tab would leave the field before keyPressEvent sees it.
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Tab
            and self._ghost
        ):
            self.accept_ghost()
            return True
        answer = super().event(event)
        # The press that brings the focus aims at tokens where they are now: they move after it, not before.
        pressed = event.type() == QEvent.Type.FocusIn and _reason(event) == Qt.FocusReason.MouseFocusReason
        if event.type() in {QEvent.Type.FocusIn, QEvent.Type.FocusOut} and not pressed:
            self._arrange()
            self._find_ghost()
        return answer

    def accept_ghost(self) -> None:
        """Type what the ghost offers."""
        if self._ghost:
            self.insert(self._ghost)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and key == Qt.Key.Key_Backspace and not self.hasSelectedText():
            token = self._token_before_cursor()
            if token is not None:
                self.setSelection(token.start, self.cursorPosition() - token.start)
                return
        if plain and key == Qt.Key.Key_Escape and self.text():
            # Through the field's own undo, so that it can be taken back.
            self.selectAll()
            self.del_()
            return
        if plain and key == Qt.Key.Key_Right and self._ghost:
            self.accept_ghost()
            return
        keypad = event.modifiers() == Qt.KeyboardModifier.KeypadModifier
        if (plain or keypad) and key in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.left_below.emit()
            return
        super().keyPressEvent(event)

    def _token_before_cursor(self) -> QueryToken | None:
        at = self.cursorPosition()
        return next((token for token in self._shown if token.end + 1 == at), None)

    def remove_token(self, token: QueryToken) -> None:
        """Delete a term and the space that parts it from its neighbour."""
        text = self.text()
        end = token.end + 1 if text[token.end : token.end + 1] == " " else token.end
        start = token.start if end > token.end or token.start == 0 else token.start - 1
        self.setSelection(start, end - start)
        self.del_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            for token in self._shown:
                if self._cross_rect(token).adjusted(-4, -6, 4, 6).contains(event.position()):
                    self.remove_token(token)
                    return
        super().mousePressEvent(event)
        self._arrange()
        self._find_ghost()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = any(
            self._cross_rect(token).adjusted(-4, -6, 4, 6).contains(event.position()) for token in self._shown
        )
        self.setCursor(Qt.CursorShape.ArrowCursor if over else Qt.CursorShape.IBeamCursor)
        super().mouseMoveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        # QLineEdit finds out while painting how far it has to scroll. The pills below the text need to know before,
        # so it paints twice: the first time for that alone, and what it drew is painted over.
        super().paintEvent(event)
        theme, ratio = self._theme, self.devicePixelRatioF()
        problem = self._reading.problem
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_frame(painter, theme, self.rect(), ratio, wrong=problem is not None, active=self.hasFocus())
            self._clip(painter)
            for token in self._shown:
                chosen = self._is_chosen(token)
                paint_pill(painter, theme, self._token_rect(token), negated=token.negated, chosen=chosen)
        super().paintEvent(event)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            room = self.rect().adjusted(0, 0, -(theme.px(12) + self._trailing), 0)
            paint_count(painter, theme, room, self._right_text(), wrong=problem is not None)
            self._clip(painter)
            for token in self._shown:
                center = self._cross_rect(token).center()
                paint_cross(painter, theme, center, ratio, negated=token.negated)
            if self._ghost:
                left = round(self._x(len(self.text())))
                beyond = QRect(left, 0, max(0, self.width() - left), self.height())
                paint_ghost(painter, theme, beyond, self.font(), self._ghost)
            if problem is not None:
                self._paint_problem(painter, problem)

    def _clip(self, painter: QPainter) -> None:
        margins = self.textMargins()
        left = min(margins.left(), self._theme.px(TEXT_AT)) - self._theme.px(2)
        painter.setClipRect(self.rect().adjusted(left, 0, -margins.right(), 0))

    def _is_chosen(self, token: QueryToken) -> bool:
        selected = self.hasSelectedText()
        return selected and self.selectionStart() <= token.start < self.selectionStart() + len(
            self.selectedText()
        )

    def _token_rect(self, token: QueryToken) -> QRectF:
        theme = self._theme
        tall = theme.size("token")
        left, right = self._x(token.start) - theme.px(PAD), self._x(token.end)
        return QRectF(left, (self.height() - tall) / 2, right - left, tall)

    def _cross_rect(self, token: QueryToken) -> QRectF:
        side = self._theme.px(CROSS)
        left = self._x(token.end) - self._theme.px(PAD) - side
        return QRectF(left, (self.height() - side) / 2, side, side)

    def _paint_problem(self, painter: QPainter, problem: QueryProblem) -> None:
        end = len(self.text())
        left = self._x(min(problem.at, end))
        right = self._x(min(problem.at + max(1, problem.length), end))
        paint_underline(painter, self._theme, left, right, self.height() / 2, self.font())

    def _right_text(self) -> str:
        if self._reading.problem is None:
            return self._count
        return self.tr("error at {position}").format(position=self._reading.problem.position)

    def _count_width(self) -> int:
        return QFontMetrics(self._theme.font("label")).horizontalAdvance(self._right_text())


class QueryLine(QWidget):
    """The query field with the sentence about an error below it and, at its end, the button that saves the view."""

    edited = Signal(str)
    save_requested = Signal()

    def __init__(
        self, theme: Theme, read: Read, parent: QWidget | None = None, *, savable: bool = False
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.edit = QueryEdit(theme, read, self)
        self._sentence = ElidedText(theme, "", "small", "error", self)
        self._sentence.hide()
        self._save = IconButton(theme, "bookmark-plus", self.tr("Save as view"), parent=self.edit)
        self._save.clicked.connect(self.save_requested)
        self._save.setVisible(savable)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(3))
        column.addWidget(self.edit)
        column.addWidget(self._sentence)
        self.setFocusProxy(self.edit)
        self.edit.edited.connect(self._edited)
        theme.changed.connect(self._place)
        self._place()

    def text(self) -> str:
        """Return the plain query."""
        return self.edit.text()

    def set_text(self, text: str) -> None:
        """Show another query, from its beginning when nobody is typing in it."""
        self.edit.setText(text)
        if not self.edit.hasFocus():
            self.edit.setCursorPosition(0)

    def set_count(self, text: str) -> None:
        """Show how many rows match."""
        self.edit.set_count(text)

    def message(self) -> str:
        """Return the sentence shown below, "" when the query is well formed."""
        return self._sentence.whole_text() if not self._sentence.isHidden() else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        theme = self._theme
        self._sentence.setContentsMargins(theme.px(4), 0, 0, 0)
        if self._save.isHidden():
            return
        side = self._save.sizeHint()
        self.edit.set_trailing_room(side.width() + theme.px(4))
        left = self.width() - side.width() - theme.px(8)
        self._save.setGeometry(
            QRect(left, (self.edit.height() - side.height()) // 2, side.width(), side.height())
        )

    def _edited(self, text: str) -> None:
        problem = self.edit.reading.problem
        self._sentence.setText(problem.message if problem else "")
        self._sentence.setVisible(problem is not None)
        self.edit.setAccessibleDescription(problem.message if problem else "")
        self.edited.emit(text)


def _reason(event: QEvent) -> Qt.FocusReason | None:
    return event.reason() if isinstance(event, QFocusEvent) else None
