"""What the writers of one delivery share: where it goes, what it found, and the keys of rows that others name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.replica.facts import HIDDEN
from sync.replica.guard import shown_among
from sync.replica.store import ChangeLog, Store, json_list

Keys = dict[str | None, int | None]


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
    seeds: set[int] = field(default_factory=set)
    """Keys of seeds that may differ from what their keywords copied."""
    _known: dict[str, Keys] = field(default_factory=dict)

    def waiting(self, entity: str, uids: Sequence[str]) -> None:
        """Note rows on which work waits."""
        self.pending.setdefault(entity, set()).update(uids)

    def gone(self, entity: str, uids: Sequence[str]) -> None:
        """Count rows that are about to be deleted or removed, before they are."""
        self.removed[entity] += len(shown_among(self.store, entity, uids))

    def unknown(self, entity: str, columns: Sequence[str], raw: bytes, reason: str) -> None:
        """Keep what this version cannot read: a later one may."""
        self.store.run(
            "INSERT INTO unknown_rows (scope, entity, columns, raw, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
            self.scope,
            entity,
            json_list(columns),
            raw,
            reason,
            self.now_ms,
        )
        self.log.note("scope")

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
