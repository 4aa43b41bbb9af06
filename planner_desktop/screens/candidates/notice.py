"""Tells when a sync has brought seeds that candidates were waiting for, and offers to add them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from planner_desktop.screens import words
from planner_desktop.screens.candidates.keeper import CandidateKeeper
from planner_desktop.screens.candidates.rows import tr
from planner_desktop.widgets.notice import NoticeStrip


class CandidateNotice(QObject):
    """One line, until it is acted on or put away; it comes again when there are more."""

    def __init__(
        self,
        keeper: CandidateKeeper,
        strip: NoticeStrip,
        add: Callable[[list[tuple[str, str]]], None],
        parent: QObject,
    ) -> None:
        """`add` makes keywords of candidates, as (sector, seed)."""
        super().__init__(parent)
        self._keeper = keeper
        self._strip = strip
        self._add_all = add
        self._seen = 0
        keeper.loaded.connect(self.tell)
        strip.acted.connect(self._add)
        strip.closed.connect(self._put_away)

    def tell(self) -> None:
        """Say how many candidates the library has by now."""
        count = len(self._keeper.ready)
        if count <= self._seen:
            self._seen = count
            self._strip.say("")
            return
        are = (
            tr("{n} candidate is in the library now.")
            if count == 1
            else tr("{n} candidates are in the library now.")
        )
        self._strip.say(are.format(n=words.number(count)), tr("Add"))

    def _add(self) -> None:
        self._strip.say("")
        self._add_all(list(self._keeper.ready))

    def _put_away(self) -> None:
        self._seen = len(self._keeper.ready)
        self._strip.say("")
