"""What the cell delegate keeps ready: fonts, colours, metrics and stamps, for one theme and one pixel ratio.

A *stamp* is the finished picture of a cell that returns often (a status, a chip, a difficulty, a date): drawing it
again costs half a microsecond, where shaping its text would cost ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from planner_desktop.widgets.marks import mark_pixmap, status_pixmap
from planner_desktop.widgets.roles import DISABLED, OVERRIDE, QUIET, Cell, Kind
from planner_desktop.widgets.theme import Theme

UNKNOWN = "–"
BARS = 5
MOST_STAMPS = 1024
MOST_WIDTHS = 8192

INTENT_TOKENS: dict[str, str] = {
    "informational": "intent-info",
    "commercial": "intent-commercial",
    "transactional": "intent-transactional",
    "navigational": "intent-navigational",
}
STATUS_TEXT: dict[str, str] = {
    "new": "text-2",
    "queued": "accent-text",
    "mapped": "ok",
    "completed": "ok",
    "candidate": "text-3",
}


@dataclass(frozen=True, slots=True)
class Ink:
    """A font with its metrics. ``rise`` is how far the baseline lies below the middle of a line, in pixels."""

    font: QFont
    metrics: QFontMetricsF
    rise: float


@dataclass(frozen=True, slots=True)
class Stamp:
    """A ready picture; ``left`` is where it starts from the cell's left edge, ``width`` what it needs in all."""

    pixmap: QPixmap
    left: int
    width: int


