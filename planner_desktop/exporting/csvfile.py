"""CSV: UTF-8, commas, CRLF, one heading row; no cell that a spreadsheet would take for a formula.

**The rule.** A text that begins with any number of apostrophes and then with `=`, `+`, `-`, `@`, a tab or a carriage return gets one
apostrophe in front. Import takes exactly one away where it finds that pattern, so every text comes back as it was; an apostrophe
that stands before anything else ("'s-hertogenbosch") is left alone both ways. Figures are plain digits and never guarded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from planner_core.guarding import guarded
from planner_desktop.columns.extract import Extract
from planner_desktop.exporting.target import Told

BOM = "\ufeff"
END = "\r\n"
_QUOTED = re.compile('[",\r\n]')
_RISKY = ("\n'", "\n=", "\n+", "\n-", "\n@", "\n\t", "\n\r")


class Csv:
    """The dialect of `Extract.texts`."""

    delimiter = ","

    def cell(self, value: Any, field: str = "") -> str:  # noqa: ARG002 - the dialect's shape
        """Return a value as it stands in the file: nothing for None, yes or no, lists joined with semicolons."""
        match value:
            case None:
                return ""
            case bool():
                return "yes" if value else "no"
            case int():
                return str(value)
            case float():
                return f"{value:.1f}"
            case str():
                return _text(value)
            case _:
                return _text("; ".join(map(str, value)))

    def texts(self, texts: list[str], joined: str, field: str) -> list[str]:  # noqa: ARG002
        """Return texts as they stand in the file. A piece that holds nothing to quote or guard is returned as it is."""
        is_plain = '"' not in joined and "," not in joined and "\r" not in joined
        is_plain = is_plain and joined.count("\n") == len(texts) - 1
        led = f"\n{joined}"
        if is_plain and not any(risk in led for risk in _RISKY):
            return texts
        return list(map(_text, texts))


def write_extract(path: Path, titles: Sequence[str], rows: Extract, told: Told, *, bom: bool = False) -> int:
    """Write keywords; return how many."""
    dialect = Csv()
    done = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(_head(titles, bom=bom))
        for lists in rows.texts(dialect):
            lines = lists[0] if len(lists) == 1 else map(",".join, zip(*lists, strict=True))
            out.write(END.join(lines) + END)
            done += len(lists[0])
            told(done)
    return done


def write_rows(
    path: Path, titles: Sequence[str], rows: Iterable[Sequence[Any]], told: Told, *, bom: bool = False
) -> int:
    """Write rows of values; return how many."""
    cell = Csv().cell
    done = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(_head(titles, bom=bom))
        for done, row in enumerate(rows, 1):
            out.write(",".join(map(cell, row)) + END)
            if not done % 1_000:
                told(done)
    told(done)
    return done


def _head(titles: Sequence[str], *, bom: bool) -> str:
    return (BOM if bom else "") + ",".join(map(_text, titles)) + END


def _text(text: str) -> str:
    text = guarded(text)
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
