"""All clusters of a keyword's sector to choose from, and a new one by the name typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect

from planner_desktop.screens.triage.words import tr
from planner_desktop.widgets.choices import ChoicePopup
from planner_desktop.widgets.roles import Choice, NewName
from planner_desktop.widgets.theme import Theme

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordRow
    from planner_desktop.screens.triage.page import TriagePage
    from planner_desktop.screens.triage.session import Session


def offer_clusters(
    theme: Theme, page: TriagePage, session: Session, row: KeywordRow, begin: Callable[[], None]
) -> None:
    """Open the list beside its key; `begin` is called before a choice is carried out."""
    targets = {one.id: one for one in session.pile.clusters.of_sector(session.pile.sector_of(row))}
    popup = ChoicePopup(
        theme,
        page.window(),
        [Choice(one.id, one.name) for one in targets.values()],
        searchable=True,
        creates=tr("New cluster “{name}”"),
        placeholder=tr("Find or name a cluster"),
    )

    def chosen(value: object) -> None:
        page.setFocus()
        begin()
        if isinstance(value, NewName):
            session.create(value.text)
        elif isinstance(value, str):
            session.assign(targets[value])

    popup.chosen.connect(chosen)
    popup.dismissed.connect(lambda: None if popup.focus_went else page.setFocus())
    line = page.keys.verbs["assign"]
    popup.open_at(QRect(line.mapTo(page.window(), QPoint(0, 0)), line.size()), None)
