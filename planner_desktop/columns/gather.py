"""Picking many short runs out of a long array at once, and sorting by small integers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
Bytes = NDArray[np.uint8]

_BLOCK = 1 << 16
"""Runs handled at once: an index costs eight times the byte it points at, so a whole list at once would cost gigabytes."""


def spread(starts: Ints, lengths: Ints) -> NDArray[np.int64]:
    """Return the indexes of the runs `starts[n] .. starts[n] + lengths[n]`, one run after the other."""
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    if not total:
        return np.empty(0, np.int64)
    indexes: NDArray[np.int64] = np.repeat(np.asarray(starts, np.int64) - (ends - lengths), lengths)
    indexes += np.arange(total, dtype=np.int64)
    return indexes


def blocks(size: int) -> Iterator[slice]:
    """Cut `size` runs into slices that can be spread without a lot of memory."""
    return (slice(at, min(at + _BLOCK, size)) for at in range(0, size, _BLOCK))


def gather(text: Bytes, starts: Ints, lengths: Ints) -> Bytes:
    """Return the bytes of some runs, one run after the other."""
    parts = [text[spread(starts[part], lengths[part])] for part in blocks(len(starts))]
    return np.concatenate(parts) if parts else np.empty(0, np.uint8)


def gather_lines(text: Bytes, starts: Ints, lengths: Ints) -> Bytes:
    """Return the bytes of some runs, each followed by a line feed."""
    lines = np.full(int(lengths.sum()) + len(lengths), ord("\n"), np.uint8)
    ends = np.cumsum(lengths, dtype=np.int64) + np.arange(len(lengths))
    for part in blocks(len(starts)):
        lines[spread(ends[part] - lengths[part], lengths[part])] = text[spread(starts[part], lengths[part])]
    return lines


def order_of(codes: Ints) -> NDArray[np.int32]:
    """Return the stable order of unsigned codes.

    NumPy sorts 16-bit numbers stably by radix, wider ones by merging; two passes of the former take a third of the latter.
    """
    width = codes.dtype.itemsize
    digits = codes.view(np.uint16) if width > 1 else codes.astype(np.uint16)
    digits = digits.reshape(len(codes), max(width // 2, 1))
    order: NDArray[np.int32] | None = None
    for place in range(digits.shape[1]):
        digit = digits[:, place]
        if order is None:
            order = np.argsort(digit, kind="stable").astype(np.int32)
        elif digit.any():
            order = order[np.argsort(digit[order], kind="stable")]
    return np.empty(0, np.int32) if order is None else order
