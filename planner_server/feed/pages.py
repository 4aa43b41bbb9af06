"""Pages of the feed as bytes: lines of JSON that the database itself writes row by row, counted and sealed by an end line."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

LINE_ROWS = 500


def dumps(document: Any) -> bytes:
    """Return a document as one compact line of UTF-8, without the LF."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


class Page:
    """A page under construction: lines, how many rows, and the checksum over every byte before the end line."""

    def __init__(self) -> None:
        """Start empty."""
        self.chunks: list[bytes] = []
        self.rows = 0
        self._crc = 0

    def line(self, line: bytes) -> None:
        """Add a line; the LF comes with it."""
        chunk = line + b"\n"
        self._crc = zlib.crc32(chunk, self._crc)
        self.chunks.append(chunk)

    def entity_rows(self, entity: str, texts: list[str]) -> None:
        """Add a line of at most LINE_ROWS rows, each the JSON text of [id, ver, deleted, *columns]."""
        self.rows += len(texts)
        self.line(f'{{"t":"rows","e":"{entity}","rows":[{",".join(texts)}]}}'.encode())

    def seal(self, end: dict[str, Any]) -> bytes:
        """Add the end line with count and checksum, and return the whole page."""
        end = {"t": "end", **end, "n": self.rows, "crc32": self._crc}
        self.chunks.append(dumps(end) + b"\n")
        return b"".join(self.chunks)


def in_lines(rows: Iterable[tuple[int, int, str, str]]) -> Iterator[tuple[int, list[str]]]:
    """Group rows (version, rank, uid, text) into runs of one rank, LINE_ROWS long at most; yields (rank, texts)."""
    for rank, run in groupby(rows, key=itemgetter(1)):
        while texts := [text for _, _, _, text in islice(run, LINE_ROWS)]:
            yield rank, texts
