"""The focus ring around buttons, tiles and switches: one frame that follows the keyboard.

Fields draw a thicker border and grids a ring in the cell; everything else sets the property ``focusRing`` to
its corner radius in design pixels (see :func:`give_ring`) and gets the ring from here.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFocusFrame,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)
from shiboken6 import isValid

from planner_desktop.widgets.theme import Theme

_PROPERTY = "focusRing"
_MARGINS = {QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin}
# One pixel free, then two of ring.
RING_ROOM = 3
"""Pixels around a widget that its ring takes; a parent that leaves less cuts the ring."""


def give_ring(widget: QWidget, radius: float) -> None:
    """Let the focus ring surround a widget; ``radius`` of the widget's corners in design pixels."""
    widget.setProperty(_PROPERTY, radius)


class _RingStyle(QProxyStyle):
    """Fusion with the margin that the ring needs. Used by rings alone: a style in Python is slow."""

    def __init__(self, parent: QObject) -> None:
        super().__init__("Fusion")
        self.setParent(parent)

    def pixelMetric(
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        return RING_ROOM if metric in _MARGINS else super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        # Fusion would cut the widget's square out of the ring, and with it the ring's round corners.
        if hint == QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0
        return super().styleHint(hint, option, widget, returnData)


class _Ring(QFocusFrame):
    def __init__(self, theme: Theme, style: QStyle, widget: QWidget) -> None:
        super().__init__(widget.parentWidget())
        self._theme = theme
        self._radius = float(widget.property(_PROPERTY) or 0)
        self.setStyle(style)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setWidget(widget)
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            radius = self._radius * self._theme.scale + 2
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)


class FocusRings(QObject):
    """Watches the application's focus and draws the ring. Make one per application and keep it.

    The ring is made anew for each widget: Qt puts it into the widget's parent, so a ring that is moved around
    would die with the first dialog it visited.
    """

    def __init__(self, theme: Theme, application: QApplication) -> None:
        super().__init__(application)
        self._theme = theme
        self._style = _RingStyle(self)
        self._ring: _Ring | None = None
        application.focusChanged.connect(self._follow)

    def surround(self, widget: QWidget) -> QFocusFrame:
        """Draw a ring around a widget for as long as it lives, whatever has the focus."""
        return _Ring(self._theme, self._style, widget)

    @property
    def ring(self) -> QFocusFrame | None:
        """The ring around the widget that has the focus now, None where there is none."""
        return self._ring if self._ring is not None and isValid(self._ring) else None

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        before, self._ring = self.ring, None
        if before is not None:
            before.hide()
            before.deleteLater()
        if new is not None and new.property(_PROPERTY) is not None and new.parentWidget() is not None:
            self._ring = _Ring(self._theme, self._style, new)
