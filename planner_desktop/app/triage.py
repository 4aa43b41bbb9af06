"""Triage: the new keywords one after the other or in groups, each with the clusters it is like and its nearest neighbours.

A keyword is to be triaged while it is new, enabled and in no cluster (`TRIAGE`); the one with most volume comes first, those put off
last. Deciding is done with the ordinary commands: assigning, disabling, making a cluster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from planner_core.query import Query, parse, parse_sort
from planner_core.text import fold
from planner_desktop.app.keywords import PAGE, Keywords, Selection
from planner_desktop.app.store import Store
from planner_desktop.app.triagebook import TriageBook
from planner_desktop.columns import Keys, KeywordColumns, KeywordRow, Scope
from planner_desktop.columns.likeness import Likeness, NamedCluster, Neighbour, Suggestion, WordTable
from planner_desktop.columns.queuegroups import Grouping, Items, grouped
from planner_desktop.columns.source import STATUS_NEW
from sync.replica import Reader

TRIAGE = "status:new cluster:none -is:disabled"
SUGGESTED = 5
NEIGHBOURS = 8
ALL = Query()
_QUERY = parse(TRIAGE)
_ORDER = parse_sort("-volume")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Found:
    """What is worked out of the columns on another thread: what keywords are like, and the items in order."""

    likeness: Likeness
    items: Items
    grouping: Grouping
    left: int


@dataclass(frozen=True, slots=True)
class Next:
    """One item for a reader of lists: its keywords as rows of the contract, the first of them the largest."""

    rows: Sequence[Mapping[str, Any]]
    suggestions: Sequence[Mapping[str, Any]]
    neighbours: Sequence[Mapping[str, Any]]
    skipped: bool


class Triage:
    """Triage of one account."""

    def __init__(self, store: Store, keywords: Keywords, path: Path) -> None:
        """`path` is where skipped keywords and used clusters are kept."""
        self._store = store
        self._keywords = keywords
        self.book = TriageBook(path)

    def next(
        self,
        *,
        where: str = "",
        site: str | None = None,
        sector: str | None = None,
        grouping: Grouping = "one",
        limit: int = 20,
    ) -> tuple[list[Next], int]:
        """Return the next items with their suggestions, and how many keywords are left in all.

        Raises InvalidUsage for a query that cannot be read, NotFound, Ambiguous.
        """
        found = self._keywords.select(f"{TRIAGE} {where}", sort="-volume", site=site, sector=sector)
        reader, columns = self._store.reader, self._store.columns
        skipped = skipped_keys(reader, self.book)
        table, clusters = columns.asking.words(), clusters_of(reader)
        likeness = Likeness.build(table, clusters)
        keys = cast("Keys", found.keys)
        items = grouped(grouping, table, likeness, keys, columns.asking.volumes(keys), skipped)
        ids = {key: (uid, name) for key, uid, name, _ in reader.cluster_names()}
        later = frozenset(skipped)
        shown = [
            self._next(columns, likeness, ids, items[place], later) for place in range(min(limit, len(items)))
        ]
        return shown, len(found)

    def _next(
        self,
        columns: KeywordColumns,
        likeness: Likeness,
        ids: Mapping[int, tuple[str, str]],
        keys: tuple[int, ...],
        later: Collection[int],
    ) -> Next:
        members = [row for row in columns.rows(list(keys)) if row is not None]
        like, near = look_up(likeness, members)
        rows = list(self._keywords.rows(Selection(list(keys), "", None, None)))
        return Next(
            rows,
            [_suggestion(one, ids) for one in like if one.cluster in ids],
            _neighbours(self._store.reader, near),
            keys[0] in later,
        )


# ---------------------------------------------------------------- what a window asks as well


def open_keys(columns: KeywordColumns, scope: Scope, only: Query = ALL) -> Keys:
    """Return the keywords to be triaged, the one with most volume first, of those a query finds. For the thread of the columns."""
    return columns.select(_narrowed(only), _ORDER, scope)


def count_open(columns: KeywordColumns, scope: Scope, only: Query = ALL) -> int:
    """Return how many keywords are to be triaged: a millisecond for a million rows."""
    return columns.count(_narrowed(only), scope)


def _narrowed(only: Query) -> Query:
    return Query((*_QUERY.terms, *only.terms))


def still_open(rows: Iterable[KeywordRow | None]) -> list[int]:
    """Return the keys of those rows that are to be triaged."""
    return [
        row.key
        for row in rows
        if row is not None
        and not (row.deleted or row.disabled)
        and row.status == STATUS_NEW
        and row.cluster is None
    ]


def work_out(
    table: WordTable,
    clusters: Iterable[NamedCluster],
    grouping: Grouping,
    keys: Keys,
    volumes: Keys,
    later: Sequence[int],
) -> Found:
    """Find everything; on any thread. Seconds for a million rows."""
    likeness = Likeness.build(table, clusters)
    return Found(likeness, grouped(grouping, table, likeness, keys, volumes, later), grouping, len(keys))


def look_up(likeness: Likeness, members: Sequence[KeywordRow]) -> tuple[list[Suggestion], list[Neighbour]]:
    """Return the clusters that keywords of an item are like, and the nearest neighbours of its first keyword."""
    if not members:
        return [], []
    first = members[0]
    alike = [row.keyword for row in members if row.sector == first.sector]
    near = likeness.neighbours(first.keyword, first.sector, NEIGHBOURS, [row.key for row in members])
    return likeness.suggest(alike, first.sector, SUGGESTED), near


def clusters_of(reader: Reader) -> list[NamedCluster]:
    """Return the live clusters as suggestions need them."""
    sectors = {row.id: row.key for row in reader.sectors()}
    return [
        NamedCluster(key, name, sectors[sector])
        for key, _, name, sector in reader.cluster_names()
        if sector in sectors
    ]


def skipped_keys(reader: Reader, book: TriageBook) -> list[int]:
    """Return the keywords that were put off, in that order."""
    ids = list(book.read().skipped)
    found: dict[str, int] = {}
    for start in range(0, len(ids), PAGE):
        found |= reader.keyword_keys(ids[start : start + PAGE])
    return [found[uid] for uid in ids if uid in found]


def name_for(keywords: Sequence[str]) -> str:
    """Return a name for a cluster of keywords: the words all of them have, in the first one's order, else the first keyword."""
    if not keywords:
        return ""
    common = set.intersection(*(set(fold(text).split()) for text in keywords))
    words = [word for word in keywords[0].split() if fold(word) in common] or keywords[0].split()
    name = " ".join(words)
    while len(name) > LONGEST_NAME and len(words) > 1:
        words.pop()
        name = " ".join(words)
    return name[:1].upper() + name[1:]


def _suggestion(one: Suggestion, ids: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    uid, name = ids[one.cluster]
    return {"cluster": name, "cluster_id": uid, "score": round(one.score, 3), "words": list(one.words)}


def _neighbours(reader: Reader, near: Sequence[Neighbour]) -> list[dict[str, Any]]:
    scores = {one.key: one.score for one in near}
    return [
        {
            **{name: row[name] for name in ("id", "keyword", "volume", "cluster", "status")},
            "score": round(scores[row["key"]], 3),
        }
        for row in reader.keyword_page(list(scores))
    ]
