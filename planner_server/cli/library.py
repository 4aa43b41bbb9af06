"""Loads a keyword list into the library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from planner_core.text import fold
from planner_server.cli.console import Failure, counted, note, progress
from planner_server.feed.gate import Actor
from planner_server.library.listfile import (
    BadList,
    BadRow,
    ListedSeed,
    Unusable,
    country_code,
    open_list,
    read_list,
)
from planner_server.library.models import IndustrySector
from planner_server.library.services import (
    SeedCounts,
    SeedRow,
    industry_sector_upsert,
    industry_upsert,
    seeds_upsert,
)

SHOWN_BAD_ROWS = 100
IMPORT = Actor("import", "load-library")


@dataclass(slots=True)
class Report:
    """What became of a list. rows = created + updated + unchanged + merged + bad."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    bad: int = 0
    notes: int = 0
    """Rows taken without a cell that says nothing."""
    sectors: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        return asdict(self)


class _BadRows:
    """Counts bad rows, shows the first on stderr and writes all of them to a file when one is named."""

    def __init__(self, report: Report, file: Path | None) -> None:
        self._report = report
        self._output = None if file is None else file.open("w", encoding="utf-8")
        self._shown = 0

    def __call__(self, row: BadRow) -> None:
        self._report.notes += row.is_note
        self._report.bad += not row.is_note
        self._report.rows += not row.is_note
        line = f"line {row.line}: {row.reason}"
        if self._output is not None:
            self._output.write(line + "\n")
        self._shown += 1
        if self._shown <= SHOWN_BAD_ROWS:
            note(line)

    def close(self) -> None:
        if self._output is not None:
            self._output.close()
        if self._shown > SHOWN_BAD_ROWS:
            note(f"... and {self._shown - SHOWN_BAD_ROWS:,} more lines like these.")


def load_library(
    path: Path,
    *,
    headings: Sequence[str],
    industry: str | None,
    sectors: Sequence[str],
    country: str | None,
    bad_rows: Path | None = None,
) -> Report:
    """Load one list. Industry and sectors are made when the library lacks them; several sectors share the rows by their text.

    Raises Failure when the list or an option cannot be used.
    """
    chosen = _headings(headings)
    default_country = _country(country)
    report = Report()
    on_bad = _open_bad_rows(report, bad_rows)
    try:
        with open_list(path) as stream, progress("Loading", _expected_rows(path)) as advance:
            listed = counted(read_list(stream, chosen, on_bad=on_bad), advance)
            _Loader(report, default_country, on_bad).load(listed, industry, sectors)
    except BadList as error:
        raise Failure("list", str(error), error.remedy) from error
    finally:
        on_bad.close()
    if report.rows == report.bad and report.rows:
        raise Failure(
            "list",
            f"None of {report.rows:,} rows could be used.",
            "Check --map: is each column what it should be?",
        )
    return report


def _expected_rows(path: Path) -> int | None:
    # The bar of an unpacked list is an estimate from its first lines; a packed one has no end to show.
    if path.suffix == ".gz":
        return None
    with path.open("rb") as stream:
        sample = stream.read(65_536)
    lines = sample.count(b"\n")
    return None if not lines else path.stat().st_size * lines // len(sample)


def _open_bad_rows(report: Report, file: Path | None) -> _BadRows:
    try:
        return _BadRows(report, file)
    except OSError as error:
        raise Failure(
            "bad_rows", f"{file} cannot be written: {error.strerror}.", "Name another file: --bad-rows."
        ) from error


def _headings(options: Sequence[str]) -> dict[str, str]:
    chosen = {}
    for option in options:
        name, separator, heading = option.partition("=")
        if not separator or not heading.strip():
            raise Failure("map", f"--map {option!r} is not FIELD=HEADING.", "As in --map keyword=Keyword.")
        chosen[name.strip().lower()] = heading
    return chosen


def _country(text: str | None) -> str:
    try:
        return "" if text is None else country_code(text)
    except Unusable as error:
        raise Failure("country", f"--country: {error}.", "Give two letters.") from error


class _Loader:
    def __init__(self, report: Report, country: str, on_bad: Callable[[BadRow], None]) -> None:
        self._report = report
        self._country = country
        self._on_bad = on_bad

    def load(self, listed: Iterator[ListedSeed], industry: str | None, sectors: Sequence[str]) -> None:
        names = list(dict.fromkeys(name.strip() for name in sectors if name.strip()))
        if industry is not None and len(names) == 1:
            # The plain case streams: nothing but a chunk of rows is in memory.
            self._upsert(industry, names[0], (self._row(one) for one in listed))
            return
        for (branch, name), rows in self._parted(listed, industry, names).items():
            self._upsert(branch, name, iter(rows))

    def _parted(
        self, listed: Iterator[ListedSeed], industry: str | None, names: list[str]
    ) -> Mapping[tuple[str, str], list[SeedRow]]:
        """Return the rows by industry and sector, named by the options or else by the row itself."""
        parts: dict[tuple[str, str], list[SeedRow]] = (
            {(industry, name): [] for name in names} if industry else {}
        )
        for one in listed:
            branch = industry or one.industry
            name = names[_share(one.keyword, len(names))] if names else one.sector
            if branch is None or name is None:
                missing = "industry" if branch is None else "sector"
                raise Failure(
                    "usage",
                    f"No --{missing} is given, and the list has no {missing} column.",
                    f"Name it: --{missing} NAME.",
                )
            if not branch or not name:
                missing = "industry" if not branch else "sector"
                self._on_bad(BadRow(one.line, f"the {missing} is empty, and no --{missing} is given"))
                continue
            parts.setdefault((branch, name), []).append(self._row(one))
        return parts

    def _row(self, one: ListedSeed) -> SeedRow:
        return SeedRow(one.keyword, one.volume, one.difficulty, one.intent, one.country or self._country)

    def _upsert(self, industry: str, name: str, rows: Iterator[SeedRow]) -> None:
        sector: IndustrySector = industry_sector_upsert(industry=industry_upsert(name=industry), name=name)
        counts: SeedCounts = seeds_upsert(sector=sector, rows=rows, actor=IMPORT)
        report = self._report
        for figure in ("created", "updated", "unchanged", "merged"):
            setattr(report, figure, getattr(report, figure) + getattr(counts, figure))
            report.rows += getattr(counts, figure)
        for position, reason in counts.refused:
            self._on_bad(BadRow(position + 1, f"(row of {name}) {reason}"))
        shown = {"industry": industry, "sector": sector.name, "id": sector.uid, "seeds": sector.seeds.count()}
        report.sectors.append(shown)


def _share(keyword: str, parts: int) -> int:
    """Return which of several sectors a keyword goes to: the same one in every run and on every machine."""
    if parts == 1:
        return 0
    digest = hashlib.blake2b(fold(keyword).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % parts
