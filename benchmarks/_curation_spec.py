"""What all sides of `benchmarks.curation` do, so that they do the same: words to type, filters, rows, files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Spec:
    """One size of the benchmark. `query` and `sql` are the same filters in the query line's language and in SQL."""

    rows: int
    folder: Path
    words: Sequence[str]
    """Eight letters each; typed letter by letter they are terms of 1 to 8 letters."""
    terms: Sequence[str]
    query: str
    sql: str
    pasted: int
    file: Path | None
    """The list that is imported, None where there is none."""

    def write(self, path: Path) -> None:
        """Keep it for another process."""
        path.write_text(json.dumps(asdict(self), default=str))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what another process kept."""
        found = json.loads(path.read_text())
        file = Path(found.pop("file")) if found["file"] else None
        found.pop("file", None)
        return cls(folder=Path(found.pop("folder")), file=file, **found)


def low(taken: Sequence[float]) -> float:
    """Return the median."""
    return sorted(taken)[len(taken) // 2]


def high(taken: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * 0.95))]
