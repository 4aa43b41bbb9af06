"""What the user's edits work with, and what they amount to."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner_core.decision import Refused
from sync.replica.facts import SqliteFacts
from sync.replica.outbox import Outbox
from sync.replica.store import ChangeLog, Store


class Desk:
    """One edit within the caller's transaction."""

    def __init__(self, store: Store, outbox: Outbox, log: ChangeLog) -> None:
        self.store = store
        self.outbox = outbox
        self.log = log
        self.facts = SqliteFacts(store)


@dataclass(slots=True)
class Tally:
    """What an edit amounts to."""

    action: str | None = None
    label: str = ""
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: list[Refused] = field(default_factory=list)


class Nothing(Exception):
    """Nothing is to be written: the transaction is rolled back and the tally answered."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally
