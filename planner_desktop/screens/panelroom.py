"""Says when the panel of a page comes, goes or changes its width: pages show theirs only once they have something to show in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

_MOVES: Final = frozenset({QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.Resize})


class PanelRoom(QObject):
    """Watches panels for as long as its parent lives."""

    def __init__(
        self, panels: Iterable[QWidget | None], moved: Callable[[], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._moved = moved
        for panel in panels:
            if panel is not None:
                panel.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self._moved()
        return False
