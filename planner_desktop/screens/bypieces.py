"""Long work of the window, done a piece at a time so that it paints and takes keys in between; or the rest of it at once."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal


class ByPieces(QObject):
    """Work that yields between its pieces. Used from the main thread."""

    done = Signal()

    def __init__(self, work: Iterator[None], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self.is_running = self.is_done = False
        """Whether a piece is being done right now, and whether all of them are."""
        # It waits for the window's own work: what is to be painted and what was pressed come first.
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._step)

    def start(self) -> None:
        """Do the pieces between the window's other work."""
        if not self.is_done:
            self._next.start()

    def finish(self) -> None:
        """Do what is left of it now."""
        while not self.is_done and not self.is_running:
            self._piece()

    def _step(self) -> None:
        self._piece()
        self.start()

    def _piece(self) -> None:
        if self.is_done:
            return
        self.is_running = True
        try:
            next(self._work)
        except StopIteration:
            self.is_done = True
        finally:
            self.is_running = False
        if self.is_done:
            self.done.emit()
