"""From a packed chunk to checked NumPy columns in key order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from planner_desktop.columns.source import (
    MARK_REFUSED,
    NULL,
    STATUS_MAPPED,
    STATUS_NEW,
    STATUS_OTHER,
    HotChunk,
    KeywordChunk,
    Packed,
)

Ints = NDArray[Any]
Bytes = NDArray[np.uint8]

DTYPES: dict[str, str] = {
    "key": "<i4",
    "site": "<i4",
    "sector": "<i4",
    "cluster": "<i4",
    "status": "u1",
    "disabled": "?",
    "deleted": "?",
    "volume_override": "<i4",
    "difficulty_override": "<i2",
    "seed_volume": "<i4",
    "seed_difficulty": "<i2",
    "intent": "u1",
    "country": "<i2",
    "mark": "u1",
    "created": "<i8",
}
"""How each column of a chunk is held. Narrow, because a filter is as fast as the memory it reads."""

_BOUNDS: dict[str, tuple[int, int]] = {
    "status": (0, STATUS_OTHER),
    "disabled": (0, 1),
    "deleted": (0, 1),
    "intent": (0, 15),
    "mark": (0, MARK_REFUSED),
}
LARGEST_KEY = 2**31 - 2


class ChunkError(ValueError):
    """A chunk that contradicts its contract: a fault of the source, never of a user's data."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Checked keywords in ascending key order.

    `columns` has the names of DTYPES, plus `volume` and `difficulty`, the effective figures. Text n is
    `text[starts[n] : starts[n] + lengths[n]]`.
    """

    size: int
    columns: dict[str, Ints]
    countries: tuple[str, ...]
    text: Bytes
    starts: Ints
    lengths: Ints


HOT = ("cluster", "status", "disabled", "deleted", "volume_override", "difficulty_override", "mark")
"""What an edit can change. The effective figures follow from the overrides."""


@dataclass(frozen=True, slots=True)
class HotBatch:
    """Checked values of `HOT` for keywords that are known already, in ascending key order."""

    keys: Ints
    columns: dict[str, Ints]


def unpack_hot(chunk: HotChunk) -> HotBatch:
    """Check and convert a chunk. Raises ChunkError naming the column and what is wrong with it."""
    keys = _column("key", chunk, len(_integers("key", chunk.key)), None)
    if len(keys) and (keys[0] < 0 or np.any(keys[1:] <= keys[:-1])):
        raise ChunkError("Column 'key' must hold rising numbers of 0 or more")
    return HotBatch(keys, {name: _column(name, chunk, len(keys), None) for name in HOT})


_STATUSES = {"new": STATUS_NEW, "mapped": STATUS_MAPPED}


def hot_value(name: str, stored: int | str | None) -> int:
    """Return what a column of `HOT` holds for a value as the replica stores it."""
    if name == "status":
        return _STATUSES.get(str(stored), STATUS_OTHER)
    if stored is None:
        return NULL
    return (
        min(max(int(stored), NULL), int(np.iinfo(DTYPES[name]).max)) if DTYPES[name] != "?" else int(stored)
    )


def effective(override: Ints, seed: Ints) -> Ints:
    """The figure that counts, column-wise: planner_core.figures.effective with NULL for None."""
    return np.where(override >= 0, override, seed)


def unpack(chunk: KeywordChunk) -> Batch:
    """Check and convert a chunk. Raises ChunkError naming the column and what is wrong with it."""
    key = _integers("key", chunk.key)
    size = len(key)
    if size and (key.min() < 0 or key.max() > LARGEST_KEY):
        raise ChunkError(f"Column 'key' must hold numbers from 0 to {LARGEST_KEY}")
    order = np.argsort(key, kind="stable") if np.any(key[1:] <= key[:-1]) else None
    columns = {name: _column(name, chunk, size, order) for name in DTYPES}
    if np.any(columns["key"][1:] == columns["key"][:-1]):
        raise ChunkError("Column 'key' holds a key twice")
    countries = tuple(chunk.countries)
    if size and columns["country"].max(initial=NULL) >= len(countries):
        raise ChunkError("Column 'country' points past the end of the list of countries")
    columns["volume"] = effective(columns["volume_override"], columns["seed_volume"])
    columns["difficulty"] = effective(columns["difficulty_override"], columns["seed_difficulty"])
    text = np.frombuffer(chunk.text, np.uint8)
    starts, lengths = _texts(chunk, text, size)
    if order is not None:
        starts, lengths = starts[order], lengths[order]
    return Batch(size, columns, countries, text, starts, lengths)


def _integers(name: str, packed: Packed) -> Ints:
    if isinstance(packed, str):
        return _decimals(name, packed)
    if isinstance(packed, array):
        if packed.typecode not in "ilq":
            raise ChunkError(f"Column '{name}' is an array of type '{packed.typecode}', not i, l or q")
        return np.frombuffer(packed, packed.typecode)
    if len(memoryview(packed).cast("B")) % 4:
        raise ChunkError(f"Column '{name}' is cut off: its bytes are not a multiple of 4")
    return np.frombuffer(packed, "<i4")


def _decimals(name: str, text: str) -> Ints:
    try:
        numbers = np.fromstring(text, np.int64, sep=",")
    except ValueError:
        numbers = np.empty(0, np.int64)
    if len(numbers) != (text.count(",") + 1 if text else 0):
        raise ChunkError(f"Column '{name}' is no list of integers separated by commas")
    return numbers


def _is_digits(packed: Packed, size: int) -> TypeGuard[str]:
    """Tell whether a text has one digit an entry; of a single entry both forms of text say the same."""
    return isinstance(packed, str) and len(packed) == size > 1 and packed.isascii() and packed.isdecimal()


def _digits(text: str) -> Ints:
    return np.frombuffer(text.encode(), np.uint8) - np.uint8(ord("0"))


def _column(name: str, chunk: KeywordChunk | HotChunk, size: int, order: Ints | None) -> Ints:
    packed = getattr(chunk, name)
    numbers = _digits(packed) if _is_digits(packed, size) else _integers(name, packed)
    if len(numbers) != size:
        raise ChunkError(f"Column '{name}' holds {len(numbers)} entries where 'key' holds {size}")
    if order is not None:
        numbers = numbers[order]
    if name in _BOUNDS:
        low, high = _BOUNDS[name]
        if size and (numbers.min() < low or numbers.max() > high):
            raise ChunkError(f"Column '{name}' must hold numbers from {low} to {high}")
        return numbers.astype(DTYPES[name])
    return np.clip(numbers.astype(np.int64), NULL, np.iinfo(DTYPES[name]).max).astype(DTYPES[name])


def _texts(chunk: KeywordChunk, text: Bytes, size: int) -> tuple[Ints, Ints]:
    if chunk.text_offsets is None:
        feeds = np.flatnonzero(text == ord("\n"))
        lines = len(feeds) + 1 if size or len(text) else 0
        if lines != size:
            raise ChunkError(f"Column 'text' holds {lines} lines where 'key' holds {size} entries")
        starts = np.concatenate(([0], feeds + 1))[:size]
        return starts, np.diff(np.append(starts, len(text) + 1)) - 1
    offsets = _integers("text_offsets", chunk.text_offsets).astype(np.int64)
    if len(offsets) != size + 1:
        raise ChunkError(f"Column 'text_offsets' holds {len(offsets)} entries, not {size + 1}")
    lengths = np.diff(offsets)
    if offsets[0] < 0 or offsets[-1] > len(text) or np.any(lengths < 0):
        raise ChunkError("Column 'text_offsets' does not rise from 0 to the end of the text")
    return offsets[:-1], lengths
