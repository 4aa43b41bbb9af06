"""Lucide icons, recoloured and rendered crisp, kept by name, size, colour, stroke and device pixel ratio."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import icon_names, icon_svg

SMALL_ICON = 12
"""Up to this many device-independent pixels an icon needs the heavier stroke."""


class IconCache:
    """Pixmaps of icons. Colours are part of the key, so a theme change needs no clearing to stay right."""

    def __init__(self) -> None:
        self._pixmaps: dict[tuple[str, int, int, float], QPixmap] = {}
        self._names = frozenset(icon_names())

    def require(self, name: str) -> str:
        """Return ``name``. Raises FileNotFoundError when no icon of that name is shipped.

        For constructors: an exception while painting comes too late to be understood.
        """
        if name not in self._names:
            raise FileNotFoundError(f"there is no icon {name!r}; add its SVG to resources/icons")
        return name

    def pixmap(self, name: str, color: QColor, size: int, ratio: float) -> QPixmap:
        """Return an icon ``size`` device-independent pixels square for a screen of that pixel ratio.

        Raises FileNotFoundError when no icon of that name is shipped.
        """
        key = (name, color.rgba(), size, ratio)
        found = self._pixmaps.get(key)
        if found is None:
            found = self._pixmaps[key] = self._render(name, color, size, ratio)
        return found

    def icon(self, name: str, normal: QColor, disabled: QColor, size: int) -> QIcon:
        """Return a QIcon with a normal and a disabled look, for actions and menus."""
        icon = QIcon()
        for ratio in (1.0, 2.0):
            icon.addPixmap(self.pixmap(name, normal, size, ratio), QIcon.Mode.Normal)
            icon.addPixmap(self.pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
        return icon

    def clear(self) -> None:
        """Forget all pixmaps (a new text size makes the old ones useless)."""
        self._pixmaps.clear()

    def _render(self, name: str, color: QColor, size: int, ratio: float) -> QPixmap:
        # Strokes of 2 in the 24 box become 1.75 at 16 px, and stay 2 where the icon is small.
        stroke = "2" if size <= SMALL_ICON else "1.75"
        svg = icon_svg(name).replace("currentColor", color.name())
        svg = svg.replace('stroke-width="2"', f'stroke-width="{stroke}"')
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            painter.setOpacity(color.alphaF())
            QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
        return pixmap
