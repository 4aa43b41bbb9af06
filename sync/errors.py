"""Every error a person or a caller can meet, grouped by what helps.

Each carries a stable `code`, a `message` (what and where) and a `remedy` (what to do now)::

    PlannerError
        SignInNeeded           sign in again; nothing that waits is lost
        Unreachable            no network, no answer, platform busy; try later (retry_after seconds where known)
        WrongUrl               there is something, but not a planner platform
        RuleBroken             a rule of the planner refuses it; refusals hold code, message and ids
        ReplicaTrouble         the local database cannot be used
            ReplicaLocked      another process owns the profile
            ReplicaCorrupt     the file is damaged and was moved aside
            ReplicaNewer       written by a newer version of the application
            ReplicaOlder       written by an older one; the next opening for writing brings it up to date
            OwnerMismatch      holds another account's or user's work
            DiskFull           nothing was written; make room
        ProtocolTrouble        the platform's sync extension asks for another step
            EpochChanged       the platform was restored: reconcile, then snapshot
            Gap                the platform expects another sequence number
            Forked             this replica was copied: take a new replica id
            Resnapshot         too old a cursor: take a snapshot
            UpgradeNeeded      this version is too old for the platform
        PlatformFault          the platform failed (5xx, malformed answer)
        NotFound               no such site, sector, keyword, cluster, action, review item
        Ambiguous              more than one fits; candidates name them
        InvalidUsage           an argument or a combination of them is wrong

`sync` raises the lower half and the command line maps all of them to exit codes in one table.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner_core.decision import Refused


class PlannerError(Exception):
    """Base of all: `code` is stable and machine readable, `message` says what and where, `remedy` what to do now."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        """Say all three; only a fault of the program itself may have no remedy."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


class SignInNeeded(PlannerError):
    """The platform does not accept who we say we are."""


class Unreachable(PlannerError):
    """No answer from the platform. `retry_after` is in seconds, where the platform named it."""

    def __init__(
        self, code: str, message: str, remedy: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(code, message, remedy)
        self.retry_after = retry_after


class WrongUrl(PlannerError):
    """Something answers there, but not a planner platform."""


class RuleBroken(PlannerError):
    """A rule of the planner refuses the request; nothing was written. `refused` lists the rows with their reasons."""

    def __init__(self, code: str, message: str, remedy: str = "", *, refused: Sequence[Refused] = ()) -> None:
        super().__init__(code, message, remedy)
        self.refused = tuple(refused)


class ReplicaTrouble(PlannerError):
    """The local database cannot be used as it is."""


class ReplicaLocked(ReplicaTrouble):
    """Another process owns the profile."""


class ReplicaCorrupt(ReplicaTrouble):
    """The file is damaged. It is never deleted: `moved_to` is its path now, "" if it was left in place."""

    def __init__(self, code: str, message: str, remedy: str = "", *, moved_to: str = "") -> None:
        super().__init__(code, message, remedy)
        self.moved_to = moved_to


class ReplicaNewer(ReplicaTrouble):
    """The file was written by a newer version."""


class ReplicaOlder(ReplicaTrouble):
    """The file is of an older version. Reading changes nothing, so whoever may write must open it first."""


class OwnerMismatch(ReplicaTrouble):
    """The file holds another account's or user's work."""


class DiskFull(ReplicaTrouble):
    """The disk did not take the write; nothing of it was kept."""


class SyncPaused(ReplicaTrouble):
    """Nothing is sent or fetched until somebody resumes."""


class ProtocolTrouble(PlannerError):
    """The sync extension asks for another step than the one tried."""


class EpochChanged(ProtocolTrouble):
    """The platform's history of a scope began anew (a restore)."""


class Gap(ProtocolTrouble):
    """The platform expects another sequence number: `expected`."""

    def __init__(self, code: str, message: str, remedy: str = "", *, expected: int = 0) -> None:
        super().__init__(code, message, remedy)
        self.expected = expected


class Forked(ProtocolTrouble):
    """Two copies of one replica have written."""


class Resnapshot(ProtocolTrouble):
    """The cursor is older than what the platform still tells apart."""


class UpgradeNeeded(ProtocolTrouble):
    """This version is too old for the platform."""


class PlatformFault(PlannerError):
    """The platform failed or answered nonsense."""


class NotFound(PlannerError):
    """There is no such thing here."""


class Ambiguous(PlannerError):
    """More than one thing fits the name; `candidates` are texts that would each be accepted."""

    def __init__(self, code: str, message: str, remedy: str = "", *, candidates: Sequence[str] = ()) -> None:
        super().__init__(code, message, remedy)
        self.candidates = tuple(candidates)


class InvalidUsage(PlannerError):
    """An argument or a combination of arguments is wrong."""
