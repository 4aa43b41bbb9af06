"""The sync engine: hello, pull, push, recovery, verification and when to do them. No threads, no sleep, no Qt.

`Engine.step` does one thing at a time; `Engine.sync_now` does all there is for callers that may wait. docs/sync.md says what it
promises.
"""

from sync.engine.ahead import Ahead, Asked, NothingAhead
from sync.engine.context import Abandoned, Executor, inline
from sync.engine.engine import Engine
from sync.engine.status import DryRunReport, DryRunScope, State, Step, SyncReport, SyncStatus

__all__ = [
    "Abandoned",
    "Ahead",
    "Asked",
    "DryRunReport",
    "DryRunScope",
    "Engine",
    "Executor",
    "NothingAhead",
    "State",
    "Step",
    "SyncReport",
    "SyncStatus",
    "inline",
]
