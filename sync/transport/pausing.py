"""The feed with a gate in front of it: while synchronisation is paused, nothing is asked and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner_core.wire.feed import HelloReply, HelloRequest, PushHeader, PushReply
from sync.errors import SyncPaused
from sync.transport.feed import FeedClient, PushPart
from sync.transport.session import Session

Gate = Callable[[], str | None]
"""Returns why it is shut, None if it is open. Asked often: it must be cheap."""


class GatedFeed(FeedClient):
    """A feed client that asks at each round whether it may begin, and at each push whether it may send."""

    def __init__(self, session: Session, *, asking: Gate, sending: Gate) -> None:
        super().__init__(session)
        self._asking = asking
        self._sending = sending

    def hello(self, request: HelloRequest) -> HelloReply:
        """Introduce the replica. Raises SyncPaused."""
        _pass(self._asking)
        return super().hello(request)

    def push(
        self, scope: str, header: PushHeader, parts: Sequence[PushPart], *, dry_run: bool = False
    ) -> PushReply:
        """Send mutations; a dry run writes nothing anywhere and passes. Raises SyncPaused."""
        if not dry_run:
            _pass(self._sending)
        return super().push(scope, header, parts, dry_run=dry_run)


def _pass(gate: Gate) -> None:
    reason = gate()
    if reason is not None:
        raise SyncPaused(
            "paused",
            f"Synchronisation is paused. {reason}".strip(),
            "Go on with: planner resume. Editing goes on meanwhile, and nothing that waits is lost.",
        )
