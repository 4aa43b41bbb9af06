"""Looking at painted pixels without asking Qt for each of them."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage


def colors(image: QImage) -> set[str]:
    """Return the colours of a picture as #rrggbb."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = bytes(plain.constBits())
    return {f"#{bits[at + 2]:02x}{bits[at + 1]:02x}{bits[at]:02x}" for at in range(0, len(bits), 4)}


def columns_unlike(image: QImage, ground: QColor) -> list[int]:
    """Return the x of the columns of pixels that are not all of one colour."""
    return [x for x in range(image.width()) if colors(image.copy(x, 0, 1, image.height())) != {ground.name()}]
