"""Rows of the platform into the base: always in full, whoever caused them, and set-wise where there are many.

A row without pending work gets its effective values in the same statement; rows with pending work are left to the overlay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import GenericAlias
from typing import Any

import msgspec

from planner_core.entities import ENTITIES, Field
from planner_core.figures import intent_mask
from planner_core.text import fold
from sync.replica.facts import HIDDEN
from sync.replica.layout import BASE_JSON, OWN, SMALL, storable
from sync.replica.records import MARK_WAITING
from sync.replica.store import MANY, ChangeLog, Store, json_list

_TYPES: Mapping[str, Any] = {"bool": bool, "int": int, "time": int, "refs": list[str]}
Row = Sequence[Any]
_Keys = dict[str | None, int | None]


@dataclass(slots=True)
class Absorbed:
    """What an apply must look at again: rows delivered while work on them waits, and keys of seeds that changed."""

    pending: dict[str, set[str]] = field(default_factory=dict)
    seeds: set[int] = field(default_factory=set)


class Absorber:
    """Writes delivered rows of one scope within the caller's transaction."""

    def __init__(self, store: Store, log: ChangeLog, scope: int, site: int | None, now_ms: int) -> None:
        """`site` is the key of the site's row for a site's scope."""
        self._store = store
        self._log = log
        self._scope = scope
        self._site = site
        self._now = now_ms
        self.result = Absorbed()
        self._refs: dict[str, _Keys] = {}
        self._countries: set[str] = set()
        self._masks: dict[str | None, int] = {}

    def rows(self, entity: str, columns: Sequence[str], raw: bytes, *, fresh: bool, keep_seen: bool) -> None:
        """Write one line of rows. `fresh`: none of them can be here yet. `keep_seen`: note the ids in the table `seen`."""
        if entity not in ENTITIES:
            self._unknown(entity, columns, raw, "unknown entity")
            return
        rows = self._decode(entity, columns, raw)
        if not rows:
            return
        if keep_seen:
            self._store.many("INSERT OR IGNORE INTO temp.seen (uid) VALUES (?)", ((row[0],) for row in rows))
        known = [name for name in columns if name in ENTITIES[entity].columns]
        extra = [name for name in columns if name not in ENTITIES[entity].columns]
        picked = _picker(ENTITIES[entity].columns, columns, known, extra)
        if entity == "keyword":
            self._keywords([picked(row) for row in rows], fresh=fresh)
        elif entity == "seed":
            self._seeds([picked(row) for row in rows], fresh=fresh)
        else:
            for row in rows:
                self._small(entity, picked(row))

    # ------------------------------------------------------------------ reading

    def _decode(self, entity: str, columns: Sequence[str], raw: bytes) -> list[Row]:
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
            GenericAlias(list, (_row_type(entity, columns),))
        )
        try:
            rows: list[Row] = decoder.decode(raw)
        except (msgspec.ValidationError, msgspec.DecodeError):
            rows = self._decode_each(entity, columns, raw)
        return rows

    def _decode_each(self, entity: str, columns: Sequence[str], raw: bytes) -> list[Row]:
        """One row that cannot be read stays raw in `unknown_rows`; the others go on."""
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_row_type(entity, columns))
        try:
            pieces = msgspec.json.decode(raw, type=list[msgspec.Raw])
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            self._unknown(entity, columns, raw, str(error))
            return []
        rows: list[Row] = []
        for piece in pieces:
            try:
                rows.append(decoder.decode(piece))
            except (msgspec.ValidationError, msgspec.DecodeError) as error:
                self._unknown(entity, columns, bytes(piece), str(error))
        return rows

    def _unknown(self, entity: str, columns: Sequence[str], raw: bytes, reason: str) -> None:
        self._store.run(
            "INSERT INTO unknown_rows (scope, entity, columns, raw, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
            self._scope,
            entity,
            json_list(columns),
            raw,
            reason,
            self._now,
        )
        self._log.note("scope")

    # ------------------------------------------------------------------ references

    def _key(self, table: str, uid: str) -> int:
        """Return the key of a row that others name, making an unseen one hidden until it is delivered."""
        found = self._store.value(f"SELECT k FROM {table} WHERE uid = ?", uid)
        if found is None:
            names, values = (", name, folded, mark", ", '', '', 0") if table == "cluster" else ("", "")
            found = self._store.value(
                f"INSERT INTO {table} (uid, ver, deleted{names}) VALUES (?, 0, {HIDDEN}{values}) RETURNING k",
                uid,
            )
        return int(found)

    def _keys(self, table: str, uids: set[str | None]) -> _Keys:
        """Return uid -> key for the distinct references of many rows."""
        keys = self._refs.setdefault(table, {None: None})
        for uid in uids:
            if uid is not None and uid not in keys:
                keys[uid] = self._key(table, uid)
        return keys

    # ------------------------------------------------------------------ keywords

    def _keywords(self, rows: list[Row], *, fresh: bool) -> None:
        """`rows`: [uid, ver, deleted, seed, sector, cluster, status, disabled, volume, difficulty, created_at, extra]."""
        sectors = self._keys("sector", {row[4] for row in rows})
        clusters = self._keys("cluster", {row[5] for row in rows})
        if fresh:
            self._insert_keywords(rows, sectors, clusters)
            self._log.rows("keyword", None)
            return
        rows = list({row[0]: row for row in rows}.values())
        found = self._store.all(
            "SELECT w.uid, w.k, h.mark, w.sector, s.uid, w.created_at, w.extra FROM json_each(?) j"
            " CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k LEFT JOIN seed s ON s.k = w.seed",
            json_list(row[0] for row in rows),
        )
        known = {uid: rest for uid, *rest in found}
        born = [row for row in rows if row[0] not in known]
        if born:
            self._insert_keywords(born, sectors, clusters)
        if known:
            self._update_keywords([row for row in rows if row[0] in known], known, sectors, clusters)

    def _insert_keywords(self, rows: list[Row], sectors: _Keys, clusters: _Keys) -> None:
        first = self._store.value("SELECT coalesce(max(k), 0) + 1 FROM keyword")
        self._store.many(
            "INSERT INTO keyword (k, uid, site, sector, seed, created_at, extra) VALUES"
            f" (?, ?, {self._site or 'NULL'}, ?, (SELECT k FROM seed WHERE uid = ?), ?, ?)",
            [(key, row[0], sectors[row[4]], row[3], row[10], row[11]) for key, row in enumerate(rows, first)],
        )
        # Effective values equal the base where no work waits.
        self._store.many(
            "INSERT INTO keyword_hot (k, sector, ver, base_deleted, base_cluster, base_status, base_disabled,"
            " base_volume_override, base_difficulty_override, deleted, cluster, status, disabled, volume_override,"
            " difficulty_override, mark) VALUES (?1, ?9, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
            [
                (key, row[1], row[2], clusters[row[5]], row[6], row[7], row[8], row[9], sectors[row[4]])
                for key, row in enumerate(rows, first)
            ],
        )
        lacking = self._store.all("SELECT uid FROM keyword WHERE k >= ? AND seed IS NULL", first)
        self._fill_unknown_seeds(rows, {uid for (uid,) in lacking})
        self._log.rows("keyword", range(first, first + len(rows)))

    def _update_keywords(
        self, rows: list[Row], known: Mapping[str, Sequence[Any]], sectors: _Keys, clusters: _Keys
    ) -> None:
        names = ("deleted", "cluster", "status", "disabled", "volume_override", "difficulty_override")
        base = ", ".join(f"base_{name} = ?{place}" for place, name in enumerate(names, 3))
        shown = ", ".join(f"{name} = ?{place}" for place, name in enumerate(names, 3))
        # Rows with pending work get their effective values from the overlay.
        for mark, also in ((0, f", {shown}"), (MARK_WAITING, "")):
            self._store.many(
                f"UPDATE keyword_hot SET ver = ?2, {base}{also} WHERE k = ?1",
                [
                    (known[row[0]][0], row[1], row[2], clusters[row[5]], row[6], row[7], row[8], row[9])
                    for row in rows
                    if known[row[0]][1] & MARK_WAITING == mark
                ],
            )
        born = [
            row for row in rows if tuple(known[row[0]][2:]) != (sectors[row[4]], row[3], row[10], row[11])
        ]
        self._store.many(
            f"UPDATE keyword SET site = {self._site or 'NULL'}, sector = ?, seed = (SELECT k FROM seed WHERE uid = ?),"
            " created_at = ?, extra = ? WHERE uid = ?",
            [(sectors[row[4]], row[3], row[10], row[11], row[0]) for row in born],
        )
        self._store.many(
            "UPDATE keyword_hot SET sector = ? WHERE k = ?",
            [(sectors[row[4]], known[row[0]][0]) for row in born],
        )
        if born:
            lacking = self._store.all(
                "SELECT uid FROM keyword WHERE seed IS NULL AND uid IN (SELECT value FROM json_each(?))",
                json_list(row[0] for row in born),
            )
            self._fill_unknown_seeds(born, {uid for (uid,) in lacking})
        self._log.rows("keyword", (known[row[0]][0] for row in rows))
        waiting = [row[0] for row in rows if known[row[0]][1] & MARK_WAITING]
        self.result.pending.setdefault("keyword", set()).update(waiting)

    def _fill_unknown_seeds(self, rows: list[Row], lacking: set[str]) -> None:
        """A keyword whose seed was not delivered yet points at a hidden seed row until it is."""
        if lacking:
            self._store.many(
                "UPDATE keyword SET seed = ? WHERE uid = ?",
                [(self._key("seed", row[3]), row[0]) for row in rows if row[0] in lacking],
            )

    # ------------------------------------------------------------------ seeds

    def _seeds(self, rows: list[list[Any]], *, fresh: bool) -> None:
        """`rows`: [uid, ver, deleted, keyword, volume, difficulty, intent, country, is_active, extra]."""
        values = [
            (
                row[0],
                self._scope,
                row[1],
                int(row[2]),
                row[3],
                _folded(row[3]),
                row[4],
                row[5],
                row[6],
                self._mask(row[6]),
                row[7],
                int(row[8]),
                row[9],
            )
            for row in rows
        ]
        names = (
            "uid",
            "scope",
            "ver",
            "deleted",
            "keyword",
            "folded",
            "volume",
            "difficulty",
            "intent",
            "mask",
            "country",
            "is_active",
            "extra",
        )
        updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        codes = {row[7] for row in rows if row[7] is not None} - self._countries
        self._countries |= codes
        self._store.many(
            "INSERT OR IGNORE INTO country (code) VALUES (?)", [(code,) for code in sorted(codes)]
        )
        # Not OR IGNORE for fresh ones either: a keyword that came first may have made the hidden row of its seed.
        self._store.many(
            f"INSERT INTO seed ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            f" ON CONFLICT (uid) DO UPDATE SET {updates}",
            values,
        )
        if fresh and not self._store.value("SELECT 1 FROM keyword LIMIT 1"):
            self._log.rows("seed", None)
            return
        keys = self._store.all(
            "SELECT s.k FROM json_each(?) j CROSS JOIN seed s ON s.uid = j.value",
            json_list(row[0] for row in rows),
        )
        self.result.seeds.update(key for (key,) in keys)
        self._log.rows("seed", (key for (key,) in keys))

    def _mask(self, intent: str | None) -> int:
        if intent not in self._masks:
            self._masks[intent] = intent_mask(intent)
        return self._masks[intent]

    # ------------------------------------------------------------------ entities of few rows

    def _small(self, entity: str, row: list[Any]) -> None:
        """`row`: [uid, ver, deleted, *columns of the entity, extra]."""
        uid, ver, deleted, extra = row[0], row[1], int(row[2]), row[-1]
        names = SMALL[entity]
        columns: dict[str, Any] = {
            name: storable(value) for name, value in zip(names, row[3:-1], strict=True)
        }
        if "keyword_objects" in columns:
            columns["keyword_objects"] = json_list(sorted(row[3 + names.index("keyword_objects")] or ()))
        pending = entity in OWN and self._store.value(
            f"SELECT 1 FROM {entity} WHERE uid = ? AND (base IS NOT NULL OR mark & {MARK_WAITING})", uid
        )
        if pending:
            key = self._store.value(
                f"UPDATE {entity} SET ver = ?, extra = ?, scope = ?, base = ? WHERE uid = ? RETURNING k",
                ver,
                extra,
                self._scope,
                json.dumps(columns | {"deleted": deleted}),
                uid,
            )
            self.result.pending.setdefault(entity, set()).add(uid)
        else:
            key = self._upsert_small(
                entity, uid, {"ver": ver, "deleted": deleted, "extra": extra, "scope": self._scope} | columns
            )
        self._log.rows(entity, [key])

    def _upsert_small(self, entity: str, uid: str, columns: dict[str, Any]) -> int:
        if entity == "cluster":
            columns["folded"] = fold(str(columns["name"]))
        names = ", ".join(columns)
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
        return int(
            self._store.value(
                f"INSERT INTO {entity} (uid, {names}) VALUES (?, {', '.join('?' * len(columns))})"
                f" ON CONFLICT (uid) DO UPDATE SET {updates} RETURNING k",
                uid,
                *columns.values(),
            )
        )

    # ------------------------------------------------------------------ what a snapshot no longer has

    def remove_absent(self, entities: Iterable[str]) -> None:
        """Remove delivered rows of the scope that are not in the table `seen`; those with pending work count as deleted."""
        for entity in entities:
            if entity == "keyword":
                self._remove_absent_keywords()
            else:
                self._remove_absent_small(entity)

    def _remove_absent_keywords(self) -> None:
        absent = self._store.all(
            "SELECT w.k, w.uid, h.mark FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE w.site = ? AND h.ver > 0"
            " AND w.uid NOT IN (SELECT uid FROM temp.seen)",
            self._site,
        )
        waiting = [uid for _, uid, mark in absent if mark & MARK_WAITING]
        gone = json_list(key for key, _, mark in absent if not mark & MARK_WAITING)
        self._store.run("DELETE FROM keyword WHERE k IN (SELECT value FROM json_each(?))", gone)
        self._store.run("DELETE FROM keyword_hot WHERE k IN (SELECT value FROM json_each(?))", gone)
        self._store.run(
            "UPDATE keyword_hot SET base_deleted = 1 WHERE k IN (SELECT k FROM keyword WHERE uid IN (SELECT value FROM json_each(?)))",
            json_list(waiting),
        )
        self.result.pending.setdefault("keyword", set()).update(waiting)
        if absent:
            self._log.rows("keyword", (key for key, _, _ in absent))

    def _remove_absent_small(self, entity: str) -> None:
        own = entity in OWN
        absent = self._store.all(
            f"SELECT k, uid, {'mark' if own else '0'} FROM {entity} WHERE scope = ? AND ver > 0 AND uid NOT IN (SELECT uid FROM temp.seen)",
            self._scope,
        )
        waiting = [uid for _, uid, mark in absent if mark & MARK_WAITING]
        if entity == "seed":
            # Its keywords keep their text: withdrawn, not forgotten.
            gone = json_list(key for key, _, _ in absent)
            self._store.run("UPDATE seed SET deleted = 1 WHERE k IN (SELECT value FROM json_each(?))", gone)
        else:
            gone = json_list(key for key, _, mark in absent if not mark & MARK_WAITING)
            self._store.run(f"DELETE FROM {entity} WHERE k IN (SELECT value FROM json_each(?))", gone)
        if own:
            packed = BASE_JSON[entity]
            self._store.run(
                f"UPDATE {entity} SET base = json_set(coalesce(base, {packed}), '$.deleted', 1)"
                " WHERE uid IN (SELECT value FROM json_each(?))",
                json_list(waiting),
            )
            self.result.pending.setdefault(entity, set()).update(waiting)
        if absent:
            self._log.rows(entity, (key for key, _, _ in absent))

    def keywords_of_changed_seeds(self) -> None:
        """Announce the keywords whose library figures changed."""
        if not self.result.seeds:
            return
        if len(self.result.seeds) > MANY:
            self._log.rows("keyword", None)
            return
        found = self._store.all(
            "SELECT w.k FROM json_each(?) j CROSS JOIN keyword w ON w.seed = j.value",
            json_list(self.result.seeds),
        )
        if found:
            self._log.rows("keyword", (key for (key,) in found))


