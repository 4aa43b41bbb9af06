"""Opens the replica of an account: for writing, for reading, and both copies of its unsettled work for a look.

The writer's half of the replica is imported when it is opened: a window paints before.
"""
# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from planner_desktop.app.profile import AccountEntry, Paths
from planner_desktop.app.safety import Safety
from sync.clock import Clock, SystemClock
from sync.errors import NotFound, OwnerMismatch, ReplicaCorrupt, ReplicaLocked, ReplicaOlder
from sync.ids import MonotonicIds
from sync.replica import OwnerRow

if TYPE_CHECKING:
    from sync.replica import Reader, Replica
    from sync.replica.beside import Beside

LOCK_PAUSE = 0.1
LOCK_SECONDS = 5.0


def open_replica(
    paths: Paths,
    entry: AccountEntry,
    *,
    clock: Clock,
    ids: MonotonicIds,
    lock_seconds: float,
    safety: Safety | None = None,
) -> Replica:
    """Open the replica of an account for writing and make sure that it is this account's, and with `safety` that it is no copy.

    Raises ReplicaLocked naming the owner after `lock_seconds`, OwnerMismatch, ReplicaNewer, ReplicaCorrupt, DiskFull.
    """
    from sync.replica import Replica

    twin, before_risk = (safety.twin, safety.before_risk) if safety is not None else (None, None)
    replica = _when_free(
        lambda: Replica.open(paths.replica, clock=clock, ids=ids, twin=twin, before_risk=before_risk),
        lock_seconds,
    )
    try:
        replica.claim(_owner(entry))
    except BaseException:
        replica.close()
        raise
    return replica


def _when_free(open_it: Callable[[], Replica], seconds: float) -> Replica:
    until = time.monotonic() + seconds
    while True:
        try:
            return open_it()
        except ReplicaLocked:
            if time.monotonic() >= until:
                raise
        time.sleep(LOCK_PAUSE)


def open_reader(paths: Paths, entry: AccountEntry) -> Reader:
    """Open the replica of an account for reading, beside whoever writes it.

    Raises NotFound before the first write, OwnerMismatch, ReplicaNewer, ReplicaCorrupt (the file stays where it is).
    """
    try:
        reader = _up_to_date_reader(paths, entry)
        owner = reader.owner()
    except NotFound as error:
        raise NotFound(
            "never_synced", "Nothing of this account is on this computer yet.", "Fetch it: planner sync"
        ) from error
    except ReplicaCorrupt as error:
        raise ReplicaCorrupt(
            error.code,
            f"{paths.replica} is damaged: {error.message}",
            "Synchronise (planner sync): the damaged file is moved aside and kept, and everything is fetched anew.",
        ) from error
    try:
        reader.check_owner()
    except OwnerMismatch:
        reader.close()
        raise
    if owner is not None and (owner.server, owner.account, owner.user) != (
        entry.server,
        entry.account,
        entry.user,
    ):
        reader.close()
        raise OwnerMismatch(
            "owner_mismatch",
            f"{paths.replica} holds the work of {owner.email or owner.user} on {owner.server}, not of {entry.title}.",
            "Put the file back where it was, or sign in as its owner: planner login. Nothing was changed.",
        )
    return reader


def _up_to_date_reader(paths: Paths, entry: AccountEntry) -> Reader:
    from sync.replica import Reader

    try:
        return Reader.open(paths.replica)
    except ReplicaOlder:
        # After an update of the program: whoever comes first opens it for writing, which brings it up to date.
        clock = SystemClock()
        open_replica(paths, entry, clock=clock, ids=MonotonicIds(clock), lock_seconds=LOCK_SECONDS).close()
        return Reader.open(paths.replica)


def look_beside(paths: Paths, entry: AccountEntry) -> Beside:
    """Compare both copies of an account's unsettled work, without opening either for writing.

    Raises what `open_reader` raises but NotFound.
    """
    from sync.replica.beside import look

    owner = (entry.server, entry.account, entry.user)
    found = look(paths.replica, owner)
    if found.uncopied:
        # Whoever writes at this moment has committed and is about to copy.
        time.sleep(LOCK_PAUSE)
        found = look(paths.replica, owner)
    return found


def _owner(entry: AccountEntry) -> OwnerRow:
    return OwnerRow(entry.server, entry.account, entry.user, entry.email, entry.account_name, entry.role)
