"""The local replica: one SQLite file that holds the rows, the edits that wait, the history and the questions.

The only place of the desktop with SQL. `Replica` is the one writer and is used from one thread; `Reader` is a read-only view for
any one other thread. Both hand out plain frozen data from `records`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.replica.actions import Progress
    from sync.replica.reader import Reader
    from sync.replica.records import (
        Changed,
        Choice,
        ClusterRow,
        Counts,
        Digested,
        HistoryRow,
        IdeaRow,
        LaterStep,
        Origin,
        Outcome,
        Outgoing,
        OwnerRow,
        Page,
        PendingRow,
        RemovalGuard,
        Restoration,
        ReviewRow,
        RowLine,
        ScopeRow,
        SectorRow,
        SeedRow,
        SiteRow,
        Staged,
    )
    from sync.replica.replica import Replica
    from sync.replica.rowlog import RowEvent, RowLog
    from sync.replica.waiting import UnsettledWork, WaitingChange

__all__ = [
    "Changed",
    "Choice",
    "ClusterRow",
    "Counts",
    "Digested",
    "HistoryRow",
    "IdeaRow",
    "LaterStep",
    "Origin",
    "Outcome",
    "Outgoing",
    "OwnerRow",
    "Page",
    "PendingRow",
    "Progress",
    "Reader",
    "RemovalGuard",
    "Replica",
    "Restoration",
    "ReviewRow",
    "RowEvent",
    "RowLine",
    "RowLog",
    "ScopeRow",
    "SectorRow",
    "SeedRow",
    "SiteRow",
    "Staged",
    "UnsettledWork",
    "WaitingChange",
]

_HOMES = {
    "Progress": "actions",
    "Reader": "reader",
    "Replica": "replica",
    "RowEvent": "rowlog",
    "RowLog": "rowlog",
    "UnsettledWork": "waiting",
    "WaitingChange": "waiting",
}


def __getattr__(name: str) -> object:
    """Import a name when it is first used: a window is painted before it needs the writer and msgspec (80 ms)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES.get(name, 'records')}")
    found = globals()[name] = getattr(home, name)
    return found
