"""Cells to values, column by column, each distinct cell read once: figures repeat a great deal in a list of keywords."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

from planner_core.entities import KEYWORD
from planner_core.figures import INTENTS, intent_mask, intent_text
from planner_desktop.importing.numbers import (
    UNKNOWN,
    Decimal,
    Range,
    decimal_mark,
    fraction,
    quantity,
    rounded,
    whole_quantity,
)

MOST_KEPT = 200_000
"""Distinct cells a column remembers."""
BUCKETS = {
    0: Range(0, 10),
    50: Range(10, 100),
    500: Range(100, 1_000),
    5_000: Range(1_000, 10_000),
    50_000: Range(10_000, 100_000),
    500_000: Range(100_000, 1_000_000),
    5_000_000: Range(1_000_000, None),
}
"""The figures Keyword Planner shows accounts that spend little, and the ranges they stand for."""

_FIGURES = frozenset(
    {
        *("volume", "volume_low", "volume_high", "clicks", "impressions", "difficulty", "position", "cpc"),
        *("volume_override", "difficulty_override"),
    }
)
_QUANTITIES = frozenset({"volume", "volume_low", "volume_high", "clicks", "impressions", "volume_override"})
_NOTHING = frozenset(form for word in UNKNOWN if word for form in (word, word.upper(), word.title()))
_NOT_RANKED = frozenset({"lost", "new", "not in top 100", ">100", "100+", "not ranked", "out of 100"})
_CODES = {"0": "commercial", "1": "informational", "2": "navigational", "3": "transactional"}
_LETTERS = {intent[0]: intent for intent in INTENTS}
_BEGINNINGS = {
    "inf": "informational",
    "com": "commercial",
    "kom": "commercial",
    "tra": "transactional",
    "nav": "navigational",
    "инф": "informational",
    "ком": "commercial",
    "тра": "transactional",
    "нав": "navigational",
}
_OTHER_INTENTS = frozenset({"branded", "non-branded", "local", "non-local", "brand", "unbranded"})
_COUNTRIES = {
    "uk": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "united states": "US",
    "usa": "US",
    "united states of america": "US",
    "germany": "DE",
    "deutschland": "DE",
    "france": "FR",
    "spain": "ES",
    "españa": "ES",
    "italy": "IT",
    "italia": "IT",
    "netherlands": "NL",
    "nederland": "NL",
    "belgium": "BE",
    "austria": "AT",
    "österreich": "AT",
    "switzerland": "CH",
    "schweiz": "CH",
    "poland": "PL",
    "polska": "PL",
    "sweden": "SE",
    "norway": "NO",
    "denmark": "DK",
    "finland": "FI",
    "ireland": "IE",
    "portugal": "PT",
    "brazil": "BR",
    "brasil": "BR",
    "mexico": "MX",
    "méxico": "MX",
    "canada": "CA",
    "australia": "AU",
    "new zealand": "NZ",
    "india": "IN",
    "japan": "JP",
    "china": "CN",
    "russia": "RU",
    "ukraine": "UA",
    "turkey": "TR",
    "türkiye": "TR",
    "south africa": "ZA",
    "singapore": "SG",
    "south korea": "KR",
    "argentina": "AR",
    "chile": "CL",
    "colombia": "CO",
    "greece": "GR",
    "romania": "RO",
    "czechia": "CZ",
    "hungary": "HU",
}


class Reader(dict[Any, Any]):
    """Remembers what each cell means. Cells that mean nothing in their column are in `strange`; they count as unknown."""

    def __init__(self, read: Callable[[str], Any], read_number: Callable[[float], Any] | None = None) -> None:
        super().__init__()
        self._read = read
        self._read_number = read_number
        self.strange: set[Any] = set()

    def __missing__(self, cell: Any) -> Any:
        try:
            value = self._value(cell)
        except (ValueError, OverflowError):
            self.strange.add(cell)
            value = None
        self[cell] = value
        return value

    def _value(self, cell: Any) -> Any:
        if type(cell) is str:
            return self._read(cell)
        if cell is None:
            return None
        if isinstance(cell, int | float) and not isinstance(cell, bool) and self._read_number is not None:
            return self._read_number(cell)
        return self._read(text_of(cell))

    def column(self, cells: Sequence[Any]) -> list[Any]:
        """Return the values of a column's cells; `strange` has those of them that say nothing, and some from before."""
        if len(self) > MOST_KEPT:
            self.clear()
            self.strange.clear()
        return list(map(self.__getitem__, cells))


