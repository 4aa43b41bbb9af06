"""Keyword columns for the in-memory engine: one SQL row for thousands of keywords, no Python object for a cell.

Nearly all of the time goes into the calls of group_concat, one a cell: hence one for all columns of one digit, and none that only
guards against what nearly never occurs.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from sync.replica.store import json_list

_BLOCK = 10_000
# group_concat leaves NULL out, hence coalesce; -1 is the contract's "no value".
_COLUMNS: dict[str, str] = {
    "key": "w.k",
    "site": "w.site",
    "sector": "w.sector",
    "cluster": "coalesce(h.cluster, -1)",
    "volume_override": "coalesce(h.volume_override, -1)",
    "difficulty_override": "coalesce(h.difficulty_override, -1)",
    "seed_volume": "coalesce(w.volume, -1)",
    "seed_difficulty": "coalesce(w.difficulty, -1)",
    "intent": "coalesce(w.mask, 0)",
    "country": "{country}",
    "created": "coalesce(w.created_at / 1000, -1)",
}
_DIGITS: dict[str, str] = {
    "status": "CASE h.status WHEN 'new' THEN 0 WHEN 'mapped' THEN 1 ELSE 2 END",
    "disabled": "h.disabled",
    "deleted": "h.deleted",
    "mark": "(CASE WHEN h.mark & 2 THEN 2 WHEN h.mark & 4 THEN 3 ELSE h.mark & 1 END)",
}
# All columns of one digit as one number behind a leading 1, which keeps the zeroes: 1, status, disabled, deleted, mark.
_WIDTH = len(_DIGITS) + 1
_NUMBER = " + ".join(
    [
        f"1{'0' * len(_DIGITS)}",
        *(f"{sql} * {10**place}" for place, sql in enumerate(reversed(_DIGITS.values()))),
    ]
)
# A text that is absent or holds a line feed would shift all that follow it.
_SAFE_TEXT = "replace(coalesce(w.text, ''), char(10), ' ')"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Parallel packed columns as `planner_desktop.columns.source.KeywordChunk` describes them.

    Decimals joined by commas; status, disabled, deleted and mark are one digit an entry.
    """

    key: str
    site: str
    sector: str
    cluster: str
    status: str
    disabled: str
    deleted: str
    volume_override: str
    difficulty_override: str
    seed_volume: str
    seed_difficulty: str
    intent: str
    country: str
    mark: str
    created: str
    text: bytes
    text_offsets: array[int] | None
    countries: tuple[str, ...]


def keyword_columns(connection: sqlite3.Connection, keys: Sequence[int] | None) -> Chunk:
    """Return all keywords that are live or in the trash, or those of `keys`. The caller holds the read transaction."""
    countries = [row[0] for row in connection.execute("SELECT code FROM country ORDER BY k")]
    # Few countries: comparing with each is cheaper than a join, and binding them keeps their text out of the SQL.
    cases = " ".join(f"WHEN ?{place + 3} THEN {place}" for place in range(len(countries)))
    country = f"CASE w.country {cases} ELSE -1 END" if countries else "-1"
    chosen = ", ".join(f"group_concat({sql.format(country=country)})" for sql in _COLUMNS.values())
    rest = "FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE h.deleted < 2 AND"
    statement = f"SELECT count(*), count(w.text), group_concat(w.text, char(10)), group_concat({_NUMBER}, ''), {chosen} {rest}"
    parts: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    digits: list[str] = []
    texts: list[str] = []
    for where, values in _blocks(connection, keys):
        rows, named, text, number, *packed = connection.execute(
            f"{statement} {where}", (*values, *countries)
        ).fetchone()
        if not rows:
            continue
        if named < rows or text.count("\n") >= rows:
            sql = f"SELECT group_concat({_SAFE_TEXT}, char(10)) {rest} {where}"
            text = connection.execute(sql, values).fetchone()[0]
        texts.append(text)
        digits.append(number)
        for name, column in zip(_COLUMNS, packed, strict=True):
            parts[name].append(column)
    joined = {name: ",".join(pieces) for name, pieces in parts.items()}
    numbers = "".join(digits)
    joined |= {name: numbers[place::_WIDTH] for place, name in enumerate(_DIGITS, 1)}
    return Chunk(**joined, text="\n".join(texts).encode(), text_offsets=None, countries=tuple(countries))


@dataclass(frozen=True, slots=True)
class HotChunk:
    """Of some keywords, the columns that an edit can change, packed as in `Chunk`."""

    key: str
    cluster: str
    status: str
    disabled: str
    deleted: str
    volume_override: str
    difficulty_override: str
    mark: str


def hot_columns(connection: sqlite3.Connection, keys: Sequence[int]) -> HotChunk:
    """Return what edits can change of those of the keywords that are live or in the trash, in key order.

    The wide table is not looked at: a third of the price of `keyword_columns`. The caller holds the read transaction.
    """
    names = ("cluster", "volume_override", "difficulty_override")
    chosen = ", ".join(f"group_concat({_COLUMNS[name]})" for name in names)
    found, numbers, *packed = connection.execute(
        f"SELECT group_concat(h.k), group_concat({_NUMBER}, ''), {chosen}"
        " FROM json_each(?) j CROSS JOIN keyword_hot h ON h.k = j.value WHERE h.deleted < 2",
        (json_list(sorted(set(keys))),),
    ).fetchone()
    columns = {name: column or "" for name, column in zip(names, packed, strict=True)}
    digits = {name: (numbers or "")[place::_WIDTH] for place, name in enumerate(_DIGITS, 1)}
    return HotChunk(key=found or "", **columns, **digits)


def _blocks(
    connection: sqlite3.Connection, keys: Sequence[int] | None
) -> list[tuple[str, tuple[object, object]]]:
    """Return conditions over ?1 and ?2 that cut the wanted keywords into blocks."""
    if keys is not None:
        wanted = sorted(set(keys))
        starts = range(0, len(wanted), _BLOCK)
        # ?2 says nothing here: both forms bind the same number of values.
        return [
            (
                "w.k IN (SELECT value FROM json_each(?1)) AND ?2 IS NULL",
                (json_list(wanted[at : at + _BLOCK]), None),
            )
            for at in starts
        ]
    last = connection.execute("SELECT coalesce(max(k), 0) FROM keyword").fetchone()[0]
    return [("w.k BETWEEN ?1 AND ?2", (at, at + _BLOCK - 1)) for at in range(1, last + 1, _BLOCK)]
