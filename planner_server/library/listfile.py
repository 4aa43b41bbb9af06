"""Reads a keyword list (CSV, plain or gzip) into seed rows: which column is which, what each cell means, which rows are bad.

Rows stream; nothing here touches the database. Empty and "-" mean unknown, never 0. A row that cannot be read is reported with
its line and the rest goes on.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from planner_core.entities import NAME_LENGTH, VOLUME_LIMIT
from planner_core.figures import INTENTS, intent_mask, intent_text
from planner_core.text import tidy

FIELDS: Mapping[str, frozenset[str]] = {
    "keyword": frozenset(
        {"keyword", "keywords", "query", "top queries", "search term", "search query", "phrase", "term"}
    ),
    "volume": frozenset(
        {
            "volume",
            "search volume",
            "avg. monthly searches",
            "avg monthly searches",
            "monthly volume",
            "searches",
        }
    ),
    "difficulty": frozenset({"difficulty", "keyword difficulty", "kd", "kd %", "kd%", "seo difficulty"}),
    "intent": frozenset({"intent", "intents", "search intent"}),
    "country": frozenset({"country", "country code"}),
    "industry": frozenset({"industry"}),
    "sector": frozenset({"sector", "industry sector"}),
}
"""Field -> the headings it is guessed by, compared without case, underscores and double spaces."""

UNKNOWN = frozenset({"", "-", "–", "—", "n/a", "na", "null", "none", "unknown"})
_LETTERS = {"i": "informational", "c": "commercial", "t": "transactional", "n": "navigational"}
_GROUPED = re.compile(r"\d{1,3}(?:[,\u00a0\u202f ]\d{3})+")
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


class BadList(Exception):
    """The file as a whole cannot be used; the message says why and what to do. `remedy`: an option of the console, where one helps."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ListedSeed:
    """One usable row. None (country: "") is unknown; `industry` and `sector` are names, None where the file has no such column."""

    line: int
    keyword: str
    volume: int | None
    difficulty: int | None
    intent: str | None
    country: str
    industry: str | None
    sector: str | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row left out, or with `is_note` one that was taken without the cell that says nothing."""

    line: int
    reason: str
    is_note: bool = False


class Unusable(Exception):
    """A cell that makes its row unusable."""


@contextmanager
def open_list(path: Path) -> Iterator[BinaryIO]:
    """Open a list for reading its bytes, unpacking gzip by its first bytes. Raises BadList for what is no such file."""
    with ExitStack() as files:
        try:
            raw = files.enter_context(path.open("rb"))
            start = raw.read(2)
            raw.seek(0)
        except FileNotFoundError as error:
            raise BadList(f"There is no file {path}. Check the path.") from error
        except OSError as error:
            raise BadList(f"{path} cannot be read: {error.strerror}.") from error
        if start in {b"\xff\xfe", b"\xfe\xff"}:
            raise BadList(f"{path} is UTF-16. Save it as UTF-8 and load it again.")
        if start == b"\x1f\x8b":
            yield io.BufferedReader(files.enter_context(gzip.GzipFile(fileobj=raw)))
        else:
            yield raw


def read_list(
    stream: BinaryIO, headings: Mapping[str, str], *, on_bad: Callable[[BadRow], None]
) -> Iterator[ListedSeed]:
    """Give the usable rows of a list. `headings` maps a field to the heading it stands under, over the guess.

    Raises BadList for a list without a keyword column, with a heading that is not there, or damaged in the middle.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _read(text, headings, on_bad)
    except (EOFError, OSError, zlib.error) as error:
        raise BadList(f"The file is damaged or cut off: {error}. Get it again.") from error
    except csv.Error as error:
        raise BadList(f"The file is not a CSV list: {error}.") from error
    finally:
        # The stream is the caller's; it is closed already when the reading was given up.
        if not stream.closed:
            text.detach()


