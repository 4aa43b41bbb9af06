"""The list of sites and sectors that opens over the rail's tile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect

from planner_desktop.screens import switcher
from planner_desktop.screens.menus import tr
from planner_desktop.widgets.choices import ChoicePopup

if TYPE_CHECKING:
    from planner_desktop.screens.frame import MainWindow
    from planner_desktop.widgets.theme import Theme


def offer_places(window: MainWindow, theme: Theme) -> None:
    """Offer all sites and sectors; the window shows the chosen one."""
    tile = window.rail.site
    popup = ChoicePopup(
        theme,
        window,
        switcher.choices(window.account.places),
        searchable=True,
        placeholder=tr("Find a site or sector"),
        nothing=tr("No site or sector is called that"),
    )
    popup.chosen.connect(window.show_place)
    popup.chosen.connect(lambda _place: tile.setFocus())
    popup.dismissed.connect(lambda: None if popup.focus_went else tile.setFocus())
    corner = tile.mapTo(window, QPoint(0, 0))
    popup.open_at(QRect(corner, tile.size()).adjusted(0, 0, theme.px(120), 0), window.place)
