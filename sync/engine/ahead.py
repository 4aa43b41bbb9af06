"""Pages of a snapshot that are fetched before they are asked for, while what came before them is kept or applied.

Nothing depends on it: a page that is not there, or was fetched for another question than the one that is asked then, is asked for in
the usual way, and so is one whose fetching failed. So errors, their order and what they lead to are the same with and without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from planner_core.wire.feed import Told
from sync.transport import FeedClient, FeedPage


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of a snapshot as the platform is asked for it; the names are those of FeedClient.snapshot."""

    scope: str
    after: str
    at: int
    limit: int
    told: Told | None
    deleted_after: int | None

    def fetch(self, feed: FeedClient) -> FeedPage:
        """Ask for it."""
        return feed.snapshot(
            self.scope,
            after=self.after,
            at=self.at,
            limit=self.limit,
            told=self.told,
            deleted_after=self.deleted_after,
        )

    def next_after(self, page: FeedPage) -> Asked | None:
        """Return the question that will follow when this one's answer is kept; None after the last page."""
        if not page.has_more:
            return None
        told = self.told
        if told is not None and page.token and told.version <= page.version:
            told = Told(version=page.version, token=page.token)
        return replace(self, after=page.after, at=page.at, told=told)


class Ahead(Protocol):
    """Fetches ahead. Called from the engine's thread, `drop` from whoever leaves it behind, too."""

    def begin(self, asked: Asked, /) -> None:
        """Fetch this page and those that follow it, instead of what was being fetched before."""

    def take(self, asked: Asked, /) -> FeedPage | None:
        """Return this page, waiting for it if it is under way. None: it is to be asked for."""

    def drop(self) -> None:
        """Forget all of it."""

    def close(self) -> None:
        """Forget all of it and wait a little for a request that is under way."""


class NothingAhead:
    """One request after the other, each when it is its turn."""

    def __init__(self, _feed: FeedClient | None = None) -> None:
        """Need nothing."""

    def begin(self, _asked: Asked, /) -> None:
        """Do nothing."""

    def take(self, _asked: Asked, /) -> FeedPage | None:
        """Have nothing."""
        return None

    def drop(self) -> None:
        """Have nothing to forget."""

    def close(self) -> None:
        """Have nothing to wait for."""
