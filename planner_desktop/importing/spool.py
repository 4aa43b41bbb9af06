"""Where a plan keeps its rows: in memory while they are few, in a file nobody else can open when they are many."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Sequence
from typing import Any

from sync.errors import DiskFull

IN_MEMORY = 96 << 20
"""Bytes; a million keywords with their figures take about 60 MB."""


def pack(values: Sequence[Any]) -> Sequence[Any] | str:
    """Return a column of single-line texts as one text, which is put aside five times as fast; any other as it is."""
    if not values or type(values[0]) is not str:
        return values
    try:
        joined = "\n".join(values)
    except TypeError:
        return values
    return joined if joined.count("\n") == len(values) - 1 else values


def unpack(packed: Sequence[Any] | str) -> list[Any]:
    """Return the column that was packed."""
    return packed.split("\n") if isinstance(packed, str) else list(packed)


class Spool:
    """Values put aside and taken back by number. Not for more than one thread at once."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory, prefix="planner-import-")  # noqa: SIM115 - lives as long as the plan
        self._places: list[tuple[int, int]] = []
        self._end = 0

    def __len__(self) -> int:
        return len(self._places)

    def put(self, value: Any) -> None:
        """Put a value aside. Raises DiskFull."""
        data = pickle.dumps(value, protocol=5)
        try:
            self._file.seek(self._end)
            self._file.write(data)
        except OSError as error:
            raise DiskFull(
                "disk_full",
                f"The rows to import cannot be put aside: {error.strerror}.",
                "Make room for temporary files.",
            ) from None
        self._places.append((self._end, len(data)))
        self._end += len(data)

    def get(self, number: int) -> Any:
        """Return the value that was put aside as the `number`th."""
        place, size = self._places[number]
        self._file.seek(place)
        # The file is this process's own and has no name that another could open.
        return pickle.loads(self._file.read(size))  # noqa: S301

    def cut(self, count: int) -> None:
        """Forget all but the first values."""
        if count < len(self._places):
            self._end = self._places[count][0]
            del self._places[count:]

    def close(self) -> None:
        """Give the memory or the file back."""
        self._file.close()
        self._places.clear()
