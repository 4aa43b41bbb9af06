"""Paints every cell of the grid from one call to the model; see :mod:`planner_desktop.widgets.roles`.

No style, no ``initStyleOption``, no widgets in cells: at a million rows a frame has a few milliseconds. Row bands,
lines and the ring around the current cell belong to the view, which draws them once a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPaintDevice, QPainter, QPainterPath
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from planner_desktop.widgets.cellink import UNKNOWN, CellInk, Ink, is_stamped
from planner_desktop.widgets.roles import (
    CELL_ROLE,
    DISABLED,
    EDITED,
    FADED,
    LOCKED,
    MIDDLE,
    OVERRIDE,
    QUIET,
    REFUSED,
    RIGHT,
    STRONG,
    Cell,
    Kind,
)
from planner_desktop.widgets.theme import Theme

_SIGNS = EDITED | OVERRIDE | REFUSED

AnyIndex = QModelIndex | QPersistentModelIndex
DataCall = Callable[[AnyIndex, int], Any]


class CellDelegate(QStyledItemDelegate):
    """One delegate for all columns of a grid. Keep a reference to it: the view does not own it."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._inks: dict[float, CellInk] = {}
        self._data: DataCall = _no_data
        theme.changed.connect(self._forget)

    def bind(self, model: QAbstractItemModel | None) -> None:
        """Remember whom to ask. Calling the model's own method saves a detour through C++ for each cell."""
        self._data = model.data if model is not None else _no_data

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        cell = self._data(index, CELL_ROLE)
        if cell is None:
            return
        rect: QRect = option.rect
        ink = self._ink(painter.device())
        kind = cell.kind
        if kind == Kind.TEXT and not cell.flags & QUIET:
            self._paint_text(painter, rect, cell, ink)
        elif kind == Kind.NUMBER:
            self._paint_number(painter, rect, cell, ink)
        elif kind == Kind.CLUSTER:
            self._paint_cluster(painter, rect, cell, ink)
        elif kind == Kind.LOADING:
            self._paint_loading(painter, rect, cell)
        else:
            self._paint_stamp(painter, rect, cell, ink)
        if cell.flags & _SIGNS:
            self._paint_signs(painter, rect, cell, ink)

    def sizeHint(self, _option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        cell = self._data(index, CELL_ROLE)
        height = self._theme.size("row")
        if cell is None:
            return QSize(0, height)
        ink = self._ink(None)
        if is_stamped(cell):
            return QSize(ink.stamp(cell, height).width + ink.pad, height)
        return QSize(round(ink.width(ink.strong, cell.text)) + 2 * ink.pad + 1, height)

    def _ink(self, device: QPaintDevice | None) -> CellInk:
        ratio = device.devicePixelRatio() if device is not None else 1.0
        found = self._inks.get(ratio)
        if found is None:
            found = self._inks[ratio] = CellInk(self._theme, ratio)
        return found

    def _forget(self) -> None:
        self._inks.clear()

    def _paint_text(self, painter: QPainter, rect: QRect, cell: Cell, ink: CellInk) -> None:
        flags = cell.flags
        if flags & DISABLED:
            font, color = (ink.struck if flags & STRONG else ink.body), ink.disabled
        elif flags & STRONG:
            font, color = ink.strong, ink.text
        else:
            font, color = ink.body, (ink.hint if flags & FADED else ink.text)
        text, room = cell.text, rect.width() - 2 * ink.pad
        if not text:
            text, color = UNKNOWN, ink.hint
        painter.setFont(font.font)
        painter.setPen(color)
        at = QPointF(rect.x() + ink.pad, rect.y() + ink.baseline(font, rect.height()))
        painter.drawText(at, fitted(ink, font, text, room, middle=bool(flags & MIDDLE)))

    def _paint_number(self, painter: QPainter, rect: QRect, cell: Cell, ink: CellInk) -> None:
        text, color, font = cell.text, ink.text, ink.body
        if cell.flags & OVERRIDE:
            font = ink.strong
        if cell.flags & DISABLED:
            color = ink.disabled
        if not text:
            text, color = UNKNOWN, ink.hint
        elif cell.flags & FADED:
            color = ink.hint
        painter.setFont(font.font)
        painter.setPen(color)
        room = rect.width() - 2 * ink.pad
        text = fitted(ink, font, text, room, middle=False)
        left = rect.x() + rect.width() - ink.pad - ink.width(font, text)
        painter.drawText(QPointF(left, rect.y() + ink.baseline(font, rect.height())), text)

    def _paint_cluster(self, painter: QPainter, rect: QRect, cell: Cell, ink: CellInk) -> None:
        if not cell.flags & LOCKED:
            self._paint_text(painter, rect, cell, ink)
            return
        side, gap = self._theme.px(12), self._theme.px(5)
        room = rect.width() - 2 * ink.pad - side - gap
        text = fitted(ink, ink.body, cell.text, room, middle=False)
        painter.setFont(ink.body.font)
        painter.setPen(ink.disabled if cell.flags & DISABLED else ink.text)
        left = rect.x() + ink.pad
        painter.drawText(QPointF(left, rect.y() + ink.baseline(ink.body, rect.height())), text)
        lock = self._theme.pixmap("lock", "text-3", 12, ink.ratio)
        at = left + round(ink.width(ink.body, text)) + gap
        painter.drawPixmap(at, rect.y() + (rect.height() - 1 - side) // 2, lock)

    def _paint_stamp(self, painter: QPainter, rect: QRect, cell: Cell, ink: CellInk) -> None:
        stamp = ink.stamp(cell, rect.height())
        if cell.kind == Kind.MARK:
            painter.drawPixmap(
                rect.x() + (rect.width() - stamp.width) // 2,
                rect.y() + (rect.height() - 1 - stamp.width) // 2,
                stamp.pixmap,
            )
        elif stamp.width <= rect.width():
            painter.drawPixmap(rect.x() + stamp.left, rect.y(), stamp.pixmap)
        else:
            self._paint_clipped(painter, rect, cell, ink)

    def _paint_clipped(self, painter: QPainter, rect: QRect, cell: Cell, ink: CellInk) -> None:
        # Too narrow for the picture. Words are elided; a chip or bars are cut, which is rare and still legible.
        if cell.kind in {Kind.TEXT, Kind.DATE, Kind.ONOFF}:
            painter.setFont(ink.small.font)
            painter.setPen(ink.disabled if cell.flags & DISABLED else ink.text2)
            text = fitted(ink, ink.small, cell.text or UNKNOWN, rect.width() - 2 * ink.pad, middle=False)
            baseline = rect.y() + ink.baseline(ink.small, rect.height())
            painter.drawText(QPointF(rect.x() + ink.pad, baseline), text)
            return
        stamp = ink.stamp(cell, rect.height())
        painter.save()
        painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
        painter.drawPixmap(rect.x() + stamp.left, rect.y(), stamp.pixmap)
        painter.restore()

    def _paint_loading(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        theme = self._theme
        pad, tall = theme.space("cell"), theme.px(8)
        share = 0.6 if cell.extra is None else float(cell.extra)
        bar = QRectF(rect.x() + pad, rect.y() + (rect.height() - 1 - tall) // 2, 0, tall)
        bar.setWidth(max(0.0, (rect.width() - 2 * pad) * share))
        if cell.flags & RIGHT:
            bar.moveRight(rect.x() + rect.width() - pad)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("neutral-soft"))
        painter.drawRoundedRect(bar, tall / 2, tall / 2)
        painter.restore()

    def _paint_signs(self, painter: QPainter, rect: QRect, cell: Cell, ink: CellInk) -> None:
        theme, flags = self._theme, cell.flags
        if flags & EDITED:
            inset = theme.px(5)
            tall = rect.height() - 1 - 2 * inset
            painter.fillRect(rect.x(), rect.y() + inset, theme.px(2), tall, theme.color("waiting-mark"))
        if flags & OVERRIDE:
            side, top = theme.px(6), rect.y() + 1
            right = rect.x() + rect.width()
            corner = QPainterPath(QPointF(right - side, top))
            corner.lineTo(right, top)
            corner.lineTo(right, top + side)
            corner.closeSubpath()
            painter.fillPath(corner, theme.color("accent-text"))
        if flags & REFUSED:
            below = rect.y() + rect.height() - 1 - theme.px(4)
            width = rect.width() - 2 * ink.pad
            thick = 1.5 * theme.scale
            # One and a half pixels are only to be had with antialiasing.
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(QRectF(rect.x() + ink.pad, below, width, thick), theme.color("error"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def fitted(ink: CellInk, font: Ink, text: str, room: float, *, middle: bool) -> str:
    """Return ``text``, elided at the right (or in the middle) when it is wider than ``room`` pixels."""
    # Most texts are short enough whatever their letters are, and need no measuring.
    if (text.isascii() and len(text) * ink.widest <= room) or ink.width(font, text) <= room:
        return text
    mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
    return font.metrics.elidedText(text, mode, room) if room > ink.pad else ""


def _no_data(_index: AnyIndex, _role: int) -> None:
    return None
