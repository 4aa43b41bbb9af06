"""Synchronising one account, and saying where that stands."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planner_desktop.app import shapes
from planner_desktop.app.store import Store
from sync.errors import NotFound, SyncPaused
from sync.replica import Counts

if TYPE_CHECKING:  # the engine brings the network in: it is made when first asked for
    from sync.engine import Engine
    from sync.replica.beside import Beside
    from sync.transport import Session

DIALECT = "feed"
SAMPLE = 20
INCOMPLETE = "the first sync did not finish"


class Sync:
    """Sync of one account. The engine belongs to the one thread that asks for it first."""

    def __init__(
        self,
        store: Store,
        *,
        open_session: Callable[[], Session],
        make_engine: Callable[[Store, Session], Engine],
        is_signed_in: Callable[[], bool],
        beside: Callable[[], Beside],
        paused: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._store = store
        self._open_session = open_session
        self._make_engine = make_engine
        self._is_signed_in = is_signed_in
        self._paused = paused
        self._beside = beside

    @cached_property
    def session(self) -> Session:
        """The connection to the account's platform. Raises SignInNeeded when signed out."""
        return self._open_session()

    @cached_property
    def engine(self) -> Engine:
        """The engine of this account. Raises SignInNeeded when signed out, ReplicaLocked while another process syncs."""
        return self._make_engine(self._store, self.session)

    def now(self, sites: Collection[str] | None = None) -> dict[str, Any]:
        """Sync until nothing is left to do and return the report; `sites` are ids, None means all.

        `restored` tells of sites whose platform was found put back to an older state meanwhile.

        Raises SignInNeeded, Unreachable, ... with everything that waits kept.
        """
        engine = self.engine
        before = {one.epoch for one in self._store.reader.restorations()}
        report = asdict(engine.sync_now(sites))
        noticed = [one for one in self._store.reader.restorations() if one.epoch not in before]
        return {
            **report,
            "review": self._in_review(),
            "held": self._store.reader.counts().held,
            "restored": [shapes.restoration(one) for one in noticed],
        }

    def dry_run(self, sites: Collection[str] | None = None) -> dict[str, Any]:
        """Ask what would become of everything that waits. `results` lists, per site, the rows the platform would not just take.

        `put_back` names sites of which nothing can be said before a sync: their platform was put back to an older state.
        """
        found = self.engine.dry_run(sites)
        results = [
            {
                "site": one.name,
                "site_id": one.scope,
                "version": one.version,
                "rows": one.rows,
                "listed": _listed(one.results),
            }
            for one in found.scopes
        ]
        return {
            **asdict(found.report),
            "dry_run": True,
            "results": results,
            "put_back": list(found.put_back),
        }

    def fetch(self) -> None:
        """Fetch everything and send nothing. The caller keeps the gate for sending shut meanwhile."""
        self._fetch([])
        # Asked of the writer: a reader belongs to one thread, and this may be another one than the store's.
        for row in self._store.do(lambda replica: replica.scopes()):
            if row.kind == "site" and row.access != "none":
                self._fetch([row.id])

    def _fetch(self, sites: Collection[str]) -> None:
        # A site's rows are fetched before what waits there is sent: at that point the gate ends the round.
        with suppress(SyncPaused):
            self.engine.sync_now(sites)

    def is_equal(self, sites: Collection[str] | None = None) -> bool:
        """Compare every scope (of sites only these, by id) with the platform by digest, now. False: one cannot be compared yet, or was never fetched.

        Raises PlatformFault for one that differs even after it was fetched anew.
        """
        return self.engine.verify_now(sites) and self.is_complete()

    def allow_removal(self, site: str) -> None:
        """Let the next sync remove what the platform's answer removes from a site (its id). Raises NotFound if nothing waits for that."""
        self._store.do(lambda replica: replica.allow_removal(site))

    def sites(self) -> list[dict[str, Any]]:
        """Return, per site, what it may be used for, when it was last fetched and last found equal, and what is held back."""
        return [shapes.scope(row) for row in self._store.reader.scopes() if row.kind == "site"]

    def status(self) -> dict[str, Any]:
        """Return what is known on this computer; asks no platform. Works before the first sync too.

        `returning`: rows of changes that only the journal has; `uncopied`: those that it lacks, because it could not be written.
        """
        restored: list[dict[str, Any]] = []
        try:
            counts, sites = self._store.reader.counts(), self.sites()
            restored = [shapes.restoration(one) for one in self._store.reader.restorations()]
        except NotFound:
            counts, sites = Counts(), []
        # After the reader, which brings a file of an older version up to date.
        beside = self._beside()
        paused = self._paused()
        if paused is not None:
            state = "paused"
        elif not self._is_signed_in():
            state = "sign_in"
        elif any(site["held_back"] for site in sites):
            state = "asks"
        elif beside.returning:
            state = "returning"
        elif not counts.complete:
            state = "incomplete"
        elif counts.held and counts.held == counts.waiting_rows:
            state = "held"
        else:
            state = "waiting" if counts.waiting else "idle"
        return {
            "dialect": DIALECT,
            "state": state,
            "detail": _detail(paused, counts, beside),
            **shapes.counts(counts),
            "returning": beside.returning,
            "uncopied": beside.uncopied,
            "copy_trouble": beside.reason,
            "restored": restored,
            "sites": sites,
        }

    def seen(self) -> None:
        """Take note that the user has seen what `restored` tells: it is not told again."""
        self._store.do(lambda replica: replica.restorations_seen())

    def is_complete(self) -> bool:
        """Return whether everything of the account was fetched at least once. Raises NotFound before the first sync."""
        return self._store.reader.counts().complete

    def close(self) -> None:
        """Close connections to the platform."""
        if "session" in self.__dict__:
            self.session.close()

    def _in_review(self) -> int:
        counts = self._store.reader.counts()
        return counts.conflicts + counts.refused


def _detail(paused: str | None, counts: Counts, beside: Beside) -> str:
    """Return what stands in the way, the most pressing first."""
    if paused is not None:
        return paused
    if beside.returning:
        one = beside.returning == 1
        changes = "1 change is" if one else f"{beside.returning:,} changes are"
        return f"{changes} in outbox.journal alone, not in the database. {'It comes' if one else 'They come'} back by {'itself' if one else 'themselves'}"
    if not counts.complete:
        return INCOMPLETE
    return shapes.HELD if counts.held else ""


def _listed(results: Any) -> list[dict[str, Any]]:
    return [
        {
            "code": row.code,
            "entity": row.e,
            "ids": row.ids[:SAMPLE],
            "rows": len(row.ids),
            "message": row.message,
        }
        for result in results
        for row in result.rows
    ]
