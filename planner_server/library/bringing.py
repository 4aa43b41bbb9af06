"""Staff's import of a keyword list: rows go to industries and sectors that are there, found by their names; seeds that are there are
updated. What cannot be used is listed by its line, and the rest goes in."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from planner_core.text import fold
from planner_server.feed.gate import Actor
from planner_server.library.listfile import BadList, BadRow, ListedSeed, read_list
from planner_server.library.models import Industry, IndustrySector
from planner_server.library.services import SeedRow, seeds_upsert

MOST_ROWS = 200_000
"""What one upload may bring; larger lists are loaded beside the web server, with `planner-server load-library`."""
SHOWN = 1_000
_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class Brought:
    """What became of a list. rows = created + updated + unchanged + merged + bad."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    bad: int = 0
    listed: list[BadRow] = field(default_factory=list)
    """The first SHOWN rows that were left out, or taken without a cell (is_note), in order of their lines."""

    @property
    def rows(self) -> int:
        """Return how many rows the list had."""
        return self.created + self.updated + self.unchanged + self.merged + self.bad

    def leave_out(self, row: BadRow) -> None:
        """Note a row that was left out, or taken without a cell."""
        self.bad += not row.is_note
        if len(self.listed) < SHOWN:
            self.listed.append(row)


def bring_list(stream: BinaryIO, *, actor: Actor, sector: IndustrySector | None = None) -> Brought:
    """Bring a CSV list (plain or gzip) into the library; `sector` takes all rows, else each row names its industry and sector.

    One industry sector is one transaction for each 10,000 rows: bringing the same list again is harmless. Raises BadList for a
    file that cannot be used as a whole; nothing is written then.
    """
    brought = Brought()
    parts: dict[int, tuple[IndustrySector, list[SeedRow], list[int]]] = {}
    places = None if sector is not None else _Places()
    for number, one in enumerate(read_list(_plain(stream), {}, on_bad=brought.leave_out)):
        if number >= MOST_ROWS:
            raise BadList(
                f"The list has more than {MOST_ROWS:,} rows. Load it on the server: planner-server load-library."
            )
        found = sector if places is None else places.find(one)
        if isinstance(found, str):
            brought.leave_out(BadRow(one.line, found))
            continue
        assert found is not None
        _, rows, lines = parts.setdefault(found.pk, (found, [], []))
        rows.append(SeedRow(one.keyword, one.volume, one.difficulty, one.intent, one.country))
        lines.append(one.line)
    for found, rows, lines in parts.values():
        counts = seeds_upsert(sector=found, rows=rows, actor=actor)
        for name in ("created", "updated", "unchanged", "merged"):
            setattr(brought, name, getattr(brought, name) + getattr(counts, name))
        for position, reason in counts.refused:
            brought.leave_out(BadRow(lines[position], reason))
    brought.listed.sort(key=lambda row: row.line)
    return brought


class _Places:
    """Industries and sectors by the names a list may give them: their own, or their slugs, in any case."""

    def __init__(self) -> None:
        self._industries = dict(_named(Industry.objects.all()))
        self._sectors: dict[tuple[int, str], IndustrySector] = {}
        for sector in IndustrySector.objects.select_related("scope", "industry"):
            for name in (sector.slug, sector.name):
                self._sectors[sector.industry_id, fold(name)] = sector

    def find(self, row: ListedSeed) -> IndustrySector | str:
        """Return the row's industry sector, or why there is none."""
        if not row.industry or not row.sector:
            missing = "industry" if not row.industry else "sector"
            return f"the {missing} is missing; name it in the list, or choose a sector for all rows"
        industry = self._industries.get(fold(row.industry))
        if industry is None:
            return f"the library has no industry {row.industry!r}"
        sector = self._sectors.get((industry.pk, fold(row.sector)))
        return sector if sector is not None else f"{industry.name} has no sector {row.sector!r}"


def _named(industries: Iterable[Industry]) -> Iterator[tuple[str, Industry]]:
    for industry in industries:
        yield fold(industry.slug), industry
        yield fold(industry.name), industry


def _plain(stream: BinaryIO) -> BinaryIO:
    start = stream.read(2)
    stream.seek(0)
    if start in {b"\xff\xfe", b"\xfe\xff"}:
        raise BadList("The list is UTF-16. Save it as UTF-8 and bring it again.")
    return io.BufferedReader(gzip.GzipFile(fileobj=stream)) if start == _GZIP else stream
