"""One process owns a replica: an operating-system lock held by an open descriptor, so that no crash can leave it behind."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from sync.errors import DiskFull, ReplicaLocked

# The lock covers one byte far behind the text, because Windows forbids others to read what is locked.
_LOCKED_BYTE = 1 << 20


class ReplicaLock:
    """Held from construction until `release`."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises ReplicaLocked, naming the owner; DiskFull where the folder takes no file."""
        self._path = path
        self._descriptor: int | None = None
        try:
            self._take()
        except OSError as error:
            self.release()
            raise DiskFull(
                "no_lock",
                f"{path} cannot be written: {error.strerror}.",
                "Check that the folder is writable and the disk has some space left.",
            ) from error

    def _take(self) -> None:
        path = self._path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if not _try_lock(self._descriptor):
            owner = _owner(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None
            raise ReplicaLocked(
                "locked",
                f"The planner data in {path.parent} is in use by {owner}.",
                "Close that window or wait for that command to end, then try again.",
            )
        text = json.dumps({"pid": os.getpid(), "command": " ".join(sys.argv)[:200]}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0) if hasattr(os, "pwrite") else os.write(self._descriptor, text)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _owner(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        found = json.loads(os.read(descriptor, 4096))
        return f"process {found['pid']} ({found['command']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        # flock, not lockf: a lock by record would be lost when any descriptor of the file is closed in this process.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
