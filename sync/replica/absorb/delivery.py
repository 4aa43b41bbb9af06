"""What the writers of one delivery share: where it goes, what it found, and the keys of rows that others name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from sync.replica import keepsakes
from sync.replica.facts import HIDDEN
from sync.replica.guard import shown_among
from sync.replica.lost import LOST
from sync.replica.store import ChangeLog, Store, json_list

Keys = dict[str | None, int | None]


def identity(raw: bytes) -> tuple[str, int]:
    """Return uid and version of a raw row as far as they can be read, "" and 0 otherwise."""
    try:
        uid, ver, *_ = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError):
        return "", 0
    is_row = isinstance(uid, str) and isinstance(ver, int) and 0 <= ver < 1 << 63
    return (uid, ver) if is_row else ("", 0)


@dataclass(slots=True)
class Delivery:
    """One apply of one scope, within the caller's transaction. `site` is the key of the site's row for a site's scope."""

    store: Store
    log: ChangeLog
    scope: int
    site: int | None
    now_ms: int
    pending: dict[str, set[str]] = field(default_factory=dict)
    """Entity -> uids of rows that were delivered while work on them waits."""
    removed: Counter[str] = field(default_factory=Counter)
    """Entity -> rows the user sees that this delivery takes away."""
    is_other_history: bool = False
    """The rows come from another epoch than those that are here: what they lack is lost there, not deleted."""
    lost: dict[str, list[str]] = field(default_factory=dict)
    """Entity -> rows the user saw that the other history lacks."""
    unfit: set[str] = field(default_factory=set)
    """Rows of known kinds that were put aside because they could not be read or kept."""
    puts_aside: bool = False
    """Whether rows of this scope are kept unread: one that comes readable takes the place of what was put aside."""
    seeds: set[int] = field(default_factory=set)
    """Keys of seeds that may differ from what their keywords copied."""
    _known: dict[str, Keys] = field(default_factory=dict)

    def waiting(self, entity: str, uids: Sequence[str]) -> None:
        """Note rows on which work waits."""
        self.pending.setdefault(entity, set()).update(uids)

    def gone(self, entity: str, uids: Sequence[str]) -> None:
        """Count rows that are about to be deleted or removed, before they are."""
        self.removed[entity] += len(shown_among(self.store, entity, uids))

    def keep_lost(self) -> None:
        """Copy what another history lacks (what is not in the table `seen`), while all of it is still here."""
        for entity in keepsakes.KINDS if self.is_other_history else ():
            table, place = (
                ("keyword", ("site", self.site)) if entity == "keyword" else (entity, ("scope", self.scope))
            )
            absent = self.store.all(
                f"SELECT uid FROM {table} WHERE {place[0]} = ? AND uid NOT IN (SELECT uid FROM temp.seen)",
                place[1],
            )
            shown = shown_among(self.store, entity, [uid for (uid,) in absent])
            if shown:
                keepsakes.keep(self.store, self.scope, entity, shown, reason=LOST, at=self.now_ms)
                self.lost[entity] = shown

    def unknown(self, entity: str, columns: Sequence[str], raw: bytes, reason: str) -> str:
        """Keep what this version cannot read or keep: a later one may. Returns the row's uid, "" if even that cannot be read."""
        uid, ver = identity(raw)
        if uid:
            self.now_read(entity, [uid])
        self.store.run(
            "INSERT INTO unknown_rows (scope, entity, columns, raw, reason, at, uid, ver) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self.scope,
            entity,
            json_list(columns),
            raw,
            reason,
            self.now_ms,
            uid,
            ver,
        )
        self.puts_aside = True
        self.log.note("scope")
        return uid

    def now_read(self, entity: str, uids: Sequence[str]) -> None:
        """Forget what was put aside of rows that are delivered anew."""
        if self.puts_aside:
            self.store.run(
                "DELETE FROM unknown_rows WHERE scope = ? AND entity = ? AND uid IN (SELECT value FROM json_each(?))",
                self.scope,
                entity,
                json_list(uids),
            )

    def forget_keys(self) -> None:
        """Look references up again: some rows that were made for them were taken back."""
        self._known.clear()

    def key(self, table: str, uid: str) -> int:
        """Return the key of a row that others name, making an unseen one hidden until it is delivered."""
        found = self.store.value(f"SELECT k FROM {table} WHERE uid = ?", uid)
        if found is None:
            names, values = (", name, folded, mark", ", '', '', 0") if table == "cluster" else ("", "")
            found = self.store.value(
                f"INSERT INTO {table} (uid, ver, deleted{names}) VALUES (?, 0, {HIDDEN}{values}) RETURNING k",
                uid,
            )
        return int(found)

    def keys(self, table: str, uids: set[str | None]) -> Keys:
        """Return uid -> key for the distinct references of many rows."""
        keys = self._known.setdefault(table, {None: None})
        for uid in uids:
            if uid is not None and uid not in keys:
                keys[uid] = self.key(table, uid)
        return keys
