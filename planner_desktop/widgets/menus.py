"""Menus in the language of the design: icons, titles, keys in grey at the right edge."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QMenu,
    QMenuBar,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from planner_desktop.widgets.theme import Theme


def windows_blend() -> bool:
    """Return whether a window may have transparent corners.

    An X server without a compositor shows them black. Every desktop environment that names itself brings one.
    """
    if QGuiApplication.platformName() != "xcb":
        return True
    return bool(os.environ.get("XDG_CURRENT_DESKTOP"))


class Menu(QMenu):
    """A menu that paints its entries itself; sizes come from the style sheet."""

    def __init__(self, theme: Theme, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._theme = theme
        self._rounded = windows_blend() and sys.platform != "darwin"
        if self._rounded:
            self.setWindowFlags(
                self.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
            )
            self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)

    def add_menu(self, title: str) -> Menu:
        """Append a menu below this one."""
        menu = Menu(self._theme, title, self)
        super().addMenu(menu)
        return menu

    def addMenu(self, *arguments: Any) -> Any:
        """Make what Qt would make, but of this kind."""
        return _made(self, super().addMenu, arguments)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_box(painter)
            for action in self.actions():
                rect = self.actionGeometry(action)
                if not action.isVisible():
                    continue
                if action.isSeparator():
                    middle = rect.center().y()
                    inset = theme.px(6)
                    painter.fillRect(
                        rect.x() + inset, middle, rect.width() - 2 * inset, 1, theme.color("line")
                    )
                else:
                    self._paint_action(painter, action, rect)

    def _paint_box(self, painter: QPainter) -> None:
        theme = self._theme
        radius = theme.radius("card") if self._rounded else 0.0
        hair = 1 / self.devicePixelRatioF()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line-strong"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setBrush(theme.color("raised"))
        inner = max(0.0, radius - hair)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(hair, hair, -hair, -hair), inner, inner)

    def _paint_action(self, painter: QPainter, action: QAction, rect: QRect) -> None:
        theme, enabled = self._theme, action.isEnabled()
        if action is self.activeAction() and enabled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent-soft"))
            radius = theme.radius("token")
            painter.drawRoundedRect(QRectF(rect), radius, radius)
        left = rect.x() + theme.px(10)
        if self._has_signs():
            self._paint_sign(painter, action, QPoint(left, rect.center().y()))
            left += theme.px(16 + 8)
        painter.setFont(self.font())
        painter.setPen(theme.color("text" if enabled else "text-disabled"))
        room = QRect(left, rect.y(), rect.right() - left - theme.px(8), rect.height())
        flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(room, flags | _mnemonic_flag(), action.text().split("\t")[0])
        if action.menu() is not None:
            side = theme.px(14)
            arrow = theme.pixmap("chevron-right", "text-3", 14, self.devicePixelRatioF())
            painter.drawPixmap(room.right() - side, rect.center().y() - side // 2, arrow)
            return
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text-3" if enabled else "text-disabled"))
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        painter.drawText(room, flags | int(Qt.AlignmentFlag.AlignRight), key)

    def _paint_sign(self, painter: QPainter, action: QAction, middle: QPoint) -> None:
        theme, ratio = self._theme, self.devicePixelRatioF()
        side = theme.px(16)
        at = QPoint(middle.x(), middle.y() - side // 2 + 1)
        if action.isCheckable():
            if action.isChecked():
                tint = "accent-text" if action.isEnabled() else "text-disabled"
                painter.drawPixmap(at, theme.pixmap("check", tint, 16, ratio))
            return
        mode = QIcon.Mode.Normal if action.isEnabled() else QIcon.Mode.Disabled
        if not action.icon().isNull():
            action.icon().paint(painter, QRect(at.x(), at.y(), side, side), mode=mode)

    def _has_signs(self) -> bool:
        return any(action.isCheckable() or not action.icon().isNull() for action in self.actions())


class _BarStyle(QProxyStyle):
    """Fusion that underlines mnemonics while Alt is held only. Used by menu bars alone: a style in Python is slow."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Fusion")
        self.setParent(parent)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_UnderlineShortcut:
            return int(_alt_is_held())
        return super().styleHint(hint, option, widget, returnData)


class MenuBar(QMenuBar):
    """A menu bar whose menus are :class:`Menu`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setStyle(_BarStyle(self))

    def add_menu(self, title: str) -> Menu:
        """Append a menu."""
        menu = Menu(self._theme, title, self)
        super().addMenu(menu)
        return menu

    def addMenu(self, *arguments: Any) -> Any:
        """Make what Qt would make, but of this kind."""
        return _made(self, super().addMenu, arguments)


def _mnemonic_flag() -> int:
    """Return how mnemonics are drawn: underlined while Alt is held, else without their sign."""
    return int(Qt.TextFlag.TextShowMnemonic if _alt_is_held() else Qt.TextFlag.TextHideMnemonic)


def _alt_is_held() -> bool:
    return bool(QGuiApplication.queryKeyboardModifiers() & Qt.KeyboardModifier.AltModifier)


def _made(parent: Menu | MenuBar, stock: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    if len(arguments) == 1 and isinstance(arguments[0], str):
        return parent.add_menu(arguments[0])
    return stock(*arguments)
