"""Where in a TOML text something stands: the parser of Python's library says it of wrong syntax only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*\[(?P<many>\[)?\s*(?P<path>[^\[\]]+?)\s*\]")
_KEY = re.compile(
    r"""\s*(?P<path>(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_WORD = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_LONG = re.compile(r"'''|\"\"\"")


def places(text: str) -> Mapping[Path, int]:
    """Return path -> line from 1 of every table and key; members of inline tables are not told apart."""
    found: dict[Path, int] = {}
    counts: dict[str, int] = {}
    table: Path = ()
    open_quotes = ""
    for number, line in enumerate(text.splitlines(), 1):
        inside = bool(open_quotes)
        open_quotes = _after(line, open_quotes)
        if inside:
            continue
        if header := _HEADER.match(line):
            words = _words(header["path"])
            if header["many"]:
                name = ".".join(words)
                counts[name] = counts.get(name, -1) + 1
                table = (*words, counts[name])
            else:
                table = _numbered(words, counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_words(key["path"])), number)
    return found


def line_of(found: Mapping[Path, int], path: Sequence[str | int]) -> int | None:
    """Return the line of a path, or of the nearest that holds it; None where nothing of it stands in the text."""
    for length in range(len(path), 0, -1):
        if (line := found.get(tuple(path[:length]))) is not None:
            return line
    return None


def _words(path: str) -> tuple[str, ...]:
    return tuple(word.strip("\"'") for word in _WORD.findall(path))


def _numbered(words: tuple[str, ...], counts: Mapping[str, int]) -> Path:
    """A table below one of several belongs to the last of them."""
    if len(words) > 1 and words[0] in counts:
        return (words[0], counts[words[0]], *words[1:])
    return words


def _after(line: str, open_quotes: str) -> str:
    for mark in _LONG.findall(line):
        if not open_quotes:
            open_quotes = mark
        elif mark == open_quotes:
            open_quotes = ""
    return open_quotes
