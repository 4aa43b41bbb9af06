"""Buttons: primary, plain, dangerous, quiet; with icon, shortcut hint and count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.theme import Theme

Variant = Literal["primary", "plain", "danger", "destroy", "quiet", "link"]
"""primary: the one outcome of a page. plain: any action. danger: leads to a delete. destroy: the delete itself.
quiet: no border (page actions, tabs). link: a word in the accent colour."""


@dataclass(frozen=True, slots=True)
class Look:
    """Token names for one state of a button; "" draws nothing."""

    fill: str
    border: str
    text: str


_LOOKS: dict[str, dict[str, Look]] = {
    "primary": {
        "rest": Look("accent", "", "on-accent"),
        "hover": Look("accent-hover", "", "on-accent"),
        "down": Look("accent-pressed", "", "on-accent"),
        "off": Look("neutral-soft", "", "text-disabled"),
    },
    "plain": {
        "rest": Look("raised", "line-strong", "text"),
        "hover": Look("row-hover", "line-strong", "text"),
        "down": Look("sunken", "line-strong", "text"),
        "off": Look("", "line", "text-disabled"),
    },
    "danger": {
        "rest": Look("raised", "line-strong", "error"),
        "hover": Look("error-soft", "line-strong", "error"),
        "down": Look("error-soft", "line-strong", "error"),
        "off": Look("", "line", "text-disabled"),
    },
    "destroy": {
        "rest": Look("error", "", "on-error"),
        "hover": Look("error", "", "on-error"),
        "down": Look("error", "", "on-error"),
        "off": Look("neutral-soft", "", "text-disabled"),
    },
    "quiet": {
        "rest": Look("", "", "text-2"),
        "hover": Look("neutral-soft", "", "text"),
        "down": Look("sunken", "", "text"),
        "off": Look("", "", "text-disabled"),
    },
    "link": {
        "rest": Look("", "", "accent-text"),
        "hover": Look("", "", "accent-text"),
        "down": Look("", "", "accent-text"),
        "off": Look("", "", "text-disabled"),
    },
}


class Button(QPushButton):
    """A push button that draws itself in the language of the design.

    ``hint`` is a key shown small at the right ("Ctrl ⏎"); it is told to screen readers as the description.
    """

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        variant: Variant = "plain",
        *,
        icon: str | None = None,
        hint: str = "",
        size: str = "button",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._variant: Variant = variant
        self._icon_name = theme.icons.require(icon) if icon else None
        self._hint = hint
        self._size_name = size
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleDescription(hint)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["control"])
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        self.setFont(
            self._theme.font("body-strong", 600 if self._variant in {"primary", "destroy", "link"} else None)
        )
        self.updateGeometry()
        self.update()

    def set_variant(self, variant: Variant) -> None:
        """Change the kind of button."""
        self._variant = variant
        self.restyle()

    def set_icon_name(self, name: str | None) -> None:
        """Show another icon, or none."""
        self._icon_name = self._theme.icons.require(name) if name else None
        self.updateGeometry()
        self.update()

    def set_hint(self, hint: str) -> None:
        """Show another key."""
        self._hint = hint
        self.setAccessibleDescription(hint)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._theme
        width = self._content_width() + 2 * self._side()
        height = theme.line("body") if self._variant == "link" else theme.size(self._size_name)
        if not self.text() and self._icon_name:
            width = height
        return QSize(width, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _side(self) -> int:
        if self._variant == "link":
            return self._theme.px(2)
        return self._theme.px(14 if self._size_name == "button-dialog" else 11)

    def _content_width(self) -> int:
        theme = self._theme
        width = self.fontMetrics().horizontalAdvance(self._shown()) if self.text() else 0
        if self._icon_name:
            width += theme.px(self._icon_size()) + (theme.px(7) if self.text() else 0)
        if self._hint:
            width += theme.px(8) + QFontMetrics(theme.font("micro")).horizontalAdvance(self._hint)
        return width

    def _shown(self) -> str:
        # "&" marks the access key; "&&" is the sign itself.
        return self.text().replace("&&", "\0").replace("&", "").replace("\0", "&")

    def _icon_size(self) -> int:
        return 14 if self.text() and self._variant in {"plain", "danger"} else 16

    def _look(self) -> Look:
        looks = _LOOKS[self._variant]
        if not self.isEnabled():
            return looks["off"]
        if self.isDown() or self.isChecked():
            return looks["down"]
        return looks["hover" if self.underMouse() else "rest"]

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = self._look()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_box(painter, look)
            self._paint_content(painter, self._theme.color(look.text))

    def _paint_box(self, painter: QPainter, look: Look) -> None:
        theme = self._theme
        radius = theme.radius("control")
        box = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        if look.border:
            painter.setBrush(theme.color(look.border))
            painter.drawRoundedRect(box, radius, radius)
            # Filled twice rather than stroked: the border stays one device pixel at any scale.
            hair = max(1.0, round(self.devicePixelRatioF())) / self.devicePixelRatioF()
            box.adjust(hair, hair, -hair, -hair)
            radius -= hair
            painter.setBrush(theme.color(look.fill or self._ground()))
            painter.drawRoundedRect(box, radius, radius)
        elif look.fill:
            painter.setBrush(theme.color(look.fill))
            painter.drawRoundedRect(box, radius, radius)

    def _ground(self) -> str:
        parent = self.parentWidget()
        ground = parent.property("ground") if parent is not None else None
        return str(ground) if ground else "surface"

    def _paint_content(self, painter: QPainter, color: QColor) -> None:
        theme = self._theme
        left = (self.width() - self._content_width()) / 2
        middle = self.height() / 2
        if self._icon_name:
            side = theme.px(self._icon_size())
            tint = (
                color
                if self._variant in {"primary", "destroy", "danger", "link"}
                else self._icon_color(color)
            )
            pixmap = theme.icons.pixmap(self._icon_name, tint, side, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(round(left), round(middle - side / 2)), pixmap)
            left += side + theme.px(7)
        if self.text():
            painter.setFont(self.font())
            painter.setPen(color)
            width = self.fontMetrics().horizontalAdvance(self._shown())
            box = QRect(round(left), 0, width + 4, self.height())
            flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(box, flags | int(Qt.TextFlag.TextShowMnemonic), self.text())
            left += width + theme.px(8)
        if self._hint:
            painter.setFont(theme.font("micro"))
            faint = QColor(color)
            if self._variant == "plain" and self.isEnabled():
                faint = theme.color("text-3")
            painter.setPen(faint)
            box = QRect(round(left), 0, self.width(), self.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self._hint)

    def _icon_color(self, color: QColor) -> QColor:
        return self._theme.color("text-2") if self.isEnabled() else color


class IconButton(Button):
    """A button with nothing but an icon; it must have a name for screen readers, which is also its tooltip."""

    def __init__(
        self, theme: Theme, icon: str, name: str, *, size: str = "button", parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, "", "quiet", icon=icon, size=size, parent=parent)
        self.setAccessibleName(name)
        self.setToolTip(name)

    def _icon_size(self) -> int:
        return 14 if self._size_name == "min-target" else 16
