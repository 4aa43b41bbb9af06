"""Keywords by what they have in common, found for a million of them without sorting: read in blocks, classed by a text of their values.

Blocks keep other threads of Python going: a list of a million texts made in one call would keep a window waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from sync.replica.store import Store, json_list

T = TypeVar("T")

_BLOCK = 20_000
_SCANNED = 50_000
"""From so many ids on, walking through the table can be cheaper than looking each of them up."""
_LOOKUPS = 4
"""A row that is walked past costs so many times less than one that is looked up by its id."""
_SPACER = "\x1f"
"""Stands in no value of a class."""
_TEXTS = frozenset({"status"})
_NAMED = "FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"


class Ids(list[str]):
    """Uids of one class, with the same rows' integer keys beside them: what is decided is then written without another lookup."""

    __slots__ = ("keys", "site")

    def __init__(self, uids: Iterable[str], keys: Sequence[int], site: int) -> None:
        super().__init__(uids)
        self.keys = keys
        self.site = site

    @classmethod
    def joined(cls, several: Sequence[Ids]) -> Ids:
        """Return the rows of several classes (one at least) as one."""
        if len(several) == 1:
            return several[0]
        keys = [key for one in several for key in one.keys]
        return cls(chain.from_iterable(several), keys, several[0].site)


def ids_of_keys(store: Store, keys: Iterable[int]) -> Ids:
    """Return the keywords of these keys, in the order of keys; keys that no row has are left out."""
    uids: list[str] = []
    found: list[int] = []
    # In key order the lookups walk the table instead of jumping in it.
    for block in _blocks(sorted(set(keys))):
        source = "FROM json_each(?) j CROSS JOIN keyword w ON w.k = j.value"
        count, here = store.one(f"SELECT count(*), group_concat(w.uid) {source}", json_list(block))
        if count:
            uids += here.split(",")
        if count == len(block):
            found += block
        else:
            found += (key for (key,) in store.all(f"SELECT w.k {source}", json_list(block)))
    return Ids(uids, found, 0)


def ids_of_uids(store: Store, uids: Sequence[str]) -> Ids:
    """Return those of `uids` that are here, each once: in their order, or very many of them in the order of keys."""
    unique = uids if len(set(uids)) == len(uids) else list(dict.fromkeys(uids))
    if len(unique) >= _SCANNED and len(unique) * _LOOKUPS > store.value("SELECT max(k) FROM keyword"):
        return _scanned(store, unique)
    found: list[tuple[str, int]] = []
    for block in _blocks(unique):
        found += store.all(f"SELECT w.uid, w.k {_NAMED}", json_list(block))
    if len(found) == len(unique):
        return Ids(unique, [key for _, key in found], 0)
    return Ids([uid for uid, _ in found], [key for _, key in found], 0)


def _scanned(store: Store, unique: Sequence[str]) -> Ids:
    wanted = set(unique)
    uids: list[str] = []
    keys: list[int] = []
    for start in range(1, store.value("SELECT max(k) FROM keyword") + 1, _BLOCK):
        here, there = store.one(
            "SELECT group_concat(uid), group_concat(k) FROM keyword WHERE k BETWEEN ? AND ?",
            start,
            start + _BLOCK - 1,
        )
        for uid, key in zip((here or "").split(","), (there or "").split(","), strict=True):
            if uid in wanted:
                uids.append(uid)
                keys.append(int(key))
    return Ids(uids, keys, 0)


def classes(store: Store, ids: Ids, fields: Sequence[str]) -> list[tuple[Sequence[Any], Ids]]:
    """Return (sector, deleted, *values of `fields` of the narrow table) with the rows that have them, in the order of their first rows.

    Rows that are not told of (`deleted` 2, or none in the narrow table) are left out.
    """
    # Numbers first: a text at the end needs no guard against what it may hold. Nearly all rows are live ones of one sector.
    usual = store.value("SELECT sector FROM keyword_hot WHERE k = ?", ids.keys[0]) if ids else None
    place = "CASE WHEN h.sector = ?2 AND h.deleted = 0 THEN '' ELSE ifnull(h.sector, '-') || '/' || ifnull(h.deleted, '-') || '/' END"
    values = (f"ifnull(h.{name}, '-')" for name in sorted(fields, key=lambda name: name in _TEXTS))
    told_as = f"{place} || " + " || ':' || ".join(values)
    alike: dict[str, tuple[list[str], list[int]]] = {}
    for start in range(0, len(ids), _BLOCK):
        uids, keys = ids[start : start + _BLOCK], ids.keys[start : start + _BLOCK]
        texts = store.value(
            # LEFT: each key answers, in its place.
            f"SELECT group_concat({told_as}, char(31)) FROM json_each(?1) j LEFT JOIN keyword_hot h ON h.k = j.value",
            json_list(keys),
            usual,
        )
        _sort_in(alike, texts.split(_SPACER), uids, keys)
    return list(_with_values(store, alike.values(), fields))


def _sort_in(
    alike: dict[str, tuple[list[str], list[int]]],
    texts: Sequence[str],
    uids: Sequence[str],
    keys: Sequence[int],
) -> None:
    if len(set(texts)) == 1 and len(texts) == len(keys):
        mine = alike.setdefault(texts[0], ([], []))
        mine[0].extend(uids)
        mine[1].extend(keys)
        return
    for text, uid, key in zip(texts, uids, keys, strict=True):
        if (known := alike.get(text)) is None:
            alike[text] = [uid], [key]
        else:
            known[0].append(uid)
            known[1].append(key)


def _with_values(
    store: Store, alike: Iterable[tuple[list[str], list[int]]], fields: Sequence[str]
) -> Iterator[tuple[Sequence[Any], Ids]]:
    """Read each class's values from its first row, with their types."""
    every = list(alike)
    columns = ", ".join(f"h.{name}" for name in ("sector", "deleted", *fields))
    for block in _blocks(every):
        rows = store.all(
            f"SELECT h.k, {columns} FROM json_each(?) j CROSS JOIN keyword_hot h ON h.k = j.value WHERE h.deleted < 2",
            json_list(keys[0] for _, keys in block),
        )
        values = {key: tuple(row) for key, *row in rows}
        for uids, keys in block:
            if keys[0] in values:
                yield values[keys[0]], Ids(uids, keys, 0)


def _blocks(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), _BLOCK):
        yield things[start : start + _BLOCK]
