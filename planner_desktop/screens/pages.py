"""The pages of the window: what the frame has to know of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from planner_desktop.widgets.navrail import NavGroup, NavPage


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `arrive` is called each time it is shown and makes it say its figures (`figures_changed`).

    `panel` is what lies at its right edge, kept clear of toasts.
    """

    name: str
    label: str
    icon: str
    group: str
    widget: QWidget
    arrive: Callable[[], object]
    panel: QWidget | None = None
    settled: Callable[[], bool] = lambda: True


def groups_of(pages: Sequence[Page]) -> list[NavGroup]:
    """Return what the rail lists: groups in the order in which they are first named."""
    names = dict.fromkeys(page.group for page in pages)
    return [
        NavGroup(
            name, tuple(NavPage(page.name, page.label, page.icon) for page in pages if page.group == name)
        )
        for name in names
    ]