def _folded(text: str) -> str | None:
    folded = fold(text)
    return None if folded == text else folded


def _row_type(entity: str, columns: Sequence[str]) -> Any:
    fields = {one.name: one for one in ENTITIES[entity].fields}
    return GenericAlias(tuple, (str, int, int | bool, *(_type(fields.get(name)) for name in columns)))


def _type(one: Field | None) -> Any:
    if one is None:
        return Any
    kind = _TYPES.get(one.kind, str)
    return kind | None if one.nullable else kind


def _picker(
    names: Sequence[str], columns: Sequence[str], known: Sequence[str], extra: Sequence[str]
) -> Callable[[Row], list[Any]]:
    """Return the function from a feed row to [uid, ver, deleted, *names, extra as JSON or None].

    A column this version does not know is kept in extra; one that an older platform lacks gets the field's default.
    """
    place = {name: 3 + columns.index(name) for name in columns}
    if list(known) == list(names) and not extra and len(columns) == len(names):
        return lambda row: [*row, None]
    defaults = {
        one.name: one.default
        for entity in ENTITIES.values()
        if entity.columns == tuple(names)
        for one in entity.fields
    }
    missing: dict[str, Any] = {
        name: [] if name == "keyword_objects" else defaults[name] for name in names if name not in known
    }

    def pick(row: Row) -> list[Any]:
        values = [row[place[name]] if name in place else missing[name] for name in names]
        more = json.dumps({name: row[place[name]] for name in extra}) if extra else None
        return [row[0], row[1], row[2], *values, more]

    return pick
