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
from typing import ClassVar

from planner_core.decision import Refused


class PlannerError(Exception):
    """Base of all: `code` is stable, `message` says what and where, `remedy` what to do."""

    default_code: ClassVar[str] = "internal"
    default_remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, remedy: str | None = None, code: str | None = None) -> None:
        """Give the message; remedy and code fall back to the class's own."""
        super().__init__(message)
        self.message = message
        self.remedy = self.default_remedy if remedy is None else remedy
        self.code = self.default_code if code is None else code


class SignInNeeded(PlannerError):
    """The platform does not accept who we say we are."""

    default_code = "sign_in_needed"
    default_remedy = "Sign in again with `planner login`. Work that waits to be sent is kept."


class Unreachable(PlannerError):
    """No answer from the platform."""

    default_code = "unreachable"
    default_remedy = "Check the network connection and try again. Work that waits to be sent is kept."

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        """`retry_after` is in seconds, where the platform named it."""
        super().__init__(message, remedy=remedy, code=code)
        self.retry_after = retry_after


class WrongUrl(PlannerError):
    """Something answers there, but not a planner platform."""

    default_code = "wrong_url"
    default_remedy = "Check the address of the platform, with https:// and without a path."


class RuleBroken(PlannerError):
    """A rule of the planner refuses the request; nothing was written."""

    default_code = "rule"
    default_remedy = "Change the request and try again."

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        code: str | None = None,
        refused: Sequence[Refused] = (),
    ) -> None:
        """`refused` lists the rows with their reasons."""
        super().__init__(message, remedy=remedy, code=code)
        self.refused = tuple(refused)


class ReplicaTrouble(PlannerError):
    """The local database cannot be used as it is."""

    default_code = "replica"


class ReplicaLocked(ReplicaTrouble):
    """Another process owns the profile."""

    default_code = "locked"
    default_remedy = "Close the other window or wait for the other command to end, then try again."


class ReplicaCorrupt(ReplicaTrouble):
    """The file is damaged. `moved_to` is where it was put; it is never deleted."""

    default_code = "replica_corrupt"
    default_remedy = "Start again to build a fresh database from the platform. Keep the moved file: it may hold work that was not sent."

    def __init__(
        self, message: str, *, remedy: str | None = None, code: str | None = None, moved_to: str = ""
    ) -> None:
        """`moved_to` is the path of the damaged file now."""
        super().__init__(message, remedy=remedy, code=code)
        self.moved_to = moved_to


class ReplicaNewer(ReplicaTrouble):
    """The file was written by a newer version."""

    default_code = "replica_newer"
    default_remedy = "Update the application, or use another data folder. The file was left as it is."


class OwnerMismatch(ReplicaTrouble):
    """The file holds another account's or user's work."""

    default_code = "owner_mismatch"
    default_remedy = "Use another data folder for this account, or sign in as the owner of this one."


class DiskFull(ReplicaTrouble):
    """The disk did not take the write; nothing of it was kept."""

    default_code = "disk_full"
    default_remedy = "Free some space on the disk and try again. Earlier work is safe."


class ProtocolTrouble(PlannerError):
    """The sync extension asks for another step than the one tried."""

    default_code = "protocol"
    default_remedy = "Synchronise again."


class EpochChanged(ProtocolTrouble):
    """The platform's history of a scope began anew (a restore)."""

    default_code = "epoch"


class Gap(ProtocolTrouble):
    """The platform expects another sequence number; `expected` is it."""

    default_code = "gap"

    def __init__(
        self, message: str, *, remedy: str | None = None, code: str | None = None, expected: int = 0
    ) -> None:
        """`expected` is the number the platform waits for."""
        super().__init__(message, remedy=remedy, code=code)
        self.expected = expected


class Forked(ProtocolTrouble):
    """Two copies of one replica have written."""

    default_code = "replica_forked"


class Resnapshot(ProtocolTrouble):
    """The cursor is older than what the platform still tells apart."""

    default_code = "resnapshot"


class UpgradeNeeded(ProtocolTrouble):
    """This version is too old for the platform."""

    default_code = "upgrade"
    default_remedy = "Update the application. Work that waits to be sent is kept."


class PlatformFault(PlannerError):
    """The platform failed or answered nonsense."""

    default_code = "platform_fault"
    default_remedy = "Try again later. If it stays, tell whoever runs the platform."


class NotFound(PlannerError):
    """There is no such thing here."""

    default_code = "not_found"
    default_remedy = "Check the name, or synchronise first."


class Ambiguous(PlannerError):
    """More than one thing fits the name; `candidates` holds them, readable and unique."""

    default_code = "ambiguous"
    default_remedy = "Name one of the candidates by its id."

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        code: str | None = None,
        candidates: Sequence[str] = (),
    ) -> None:
        """`candidates` are texts that would each be accepted."""
        super().__init__(message, remedy=remedy, code=code)
        self.candidates = tuple(candidates)


class InvalidUsage(PlannerError):
    """An argument or a combination of arguments is wrong."""

    default_code = "usage"
