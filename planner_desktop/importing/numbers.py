"""Figures as people and tools write them: separators of many countries, suffixes, ranges, and the ways to say "unknown".

A *quantity* (a search volume) is a whole number, a `Range`, or None for unknown. Unknown is never 0.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from planner_core.entities import VOLUME_LIMIT

Decimal = Literal[".", ","]


class Range(NamedTuple):
    """A volume known only from `low` to `high`; None: open upwards."""

    low: int
    high: int | None


Quantity = int | Range

UNKNOWN = frozenset(
    {
        *("", "-", "--", "–", "—", "−", "n/a", "na", "n.a.", "n.v.", "k.a.", "null", "none", "nan", "nil"),
        *("n. a.", "n. v.", "k. a.", "keine angabe", "keine daten"),
        *("unknown", "not available", "no data", "#n/a", "#nv", "#value!", "#ref!", "#div/0!", "?", "∞"),
    }
)
"""Cells that say nothing, in lower case."""

SUFFIXES = {
    "k": 1_000,
    "tsd": 1_000,
    "tsd.": 1_000,
    "mil": 1_000,
    "тыс": 1_000,
    "тыс.": 1_000,
    "m": 1_000_000,
    "mio": 1_000_000,
    "mio.": 1_000_000,
    "mln": 1_000_000,
    "млн": 1_000_000,
    "b": 1_000_000_000,
    "bn": 1_000_000_000,
    "mrd": 1_000_000_000,
    "mrd.": 1_000_000_000,
    "万": 10_000,
    "萬": 10_000,
    "億": 100_000_000,
    "亿": 100_000_000,
}

_BETWEEN = re.compile(r"\s*(?:\.{2,3}|[-–—‒−~〜…]|\b(?:to|bis|à|a|до)\b)\s*")
_NUMBER = re.compile(r"(\d[\d.,' ]*)\s*([^\d\s.,']*\.?)")
_SPACED = re.compile(r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?")
# Groups of three, or of two before the last three as in India.
_GROUPED = {mark: re.compile(rf"[1-9]\d{{0,2}}(?:{mark}\d{{2,3}})*{mark}\d{{3}}") for mark in (r"\.", ",")}
_POINT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_UNCERTAIN = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u2002\u2003\u3000"), " ") | dict.fromkeys(
    map(ord, "’ʼ`´\u02bc"), "'"
)


def quantity(text: str, decimal: Decimal | None = None) -> Quantity | None:
    """Read a search volume. `decimal`: the mark that is known to part fractions in this column, None where nothing showed it.

    "1.300" is 1300 then, as there is no third of a search; "1K-10K", "<10" and "100+" are ranges. Raises ValueError for the rest.
    """
    if text.isdigit() and text.isascii():
        return _limited(int(text))
    plain = _tidied(text)
    if plain in UNKNOWN:
        return None
    if plain[0] in "<≤":
        return Range(0, _whole(plain.lstrip("<≤= "), decimal))
    if plain[0] in ">≥":
        return Range(_whole(plain.lstrip(">≥= "), decimal), None)
    if plain[-1] == "+":
        return Range(_whole(plain[:-1], decimal), None)
    parts = _BETWEEN.split(plain)
    if len(parts) == 2 and all(parts):
        low, high = (_whole(part, decimal) for part in parts)
        if low > high:
            raise ValueError(f"{text!r} runs backwards")
        return low if low == high else Range(low, high)
    return _whole(plain, decimal)


def fraction(text: str, decimal: Decimal = ".") -> float | None:
    """Read a figure that may have a fraction: a price, a position, a difficulty. Currency and per cent signs are cut.

    Where "1,234" could be either, `decimal` decides. Raises ValueError for what is no number.
    """
    if decimal == "." and _POINT.fullmatch(text):
        return float(text)
    plain = _tidied(text)
    if plain in UNKNOWN:
        return None
    return _figure(_bare(plain), decimal, is_whole=False)


def whole_quantity(number: float) -> int | None:
    """Return a cell that is a number already as a volume, None for what is not one. Raises ValueError above the limit."""
    if not math.isfinite(number):
        return None
    return _limited(rounded(number))


def rounded(number: float) -> int:
    """Return the nearest whole number; a half goes up, as in every spreadsheet."""
    return math.floor(number + 0.5)


def decimal_mark(cells: Iterable[str]) -> Decimal | None:
    """Return the mark that can only part fractions in these cells, None if none shows it (or both do)."""
    found: set[Decimal] = set()
    for cell in cells:
        if not cell or cell.isdigit():
            continue
        text = _bare(_tidied(cell))
        last = max(text.rfind("."), text.rfind(","))
        if last < 0 or text[:last].strip("0123456789.,' ") or not text[last + 1 :].isdigit():
            continue
        mark: Decimal = "." if text[last] == "." else ","
        other = "," if mark == "." else "."
        if text.count(mark) == 1 and (
            other in text or not (_UNCERTAIN.fullmatch(text) or _grouped(text, mark))
        ):
            found.add(mark)
    return next(iter(found)) if len(found) == 1 else None


def _tidied(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_SPACES))
    return plain.strip().strip("\"'").strip().lower()


def _bare(text: str) -> str:
    """Cut what stands around a figure: signs and codes of currencies, per cent, "~"."""
    start, end = 0, len(text)
    while start < end and not (text[start].isdigit() or text[start] in "-.,"):
        start += 1
    while end > start and (text[end - 1] in "% " or unicodedata.category(text[end - 1]) == "Sc"):
        end -= 1
    # A currency's code behind the figure; suffixes such as K stay.
    return re.sub(
        r"(?<=\d)\s*[a-z]{3}$",
        lambda found: found[0] if found[0].strip() in SUFFIXES else "",
        text[start:end],
    )


def _whole(text: str, decimal: Decimal | None) -> int:
    return _limited(rounded(_figure(text.strip(" ~≈"), decimal, is_whole=True)))


def _limited(number: int) -> int:
    if not 0 <= number <= VOLUME_LIMIT:
        raise ValueError(f"{number} is not between 0 and {VOLUME_LIMIT}")
    return number


def _figure(text: str, decimal: Decimal | None, *, is_whole: bool) -> float:
    sign = -1 if text.startswith("-") and not is_whole else 1
    found = _NUMBER.fullmatch(text.removeprefix("-") if sign < 0 else text)
    if found is None:
        if re.fullmatch(r"[.,]\d+", text):
            return float(f"0.{text[1:]}")
        raise ValueError(f"{text!r} is not a number")
    digits, suffix = found[1].rstrip(), found[2]
    factor = SUFFIXES.get(suffix, 0) if suffix else 1
    if not factor:
        raise ValueError(f"{text!r} is not a number")
    return sign * _digits(digits, decimal, is_whole=is_whole and factor == 1) * factor


def _digits(text: str, decimal: Decimal | None, *, is_whole: bool) -> float:
    """Read digits with separators; with `is_whole` three digits behind a mark are thousands unless the column says otherwise."""
    if " " in text or "'" in text:
        if not _SPACED.fullmatch(text):
            raise ValueError(f"{text!r} is not a number")
        text = text.replace(" ", "").replace("'", "")
        return float(text.replace(",", "."))
    marks = [mark for mark in ".," if mark in text]
    if not marks:
        return float(text)
    if len(marks) == 2:
        part = max(marks, key=text.rfind)
        group = "," if part == "." else "."
        head, _, tail = text.rpartition(part)
        if part in head or not (_grouped(head, group) and (tail.isdigit() or not tail)):
            raise ValueError(f"{text!r} is not a number")
        return float(f"{head.replace(group, '')}.{tail or 0}")
    mark = marks[0]
    if text.count(mark) > 1:
        if not _grouped(text, mark):
            raise ValueError(f"{text!r} is not a number")
        return float(text.replace(mark, ""))
    is_group = bool(_UNCERTAIN.fullmatch(text)) and mark != (decimal or ("" if is_whole else "."))
    return float(text.replace(mark, "" if is_group else "."))


def _grouped(text: str, mark: str) -> bool:
    return bool(_GROUPED[r"\." if mark == "." else ","].fullmatch(text))
