"""Every row of a prepared import in the order of its files and lines, to be looked at by place: a million rows, none of them held."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from planner_desktop.app.matching import ADD, ALREADY_THERE, FILL, MISALIGNED, NO_SEED, UPDATE
from planner_desktop.app.prepared import EXCLUDED, Prepared
from planner_desktop.importing import Chunk, ImportPlan, LeftOut, Range, Watch

PIECES_KEPT = 24
_LINE_BITS = 40


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One row of a file with its fate. `reason` is of rows that are left out; the fates of the others say it themselves."""

    file: int
    line: int
    keyword: str
    fate: str
    reason: str = ""
    volume: int | Range | None = None
    difficulty: int | None = None
    intent: str | None = None
    country: str | None = None


class PlanRows:
    """The rows of a plan. Made on any thread, used by one at a time, and no longer than the plan is open."""

    def __init__(self, prepared: Prepared, watch: Watch | None = None) -> None:
        """Put all rows in order. Raises Cancelled."""
        watch = watch or Watch()
        self._plan: ImportPlan = prepared.plan
        self._starts = array("Q")
        self._left_starts = array("Q")
        self._chunks: OrderedDict[int, Chunk] = OrderedDict()
        self._left: OrderedDict[int, list[LeftOut]] = OrderedDict()
        self._fates: Sequence[Sequence[str]] = prepared.matched.fates
        self._kept = 0
        watch.begin("", max(1, len(prepared.plan)))
        places = self._gather(watch)
        places.sort()
        mask = (1 << _LINE_BITS) - 1
        self._order = array("I", (place & mask for place in places))
        self._by_fate = self._sorted_by_fate()

    def __len__(self) -> int:
        return len(self._order)

    def count(self, fate: str = "") -> int:
        """Return how many rows have a fate; "": all."""
        return len(self._by_fate.get(fate, ())) if fate else len(self._order)

    def line(self, at: int, fate: str = "") -> PlanLine:
        """Return a row by its place among all, or among those of a fate."""
        number = self._by_fate[fate][at] if fate else self._order[at]
        return self._left_line(number - self._kept) if number >= self._kept else self._kept_line(number)

    # ------------------------------------------------------------ inside

    def _gather(self, watch: Watch) -> list[int]:
        """Return (file, line) and number of every row as one integer each, so that sorting makes no tuples."""
        places: list[int] = []
        number = 0
        for at in range(len(self._fates)):
            chunk = self._plan.chunk(at)
            self._starts.append(number)
            for line in chunk.lines:
                places.append(_place(chunk.file, line, number))
                number += 1
            watch.step(number)
        self._kept = number
        for at in range(self._plan.left_pieces):
            self._left_starts.append(number - self._kept)
            for one in self._plan.left_piece(at):
                places.append(_place(one.file, one.line, number))
                number += 1
            watch.step(self._kept)
        return places

    def _sorted_by_fate(self) -> dict[str, array[int]]:
        fates = [fate for chunk in self._fates for fate in chunk]
        for at in range(self._plan.left_pieces):
            fates += [one.disposition for one in self._plan.left_piece(at)]
        found: dict[str, array[int]] = {}
        for number in self._order:
            found.setdefault(fates[number], array("I")).append(number)
        return found

    def _kept_line(self, number: int) -> PlanLine:
        at = bisect_right(self._starts, number) - 1
        chunk = self._chunks.get(at)
        if chunk is None:
            chunk = self._chunks[at] = self._plan.chunk(at)
            if len(self._chunks) > PIECES_KEPT:
                self._chunks.popitem(last=False)
        row = number - self._starts[at]
        volume, difficulty, intent, country = (
            (chunk.columns.get(name) or ())[row : row + 1]
            for name in ("volume", "difficulty", "intent", "country")
        )
        return PlanLine(
            chunk.file,
            chunk.lines[row],
            chunk.keywords[row],
            self._fates[at][row],
            volume=volume[0] if volume else None,
            difficulty=difficulty[0] if difficulty else None,
            intent=intent[0] if intent else None,
            country=country[0] if country else None,
        )

    def _left_line(self, number: int) -> PlanLine:
        at = bisect_right(self._left_starts, number) - 1
        piece = self._left.get(at)
        if piece is None:
            piece = self._left[at] = self._plan.left_piece(at)
            if len(self._left) > PIECES_KEPT:
                self._left.popitem(last=False)
        one = piece[number - self._left_starts[at]]
        return PlanLine(one.file, one.line, one.text, one.disposition, one.reason)


def _place(file: int, line: int, number: int) -> int:
    """Sort by file, then line, then the order of reading; rows and lines of an import stay below 2**32."""
    return ((file << 32 | line) << _LINE_BITS) | number


FATE_ORDER = (
    ADD,
    FILL,
    UPDATE,
    ALREADY_THERE,
    NO_SEED,
    MISALIGNED,
    "duplicate",
    EXCLUDED,
    "junk",
    "unreadable",
)
"""In which fates are shown: what is done first, what is left out last."""
