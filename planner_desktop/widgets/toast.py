"""Toasts: one line at the bottom right, an action or two, at most three, never the focus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QObject,
    QPoint,
    QPropertyAnimation,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from planner_desktop.widgets.buttons import Button, IconButton
from planner_desktop.widgets.shadow import MENU, FloatingFrame
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

ToastKind = Literal["done", "offline", "error", "info", "warning"]

MOST = 3
_MOST_LINES = 4
_ICONS: dict[str, tuple[str, str]] = {
    "done": ("check", "ok"),
    "offline": ("cloud-off", "warn"),
    "error": ("octagon-x", "error"),
    "info": ("info", "text-2"),
    "warning": ("triangle-alert", "warn"),
}


class Toast(FloatingFrame):
    """One message. It goes after six seconds; an error stays until it is closed; the pointer over it holds it."""

    finished = Signal()

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        kind: ToastKind,
        text: str,
        actions: Sequence[tuple[str, Callable[[], object] | None]] = (),
    ) -> None:
        super().__init__(theme, parent, MENU)
        self._kind: ToastKind = kind
        self._icon = QLabel(self)
        self.text = Text(theme, text, "body", "text", self)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._icon)
        self._row.addWidget(self.text, 1)
        for word, call in actions:
            button = Button(theme, word.replace("&", "&&"), "link", parent=self)
            button.clicked.connect(lambda _checked=False, run=call: self._act(run))
            self._row.addWidget(button)
        close = IconButton(theme, "x", self.tr("Close"), size="min-target", parent=self)
        close.clicked.connect(self.finished)
        self._row.addWidget(close)
        self._slide = QPropertyAnimation(self, b"pos", self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.finished)
        self.setAccessibleName(text)
        self.restyle()
        self.rest()

    def restyle(self) -> None:
        super().restyle()
        theme = self._theme
        icon, color = _ICONS[self._kind]
        self._icon.setPixmap(theme.pixmap(icon, color, 16, self.devicePixelRatioF()))
        self._row.setContentsMargins(theme.px(14), 0, theme.px(8), 0)
        self._row.setSpacing(theme.px(10))

    def height_hint(self, width: int) -> int:
        """Return the height of a box of that width, both without the shadow: one line, more where the text needs them."""
        theme = self._theme
        items = [self._row.itemAt(at) for at in range(self._row.count())]
        beside = [one.widget() for one in items if one is not None]
        others = sum(one.sizeHint().width() for one in beside if one is not None and one is not self.text)
        taken = others + (self._row.count() - 1) * self._row.spacing() + theme.px(14) + theme.px(8)
        lines = self.text.heightForWidth(max(theme.px(120), width - taken))
        return max(theme.px(42), min(lines, _MOST_LINES * theme.line("body")) + 2 * theme.px(8))

    def slide_in(self) -> None:
        """Rise into place from a little below."""
        duration = self._theme.duration("toast-in")
        if duration:
            self._slide.setDuration(duration)
            self._slide.setStartValue(self.pos() + QPoint(0, self._theme.px(8)))
            self._slide.setEndValue(self.pos())
            self._slide.start()

    def stop_sliding(self) -> None:
        """Stand still: somebody is about to put the toast elsewhere."""
        self._slide.stop()

    def rest(self) -> None:
        """Start the time after which the toast goes."""
        if self._kind != "error":
            self._timer.start(self._theme.tokens.motion["toast-stay"])

    def hold(self) -> None:
        """Stay while somebody reads."""
        self._timer.stop()

    def enterEvent(self, event: QEvent) -> None:
        self.hold()
        super().enterEvent(event)  # type: ignore[arg-type]

    def leaveEvent(self, event: QEvent) -> None:
        self.rest()
        super().leaveEvent(event)

    def _act(self, call: Callable[[], object] | None) -> None:
        if call is not None:
            call()
        self.finished.emit()


class ToastStack(QObject):
    """Shows toasts over a window, newest at the bottom."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._toasts: list[Toast] = []
        self._clear = 0
        window.installEventFilter(self)
        # After the toasts have taken the new text size themselves.
        theme.changed.connect(self._place, Qt.ConnectionType.QueuedConnection)

    def show(
        self,
        kind: ToastKind,
        text: str,
        action: str = "",
        run: Callable[[], object] | None = None,
        *,
        more: Sequence[tuple[str, Callable[[], object]]] = (),
    ) -> Toast:
        """Show a message; the oldest gives way to the fourth, an error only when all three are errors. `more`: further actions."""
        toast = Toast(self._theme, self._window, kind, text, [*([(action, run)] if action else []), *more])
        toast.finished.connect(self._finished)
        self._toasts.append(toast)
        while len(self._toasts) > MOST:
            self._remove(self._oldest())
        self._place()
        toast.show()
        toast.raise_()
        toast.slide_in()
        return toast

    def keep_clear(self, pixels: int) -> None:
        """Leave so much free at the right edge, for a panel with buttons there."""
        self._clear = pixels
        self._place()

    @property
    def shown(self) -> list[Toast]:
        """The toasts on the screen, oldest first."""
        return list(self._toasts)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _oldest(self) -> Toast:
        passing = [toast for toast in self._toasts[:-1] if toast._kind != "error"]  # noqa: SLF001  same module
        return passing[0] if passing else self._toasts[0]

    def _finished(self) -> None:
        sender = self.sender()
        if isinstance(sender, Toast):
            self._remove(sender)

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        theme = self._theme
        width = min(theme.size("toast"), self._window.width() - 2 * theme.px(16))
        right = self._window.width() - self._clear - theme.px(16)
        bottom = self._window.height() - theme.size("status-bar") - theme.px(16)
        for toast in reversed(self._toasts):
            toast.stop_sliding()
            tall = toast.height_hint(width)
            toast.place(QPoint(right - width, bottom - tall), width, tall)
            bottom -= tall + theme.px(12)


