"""The replica's twin: what is kept about a replica file outside of it, in the operating system's profile.

A nonce, renewed at each opening in both places: a file whose nonce is not the profile's is a copy, or an old state put back, and goes
on as a replica of its own. And the pause of synchronisation, which must not go back in time with a file that is replaced. Neither is
ever sent anywhere. The place is told apart by the folder's path and inode, so that a copied folder finds nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sync.errors import DiskFull


class Twin:
    """The twin of one replica file in a state folder of the user's. Nothing is written before it is needed."""

    def __init__(self, state_folder: Path, replica_path: Path) -> None:
        folder = replica_path.absolute().parent
        inode = folder.stat().st_ino if folder.exists() else 0
        name = hashlib.sha256(f"{folder / replica_path.name}\n{inode}".encode()).hexdigest()[:32]
        self._nonces = state_folder / f"{name}.nonce"
        self._pause = state_folder / f"{name}.pause"

    # ------------------------------------------------------------------ the nonce

    def knows(self, nonce: str) -> bool:
        """Return whether a file with that nonce is the one that was used here last."""
        return nonce in self._accepted()

    def renew(
        self, former: str, fresh: str, keep: Callable[[str], None], between: Callable[[], None]
    ) -> None:
        """Write a fresh nonce to the profile, to the file (`keep`), and only then forget the file's former one.

        Whatever ends the process on the way, the file's nonce is one of the profile's. `between` is called between the two. A
        profile that cannot be written is passed over: the next opening then takes the file for a copy, which costs a new name.
        """
        with suppress(OSError):
            _write(self._nonces, [former, fresh])
        between()
        keep(fresh)
        with suppress(OSError):
            _write(self._nonces, [fresh])

    def _accepted(self) -> list[str]:
        found = _read(self._nonces)
        return [str(one) for one in found] if isinstance(found, list) else []

    # ------------------------------------------------------------------ the pause

    @property
    def paused(self) -> str | None:
        """Return why synchronisation is paused, None if it is not. A damaged note counts as a pause: nothing is sent by accident."""
        try:
            text = self._pause.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"{self._pause} cannot be read: {error.strerror}"
        try:
            return str(json.loads(text)["reason"])
        except (ValueError, KeyError, TypeError):
            return "paused"

    def pause(self, reason: str) -> None:
        """Pause synchronisation until `resume`. Raises DiskFull if the note cannot be kept: nobody would honour it then."""
        try:
            _write(self._pause, {"reason": reason})
        except OSError as error:
            raise DiskFull(
                "pause_not_kept",
                f"{self._pause} cannot be written: {error.strerror}.",
                "Free some space, or check that the folder is writable, and try again.",
            ) from error

    def resume(self) -> None:
        """Let synchronisation go on."""
        self._pause.unlink(missing_ok=True)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Always the same name: what a process that was killed left there is written over by the next.
    aside = path.with_name(f".{path.name}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
