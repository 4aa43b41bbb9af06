"""Work with files that runs beside the window: how far it is, a word to stop it, one piece of work at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner_desktop.screens.account import Account

if TYPE_CHECKING:  # what reads files comes with the first of them
    from planner_desktop.importing import Progress, Watch

_TELL_MS = 80


@dataclass(slots=True)
class Run:
    """The work under way: the worker tells, the main thread may say stop."""

    what: str
    stopped: bool = False
    told: Progress | None = None

    def take(self, told: Progress) -> None:
        """Keep how far the work is."""
        self.told = told

    def watch(self) -> Watch:
        """Return what the worker tells and asks. It brings in what reads files: to be called on the worker's thread."""
        from planner_desktop.importing import Watch  # noqa: PLC0415

        return Watch(self.take, lambda: self.stopped)


class LongWork(QObject):
    """A plan that is made and carried out; what is done in between belongs to whoever derives from this."""

    progressed = Signal(str, str, object)
    """(what, how far, share or None)"""
    planned = Signal(object)
    failed = Signal(object)
    """What kept the work from being done."""
    stopped = Signal()
    """Somebody cancelled it, and nothing of it is left half done."""

    def __init__(self, account: Account, parent: QObject) -> None:
        super().__init__(parent)
        self._account = account
        self._run: Run | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TELL_MS)
        self._timer.timeout.connect(self._tell)

    @property
    def is_busy(self) -> bool:
        """Whether something is being read or carried out."""
        return self._run is not None

    def stop(self) -> None:
        """Stop what is under way as soon as nothing would be left half done."""
        if self._run is not None:
            self._run.stopped = True

    def _begin(self, what: str) -> Run:
        self._run = Run(what)
        self._timer.start()
        self.progressed.emit(what, "", None)
        return self._run

    def _finish(self) -> None:
        self._run = None
        self._timer.stop()

    def _tell(self) -> None:
        """Say how far the work is, in the words of its page."""
        raise NotImplementedError
