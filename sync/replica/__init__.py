"""The local replica: one SQLite file that holds the rows, the edits that wait, the history and the questions.

The only place of the desktop with SQL. `Replica` is the one writer and is used from one thread; `Reader` is a read-only view for
any one other thread. Both hand out plain frozen data from `records`.
"""

from sync.replica.reader import Reader
from sync.replica.records import (
    Changed,
    Choice,
    ClusterRow,
    Counts,
    HistoryRow,
    IdeaRow,
    Origin,
    Outcome,
    Outgoing,
    OwnerRow,
    Page,
    PendingRow,
    ReviewRow,
    RowLine,
    ScopeRow,
    SectorRow,
    SeedRow,
    SiteRow,
    Staged,
)
from sync.replica.replica import Replica
from sync.replica.waiting import WaitingChange

__all__ = [
    "Changed",
    "Choice",
    "ClusterRow",
    "Counts",
    "HistoryRow",
    "IdeaRow",
    "Origin",
    "Outcome",
    "Outgoing",
    "OwnerRow",
    "Page",
    "PendingRow",
    "Reader",
    "Replica",
    "ReviewRow",
    "RowLine",
    "ScopeRow",
    "SectorRow",
    "SeedRow",
    "SiteRow",
    "Staged",
    "WaitingChange",
]
