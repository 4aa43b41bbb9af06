"""Keywords of a whole batch at once: cleaned for keeping, folded for comparison, and what is no keyword.

Nearly every keyword of a real list is plain ASCII in tidy form. Those are cleared together, by searches over the joined text; only
the others are looked at one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from planner_core.entities import NAME_LENGTH
from planner_core.guarding import unguarded
from planner_core.text import fold, tidy

_INVISIBLE = dict.fromkeys(
    (
        0x00AD,
        0x200B,
        0x200E,
        0x200F,
        0x202A,
        0x202B,
        0x202C,
        0x202D,
        0x202E,
        0x2060,
        0x2066,
        0x2067,
        0x2068,
        0x2069,
        0xFEFF,
    )
)
"""Characters that leave no trace on the screen. The joiners U+200C and U+200D stay: in many scripts they carry meaning."""
_SAME_MARKS = {
    **dict.fromkeys(map(ord, "‘’‚‛′`´ʼ"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—−"), "-"),
    **dict.fromkeys((0x200C, 0x200D)),
}
_MARKED = re.compile('["+\\[' + "".join(map(chr, _SAME_MARKS)) + "]")
_MARKS = ("`", '"', "[", "+", "\t", "  ", "\r", "\x0b", "\x0c")
_VENDORS = (
    "semrush",
    "ahrefs",
    "ubersuggest",
    "mangools",
    "kwfinder",
    "moz.com",
    "seranking",
    "se ranking",
    "google",
)
_ADVERT = re.compile(
    r"you can export only (?:the )?first [\d.,' ]+ (?:rows|keywords|results)|to export more data,? upgrade|see plans and prices"
    r"|upgrade (?:to|your) .*(?:plan|subscription)|export(?:ed)? (?:limit|with|by|from) .*(?:plan|subscription|semrush|ahrefs|ubersuggest)"
    r"|(?:this|the) (?:report|file|export) (?:was|is) (?:generated|limited|created|exported)",
)
_NEEDLES = ("://", "export", "plans and prices", "upgrade ")
_SENTENCE = re.compile(r"\w.*[.!:]$|.*https?://")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_UNDECODED = re.compile("[\udc80-\udcff\ufffd]")
_MARKS_ONLY = re.compile(r"^[ \t!-/:-@\[-`{-~‐-―…·•|]+$", re.MULTILINE)
MARKS_ONLY = "signs without a letter or a digit"
ADVERT = "a line of the tool about itself"
ADDRESS = "an address, not a keyword"
TOTALS = frozenset(
    {
        *(
            "total",
            "totals",
            "grand total",
            "sum",
            "average",
            "summe",
            "gesamt",
            "gesamtsumme",
            "ergebnis",
            "total général",
            "somme",
        ),
        *("suma", "totale", "totaal", "razem", "итого", "всего", "合計", "总计", "합계"),
    }
)


@dataclass(frozen=True, slots=True)
class Keywords:
    """A batch of cells: `texts` for keeping, `keys` for comparison, and by index what is wrong with it."""

    texts: list[str]
    keys: list[str]
    addresses: list[int]
    adverts: list[int]
    """Indexes of cells that look like the tool's own words; they are its words where the rest of the row is empty."""
    bad: dict[int, str]
    blank: frozenset[int]
    """Indexes of cells that hold nothing; whether their rows do is for the caller to see."""


def clean(cells: list[str]) -> Keywords:
    """Clean and fold the keyword cells of a batch."""
    joined = "\n".join(cells)
    lowered = joined.lower()
    keys = lowered.split("\n")
    texts = cells
    suspects: set[int] = set()
    if len(keys) != len(cells):
        # A line end inside a cell, or a letter whose lower case is none: the joint cannot be trusted.
        keys = [cell.lower() for cell in cells]
        suspects.update(range(len(cells)))
    else:
        suspects.update(_unusual(cells, joined))
    addresses: list[int] = []
    adverts: list[int] = []
    for index in set(_having(cells, lowered, _NEEDLES)):
        if _ADDRESS.fullmatch(cells[index].strip()):
            addresses.append(index)
        elif _is_advert(cells[index].strip().lower()):
            adverts.append(index)
    bad: dict[int, str] = {}
    blank: set[int] = set()
    if suspects:
        texts = list(cells)
        for index in suspects:
            text, problem = tidied(cells[index])
            texts[index], keys[index] = text, key_of(text)
            if problem:
                bad[index] = problem
            elif not keys[index]:
                blank.add(index)
    return Keywords(texts, keys, addresses, adverts, bad, frozenset(blank))


