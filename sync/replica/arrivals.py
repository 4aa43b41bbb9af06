"""When keywords last came with other values than were shown here, and since when that is news.

A row counts that somebody else changed or made, or whose seed has other figures now; what this profile sent and gets back does not.
The first snapshot is no news.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sync.replica.layout import HOT
from sync.replica.records import Arrivals
from sync.replica.store import Store, json_list

AWAY_MS = 30 * 60_000
"""After so long without a word from the platform, what comes next is what happened meanwhile."""
CONTACT, BEFORE = "contact_at", "contact_before"

_KEEP = "ON CONFLICT (k) DO UPDATE SET at = excluded.at"
# What is shown is looked at, too: the platform's echo of a change made here is no news.
_OTHER = " OR ".join(f"(h.base_{name} IS NOT l.{name} AND h.{name} IS NOT l.{name})" for name in HOT)
_CHANGED = (
    "INSERT INTO arrival (k, at) SELECT l.k, ? FROM temp.line l CROSS JOIN keyword_hot h ON h.k = l.k"
    f" WHERE h.ver > 0 AND ({_OTHER}) {_KEEP}"
)
_FIGURES = (
    "INSERT INTO arrival (k, at) SELECT w.k, ? FROM json_each(?) j CROSS JOIN seed s ON s.k = j.value"
    " CROSS JOIN keyword w ON w.seed = s.k WHERE w.text IS NOT NULL"
    f" AND (w.volume IS NOT s.volume OR w.difficulty IS NOT s.difficulty) {_KEEP}"
)


def note_changed(store: Store, at: int) -> None:
    """Note the rows of the delivered line that are others than shown, before they are written."""
    store.run(_CHANGED, at)


def note_born(store: Store, last: int, at: int) -> None:
    """Note the rows after key `last`: somebody else made them."""
    store.run(f"INSERT INTO arrival (k, at) SELECT k, ? FROM keyword WHERE k > ? {_KEEP}", at, last)


def note_figures(store: Store, seeds: Iterable[int], at: int) -> None:
    """Note keywords whose seeds have other figures now, before those are copied."""
    store.run(_FIGURES, at, json_list(seeds))


def forget_after(store: Store, last: int) -> None:
    """Forget what is said of keys after `last`: they are given to other rows."""
    store.run("DELETE FROM arrival WHERE k > ?", last)


def note_contact(store: Store, now: int) -> None:
    """Note that the platform answered; after an absence, since when its news count from now on."""
    before = int(store.meta(CONTACT) or 0)
    if before and not 0 <= now - before < AWAY_MS:
        store.set_meta(BEFORE, str(min(before, now)))
    store.set_meta(CONTACT, str(now))


def arrivals(connection: sqlite3.Connection) -> Arrivals:
    """Return all of it, packed for the columns."""
    keys, at = connection.execute("SELECT group_concat(k), group_concat(at / 1000) FROM arrival").fetchone()
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (BEFORE,)).fetchone()
    return Arrivals(keys or "", at or "", int(row[0]) // 1000 if row is not None else 0)
