"""Python's collector of cycles, kept from stopping the window in the middle of work."""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

THRESHOLDS = (5_000, 20, 1 << 30)
"""Young objects are looked through as usual, a little less often; all of them only when nobody is at work.

An edit of 400,000 rows makes as many objects, none of them in a cycle. By itself the collector would look through all of them a dozen
times meanwhile, 200 ms each, on whichever thread it happens to be, and no other runs then.
"""
LOOK_MS = 15_000
_WORTH_IT = 10
"""Rounds over young objects since the last one over all."""


class Collector(QObject):
    """Collects while the window rests. `end` gives Python its own ways back."""

    def __init__(self, is_idle: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._is_idle = is_idle
        self._usual = gc.get_threshold()
        gc.set_threshold(*THRESHOLDS)
        # Modules and what the window is made of stay as long as it does: nobody looks through them again.
        gc.freeze()
        self._is_frozen = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect if there may be something and nobody waits."""
        if gc.get_count()[2] >= _WORTH_IT and self._is_idle():
            gc.collect()
            if not self._is_frozen:
                # The pages that came after the first paint stay, too.
                self._is_frozen = True
                gc.freeze()

    def end(self) -> None:
        """Collect as Python does by itself."""
        self._timer.stop()
        gc.set_threshold(*self._usual)
        gc.unfreeze()
