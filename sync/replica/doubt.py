"""What was found wrong while the file was in use: errors by remedy on the way out, and a mark for the next opening.

A reader may not write the file, and after damage a writer should not: the doubt is kept as a file of its own beside it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sync.errors import ReplicaCorrupt
from sync.replica.store import FAULTS, trouble, words_of

UNREADABLE = "Could not decode"
"""How Python names a text that is no UTF-8. Nothing of ours writes one, and no check of SQLite's looks for one."""


def mark_path(path: Path) -> Path:
    """Return where the doubt about a replica file is kept."""
    return path.with_name(f"{path.name}.suspect")


def mark(path: Path, reason: str) -> None:
    """Keep that the file looked damaged. A disk that does not take it leaves things as they were."""
    with suppress(OSError):
        mark_path(path).write_text(reason, encoding="utf-8")


def marked(path: Path) -> str:
    """Return why the file is doubted, "" if it is not."""
    try:
        return mark_path(path).read_text(encoding="utf-8", errors="replace") or "marked without a reason"
    except OSError:
        return ""


def clear(path: Path) -> None:
    """Forget the doubt: the file was checked, or is another one now."""
    with suppress(OSError):
        mark_path(path).unlink()


class Doubting(Protocol):
    """What uses a replica file."""

    READS_ONLY: bool

    def doubt(self, reason: str) -> None:
        """Take note that the file looks damaged."""


K = TypeVar("K", bound=type[Any])


def explained(kind: K) -> K:
    """Let public methods and properties raise errors by remedy in place of SQLite's own, and take note of damage. For classes."""
    for name, member in list(vars(kind).items()):
        if name.startswith("_") or name == Doubting.doubt.__name__:
            continue
        if inspect.isfunction(member):
            setattr(kind, name, _explained(member))
        elif isinstance(member, property) and member.fget is not None:
            setattr(kind, name, property(_explained(member.fget), doc=member.__doc__))
    return kind


def _explained(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Doubting, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except FAULTS as error:
            found = trouble(error, reading=self.READS_ONLY)
            if isinstance(found, ReplicaCorrupt):
                self.doubt(words_of(error))
            raise found from error
        except ReplicaCorrupt as error:
            self.doubt(str(error.__cause__ or error))
            raise

    return call
