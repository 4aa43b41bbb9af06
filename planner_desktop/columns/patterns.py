"""Regular expressions over all keywords: RE2 reads them as one text, in linear time, and never past the end of a line.

Reading a million keywords takes longer than a keystroke may, so answers are kept, and a `PatternJob` finds them on another thread.
"""

from __future__ import annotations

import logging
from collections import OrderedDict

import numpy as np
import re2  # type: ignore[import-untyped]  # it comes without types

from planner_desktop.columns.gather import Bytes, Ints, gather_lines
from planner_desktop.columns.store import ColumnStore, Mask

_MOST_KEPT = 8
_BREAKS = bytes(ord(" ") if byte in b"\n\r" else byte for byte in range(256))
_LOG = logging.getLogger(__name__)


class Patterns:
    """Which rows a pattern is found in. Answers hold until the texts of the store are others."""

    def __init__(self, store: ColumnStore) -> None:
        self._store = store
        self._kept: OrderedDict[str, Mask] = OrderedDict()
        self._lines: Lines | None = None

    def knows(self, source: str) -> bool:
        """Tell whether the answer is at hand."""
        return source in self._kept

    def rows_with(self, source: str) -> Mask:
        """Return the rows that hold the pattern; reads all texts if nobody did before."""
        if source not in self._kept:
            self.keep(source, self.lines().search(source))
        self._kept.move_to_end(source)
        return self._kept[source]

    def lines(self) -> Lines:
        """Return the texts as they are now, for another thread to search."""
        if self._lines is None:
            store = self._store
            self._lines = Lines(store.text, store["text_start"].copy(), store["text_length"].copy())
        return self._lines

    def keep(self, source: str, mask: Mask) -> None:
        """Take over an answer for the present texts."""
        self._kept[source] = mask
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Texts have come, changed or moved."""
        self._kept.clear()
        self._lines = None


class Lines:
    """Texts of one moment. `search` may be called on any thread."""

    def __init__(self, text: Bytes, starts: Ints, lengths: Ints) -> None:
        self._text, self._starts, self._lengths = text, starts, lengths
        self._joined: bytes | None = None

    def search(self, source: str) -> Mask:
        """Return for each text whether the pattern is found in it; none where RE2 does not take the pattern."""
        found = np.zeros(len(self._starts), np.bool_)
        options = re2.Options()
        options.case_sensitive = False
        options.never_nl = True
        options.log_errors = False
        try:
            pattern = re2.compile(f"(?m:{source})".encode(), options)
        except re2.error as error:
            _LOG.warning("The pattern /%s/ is not understood: %s", source, error)
            return found
        text = self._whole()
        ends = np.cumsum(self._lengths.astype(np.int64) + 1)
        at, rows, last = 0, [], len(text)
        while at < last:
            match = pattern.search(text, at)
            if match is None:
                break
            begin = match.start()
            if begin >= last:
                break
            rows.append(begin)
            at = text.index(b"\n", begin) + 1
        found[np.searchsorted(ends, np.array(rows, np.int64), side="right")] = True
        return found

    def _whole(self) -> bytes:
        if self._joined is None:
            plain = np.frombuffer(self._text.tobytes().translate(_BREAKS), np.uint8)
            self._joined = gather_lines(plain, self._starts, self._lengths.astype(np.int64)).tobytes()
        return self._joined
