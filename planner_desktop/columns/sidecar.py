"""The side-car file: columns, texts, word index and sort orders as they lie in memory, mapped at the next start.

It is a cache with a stamp (file id, commit number). A file that is missing, of another stamp, cut off, altered or written by another
version is as good as none. Layout, little-endian:

    8 bytes   MAGIC
    4 + 4     length of the header, CRC-32 of the header
    header    JSON: format, stamp, total size, small values, and one entry a section: name, dtype, length, offset, checksum
    sections  each beginning at a multiple of 64 bytes

The checksum of a section is the CRC-32 of its sums over blocks of 64 KiB: it reads at the speed of memory, where a CRC of a hundred
megabytes would take longer than everything else at the start.
"""

from __future__ import annotations

import json
import logging
import mmap
import os
import sys
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from planner_core.text import FOLD_VERSION
from planner_desktop.columns.gather import Bytes, Ints
from planner_desktop.columns.order import Spec
from planner_desktop.columns.source import NAME_KINDS, NameKind
from planner_desktop.columns.store import STORED, ColumnStore
from planner_desktop.columns.textindex import Postings, TextIndex
from planner_desktop.columns.textorder import TextOrder
from planner_desktop.columns.vocabulary import Vocabulary

MAGIC = b"PLNRCOL\n"
FORMAT = 1
"""Goes up with every change of the layout, of the columns, or of what a column's values mean."""

_ALIGN = 64
_BLOCK = 1 << 16
_FRAME = len(MAGIC) + 8
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Content:
    """What a side-car file holds."""

    store: ColumnStore
    index: TextIndex
    names: Mapping[NameKind, Mapping[int, str]]
    orders: Mapping[Spec, Ints] = field(default_factory=dict)
    text_order: TextOrder | None = None


class _Unusable(Exception):
    """Why a file is ignored."""


def write(path: Path, stamp: tuple[str, int], content: Content) -> bool:
    """Write the file through a temporary one beside it; returns whether it worked."""
    sections = _sections(content)
    header = _header(stamp, content, sections)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}-", suffix=".tmp")
    except OSError as error:
        _LOG.warning("The columns cannot be kept in %s: %s", path, error)
        return False
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _write_sections(file, header, sections)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        _LOG.warning("The columns cannot be kept in %s: %s", path, error)
        return False
    return True


def read(path: Path, stamp: tuple[str, int]) -> Content | None:
    """Return the content of the file if it is sound and has this stamp, else None."""
    try:
        raw = _map(path)
        header, sections = _checked(raw, stamp)
        return _content(header, sections)
    except FileNotFoundError:
        return None
    except (_Unusable, OSError, ValueError, KeyError, TypeError) as error:
        _LOG.info("The columns kept in %s are not used: %s", path, error)
        return None


def _sections(content: Content) -> dict[str, Ints]:
    store, index = content.store, content.index
    sections = {f"column.{name}": store[name] for name in STORED}
    sections |= {
        "text": store.text,
        "vocabulary": index.vocabulary.blob,
        "tokens": index.tokens,
        "postings.rows": index.postings.rows,
        "postings.bounds": index.postings.bounds,
        "overlay": index.overlay.astype(np.int64),
        "names": np.frombuffer(_names(content.names), np.uint8),
    }
    if content.text_order is not None:
        sections["text_order.order"] = content.text_order.order
        sections["text_order.ranks"] = content.text_order.ranks
    for place, order in enumerate(content.orders.values()):
        sections[f"order.{place}"] = order
    return {name: np.ascontiguousarray(array) for name, array in sections.items()}


def _names(names: Mapping[NameKind, Mapping[int, str]]) -> bytes:
    return json.dumps(
        [[list(table), list(table.values())] for table in map(names.__getitem__, NAME_KINDS)]
    ).encode()


