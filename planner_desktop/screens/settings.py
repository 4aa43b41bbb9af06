"""What the window remembers in the profile: theme, text size, place, geometry."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QWidget

from planner_desktop.app.profile import Profile
from planner_desktop.screens.switcher import Place
from planner_desktop.widgets.theme import SchemeChoice, Theme

_SCHEMES: tuple[SchemeChoice, ...] = ("light", "dark", "system")


class WindowSettings:
    """Reads and writes the settings of one profile. What cannot be read is the default."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def get(self, name: str, default: Any = None) -> Any:
        """Return a setting."""
        return self._profile.settings.get(name, default)

    def set(self, **values: Any) -> None:
        """Keep settings; a profile that cannot be written costs them at the next start, nothing else."""
        if any(self._profile.settings.get(name) != value for name, value in values.items()):
            try:
                self._profile.set(**values)
            except OSError:
                return

    def apply_theme(self, theme: Theme) -> None:
        """Show the scheme and text size that were chosen."""
        scheme = self.get("theme", "system")
        size = self.get("text_size", 100)
        scale = size / 100 if isinstance(size, int) and size / 100 in theme.tokens.text_steps else 1.0
        theme.apply(scheme if scheme in _SCHEMES else "system", scale)

    def place(self) -> Place:
        """Return the place shown last."""
        site, sector = self.get("site"), self.get("sector")
        return Place(site if isinstance(site, str) else None, sector if isinstance(sector, str) else None)

    def restore_geometry(self, window: QWidget) -> bool:
        """Put the window where it was; False where nothing is known."""
        kept = self.get("geometry")
        return isinstance(kept, str) and window.restoreGeometry(QByteArray.fromBase64(kept.encode()))

    def keep_geometry(self, window: QWidget) -> None:
        """Remember where the window is."""
        self.set(geometry=bytes(window.saveGeometry().toBase64().data()).decode())