class CellInk:
    """Everything that a theme, a text size and a pixel ratio decide about cells. Made anew when one changes."""

    widest: float
    """The advance of the widest ASCII letter."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.ratio = ratio
        self.pad = theme.space("cell")
        self.body = _ink(theme.font("body"))
        self.strong = _ink(theme.font("body-strong"))
        self.small = _ink(theme.font("small"))
        self.micro = _ink(theme.font("micro"))
        self.struck = _ink(_struck(theme.font("body")))
        self.text = theme.color("text")
        self.text2 = theme.color("text-2")
        self.hint = theme.color("text-3")
        self.disabled = theme.color("text-disabled")
        self.widest = max(map(self.strong.metrics.horizontalAdvance, map(chr, range(32, 127))))
        self._stamps: dict[tuple[Cell, int], Stamp] = {}
        self._widths: dict[tuple[int, str], float] = {}

    def width(self, ink: Ink, text: str) -> float:
        """Return the advance of a text, remembered."""
        key = (id(ink), text)
        found = self._widths.get(key)
        if found is None:
            if len(self._widths) >= MOST_WIDTHS:
                self._widths.clear()
            found = self._widths[key] = ink.metrics.horizontalAdvance(text)
        return found

    def stamp(self, cell: Cell, height: int) -> Stamp:
        """Return the picture of a cell of one of the stamped kinds in a row of that height."""
        key = (cell, height)
        found = self._stamps.get(key)
        if found is None:
            if len(self._stamps) >= MOST_STAMPS:
                del self._stamps[next(iter(self._stamps))]
            found = self._stamps[key] = self._draw_stamp(cell, height)
        return found

    def baseline(self, ink: Ink, height: int) -> float:
        """Return the baseline of a line centred in a row, on a device pixel; the row's line is not counted."""
        middle = (height - 1) / 2 + ink.rise
        return round(middle * self.ratio) / self.ratio

    def _draw_stamp(self, cell: Cell, height: int) -> Stamp:
        if cell.kind == Kind.MARK:
            pixmap = mark_pixmap(self.theme, str(cell.extra), self.ratio)
            return Stamp(pixmap, 0, round(pixmap.deviceIndependentSize().width()))
        if cell.kind == Kind.CHIP and cell.text:
            return self._chip(cell, height)
        if cell.kind == Kind.DIFFICULTY:
            return self._difficulty(cell, height)
        if cell.kind == Kind.STATUS and cell.text:
            return self._status(cell, height)
        return self._small_text(cell, height)

    def _canvas(self, width: float, height: int) -> QPixmap:
        ratio = self.ratio
        pixmap = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        return pixmap

    def _small_text(self, cell: Cell, height: int) -> Stamp:
        text = cell.text or UNKNOWN
        width = self.small.metrics.horizontalAdvance(text) + 2
        pixmap = self._canvas(width, height)
        with QPainter(pixmap) as painter:
            painter.setFont(self.small.font)
            painter.setPen(self._shade(cell, self.text2 if cell.text else self.hint))
            painter.drawText(QPointF(0, self.baseline(self.small, height)), text)
        return Stamp(pixmap, self.pad, round(width) + self.pad)

    def _status(self, cell: Cell, height: int) -> Stamp:
        status = str(cell.extra)
        dot = status_pixmap(self.theme, status, self.ratio)
        side = dot.deviceIndependentSize().width()
        offset = side + self.theme.px(4)
        width = offset + self.small.metrics.horizontalAdvance(cell.text) + 2
        pixmap = self._canvas(width, height)
        with QPainter(pixmap) as painter:
            if cell.flags & DISABLED:
                painter.setOpacity(0.6)
            painter.drawPixmap(QPointF(0, round((height - 1 - side) / 2)), dot)
            painter.setFont(self.small.font)
            painter.setPen(self._shade(cell, self.theme.color(STATUS_TEXT.get(status, "text-2"))))
            painter.drawText(QPointF(offset, self.baseline(self.small, height)), cell.text)
        return Stamp(pixmap, self.pad - 1, round(width) + self.pad)

    def _chip(self, cell: Cell, height: int) -> Stamp:
        token = INTENT_TOKENS.get(str(cell.extra), "")
        fill = self.theme.color(f"{token}-soft" if token else "neutral-soft")
        ink = self.theme.color(token or "text-2")
        inner = self.theme.px(8)
        tall = min(self.theme.size("chip"), height - 4)
        width = self.micro.metrics.horizontalAdvance(cell.text) + 2 * inner
        pixmap = self._canvas(width + 1, height)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            top = (height - 1 - tall) // 2
            painter.drawRoundedRect(QRectF(0, top, width, tall), tall / 2, tall / 2)
            painter.setFont(self.micro.font)
            painter.setPen(self._shade(cell, ink))
            # Centred in the pill, not in the row: the two may differ by half a pixel.
            baseline = floor((top + tall / 2 + self.micro.rise) * self.ratio) / self.ratio
            painter.drawText(QPointF(inner, baseline), cell.text)
        return Stamp(pixmap, self.pad, round(width) + self.pad)

    def _difficulty(self, cell: Cell, height: int) -> Stamp:
        theme = self.theme
        number_right, first_bar = theme.px(32), theme.px(41)
        bar_width, bar_height, step = theme.px(5), theme.px(8), theme.px(7)
        band = int(cell.extra or 0)
        width = first_bar + (BARS - 1) * step + bar_width
        pixmap = self._canvas(width, height)
        with QPainter(pixmap) as painter:
            ink = self.strong if cell.flags & OVERRIDE else self.body
            text = cell.text or UNKNOWN
            painter.setFont(ink.font)
            painter.setPen(self._shade(cell, self.text if cell.text else self.hint))
            at = number_right - ink.metrics.horizontalAdvance(text)
            painter.drawText(QPointF(at, self.baseline(ink, height)), text)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            radius = min(theme.radius("bar"), bar_width / 3)
            top = (height - 1 - bar_height + 1) // 2
            for bar in range(BARS):
                painter.setBrush(theme.color(f"band-{band}" if bar < band else "band-off"))
                painter.drawRoundedRect(
                    QRectF(first_bar + bar * step, top, bar_width, bar_height), radius, radius
                )
        return Stamp(pixmap, 0, width)

    def _shade(self, cell: Cell, color: QColor) -> QColor:
        return self.disabled if cell.flags & DISABLED else color


def is_stamped(cell: Cell) -> bool:
    """Return whether a cell is one of few pictures, worth keeping, rather than a text of its own."""
    if cell.kind == Kind.TEXT:
        return bool(cell.flags & QUIET)
    return cell.kind not in _DRAWN_EACH_TIME


_DRAWN_EACH_TIME = frozenset({Kind.NUMBER, Kind.CLUSTER, Kind.LOADING})


def _ink(font: QFont) -> Ink:
    metrics = QFontMetricsF(font)
    return Ink(font, metrics, (metrics.ascent() - metrics.descent()) / 2)


def _struck(font: QFont) -> QFont:
    font.setStrikeOut(True)
    return font