def _header(stamp: tuple[str, int], content: Content, sections: Mapping[str, Ints]) -> bytes:
    described: dict[str, Any] = {
        "format": FORMAT,
        "fold": FOLD_VERSION,
        "stamp": list(stamp),
        "countries": content.store.countries,
        "orders": [[list(step) for step in spec] for spec in content.orders],
    }
    # Offsets count from the first multiple of _ALIGN behind the header, so that the header's length does not change them.
    entries, at = [], 0
    for name, array in sections.items():
        entries.append([name, array.dtype.str, len(array), at, _checksum(array)])
        at += -(-array.nbytes // _ALIGN) * _ALIGN
    return json.dumps({**described, "sections": entries, "size": at}).encode()


def _write_sections(file: IO[bytes], header: bytes, sections: Mapping[str, Ints]) -> None:
    file.write(MAGIC + len(header).to_bytes(4, "little") + zlib.crc32(header).to_bytes(4, "little") + header)
    _pad(file, _FRAME + len(header))
    for array in sections.values():
        file.write(array.data)
        _pad(file, array.nbytes)


def _pad(file: IO[bytes], written: int) -> None:
    file.write(bytes(-written % _ALIGN))


def _map(path: Path) -> Bytes:
    """Map a file so that changes stay in memory. Windows refuses to replace a mapped file, so there it is read."""
    if sys.platform == "win32":
        return np.frombuffer(bytearray(path.read_bytes()), np.uint8)
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < _FRAME:
            raise _Unusable("it is cut off")
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), np.uint8)


def _checked(raw: Bytes, stamp: tuple[str, int]) -> tuple[dict[str, Any], dict[str, Ints]]:
    frame = raw[:_FRAME].tobytes()
    if not frame.startswith(MAGIC):
        raise _Unusable("it is no file of columns")
    length = int.from_bytes(frame[8:12], "little")
    encoded = raw[_FRAME : _FRAME + length].tobytes()
    if zlib.crc32(encoded) != int.from_bytes(frame[12:16], "little"):
        raise _Unusable("its header is damaged")
    header = json.loads(encoded)
    if (header["format"], header["fold"]) != (FORMAT, FOLD_VERSION):
        raise _Unusable("another version wrote it")
    if tuple(header["stamp"]) != stamp:
        raise _Unusable("the replica has gone on without it")
    begin = -(-(_FRAME + length) // _ALIGN) * _ALIGN
    if len(raw) != begin + header["size"]:
        raise _Unusable("it is cut off")
    return header, {entry[0]: _section(raw, begin, entry) for entry in header["sections"]}


def _section(raw: Bytes, begin: int, entry: list[Any]) -> Ints:
    name, dtype, count, offset, checksum = entry
    start = begin + offset
    array: Ints = raw[start : start + count * np.dtype(dtype).itemsize].view(dtype)
    if _checksum(array) != checksum:
        raise _Unusable(f"its section {name} is damaged")
    return array


def _checksum(array: Ints) -> int:
    raw = array.view(np.uint8)
    whole = len(raw) // _BLOCK * _BLOCK
    sums = raw[:whole].view(np.uint64).reshape(-1, _BLOCK // 8).sum(axis=1)
    return zlib.crc32(raw[whole:].data, zlib.crc32(sums.data))


def _content(header: dict[str, Any], sections: dict[str, Ints]) -> Content:
    arrays = {name: sections[f"column.{name}"] for name in STORED}
    size = len(arrays["key"])
    if any(array.dtype != STORED[name] or len(array) != size for name, array in arrays.items()):
        raise _Unusable("its columns are others than this version's")
    store = ColumnStore(arrays, sections["text"])
    store.countries = header["countries"]
    postings = Postings(sections["postings.rows"], sections["postings.bounds"])
    vocabulary = Vocabulary(sections["vocabulary"])
    index = TextIndex(vocabulary, sections["tokens"], postings, sections["overlay"].astype(np.intp))
    tables = json.loads(sections["names"].tobytes())
    names = {kind: dict(zip(*table, strict=True)) for kind, table in zip(NAME_KINDS, tables, strict=True)}
    text_order = None
    if "text_order.order" in sections:
        text_order = TextOrder(sections["text_order.order"], sections["text_order.ranks"])
    orders: dict[Spec, Ints] = {
        tuple((name, descending) for name, descending in spec): sections[f"order.{place}"]
        for place, spec in enumerate(header["orders"])
    }
    return Content(store, index, names, orders, text_order)
