"""Errors of the sync extension: what a desktop reads to know whether to wait, to ask, to start over or to give up."""

from __future__ import annotations

from typing import Any

from planner_core.wire.feed import ErrorReply, Retry

_STATUS = {
    "bad_request": 400,
    "auth": 401,
    "forbidden": 403,
    "not_found": 404,
    "method": 405,
    "epoch": 409,
    "gap": 409,
    "replica_forked": 409,
    "op_reused": 409,
    "resnapshot": 410,
    "too_large": 413,
    "upgrade": 426,
    "internal": 500,
    "busy": 503,
}
_RETRY: dict[str, Retry] = {
    "busy": "after",
    "internal": "after",
    "epoch": "now",
    "gap": "now",
    "resnapshot": "now",
}
_BUSY_MS = 1_000


class SyncError(Exception):
    """A request of the extension that is not carried out. What earlier transactions of it committed stays."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        self.code = code
        self.details = details
        super().__init__(message)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUS[self.code]

    def reply(self) -> ErrorReply:
        """Return the body of the answer."""
        retry = _RETRY.get(self.code, "never")
        wait = _BUSY_MS if retry == "after" else 0
        return ErrorReply(
            code=self.code, message=str(self), retry=retry, retry_after_ms=wait, details=self.details
        )


def other_epoch(epoch: str) -> SyncError:
    """Return the error for a replica whose picture is of another epoch than the platform's."""
    return SyncError(
        "epoch",
        "The platform's history of this scope has changed. Compare, then take a new snapshot.",
        epoch=epoch,
    )