class ProgressStrip(QFrame):
    """Progress of something that takes longer than a second: what, n of m, time left, and a safe way out."""

    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._share: float | None = None
        self._what, self._figures = "", ""
        self._cancel = IconButton(theme, "x", self.tr("Cancel"), size="min-target", parent=self)
        self._cancel.clicked.connect(self.cancelled)
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_progress(
        self, what: str, figures: str, share: float | None, *, cancellable: bool = True
    ) -> None:
        """Say what goes on ("Matching against the library"), how far ("3,120 of 4,318 · 4 s left") and 0 to 1."""
        self._what, self._figures, self._share = what, figures, share
        self._cancel.setVisible(cancellable)
        self.setAccessibleName(f"{what}, {figures}")
        self.update()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        self.setFixedHeight(self._theme.px(40))
        self.update()

    def resizeEvent(self, _event: object) -> None:
        side = self._theme.size("min-target")
        # Level with the bar, which is six pixels high and begins at 25.
        top = min(self._theme.px(28) - side // 2, self.height() - side)
        self._cancel.setGeometry(QRect(self.width() - side, top, side, side))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            _paint_progress(painter, theme, self.rect(), self._what, self._figures, self._share)


def _paint_progress(
    painter: QPainter, theme: Theme, rect: QRect, what: str, figures: str, share: float | None
) -> None:
    painter.setFont(theme.font("small"))
    width = painter.fontMetrics().horizontalAdvance(figures)
    painter.setPen(theme.color("text-2"))
    painter.drawText(rect.right() - width, theme.px(15), figures)
    painter.setFont(theme.font("body-strong"))
    painter.setPen(theme.color("text"))
    painter.drawText(0, theme.px(15), what)
    track = QRect(0, theme.px(25), rect.width() - theme.size("min-target") - theme.px(6), theme.px(6))
    painter.setPen(theme.color("neutral-soft"))
    painter.setBrush(theme.color("neutral-soft"))
    half = track.height() / 2
    painter.drawRoundedRect(track, half, half)
    if share:
        track.setWidth(max(track.height(), round(track.width() * min(1.0, share))))
        painter.setPen(theme.color("accent"))
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(track, half, half)