def columns_of(heading: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Return field -> column number. Raises BadList for an unknown field, a heading that is not there, or no keyword."""
    names = [_plain(name) for name in heading]
    listed = ", ".join(repr(name) for name in heading if name.strip())
    found: dict[str, int] = {}
    for field, wanted in chosen.items():
        if field not in FIELDS:
            raise BadList(f"--map: there is no field {field!r}. Fields are {', '.join(FIELDS)}.")
        if _plain(wanted) not in names:
            raise BadList(f"The list has no column {wanted!r} for {field}. Its columns are {listed}.")
        found[field] = names.index(_plain(wanted))
    for field, guesses in FIELDS.items():
        place = next((number for number, name in enumerate(names) if name in guesses), None)
        if field not in found and place is not None and place not in found.values():
            found[field] = place
    if "keyword" not in found:
        raise BadList(
            f"No column of the list looks like the keyword. Its columns are {listed}.",
            "Name it: --map keyword=HEADING",
        )
    return found


def _plain(heading: str) -> str:
    return " ".join(heading.replace("_", " ").casefold().split())


def _read(
    text: io.TextIOWrapper, chosen: Mapping[str, str], on_bad: Callable[[BadRow], None]
) -> Iterator[ListedSeed]:
    first = text.readline()
    if not first.strip():
        raise BadList("The list is empty. Its first line holds the headings.")
    delimiter = max(",\t;", key=first.count)
    rows = csv.reader(_Lines(first, text), delimiter=delimiter)
    heading = next(rows)
    columns = columns_of(heading, chosen)
    width = max(columns.values()) + 1
    cells = [columns.get(field, -1) for field in FIELDS]
    line = rows.line_num
    for row in rows:
        start, line = line + 1, rows.line_num
        if not any(row):
            continue
        if len(row) < width:
            on_bad(BadRow(start, f"has {len(row)} columns where the headings need {width}"))
            continue
        try:
            seed, note = _seed(start, [row[place] if place >= 0 else None for place in cells])
        except Unusable as error:
            on_bad(BadRow(start, str(error)))
            continue
        if note:
            on_bad(BadRow(start, note, is_note=True))
        yield seed


class _Lines:
    """The heading line, already read to find the separator, and the lines after it."""

    def __init__(self, first: str, rest: Iterable[str]) -> None:
        self._first: str | None = first
        self._rest = iter(rest)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._first is not None:
            line, self._first = self._first, None
            return line
        return next(self._rest)


def _seed(line: int, cells: list[str | None]) -> tuple[ListedSeed, str]:
    keyword, volume, difficulty, intent_cell, country, industry, sector = cells
    intent, note = _intent(intent_cell or "")
    seed = ListedSeed(
        line,
        _keyword(keyword or ""),
        _number("volume", volume or "", VOLUME_LIMIT),
        _number("difficulty", (difficulty or "").rstrip("% "), 100),
        intent,
        country_code(country or ""),
        None if industry is None else tidy(industry),
        None if sector is None else tidy(sector),
    )
    return seed, note


def _keyword(cell: str) -> str:
    keyword = tidy(cell)
    if not keyword:
        raise Unusable("the keyword is empty")
    if len(keyword) > NAME_LENGTH:
        raise Unusable(f"the keyword has {len(keyword)} characters; {NAME_LENGTH} is the most")
    if not keyword.isprintable():
        # An undecodable byte arrives as a lone surrogate, which is not printable either.
        is_broken = any("\udc80" <= letter <= "\udcff" for letter in keyword)
        raise Unusable(
            "the keyword is not UTF-8 text" if is_broken else "the keyword holds control characters"
        )
    return keyword


def _number(name: str, cell: str, limit: int) -> int | None:
    text = cell.strip()
    if text.lower() in UNKNOWN:
        return None
    if _GROUPED.fullmatch(text):
        text = re.sub(r"\D", "", text)
    if text.isascii() and text.isdigit():
        number = int(text)
    elif match := _NUMBER.fullmatch(text):
        number = int(match[1]) + (match[2] >= "5")
    else:
        raise Unusable(f"{name} {cell!r} is not a number")
    if number > limit:
        raise Unusable(f"{name} {number} is above {limit}")
    return number


def _intent(cell: str) -> tuple[str | None, str]:
    text = cell.strip().lower()
    if text in UNKNOWN:
        return None, ""
    words = [word.strip() for word in re.split(r"[,;/|]", text)]
    known = [_LETTERS.get(word, word) for word in words]
    strange = [word for word in known if word and word not in INTENTS]
    note = f"intent {', '.join(map(repr, strange))} is none we know; kept as unknown" if strange else ""
    return intent_text(intent_mask(",".join(known))), note


def country_code(cell: str) -> str:
    """Return a two-letter code in capitals, "" for an unknown one. Raises Unusable for anything else."""
    text = cell.strip()
    if text.lower() in UNKNOWN - {"na"}:
        return ""
    if not _COUNTRY.fullmatch(text):
        raise Unusable(f"country {cell!r} is not a two-letter code such as US")
    return text.upper()
