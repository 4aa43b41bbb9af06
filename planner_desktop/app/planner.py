"""`Planner`: one signed-in account, as the window and the command line hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from planner_core.commands import Command
from planner_desktop.app import shapes
from planner_desktop.app.clusters import Clusters
from planner_desktop.app.history import History
from planner_desktop.app.keywords import Keywords
from planner_desktop.app.library import Library
from planner_desktop.app.places import Places
from planner_desktop.app.profile import AccountEntry
from planner_desktop.app.review import Review
from planner_desktop.app.store import Store
from sync.clock import Clock
from sync.replica import Outcome

if TYPE_CHECKING:  # the network comes in when it is used
    from sync.transport import Session


class Planner:
    """Everything a person can ask of one account. Methods return plain data and block; `submit` does not."""

    def __init__(
        self,
        *,
        entry: AccountEntry,
        store: Store,
        clock: Clock,
        open_session: Callable[[], Session],
        is_signed_in: Callable[[], bool],
    ) -> None:
        self.entry = entry
        self.store = store
        self.clock = clock
        self.open_session = open_session
        self._is_signed_in = is_signed_in
        self.keywords = Keywords(store)
        self.clusters = Clusters(store)
        self.library = Library(store)
        self.review = Review(store)
        self.history = History(store)

    @property
    def places(self) -> Places:
        """Sites and sectors."""
        return self.store.places

    def submit(
        self, commands: Sequence[Command], *, partial: bool = False, label: str | None = None
    ) -> Future[Outcome]:
        """Queue commands as one action and return at once; the change is announced when it is done."""
        return self.store.writer.submit(lambda replica: replica.run(commands, label=label, partial=partial))

    def counts(self) -> dict[str, Any]:
        """Return what waits and what asks for a decision."""
        return shapes.counts(self.store.reader.counts())

    def close(self) -> None:
        """Finish what was queued and give the lock back."""
        self.store.close()
