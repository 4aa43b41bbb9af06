"""When two words are the same word for a near-duplicate: accents, signs, plural and spelling (British and American) put aside.

The rules only compare: what they make of a word need not be one, as long as different words stay different.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"})
_SIGNS = re.compile(r"[\W_]+")

_SINGULAR = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "kids": "kid",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "geese": "goose",
    "shelves": "shelf",
    "bookshelves": "bookshelf",
    "knives": "knife",
    "wolves": "wolf",
    "leaves": "leaf",
    "halves": "half",
    "scarves": "scarf",
    "lives": "life",
    "wives": "wife",
    "buses": "bus",
}
_SPELLED = {
    "grey": "gray",
    "metre": "meter",
    "centre": "center",
    "litre": "liter",
    "theatre": "theater",
    "fibre": "fiber",
    "calibre": "caliber",
    "odour": "odor",
    "jewellery": "jewelry",
    "aluminium": "aluminum",
    "tyre": "tire",
    "plough": "plow",
    "mould": "mold",
    "pyjama": "pajama",
    "cosy": "cozy",
    "programme": "program",
    "cheque": "check",
    "moustache": "mustache",
    "doughnut": "donut",
    "licence": "license",
    "defence": "defense",
    "offence": "offense",
    "sceptic": "skeptic",
}
_VOWELS = frozenset("aeiouy")
_IZE = re.compile(r"(?<=.{3})is(?=(?:e|ed|er|ers|es|ing|ation|ations)$)")
_DOUBLED = re.compile(r"(?<=[aeiou])ll(?=(?:ed|er|ers|ing)$)")


def canonical(word: str) -> str:
    """Return what a folded word is compared by; empty for one of signs only."""
    plain = word
    if not word.isascii():
        parts = unicodedata.normalize("NFD", word.translate(_LETTERS))
        plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    plain = plain.replace("'s", "s").replace("\u2019s", "s")
    plain = _SIGNS.sub("", plain)
    return plain if not plain.isalpha() or len(plain) < 3 else _spelled(_singular(plain))


def _singular(word: str) -> str:
    known = _SINGULAR.get(word)
    if known is not None:
        return known
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "xes", "zzes", "ches", "shes", "toes")):
        return word[:-2]
    return word[:-1]


def _spelled(word: str) -> str:
    known = _SPELLED.get(word)
    if known is not None:
        return known
    if len(word) < 6:
        return word
    word = word[:2] + word[2:].replace("our", "or")
    word = _IZE.sub("iz", word)
    if word.endswith("ogue"):
        word = word[:-2]
    found = _DOUBLED.search(word)
    if found and any(letter in _VOWELS for letter in word[: found.start() - 1]):
        word = word[: found.start()] + word[found.start() + 1 :]
    return word
