"""New rows that the platform does not have yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner_core.entities import ENTITIES, Value
from planner_core.operations import Create
from planner_core.text import fold
from sync.replica.figures import FIGURES
from sync.replica.layout import SMALL, storable
from sync.replica.records import MARK_WAITING
from sync.replica.rows import Rows
from sync.replica.store import json_list

_BORN_WITH = ("cluster", "status", "disabled", "volume_override", "difficulty_override")


class Creation:
    """Creates rows. One that is here already is the same creation seen again on top of new base rows.

    Or it was refused, and is made anew: what was done to it in between went with the refused one.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._store = rows.store

    def create(self, create: Create, scope: int) -> None:
        """Create rows in a scope, other than those that were merged into rows that exist."""
        wanted = [row for row in create.rows if str(row[0]) not in self._rows.aliases]
        if create.entity == "keyword":
            self._keywords(create, wanted)
            return
        defaults: dict[str, Any] = {one.name: one.default for one in ENTITIES[create.entity].fields}
        if "keyword_objects" in defaults:
            defaults["keyword_objects"] = json_list(self._rows.aliases.all(create.keywords))
        for row in wanted:
            own = dict(zip(create.columns, row[1:], strict=True))
            self._small(create.entity, str(row[0]), defaults | dict(create.common) | own, scope)

    def _small(self, entity: str, uid: str, values: Mapping[str, Any], scope: int) -> None:
        columns = {name: storable(values.get(name)) for name in SMALL[entity]}
        if "name" in columns:
            columns["folded"] = fold(str(columns["name"]))
        names = ", ".join(columns)
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
        key = self._store.value(
            f"INSERT INTO {entity} (uid, scope, ver, deleted, mark, {names}) VALUES (?, ?, 0, 0, {MARK_WAITING},"
            f" {', '.join('?' * len(columns))}) ON CONFLICT (uid) DO UPDATE SET scope = excluded.scope, deleted = 0,"
            f" mark = mark | {MARK_WAITING}, {updates} WHERE ver = 0 RETURNING k",
            uid,
            scope,
            *columns.values(),
        )
        if key is not None:
            self._rows.log.rows(entity, [key])

    def _keywords(self, create: Create, wanted: Sequence[Sequence[Value]]) -> None:
        sector = self._store.one(
            "SELECT s.k, t.k FROM sector s JOIN site t ON t.uid = s.site WHERE s.uid = ?",
            create.common.get("sector"),
        )
        if sector is None or not wanted:
            return
        place = create.columns.index("seed") + 1
        self._store.run(
            "INSERT INTO keyword (uid, site, sector, seed, created_at, text, volume, difficulty, mask, country)"
            f" SELECT j.value ->> 0, ?, ?, s.k, ?, {FIGURES} FROM json_each(?) j LEFT JOIN seed s ON s.uid = j.value ->> 1"
            " WHERE true ON CONFLICT (uid) DO NOTHING",
            sector[1],
            sector[0],
            create.common.get("created_at"),
            json_list([row[0], row[place]] for row in wanted),
        )
        uids = [str(row[0]) for row in wanted]
        self._store.run(
            "INSERT INTO keyword_hot (k, sector, ver, mark, status, disabled, deleted)"
            f" SELECT w.k, w.sector, 0, {MARK_WAITING}, 'new', 0, 0 FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value"
            " WHERE true ON CONFLICT (k) DO UPDATE SET deleted = 0, cluster = NULL, status = 'new', disabled = 0,"
            f" volume_override = NULL, difficulty_override = NULL, mark = mark | {MARK_WAITING} WHERE ver = 0",
            json_list(uids),
        )
        self._rows.log.rows("keyword", self._rows.keyword_keys(uids))
        delivered = {
            uid
            for (uid,) in self._store.all(
                "SELECT w.uid FROM json_each(?) j CROSS JOIN keyword w ON w.uid = j.value CROSS JOIN keyword_hot h ON h.k = w.k"
                " WHERE h.ver > 0",
                json_list(uids),
            )
        }
        # A row that is on the platform already is left as it is there, too.
        self._set_born_values(create, [row for row in wanted if str(row[0]) not in delivered])

    def _set_born_values(self, create: Create, wanted: Sequence[Sequence[Value]]) -> None:
        for name in _BORN_WITH:
            if name in create.common:
                self._rows.set_keywords((name,), (create.common[name],), [str(row[0]) for row in wanted])
            elif name in create.columns:
                place = create.columns.index(name) + 1
                for row in wanted:
                    self._rows.set_keywords((name,), (row[place],), [str(row[0])])
