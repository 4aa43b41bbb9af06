"""The query line: one line of plain text whose finished terms are shown as tokens.

The text stays what the editor typed, so copy, paste, undo and screen readers get the plain query. Tokens are made
in two steps: character formats give the text its weight, colour and the room around a term, and the pill is
painted below it. The formats travel to QLineEdit as an input method event, the only door it has for them.

What is a term, what is wrong and what could follow are told by the caller (:data:`Read`, :data:`Complete`), who
knows the grammar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from planner_desktop.widgets.buttons import IconButton
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme


@dataclass(frozen=True, slots=True)
class QueryToken:
    """A finished term: characters ``start`` to ``end`` (exclusive); from ``value`` on it is drawn strong."""

    start: int
    end: int
    value: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """What cannot be read: ``at`` counts characters from 0, ``message`` is a sentence with an example."""

    at: int
    length: int
    message: str


@dataclass(frozen=True, slots=True)
class QueryReading:
    """How a text is understood."""

    tokens: tuple[QueryToken, ...] = ()
    problem: QueryProblem | None = None


Read = Callable[[str], QueryReading]
Complete = Callable[[str, int], str]
"""(text, cursor) -> what could follow the cursor, shown as a ghost; "" for nothing."""

_ICON_AT = 12
_TEXT_AT = 34
_PAD = 8
_CROSS = 8
# The strokes of the icon fill half of its box.
_CROSS_ICON = 15
_CROSS_GAP = 8
_GAP = 6
_ROOM = _CROSS_GAP + _CROSS + _PAD
# A QLineEdit keeps two pixels for itself at each side of its text.
_OWN_MARGIN = 2


class QueryEdit(QLineEdit):
    """The field itself; see :class:`QueryLine` for the field with its sentence below."""

    edited = Signal(str)
    """The text changed, whoever changed it."""

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
        self._formats: list[QTextLayout.FormatRange] = []
        self._layout = QTextLayout()
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

    _trailing = 0

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
        self._formats = self._make_formats()
        theme = self._theme
        first = bool(self._shown) and self._shown[0].start == 0
        left = theme.px(_TEXT_AT) + (theme.px(_PAD) if first else 0)
        right = theme.px(12) + self._trailing + self._count_width() + theme.px(10)
        self.setTextMargins(left - _OWN_MARGIN, 0, right - _OWN_MARGIN, 0)
        attributes = [
            QInputMethodEvent.Attribute(
                QInputMethodEvent.AttributeType.TextFormat,
                span.start - self.cursorPosition(),
                span.length,
                span.format,
            )
            for span in self._formats
        ]
        self.inputMethodEvent(QInputMethodEvent("", attributes))
        self._lay_out()
        self.update()

    def _make_formats(self) -> list[QTextLayout.FormatRange]:
        theme = self._theme
        spans: list[QTextLayout.FormatRange] = []
        starts = {token.start for token in self._shown}
        for token in self._shown:
            color = theme.color("error" if token.negated else "accent-text")
            for start, end, weight in ((token.start, token.value, 400), (token.value, token.end, 600)):
                room = theme.px(_ROOM) if end == token.end else 0
                # The cross needs room after the last character only.
                if room and end - start > 1:
                    spans.append(_span(start, end - 1, weight, color))
                    start = end - 1  # noqa: PLW2901
                if end > start:
                    spans.append(_span(start, end, weight, color, spacing=room))
            if token.end < len(self.text()):
                follows = theme.px(_GAP + (_PAD if token.end + 1 in starts else 0))
                natural = QFontMetricsF(self.font()).horizontalAdvance(" ")
                spans.append(_span(token.end, token.end + 1, 400, color, spacing=max(0.0, follows - natural)))
        return spans

    def _lay_out(self) -> None:
        """Repeat the field's own layout, which does not tell where its characters are."""
        layout = QTextLayout(self.text(), self.font())
        layout.setFormats(self._formats)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(1_000_000)
        layout.endLayout()
        self._layout = layout

    def _x(self, position: int) -> float:
        """Return where a character begins, in widget pixels."""
        line = self._layout.lineAt(0)
        if not line.isValid():
            return float(self.textMargins().left() + _OWN_MARGIN)
        here = line.cursorToX(self.cursorPosition())
        shift = self.cursorRect().center().x() - _first(here)
        return _first(line.cursorToX(position)) + shift

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
        if plain and key == Qt.Key.Key_Right and self._ghost:
            self.accept_ghost()
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
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_frame(painter)
            self._clip(painter)
            for token in self._shown:
                self._paint_token(painter, token)
        super().paintEvent(event)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_count(painter)
            self._clip(painter)
            for token in self._shown:
                self._paint_cross(painter, token)
            self._paint_ghost(painter)
            self._paint_problem(painter)

    def _clip(self, painter: QPainter) -> None:
        margins = self.textMargins()
        left = min(margins.left(), self._theme.px(_TEXT_AT)) - self._theme.px(2)
        painter.setClipRect(self.rect().adjusted(left, 0, -margins.right(), 0))

    def _paint_frame(self, painter: QPainter) -> None:
        theme = self._theme
        wrong, active = self._reading.problem is not None, self.hasFocus()
        thick = theme.px(2) if wrong or active else theme.px(1)
        border = "error" if wrong else "focus" if active else "control-border"
        radius = theme.radius("control")
        box = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(border))
        painter.drawRoundedRect(box, radius, radius)
        painter.setBrush(theme.color("surface" if theme.scheme == "light" else "sunken"))
        inner = max(0.0, radius - thick)
        painter.drawRoundedRect(box.adjusted(thick, thick, -thick, -thick), inner, inner)
        side = theme.px(16)
        icon = theme.pixmap("list-filter", "text-3", 16, self.devicePixelRatioF())
        painter.drawPixmap(theme.px(_ICON_AT), (self.height() - side) // 2, icon)

    def _token_rect(self, token: QueryToken) -> QRectF:
        theme = self._theme
        tall = theme.size("token")
        left, right = self._x(token.start) - theme.px(_PAD), self._x(token.end)
        return QRectF(left, (self.height() - tall) / 2, right - left, tall)

    def _cross_rect(self, token: QueryToken) -> QRectF:
        side = self._theme.px(_CROSS)
        left = self._x(token.end) - self._theme.px(_PAD) - side
        return QRectF(left, (self.height() - side) / 2, side, side)

    def _paint_token(self, painter: QPainter, token: QueryToken) -> None:
        theme = self._theme
        radius = theme.radius("token")
        chosen = self.selectionStart() <= token.start < self.selectionStart() + len(self.selectedText())
        chosen = chosen and self.hasSelectedText()
        painter.setPen(
            theme.color("error" if token.negated else "accent-text") if chosen else Qt.PenStyle.NoPen
        )
        painter.setBrush(theme.color("error-soft" if token.negated else "accent-soft"))
        painter.drawRoundedRect(self._token_rect(token), radius, radius)

    def _paint_cross(self, painter: QPainter, token: QueryToken) -> None:
        box = self._cross_rect(token)
        theme = self._theme
        color = "error" if token.negated else "accent-text"
        side = theme.px(_CROSS_ICON)
        pixmap = theme.pixmap("x", color, _CROSS_ICON, self.devicePixelRatioF())
        at = QPointF(round(box.center().x() - side / 2), round(box.center().y() - side / 2))
        painter.drawPixmap(at, pixmap)

    def _paint_ghost(self, painter: QPainter) -> None:
        if not self._ghost:
            return
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text-3"))
        left = round(self._x(len(self.text())))
        box = QRect(left, 0, max(0, self.width() - left), self.height())
        painter.drawText(
            box, int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine), self._ghost
        )

    def _paint_problem(self, painter: QPainter) -> None:
        problem = self._reading.problem
        if problem is None:
            return
        theme = self._theme
        metrics = QFontMetrics(self.font())
        left = self._x(min(problem.at, len(self.text())))
        right = self._x(min(problem.at + max(1, problem.length), len(self.text())))
        width = max(right - left, metrics.averageCharWidth())
        top = (self.height() + metrics.ascent() - metrics.descent()) / 2 + theme.px(3)
        painter.fillRect(QRectF(left, round(top), width, theme.px(2)), theme.color("error"))

    def _right_text(self) -> str:
        if self._reading.problem is None:
            return self._count
        return self.tr("error at {position}").format(position=self._reading.problem.at)

    def _count_width(self) -> int:
        return QFontMetrics(self._theme.font("label")).horizontalAdvance(self._right_text())

    def _paint_count(self, painter: QPainter) -> None:
        theme = self._theme
        painter.setFont(theme.font("label"))
        painter.setPen(theme.color("text-2" if self._reading.problem is None else "error"))
        box = self.rect().adjusted(0, 0, -(theme.px(12) + self._trailing), 0)
        painter.drawText(
            box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), self._right_text()
        )


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
        self._sentence = Text(theme, "", "small", "error", self)
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
        return self._sentence.text() if not self._sentence.isHidden() else ""

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


def _span(
    start: int, end: int, weight: int, color: object, *, spacing: float = 0.0
) -> QTextLayout.FormatRange:
    style = QTextCharFormat()
    style.setFontWeight(weight)
    style.setForeground(color)  # type: ignore[arg-type]
    if spacing:
        style.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
        style.setFontLetterSpacing(spacing)
    span = QTextLayout.FormatRange()
    span.start, span.length, span.format = start, end - start, style
    return span


def _reason(event: QEvent) -> Qt.FocusReason | None:
    return event.reason() if isinstance(event, QFocusEvent) else None


def _first(value: object) -> float:
    # PySide returns (x, position) from cursorToX(int) and x alone from other overloads.
    return float(value[0]) if isinstance(value, tuple) else float(value)  # type: ignore[arg-type]
