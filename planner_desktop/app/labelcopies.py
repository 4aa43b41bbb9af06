"""Tags and notes in backups: a copy of their file beside each copy of the replica.

backups/replica-<stamp>.db               the replica (sync.replica.backups)
backups/replica-<stamp>.labels.json      tags and notes as they were then
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from planner_desktop.app.files import make_private, read_json, write_json

_ENDING = ".labels.json"


class LabelCopies:
    """The copies of one account's tags and notes. Any thread may use it: the file is only ever replaced as a whole."""

    def __init__(self, labels: Path, backups: Path) -> None:
        """`labels` is the folder that `Labels` keeps, `backups` the one of the copies."""
        self._labels = labels
        self._backups = backups

    def keep(self, backup: Path) -> None:
        """Put a copy beside a backup, and remove those whose backups were thinned. Raises OSError."""
        source, target = self._labels / "labels.json", _beside(backup)
        if source.is_file():
            part = target.with_name(f"{target.name}.part")
            shutil.copyfile(source, part)
            part.chmod(0o600)
            part.replace(target)
        for left in self._backups.glob(f"*{_ENDING}"):
            if not left.with_name(left.name.removesuffix(_ENDING) + ".db").exists():
                left.unlink(missing_ok=True)

    def counts(self, backup: Path) -> dict[str, dict[str, int] | None]:
        """Return how many tags and notes there were `then` and are `now`; None where there is no file, or none that can be read."""
        return {"then": _counted(_beside(backup)), "now": _counted(self._labels / "labels.json")}

    def put_back(self, backup: Path) -> bool:
        """Let tags and notes be as they were; return False where the backup has none.

        Their steps end: what a step changed is kept by number, and the numbers went on. The account must not be open. Raises OSError.
        """
        found = _read(_beside(backup))
        if found is None:
            return False
        make_private(self._labels)
        write_json(self._labels / "labels.json", {**found, "steps": []})
        for step in self._labels.glob("*.step.json"):
            step.unlink(missing_ok=True)
        return True


def _beside(backup: Path) -> Path:
    return backup.with_name(backup.name.removesuffix(".db") + _ENDING)


def _read(path: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        found = read_json(path)
        if (
            isinstance(found, dict)
            and isinstance(found.get("tags"), dict)
            and isinstance(found.get("notes"), dict)
        ):
            return found
    return None


def _counted(path: Path) -> dict[str, int] | None:
    found = _read(path)
    return None if found is None else {"tags": len(found["tags"]), "notes": len(found["notes"])}
