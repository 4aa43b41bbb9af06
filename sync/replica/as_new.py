"""Rows made anew from local copies: what the platform lost or purged, and work whose site is closed to its author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from planner_core.decision import Refused
from planner_core.entities import ENTITIES, NEW, Value
from planner_core.operations import Change, Create, ItemsChange, Operation, Set
from planner_core.rules import check
from planner_core.text import fold
from sync.errors import NotFound
from sync.replica import keepsakes, review
from sync.replica.access import is_read_only, read_only
from sync.replica.again import KeptBack
from sync.replica.bodies import decode
from sync.replica.closing import close_item, dismissal
from sync.replica.desk import Desk, Nothing, Tally
from sync.replica.effects import Effects
from sync.replica.keepsakes import KINDS, Copy
from sync.replica.lost import LOST
from sync.replica.outbox import MutationRow, Part
from sync.replica.overlay import refresh_review_marks
from sync.replica.shut_out import SHUT_OUT
from sync.replica.store import json_list

_UNKNOWN = "Nothing is kept of this row here, so it cannot be made anew."


class AsNew:
    """Makes the rows of review items anew."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._effects = Effects(desk.store, desk.log)
        self._uid_of: dict[str, str] = {}
        """Former uid -> uid of the row that stands for it now."""
        self._done: list[tuple[int, Operation]] = []
        self._left: dict[str, Refused] = {}
        self._work: dict[str, MutationRow] = {}
        """Op id -> the items' work that lies on this machine."""
        self._wanted: dict[str, dict[str, None]] = {}
        """Keyword -> the groups that its author's work set."""

    def run(self, review_ids: Sequence[str], sector: str | None) -> Tally:
        """Make the rows anew and end the items, as one action. Raises NotFound, Nothing if not one row can be made."""
        items = [self._item(uid) for uid in dict.fromkeys(review_ids)]
        tally = Tally()
        try:
            parts = self.parts(items, sector)
        except KeptBack as kept:
            tally.refused = kept.refused
            raise Nothing(tally) from None
        tally.refused = self._kept_out()
        tally.changed = sum(len(operation.ids) for _, operation in self._done)
        tally.label = f"Make {tally.changed:,} row{'s' * (tally.changed != 1)} anew"
        if parts:
            tally.action = self._desk.outbox.begin(tally.label, "user")
            self._desk.outbox.append(tally.action, parts, self._desk.log)
        return tally

    def parts(self, items: Sequence[review.Item], sector: str | None) -> list[Part]:
        """Carry it out here and return what is to be sent; what is kept out stays in its item. Raises KeptBack if that is all."""
        everything = self._operations(items)
        for one in everything:
            if isinstance(one, Set) and one.entity == "keyword":
                for uid in one.ids:
                    self._wanted.setdefault(uid, {})[one.group] = None
        wanted = [copy for item in items for copy in self._copies(item, everything)]
        same_ids = sector is None and all(item.kind == LOST for item in items)
        for entity in KINDS:
            mine = {one.uid: one for one in wanted if one.entity == entity}
            self._make(entity, list(mine.values()), sector, same_ids=same_ids)
        if not self._uid_of:
            raise KeptBack(self._kept_out())
        told: list[Part] = []
        for item in items:
            # Its other machines would ask about it for ever.
            ends = dismissal(self._desk, item, self._own(item)) if self._end(item) else []
            told += [Part(item.scope, ends)] if ends else []
        keepsakes.forget(self._desk.store, self._uid_of)
        return [*self._desk.outbox.cut(self._done), *told]

    def _item(self, uid: str) -> review.Item:
        item = review.load_item(self._desk.store, uid)
        if item is None or item.state != "open" or item.kind == "conflict":
            raise NotFound(
                "unknown_review_item",
                f"There is no open review item {uid} whose rows could be made anew.",
                "See `planner review list` for the ids.",
            )
        return item

    # ------------------------------------------------------------------ what is to be made

    def _copies(self, item: review.Item, everything: Sequence[Operation]) -> Iterator[Copy]:
        """Yield the rows of an item as its author wanted them: the copies, with what he was refused, by this item or another, on top."""
        operations = self._operations([item])
        by_entity: dict[str, list[str]] = {}
        for operation in operations:
            by_entity.setdefault(operation.entity, []).extend(operation.ids)
        asked = set(item.ids)
        by_entity = by_entity or {item.entity: list(item.ids)}
        for entity, ids in by_entity.items():
            found = keepsakes.copies(self._desk.store, entity, ids)
            found |= {copy.uid: copy for copy in _created(operations, entity) if copy.uid not in found}
            for uid in dict.fromkeys(ids):
                if uid in found:
                    yield _as_wanted(found[uid], everything)
                elif uid in asked:
                    self._left[uid] = Refused("unknown_row", _UNKNOWN, [uid])

    def _operations(self, items: Sequence[review.Item]) -> list[Operation]:
        """Return the work of items in the order it was done."""
        for op_id in {op_id for item in items for op_id in item.ops}.difference(self._work):
            mutation = self._desk.outbox.by_op(op_id)
            if mutation is not None:
                self._work[op_id] = mutation
        own = {op_id: self._work[op_id] for item in items for op_id in item.ops if op_id in self._work}
        in_order = sorted(own.values(), key=lambda one: one.id)
        return [operation for one in in_order for operation in decode(one.body).operations]

    def _own(self, item: review.Item) -> list[str]:
        """Return the operations that end with an item, none for all of them: what was done on another machine can be made anew there."""
        own = [op_id for op_id in item.ops if op_id in self._work]
        return own if len(own) < len(item.ops) else []

    # ------------------------------------------------------------------ making it

    def _make(self, entity: str, rows: Sequence[Copy], sector: str | None, *, same_ids: bool) -> None:
        by_sector: dict[str, list[Copy]] = {}
        for row in rows:
            by_sector.setdefault(sector or row.sector, []).append(row)
        for place, inside in by_sector.items():
            if not self._may_write(place):
                self._keep_back(read_only([row.uid for row in inside]))
                continue
            fresh = self._without_twins(entity, place, inside)
            if entity == "keyword":
                for row in inside:
                    if row.uid in self._uid_of and row.sector == place:
                        self._set_on_twin(row, self._wanted.get(row.uid, ()))
            ids = {row.uid: row.uid if same_ids else self._desk.outbox.new_uid() for row in fresh}
            for create in self._creates(entity, place, fresh, ids):
                self._carry_out(create, {new: old for old, new in ids.items()})

    def _may_write(self, sector: str) -> bool:
        scope = self._desk.store.value(
            "SELECT c.k FROM sector t JOIN scope_state c ON c.id = t.site WHERE t.uid = ?", sector
        )
        return scope is None or not is_read_only(self._desk.store, int(scope))

    def _without_twins(self, entity: str, sector: str, rows: Sequence[Copy]) -> list[Copy]:
        """Leave out rows whose natural key is live in the sector: that row stands for them."""
        if entity == "keyword":
            live = self._desk.facts.live_keywords(sector, [row.values["seed"] for row in rows])
            twin = {row.uid: live.get(row.values["seed"]) for row in rows}
        elif entity == "cluster":
            live = self._desk.facts.live_clusters(sector, [fold(row.values["name"]) for row in rows])
            twin = {row.uid: live.get(fold(row.values["name"])) for row in rows}
        else:
            twin = {}
        self._uid_of |= {uid: other for uid, other in twin.items() if other is not None}
        return [row for row in rows if twin.get(row.uid) is None]

    def _set_on_twin(self, row: Copy, groups: Iterable[str]) -> None:
        """Set what was wanted of a row on the one that stands for it, as upon a merge: from the default, so that another's value asks."""
        entity, ids = ENTITIES[row.entity], [self._uid_of[row.uid]]
        for group in groups:
            fields = entity.group(group).fields
            default = tuple(entity.field(name).default for name in fields)
            wanted = tuple(self._value(row, name, row.sector) for name in fields)
            (now,) = self._desk.facts.alike(row.entity, ids, group)
            if wanted in (default, now.current):
                continue
            allowed, refused = check(Set(row.entity, group, [Change(default, wanted, ids)]), self._desk.facts)
            for one in refused:
                self._keep_back(replace(one, ids=[row.uid]))
            if allowed is None:
                del self._uid_of[row.uid]
                return
            for scope, piece in self._desk.outbox.scoped(allowed):
                self._effects.apply(piece, scope)
                self._done.append((scope, piece))

    def _creates(
        self, entity: str, sector: str, rows: Sequence[Copy], ids: Mapping[str, str]
    ) -> Iterator[Create]:
        columns = tuple(
            one.name
            for one in ENTITIES[entity].fields
            if one.kind != "refs" and one.name not in ("sector", "created_at")
        )
        made = [[ids[row.uid], *(self._value(row, name, sector) for name in columns)] for row in rows]
        common: dict[str, Value] = {"sector": sector}
        if entity != "idea":
            if made:
                yield Create(entity, common, columns, made)
            return
        for row, values in zip(rows, made, strict=True):
            members = [self._uid_of.get(uid, uid) for uid in row.values.get("keyword_objects") or ()]
            known = self._desk.facts.references("keyword", members)
            live = [uid for uid in members if uid in known and not known[uid].deleted]
            yield Create(entity, common, columns, [values], live)

    def _value(self, row: Copy, name: str, sector: str) -> Value:
        value = row.values.get(name)
        has_cluster = "cluster" not in row.values or self._cluster(row, sector) is not None
        if name == "cluster":
            return self._cluster(row, sector)
        if name == "status" and (row.entity == "idea" or not has_cluster):
            return NEW
        return value if value is not None else ENTITIES[row.entity].field(name).default

    def _cluster(self, row: Copy, sector: str) -> str | None:
        """Return the cluster the row belongs into: the one made anew, or the old one where it is still to be had."""
        former = row.values.get("cluster")
        if former is None:
            return None
        uid = self._uid_of.get(former, former)
        known = self._desk.facts.references("cluster", [uid]).get(uid)
        return uid if known is not None and not known.deleted and known.sector == sector else None

    def _carry_out(self, create: Create, former: Mapping[str, str]) -> None:
        allowed, refused = check(create, self._desk.facts)
        for one in refused:
            self._keep_back(replace(one, ids=[former.get(uid, uid) for uid in one.ids]))
        if not isinstance(allowed, Create):
            return
        for scope, piece in self._desk.outbox.scoped(allowed):
            self._effects.apply(piece, scope)
            self._done.append((scope, piece))
        self._uid_of |= {former[uid]: uid for uid in allowed.ids}

    def _keep_back(self, refused: Refused) -> None:
        self._left |= dict.fromkeys(refused.ids, refused)

    def _kept_out(self) -> list[Refused]:
        """Return what was kept out, each row once, with the reason it was told last."""
        by_reason: dict[int, tuple[Refused, list[str]]] = {}
        for uid, one in self._left.items():
            by_reason.setdefault(id(one), (one, []))[1].append(uid)
        return [replace(one, ids=ids) for one, ids in by_reason.values()]

    # ------------------------------------------------------------------ the items' end

    def _end(self, item: review.Item) -> bool:
        """Close an item none of whose rows is left; return whether it is."""
        left = [uid for uid in item.ids if uid not in self._uid_of]
        if left:
            self._desk.store.run(
                "UPDATE review SET ids = ?, uid = ? WHERE id = ?", json_list(left), left[0], item.id
            )
            refresh_review_marks(self._desk.store, self._desk.log, item.entity, item.ids)
            self._desk.log.note("review")
            return False
        if item.code == SHUT_OUT:
            for op_id in item.ops:
                mutation = self._desk.outbox.by_op(op_id)
                if mutation is not None and mutation.state in ("waiting", "sending"):
                    # It lives on in the new rows: sent later all the same, it would happen twice.
                    self._desk.outbox.void(mutation)
        close_item(self._desk, item, "mine")
        return True


def _created(operations: Sequence[Operation], entity: str) -> Iterator[Copy]:
    """Yield the rows that an author's own work was to create."""
    for operation in operations:
        if isinstance(operation, Create) and operation.entity == entity:
            sector = str(operation.common.get("sector", ""))
            for row in operation.rows:
                values: dict[str, Any] = dict(operation.common) | dict(
                    zip(operation.columns, row[1:], strict=True)
                )
                values["keyword_objects"] = list(operation.keywords)
                yield Copy(str(row[0]), entity, sector, values)


def _as_wanted(copy: Copy, operations: Sequence[Operation]) -> Copy:
    """Return a row with the values that work on it was to set."""
    values = dict(copy.values)
    for operation in operations:
        if isinstance(operation, Set) and operation.entity == copy.entity:
            fields = ENTITIES[copy.entity].group(operation.group).fields
            for change in operation.changes:
                if copy.uid in change.ids:
                    values.update(zip(fields, change.new, strict=True))
        elif isinstance(operation, ItemsChange) and operation.id == copy.uid:
            members = dict.fromkeys([*(values.get("keyword_objects") or ()), *operation.add])
            values["keyword_objects"] = [uid for uid in members if uid not in operation.remove]
    return replace(copy, values=values)
