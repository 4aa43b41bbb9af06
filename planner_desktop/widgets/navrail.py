"""The rail at the left: site tile, groups of pages with counts, and what stands at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from planner_desktop.widgets.chips import Tone, paint_badge
from planner_desktop.widgets.focusring import give_ring
from planner_desktop.widgets.lines import edge_line
from planner_desktop.widgets.text import Line, Text
from planner_desktop.widgets.theme import Theme


@dataclass(frozen=True, slots=True)
class NavPage:
    """One page: ``key`` is announced when it is chosen, ``icon`` a shipped icon."""

    key: str
    title: str
    icon: str


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Pages under a small heading; an empty title draws none."""

    title: str
    pages: tuple[NavPage, ...]


class NavItem(QAbstractButton):
    """A row of the rail."""

    def __init__(self, theme: Theme, page: NavPage, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.page = page
        theme.icons.require(page.icon)
        self._count = ""
        self._tone: Tone | None = None
        self._narrow = False
        self.setText(page.title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name()
        give_ring(self, theme.tokens.radius["control"])
        theme.changed.connect(self.updateGeometry)

    def set_count(self, text: str, tone: Tone | None) -> None:
        """Show a count; with a tone as a badge, which means that a person must act."""
        self._count, self._tone = text, tone
        self._name()
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Show the icon only."""
        self._narrow = narrow
        self.setToolTip(self.page.title if narrow else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.size("nav-row"))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.size("nav-row"), self._theme.size("nav-row"))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def _name(self) -> None:
        self.setAccessibleName(f"{self.page.title}, {self._count}" if self._count else self.page.title)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, on = self._theme, self.isChecked()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            radius = theme.radius("control")
            if on or self.underMouse():
                painter.setBrush(theme.color("accent-soft" if on else "neutral-soft"))
                painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            if on:
                painter.setBrush(theme.color("accent"))
                inset = theme.px(6)
                painter.drawRoundedRect(QRectF(0, inset, theme.px(3), self.height() - 2 * inset), 1, 1)
            left, side = theme.px(12), theme.px(16)
            if self._narrow:
                left = (self.width() - side) // 2
            tint = "accent-text" if on else "text-2"
            icon = theme.pixmap(self.page.icon, tint, 16, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(left, (self.height() - side) / 2), icon)
            if not self._narrow:
                self._paint_words(painter, left + side + theme.px(8))

    def _paint_words(self, painter: QPainter, left: int) -> None:
        theme, on = self._theme, self.isChecked()
        right = self.width() - theme.px(10)
        right -= self._paint_count(painter, right)
        painter.setFont(theme.font("body", 600 if on else 400))
        painter.setPen(theme.color("accent-text" if on else "text"))
        room = QRect(left, 0, max(0, right - left - theme.px(6)), self.height())
        title = painter.fontMetrics().elidedText(self.page.title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), title)

    def _paint_count(self, painter: QPainter, right: int) -> int:
        """Draw the count and return the pixels it took."""
        theme = self._theme
        if not self._count:
            return 0
        if self._tone is not None:
            tall = theme.px(18)
            metrics = QFontMetrics(theme.font("micro", 600))
            width = max(tall, metrics.horizontalAdvance(self._count) + 2 * theme.px(6))
            box = QRectF(right - width, (self.height() - tall) / 2, width, tall)
            paint_badge(painter, theme, box, self._count, self._tone)
            return width
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("accent-text" if self.isChecked() else "text-3"))
        width = painter.fontMetrics().horizontalAdvance(self._count)
        room = QRect(right - width, 0, width + 1, self.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._count)
        return width


class SiteTile(QPushButton):
    """Site and sector of everything on the screen; opens the switcher."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._site, self._sector = "", ""
        self._narrow = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        give_ring(self, theme.tokens.radius["card"])
        self.show_site("", "")
        theme.changed.connect(self.updateGeometry)

    def show_site(self, site: str, sector: str) -> None:
        """Show names; the sector line may say "All sectors"."""
        self._site, self._sector = site, sector
        self.setAccessibleName(self.tr("Site {site}, {sector}").format(site=site, sector=sector))
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Show the letter only."""
        self._narrow = narrow
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(48))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(40), self._theme.px(48))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            radius = theme.radius("card")
            box = QRectF(self.rect())
            painter.setBrush(theme.color("line-strong" if self.underMouse() else "line"))
            painter.drawRoundedRect(box, radius, radius)
            painter.setBrush(theme.color("row-hover" if self.isDown() else "raised"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
            side = theme.px(28)
            left = (self.width() - side) // 2 if self._narrow else theme.px(8)
            tile = QRectF(left, (self.height() - side) / 2, side, side)
            painter.setBrush(theme.color("site-tile"))
            painter.drawRoundedRect(tile, theme.radius("control"), theme.radius("control"))
            painter.setFont(theme.font("panel-title", 600))
            painter.setPen(theme.color("on-site-tile"))
            letter = self._site[:1].upper()
            painter.drawText(tile, letter, Qt.AlignmentFlag.AlignCenter)
            if not self._narrow:
                self._paint_names(painter, left + side + theme.px(8))

    def _paint_names(self, painter: QPainter, left: int) -> None:
        theme = self._theme
        side = theme.px(14)
        right = self.width() - theme.px(8) - side
        arrow = theme.pixmap("chevrons-up-down", "text-2", 14, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(right, (self.height() - side) / 2), arrow)
        room = max(0, right - left - theme.px(4))
        for text, role, weight, color, baseline in (
            (self._site, "body", 600, "text", 20),
            (self._sector, "small", 400, "text-2", 37),
        ):
            painter.setFont(theme.font(role, weight))
            painter.setPen(theme.color(color))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(left, theme.px(baseline)), shown)


class NavRail(QWidget):
    """The rail. Up and Down walk through the pages while one of them has the focus."""

    page_chosen = Signal(str)
    site_clicked = Signal()

    def __init__(
        self,
        theme: Theme,
        groups: Sequence[NavGroup],
        bottom: Sequence[NavPage] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items: dict[str, NavItem] = {}
        self._headings: list[Text] = []
        self._narrow = False
        self.site = SiteTile(theme, self)
        self.site.clicked.connect(self.site_clicked)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.site)
        self._column.addSpacing(theme.px(12))
        for group in groups:
            self._add_group(group)
        self._column.addStretch(1)
        if bottom:
            self._column.addWidget(Line(theme, self))
            self._column.addSpacing(theme.px(6))
        for page in bottom:
            self._add_item(page)
        self.setAccessibleName(self.tr("Pages"))
        theme.changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take sizes from the theme again."""
        theme = self._theme
        edge = theme.px(8)
        self._column.setContentsMargins(edge, theme.px(10), edge, theme.px(10))
        self._column.setSpacing(theme.size("nav-pitch") - theme.size("nav-row"))
        for heading in self._headings:
            heading.setContentsMargins(theme.px(12), theme.px(8), 0, theme.px(3))
        self.setFixedWidth(theme.px(52) if self._narrow else theme.size("rail"))
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Show icons only, for small windows."""
        self._narrow = narrow
        for item in self._items.values():
            item.set_narrow(narrow)
        for heading in self._headings:
            heading.setVisible(not narrow)
        self.site.set_narrow(narrow)
        self.restyle()

    def select(self, key: str) -> None:
        """Show a page as the present one. Raises KeyError for a page that is not in the rail."""
        self._items[key].setChecked(True)

    def set_count(self, key: str, text: str, tone: Tone | None = None) -> None:
        """Show a count at a page. Raises KeyError for a page that is not in the rail."""
        self._items[key].set_count(text, tone)

    def _add_group(self, group: NavGroup) -> None:
        if group.title:
            heading = Text(self._theme, group.title, "micro", "text-3", self)
            self._headings.append(heading)
            self._column.addWidget(heading)
        for page in group.pages:
            self._add_item(page)

    def _add_item(self, page: NavPage) -> None:
        item = NavItem(self._theme, page, self)
        item.setAutoExclusive(True)
        item.clicked.connect(self._clicked)
        self._items[page.key] = item
        self._column.addWidget(item)

    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, NavItem):
            self.page_chosen.emit(sender.page.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Down): 1}.get(event.key())
        items = list(self._items.values())
        at = next((place for place, item in enumerate(items) if item.hasFocus()), None)
        if step is None or at is None:
            super().keyPressEvent(event)
        elif 0 <= at + step < len(items):
            items[at + step].setFocus(Qt.FocusReason.OtherFocusReason)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            edge_line(painter, self._theme, self, "right")
