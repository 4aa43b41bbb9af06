"""A plan made from another one: some of its rows left out, texts of others written anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from planner_desktop.importing.plan import KEYWORD, Chunk, FilePlan, ImportPlan
from planner_desktop.importing.spool import Spool, pack

Dropped = tuple[int, int, str, str, str]
"""File, line, disposition, reason, text."""
_AT_ONCE = 4_096


class Remaking:
    """Takes rows one after the other and becomes a plan. `close` gives the memory back where no plan came of it."""

    def __init__(self, plan: ImportPlan) -> None:
        self._plan = plan
        self._chunks = Spool()
        self._left = Spool()
        self._numbers = count()
        self._counts: Counter[tuple[int, str]] = Counter()

    def keep(self, chunk: Chunk) -> None:
        """Take rows over; none of them is fine."""
        if len(chunk):
            numbers = [next(self._numbers) for _ in range(len(chunk))]
            packed = {name: pack(values) for name, values in chunk.columns.items()}
            self._chunks.put((chunk.file, chunk.sheet, numbers, chunk.lines, pack(chunk.keywords), packed))
            self._counts[chunk.file, KEYWORD] += len(chunk)

    def drop(self, rows: Iterable[Dropped]) -> None:
        """Leave rows out."""
        by_file: dict[int, list[tuple[int, str, str, str, None]]] = {}
        for file, line, disposition, reason, text in rows:
            self._counts[file, disposition] += 1
            by_file.setdefault(file, []).append((line, disposition, reason, text[:200], None))
        for file, left in by_file.items():
            for start in range(0, len(left), _AT_ONCE):
                self._left.put((file, left[start : start + _AT_ONCE]))

    def finish(self) -> ImportPlan:
        """Return the plan: with what the first one left out, too. It closes with the first one's rows still there."""
        self._take_left()
        files = [self._file(number, one) for number, one in enumerate(self._plan.files)]
        return ImportPlan(files, self._chunks, self._left, {}, lambda _row: (0, 0))

    def close(self) -> None:
        """Give everything back."""
        self._chunks.close()
        self._left.close()

    def _take_left(self) -> None:
        piece: list[Dropped] = []
        counts = self._counts.copy()
        for one in self._plan.left_out():
            piece.append((one.file, one.line, one.disposition, one.reason, one.text))
            if len(piece) >= _AT_ONCE:
                self.drop(piece)
                piece = []
        self.drop(piece)
        # The files counted these when they were read, also where no more than a count was kept.
        self._counts = counts

    def _file(self, number: int, one: FilePlan) -> FilePlan:
        counts: dict[str, int] = {name: value for name, value in one.counts.items() if name != KEYWORD}
        mine: Mapping[str, int] = {
            name: value for (file, name), value in self._counts.items() if file == number
        }
        for name, value in mine.items():
            counts[name] = counts.get(name, 0) + value
        return replace(one, counts=counts)


def picked(chunk: Chunk, places: Sequence[int], keywords: Sequence[str]) -> Chunk:
    """Return some rows of a chunk, with the texts given in place of theirs (as many as places)."""
    columns = {name: [values[at] for at in places] for name, values in chunk.columns.items()}
    return Chunk(chunk.file, chunk.sheet, [chunk.lines[at] for at in places], list(keywords), columns)