class TextReader(Reader):
    """Reads words. Where a batch holds nothing to tidy, it stays as it is: texts such as addresses hardly repeat.

    `names`: only an empty cell says nothing, as where clusters may be called "none".
    """

    def __init__(self, *, names: bool = False) -> None:
        super().__init__(_name if names else _words)
        self._nothing = frozenset[str]() if names else _NOTHING

    def column(self, cells: Sequence[Any]) -> list[Any]:
        """Return the texts of a column's cells, None for those that say nothing."""
        try:
            joined = "\n".join(cells)
        except TypeError:
            return super().column(cells)
        is_tidy = (
            joined.count("\n") == len(cells) - 1
            and "  " not in joined
            and " \n" not in joined
            and "\n " not in joined
            and joined == joined.strip(" ")
            and joined.replace("\n", " ").isprintable()
        )
        if not is_tidy or not self._nothing.isdisjoint(cells):
            return super().column(cells)
        return [cell or None for cell in cells] if "" in cells else list(cells)


def reader_for(
    field: str, sample: Sequence[Any], *, decimal: Decimal | None, codes: bool = False, ours: bool = False
) -> Reader:
    """Return what reads the cells of a field. `sample` are some of them, `decimal` the mark of fractions where the editor said so.

    `ours`: the cells are of an export of this program.
    """
    if field not in _FIGURES:
        return _reader_of_words(field, codes=codes, ours=ours)
    shown = decimal_mark(cell for cell in sample if isinstance(cell, str))
    if field in _QUANTITIES:
        return Reader(lambda text: quantity(text, decimal or shown), whole_quantity)
    part = decimal or shown or "."
    if field in {"difficulty", "difficulty_override"}:
        return Reader(lambda text: _difficulty(fraction(text, part)), _difficulty)
    if field == "position":
        return Reader(
            lambda text: None if text.strip().lower() in _NOT_RANKED else _positive(fraction(text, part)),
            _positive,
        )
    return Reader(lambda text: _positive(fraction(text, part)), _positive)


def _reader_of_words(field: str, *, codes: bool, ours: bool) -> Reader:
    if field == "intent":
        return Reader(_coded if codes else intents, lambda number: _coded(text_of(number)) if codes else None)
    if field == "country":
        return Reader(country)
    if field == "status":
        return Reader(_status)
    if field == "disabled" or field.startswith("is_"):
        return Reader(_truth)
    return TextReader(names=ours and field == "group")


def intents(text: str) -> str | None:
    """Read the intents of a cell: all of them, in the planner's order, whatever theirs is. Raises ValueError for other words."""
    cell = text.strip().lower()
    if cell in UNKNOWN:
        return None
    for mark in ";/|":
        cell = cell.replace(mark, ",")
    words = [word.strip() for word in cell.split(",") if word.strip()]
    known = [_LETTERS.get(word) or _BEGINNINGS.get(word[:3]) for word in words]
    if not any(known) and not all(word in _OTHER_INTENTS for word in words):
        raise ValueError(f"{text!r} is no intent")
    return intent_text(intent_mask(",".join(word for word in known if word)))


def country(text: str) -> str | None:
    """Read a market: a two-letter code, a locale such as en-US, or a country's name. Raises ValueError for anything else."""
    cell = text.strip().lower()
    # NA is Namibia's code, not a word for nothing.
    if cell in UNKNOWN - {"na"}:
        return None
    if cell in _COUNTRIES:
        return _COUNTRIES[cell]
    code = cell.replace("_", "-").split("-")[-1]
    if len(code) == 2 and code.isascii() and code.isalpha() and len(cell) in {2, 5, 6}:
        return _COUNTRIES.get(code, code.upper())
    last = cell.split(",")[-1].strip()
    if last in _COUNTRIES:
        return _COUNTRIES[last]
    raise ValueError(f"{text!r} is no country")


def text_of(cell: Any) -> str:
    """Return a typed cell of a workbook as text: whole numbers without a fraction, days as 2026-01-31."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _difficulty(number: float | None) -> int | None:
    if number is None or not math.isfinite(number):
        return None
    if not 0 <= number <= 100:
        raise ValueError(f"{number} is not between 0 and 100")
    return rounded(number)


def _positive(number: float | None) -> float | None:
    if number is None or not math.isfinite(number):
        return None
    if number < 0:
        raise ValueError(f"{number} is below 0")
    return float(number)


def _coded(text: str) -> str | None:
    """Read intents as the digits of Semrush's API, or as words where there are any."""
    words = [word.strip() for word in text.split(",")]
    return intents(",".join(_CODES.get(word, word) for word in words))


def _truth(text: str) -> bool | None:
    cell = text.strip().lower()
    if cell in UNKNOWN:
        return None
    if cell in {"true", "yes", "1", "wahr", "vrai", "x"}:
        return True
    if cell in {"false", "no", "0", "falsch", "faux"}:
        return False
    raise ValueError(f"{text!r} is neither true nor false")


def _status(text: str) -> str | None:
    cell = text.strip().lower()
    if cell in UNKNOWN:
        return None
    if cell not in KEYWORD.field("status").choices:
        raise ValueError(f"{text!r} is no status of a keyword")
    return cell


def _name(text: str) -> str | None:
    return " ".join(text.split()) or None


def _words(text: str) -> str | None:
    cell = " ".join(text.split())
    return None if cell.lower() in UNKNOWN else cell
