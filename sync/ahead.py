"""Fetches the pages of a snapshot on a thread of its own, while those before them are kept and applied.

A thread follows one snapshot from page to page and ends with it; it reads from the network and touches nothing else. What it has
fetched and nobody has taken yet is bounded, and it ends by itself when nobody takes anything any more.
"""

from __future__ import annotations

import threading
from collections import deque

from sync.engine import Asked
from sync.transport import FeedClient, FeedPage

HELD_BYTES = 64 * 1024 * 1024
"""Unpacked size of pages that wait to be taken, from which on no further one is fetched: about ten of 50,000 rows.

While a library of a million seeds is applied, so many of its site's pages arrive on this computer; a page is all that a small one has.
"""
UNWANTED_AFTER = 600.0
"""Seconds after which a thread with so many pages ends if nobody takes one: longer than the longest apply."""
ENDING_SECONDS = 5.0
"""How long a closing program waits for the request that is under way."""


class _Snapshot:
    """One snapshot that is being followed. All of it belongs to the lock of its `changed`."""

    def __init__(self, feed: FeedClient, first: Asked) -> None:
        self.changed = threading.Condition()
        self.pages: deque[tuple[Asked, FeedPage]] = deque()
        self.under_way: Asked | None = first
        self._feed = feed
        self._thread = threading.Thread(target=self._follow, name="sync ahead", daemon=True)
        self._thread.start()

    def take(self, asked: Asked) -> FeedPage | None:
        """Return the page, waiting for it if it is under way; None if it is not the next one or its fetching failed."""
        with self.changed:
            while not self.pages and self.under_way == asked:
                self.changed.wait()
            if not self.pages or self.pages[0][0] != asked:
                self._stop()
                return None
            page = self.pages.popleft()[1]
            self.changed.notify_all()
            return page

    def drop(self) -> None:
        """Let the thread end after the request it is in, and forget what it fetched."""
        with self.changed:
            self._stop()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        self._thread.join(seconds)

    def _end(self) -> None:
        """Fetch no further; what is here may be taken."""
        with self.changed:
            self.under_way = None
            self.changed.notify_all()

    def _stop(self) -> None:
        self.pages.clear()
        self.under_way = None
        self.changed.notify_all()

    def _follow(self) -> None:
        asked = self.under_way
        while asked is not None:
            try:
                page = asked.fetch(self._feed)
            except Exception:  # noqa: BLE001 - the engine asks for the page again by itself and meets the error there
                self._end()
                return
            asked = self._keep(asked, page)

    def _keep(self, asked: Asked, page: FeedPage) -> Asked | None:
        """Hand a page over; return what to fetch next once there is room for it."""
        with self.changed:
            if self.under_way != asked:
                return None
            self.pages.append((asked, page))
            self.under_way = asked.next_after(page)
            self.changed.notify_all()
            has_room = self.changed.wait_for(self._has_room, UNWANTED_AFTER)
            if not has_room:
                self._stop()
            return self.under_way

    def _has_room(self) -> bool:
        return self.under_way is None or sum(page.size for _, page in self.pages) < HELD_BYTES


class FetchedAhead:
    """Follows one snapshot at a time."""

    def __init__(self, feed: FeedClient) -> None:
        """Pages are asked for with `feed`, which may be used from several threads."""
        self._feed = feed
        self._snapshot: _Snapshot | None = None

    def begin(self, asked: Asked, /) -> None:
        """Follow another snapshot from this page on."""
        self.drop()
        self._snapshot = _Snapshot(self._feed, asked)

    def take(self, asked: Asked, /) -> FeedPage | None:
        """Return this page, waiting for it if it is under way. None: it is to be asked for."""
        snapshot = self._snapshot
        return snapshot.take(asked) if snapshot is not None else None

    def drop(self) -> None:
        """Follow nothing any more. A request that is under way comes to its end, and its answer is forgotten."""
        if self._snapshot is not None:
            self._snapshot.drop()

    def close(self) -> None:
        """Follow nothing any more, and wait a little for a request that is under way."""
        if self._snapshot is not None:
            self._snapshot.drop()
            self._snapshot.join(ENDING_SECONDS)