def marks_only(cells: Sequence[str]) -> list[int]:
    """Return the indexes of cells that hold signs and nothing else, as the lines of a drawn table do."""
    joined = "\n".join(cells)
    if not _MARKS_ONLY.search(joined):
        return []
    return [index for index, cell in enumerate(cells) if cell.strip() and _MARKS_ONLY.fullmatch(cell)]


def unguarded_cells(cells: list[str]) -> list[str]:
    """Return the cells of a text file without the apostrophes that keep spreadsheets from calculating them."""
    joined = "\n".join(cells)
    if not joined.startswith("'") and "\n'" not in joined:
        return cells
    return list(map(unguarded, cells))


def tidied(cell: str) -> tuple[str, str]:
    """Return a keyword as it is kept, and what is wrong with it ("" for nothing)."""
    if _UNDECODED.search(cell):
        return cell, "the keyword holds bytes that are no text in this encoding"
    text = tidy(cell if cell.isprintable() else cell.translate(_INVISIBLE))
    if len(text) > NAME_LENGTH:
        return text, f"the keyword has {len(text)} characters; {NAME_LENGTH} is the most"
    if not text.isprintable() and any(unicodedata.category(letter) in {"Cc", "Cs", "Cn"} for letter in text):
        return text, "the keyword holds control characters"
    return text, ""


def key_of(text: str) -> str:
    """Return what two spellings of one keyword share: case, spaces, quotation marks, dashes, joiners and a leading "+" do not count."""
    if not _MARKED.search(text):
        return fold(text)
    key = fold(text.translate(_SAME_MARKS))
    if key[:1] in {'"', "["} and key[-1:] in {'"', "]"} and len(key) > 2:
        key = key[1:-1].strip()
    return " ".join(word.lstrip("+") or word for word in key.split())


def lonely(cell: str) -> str:
    """Return why a cell that stands alone in a row of several columns is no keyword, "" if it may be one."""
    lowered = cell.strip().lower()
    if _is_advert(lowered) or (any(vendor in lowered for vendor in _VENDORS) and _SENTENCE.match(lowered)):
        return ADVERT
    if lowered.startswith("#"):
        return "a comment"
    if len(lowered.split()) >= 5 and lowered.endswith((".", "!", ":")):
        return "a sentence, not a keyword"
    return ""


def _is_advert(lowered: str) -> bool:
    return bool(_ADVERT.match(lowered)) or (
        "://" in lowered and any(vendor in lowered for vendor in _VENDORS)
    )


def _unusual(cells: Sequence[str], joined: str) -> Iterator[int]:
    places = range(len(cells))
    if not joined.isascii():
        yield from compress(places, map(not_, map(str.isascii, cells)))
    if not joined.replace("\n", " ").isprintable():
        yield from compress(places, map(not_, map(str.isprintable, cells)))
    yield from _having(cells, joined, _MARKS)
    if " \n" in joined or "\n " in joined or joined[:1] == " " or joined[-1:] == " ":
        yield from (index for index, cell in enumerate(cells) if cell != cell.strip())
    if max(map(len, cells), default=0) > NAME_LENGTH:
        yield from (index for index, cell in enumerate(cells) if len(cell) > NAME_LENGTH)
    if "" in cells:
        yield from compress(places, map(not_, cells))


def _having(cells: Sequence[str], joined: str, needles: Sequence[str]) -> Iterator[int]:
    """Yield the indexes of the cells that hold one of the needles; `joined` are the cells with line ends between."""
    present = [needle for needle in needles if needle in joined]
    if len(present) > 0 and joined.count("\n") != len(cells) - 1:
        yield from range(len(cells))
        return
    for needle in present:
        place, index = 0, 0
        while (found := joined.find(needle, place)) >= 0:
            index += joined.count("\n", place, found)
            yield index
            end = joined.find("\n", found)
            if end < 0:
                break
            place, index = end + 1, index + 1
