"""The table of keywords that the benchmark of the columns reads: made by chance, always the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns import NameKind, PackedChunk

WORDS = 40_000
CLUSTERS = 20_000
LENGTHS = (1, 2, 3, 5, 8)
TERMS_EACH = 8
COMMON = (
    "best",
    "cheap",
    "buy",
    "near",
    "me",
    "for",
    "how",
    "to",
    "what",
    "online",
    "price",
    "shoes",
    "running",
    "car",
    "hotel",
)
ONSETS = (*"bcdfghjklmnprstvw", "br", "cl", "st", "tr", "pl", "sh", "ch", "gr", "fl")
VOWELS = (*"aeiou", "ea", "oo", "ai", "é", "ü")
CODAS = ("", "n", "r", "s", "t", "l", "ng", "ck", "st", "x")

COLUMNS = (
    "key",
    "site",
    "sector",
    "cluster",
    "status",
    "disabled",
    "deleted",
    "volume_override",
    "difficulty_override",
    "seed_volume",
    "seed_difficulty",
    "intent",
    "country",
    "mark",
    "created",
)
_DIGITS = frozenset({"status", "disabled", "deleted", "mark"})
_BLOCK = 10_000


def _between(column: str) -> str:
    """Columns of one digit need no comma."""
    return "" if column in _DIGITS else ","


class TableSource:
    """A ColumnSource over one wide SQLite table, packed by group_concat."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)

    def stamp(self) -> tuple[str, int]:
        return "benchmark", 1

    def keyword_columns(self, keys: Sequence[int] | None) -> PackedChunk:
        parts = ", ".join(f"group_concat({name}, '{_between(name)}')" for name in COLUMNS)
        statement = f"SELECT {parts}, group_concat(text, char(10)) FROM keyword WHERE key "
        if keys is None:
            last = self._database.execute("SELECT max(key) FROM keyword").fetchone()[0]
            blocks = [
                self._database.execute(f"{statement} BETWEEN {at} AND {at + _BLOCK - 1}").fetchone()
                for at in range(1, last + 1, _BLOCK)
            ]
        else:
            wanted = ",".join(map(str, keys))
            blocks = [self._database.execute(f"{statement} IN ({wanted})").fetchone()]
        *columns, texts = zip(*blocks, strict=True)
        packed = {name: _between(name).join(column) for name, column in zip(COLUMNS, columns, strict=True)}
        return PackedChunk(**packed, text="\n".join(texts).encode(), text_offsets=None, countries=["US"])

    def names(self, kind: NameKind) -> Mapping[int, str]:
        sizes = {"site": 3, "sector": 12, "cluster": CLUSTERS}
        return {key: f"{kind} {key * 7919 % 20_011}" for key in range(sizes[kind] + 1)}


def make_table(path: Path, rows: int) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Write the table of keywords; returns what the floors need of it, and the texts."""
    dice = np.random.default_rng(7)
    texts = make_texts(dice, rows)
    seed_volume = np.minimum(dice.lognormal(5, 1.9, rows), 5e6).astype(np.int64) // 10 * 10
    override = np.where(dice.random(rows) < 0.08, dice.lognormal(5, 1.9, rows).astype(np.int64), -1)
    columns = {
        "key": np.arange(1, rows + 1),
        "site": np.full(rows, 3),
        "sector": dice.integers(1, 13, rows),
        "cluster": np.where(dice.random(rows) < 0.6, dice.integers(1, CLUSTERS + 1, rows), -1),
        "status": (dice.random(rows) < 0.4).astype(np.int64),
        "disabled": (dice.random(rows) < 0.05).astype(np.int64),
        "deleted": np.zeros(rows, np.int64),
        "volume_override": override,
        "difficulty_override": np.where(dice.random(rows) < 0.05, dice.integers(0, 101, rows), -1),
        "seed_volume": seed_volume,
        "seed_difficulty": dice.integers(0, 101, rows),
        "intent": 1 << dice.choice(4, rows, p=[0.55, 0.2, 0.15, 0.1]),
        "country": np.zeros(rows, np.int64),
        "mark": np.zeros(rows, np.int64),
        "created": 1_700_000_000 + dice.integers(0, 30_000_000, rows),
        "volume": np.where(override >= 0, override, seed_volume),
    }
    database = sqlite3.connect(path)
    names = ", ".join(f"{name} INTEGER" for name in columns if name != "key")
    database.execute(f"CREATE TABLE keyword (key INTEGER PRIMARY KEY, {names}, text TEXT)")
    values = zip(*(column.tolist() for column in columns.values()), texts, strict=True)
    database.executemany(f"INSERT INTO keyword VALUES ({','.join('?' * (len(columns) + 1))})", values)
    database.commit()
    database.close()
    return {
        "status": columns["status"].astype(np.uint8),
        "intent": columns["intent"].astype(np.uint8),
        "volume": columns["volume"].astype(np.int32),
    }, texts


def make_texts(dice: np.random.Generator, rows: int) -> list[str]:
    """Return keywords of 2 to 6 words, the words' frequencies following Zipf's law."""
    words = dict.fromkeys(COMMON)
    while len(words) < WORDS:
        syllables = [
            ONSETS[dice.integers(len(ONSETS))]
            + VOWELS[int(dice.integers(10) * dice.random())]
            + CODAS[dice.integers(len(CODAS))]
            for _ in range(dice.integers(1, 4))
        ]
        words["".join(syllables)] = None
    vocabulary = np.array(list(words), object)
    weights = 1 / np.arange(1, WORDS + 1)
    sizes = dice.choice([2, 3, 4, 5, 6], rows, p=[0.25, 0.35, 0.22, 0.12, 0.06])
    chosen = vocabulary[dice.choice(WORDS, int(sizes.sum()), p=weights / weights.sum())].tolist()
    ends = np.cumsum(sizes)
    return [
        " ".join(chosen[start:end]) for start, end in zip((ends - sizes).tolist(), ends.tolist(), strict=True)
    ]


def terms_of(texts: list[str]) -> dict[int, list[str]]:
    """Return terms a person would type, by length: parts of keywords, and from three letters on one that nothing holds."""
    dice = np.random.default_rng(11)
    found: dict[int, list[str]] = {}
    for length in LENGTHS:
        terms = ["qzxqzxqz"[:length]] if length >= 3 else []
        while len(terms) < TERMS_EACH:
            words = texts[dice.integers(len(texts))].split()
            word = max(words, key=len) if dice.random() < 0.5 else words[0]
            start = 0 if dice.random() < 0.6 else int(dice.integers(max(1, len(word) - length + 1)))
            part = word[start : start + length]
            if len(part) == length and part.isascii() and part not in terms:
                terms.append(part)
        found[length] = terms
    return found
