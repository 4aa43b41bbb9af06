"""Judges what a replica holds: I4 effective rows recomputed from scratch, I5, I6, I8, I10, I15. Each yields its complaints as texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.simulation.ledger import Wish
from tests.simulation.sight import DELETED, GROUPS, MEMBERS, Kept, Replica, Row, Values

_CHILD_GROUP = {"keyword": "placement", "idea": "cluster"}
_ALONE: dict[str, Values] = {"keyword": (None, "new"), "idea": (None,)}
OPEN = frozenset({"waiting", "sending"})


@dataclass(slots=True)
class _Shown:
    """A row while pending work is laid on it."""

    entity: str
    deleted: bool
    groups: dict[str, Values]
    was_live: bool
    """On the platform, or by pending work that came before."""
    key: tuple[str, str] | None = None
    may_be_alone: bool = False
    is_delivered: bool = False
    """The platform has it. What nobody but pending work knows is made anew by each creation of it."""


class Overlay:
    """Pending work on top of what the platform said: the design's few sentences as code, row by row and from scratch."""

    def __init__(self, base: Mapping[str, Row], aliases: Mapping[str, str]) -> None:
        self._aliases = dict(aliases)
        self.rows = {
            uid: _Shown(
                row.entity, row.deleted, dict(row.groups), not row.deleted, row.key, is_delivered=True
            )
            for uid, row in base.items()
        }
        self._put_out: dict[str, str] = {}
        """Row -> the deleted cluster it left when it came out of the trash; nobody has placed it since."""

    def merge_provisionally(self, pending: Sequence[Wish]) -> dict[str, str]:
        """Let keywords that wait to be created stand for others of the same seed and sector; return those merges.

        The other is one that the platform has, or the first of those that wait: an older file put back and its journal may hold two.
        """
        keys = {uid: row.key for uid, row in self.rows.items() if row.entity == "keyword"}
        live = {keys[uid]: uid for uid in keys if self.rows[uid].was_live}
        found: dict[str, str] = {}
        for wish in pending:
            if wish.entity != "keyword":
                continue
            uid = found.get(wish.uid, self._one(wish.uid))
            if wish.verb == "delete" and live.get(keys.get(uid)) == uid:
                # Deleted before the seed was taken anew: two rows, one after the other.
                del live[keys[uid]]
            if wish.verb == "restore" and uid in self.rows and self.rows[uid].was_live:
                live.setdefault(keys[uid], uid)
            if wish.verb == "create" and wish.uid not in self.rows and wish.uid not in self._aliases:
                keys[wish.uid] = wish.key
                holder = live.setdefault(wish.key, wish.uid)
                if holder != wish.uid:
                    found[wish.uid] = holder
        self._aliases |= found
        return found

    def lay(self, wishes: Sequence[Wish]) -> None:
        """Lay operations on top, in order."""
        for wish in wishes:
            self._lay(wish)

    def finish(self) -> dict[str, _Shown]:
        """Take rows out of clusters whose deletion is pending; return everything."""
        dying = {
            uid for uid, row in self.rows.items() if row.entity == "cluster" and row.was_live and row.deleted
        }
        for row in self.rows.values():
            group = _CHILD_GROUP.get(row.entity)
            if group and row.groups[group][0] in dying:
                row.groups[group] = _ALONE[row.entity]
        return self.rows

    def _one(self, uid: str) -> str:
        passed = {uid}
        while uid in self._aliases and self._aliases[uid] not in passed:
            uid = self._aliases[uid]
            passed.add(uid)
        return uid

    def _lay(self, wish: Wish) -> None:
        uid = self._one(wish.uid)
        if wish.verb == "create":
            known = self.rows.get(uid)
            if wish.uid not in self._aliases and not (known and known.is_delivered):
                groups = {name: self._mapped(wish.entity, name, value) for name, value in wish.values.items()}
                self.rows[uid] = _Shown(
                    wish.entity, deleted=False, groups=groups, was_live=False, key=wish.key
                )
            return
        if wish.verb == "delete":
            # Also of a cluster that is not here (any more): what refers to it reads as none.
            self._let_go(uid, wish.children)
        row = self.rows.get(uid)
        if row is None or (
            wish.verb == "resolve" and (wish.choice != "mine" or wish.group not in {*row.groups, DELETED})
        ):
            return
        match wish.verb:
            case "set" | "resolve" if wish.group != DELETED:
                assert wish.new is not None
                if wish.group == _CHILD_GROUP.get(row.entity):
                    self._put_out.pop(uid, None)
                row.groups[wish.group] = self._mapped(wish.entity, wish.group, wish.new)
            case "items":
                gone = {self._one(one) for one in wish.remove}
                members = set(row.groups[MEMBERS][0]) | {self._one(one) for one in wish.add}
                row.groups[MEMBERS] = (tuple(sorted(members - gone)),)
            case "delete" | "resolve":
                row.deleted = True
            case "restore":
                row.deleted, row.was_live = False, True
                self._leave_dead_cluster(uid, row)
                left = [child for child, home in self._put_out.items() if home == uid]
                self._take_in(uid, [*wish.children, *left])

    def _mapped(self, entity: str, group: str, values: Values) -> Values:
        if group == MEMBERS:
            return (tuple(sorted({self._one(uid) for uid in values[0]})),)
        if _CHILD_GROUP.get(entity) == group and values[0] is not None:
            return (self._one(str(values[0])), *values[1:])
        return values

    def _let_go(self, cluster: str, children: Sequence[str]) -> None:
        for uid in map(self._one, children):
            row = self.rows.get(uid)
            if row is not None and row.groups[_CHILD_GROUP[row.entity]][0] == cluster:
                row.groups[_CHILD_GROUP[row.entity]] = _ALONE[row.entity]

    def _leave_dead_cluster(self, uid: str, row: _Shown) -> None:
        """A row that comes out of the trash is in no cluster if its own went there meanwhile, or is gone."""
        group = _CHILD_GROUP.get(row.entity)
        if group is None:
            return
        if row.groups[group][0] is None:
            # Of a cluster that was cleared away nothing is left to read: it may have been in one.
            row.may_be_alone = row.groups[group] != _ALONE[row.entity]
            return
        home = self._one(str(row.groups[group][0]))
        cluster = self.rows.get(home)
        if cluster is None or cluster.deleted:
            row.groups[group] = _ALONE[row.entity]
            self._put_out[uid] = home

    def _take_in(self, cluster: str, children: Sequence[str]) -> None:
        for uid in map(self._one, children):
            row = self.rows.get(uid)
            if row is None or row.deleted or row.groups[_CHILD_GROUP[row.entity]] != _ALONE[row.entity]:
                continue
            row.groups[_CHILD_GROUP[row.entity]] = (cluster, "mapped")[: len(_ALONE[row.entity])]


def i4_effective(replica: Replica, pending: Sequence[Sequence[Wish]]) -> Iterator[str]:
    """What is shown is what the platform said with the pending work on top, recomputed here from scratch.

    Where access was lost nothing is shown, until it is back and the rows have come again: pending work is kept for that day.
    """
    if replica.standing is not None and (replica.standing.access == "none" or not replica.standing.epoch):
        return
    overlay = Overlay(replica.base, replica.aliases)
    merged = overlay.merge_provisionally([wish for wishes in pending for wish in wishes])
    for wishes in pending:
        overlay.lay(wishes)
    expected = overlay.finish()
    for uid in expected.keys() | replica.shown.keys():
        wanted, shown = expected.get(uid), replica.shown.get(uid)
        if wanted is None or shown is None:
            where = (
                "is shown, but neither the platform nor pending work has it"
                if wanted is None
                else "is not shown"
            )
            if wanted is not None or uid not in merged:
                yield f"I4: {(shown or wanted).entity} {uid} {where}"  # type: ignore[union-attr]  # one of the two is there
            continue
        if wanted.deleted != shown.deleted:
            yield f"I4: {shown.entity} {uid} is shown {'dead' if shown.deleted else 'live'}"
        for group in GROUPS[shown.entity]:
            is_alone = wanted.may_be_alone and shown.groups[group] == _ALONE.get(shown.entity)
            if wanted.groups[group] != shown.groups[group] and not is_alone:
                yield f"I4: {group} of {shown.entity} {uid} is shown as {shown.groups[group]}, not {wanted.groups[group]}"


def i5_cursor(replica: Replica, there: Mapping[str, int] | None, live: frozenset[str]) -> Iterator[str]:
    """A cursor says what is here: nothing newer, and everything up to it.

    `there` is row -> version as the platform had it at the replica's version, None where that moment is not known; `live` names
    the rows that were not in the trash then.
    """
    standing = replica.standing
    if standing is None:
        return
    for uid, row in replica.base.items():
        if row.ver > standing.version:
            yield f"I5: {uid} is here in version {row.ver}, the cursor stands at {standing.version}"
    if there is None:
        return
    for uid, ver in there.items():
        here = replica.base.get(uid)
        if here is None and uid in live and not any(uid in raw for raw in replica.unread):
            yield f"I5: the cursor stands at {standing.version}, but {uid} of version {ver} never came"
        if here is not None and here.ver != ver and (uid in live or not here.deleted):
            yield f"I5: at version {standing.version} the platform had {uid} in version {ver}, here it is {here.ver}"
    for uid in replica.base.keys() - there.keys():
        if not replica.base[uid].deleted:
            yield f"I5: {uid} is live here, but the platform had no such row at version {standing.version}"


def i6_dense(replica: Replica, mutations: Sequence[Kept]) -> Iterator[str]:
    """Numbers without a verdict follow each other up to the next one, all under the replica's own name."""
    standing = replica.standing
    if standing is None:
        return
    numbers = [one.seq for one in mutations if one.state in OPEN and one.seq is not None]
    last = standing.next_seq - 1
    if sorted(numbers) != list(range(last - len(numbers) + 1, last + 1)):
        yield f"I6: open mutations have the numbers {numbers}, the next one is {standing.next_seq}"
    strangers = [one.op for one in mutations if one.state in OPEN and one.replica != replica.replica_id]
    if strangers:
        yield f"I6: open mutations of another replica id: {strangers}"
    if numbers and standing.last_ack_seq and min(numbers) > standing.last_ack_seq + 1:
        yield f"I6: {standing.last_ack_seq} is the last one answered, but {min(numbers)} is the first one open"


def i8_access(replica: Replica) -> Iterator[str]:
    """A replica that was told it may not see the site holds none of its rows."""
    standing = replica.standing
    if standing is not None and standing.access == "none" and (replica.base or replica.aliases):
        yield f"I8: {len(replica.base)} rows of a site that is not this user's any more are still here"


def i10_unique(rows: Mapping[str, Row], where: str, trash: frozenset[str] = frozenset()) -> Iterator[str]:
    """No two live rows have one natural key.

    Work that waits may, until the platform has answered: names of clusters, and rows of the platform's `trash` that are restored.
    """
    held: dict[tuple[str, tuple[str, str]], str] = {}
    for uid, row in rows.items():
        waits = row.pending and (row.entity == "cluster" or uid in trash)
        if row.deleted or row.key is None or None in row.key or waits:
            continue
        other = held.setdefault((row.entity, row.key), uid)
        if other != uid:
            yield f"I10: {row.entity} {uid} and {other} are live with one key {row.key} {where}"


def i15_coupled(
    rows: Mapping[str, Row], proposed: Mapping[tuple[str, str], set[Values]], where: str
) -> Iterator[str]:
    """Coupled fields hold: a pair is a natural one, or somebody asked for it as it is.

    `proposed` is (row uid, group) -> the values operations and direct writes gave it, each as a whole.
    """
    for uid, row in rows.items():
        for group in ("placement", "kind"):
            values = row.groups.get(group)
            if values is None or row.deleted or values in proposed.get((uid, group), ()):
                continue
            if group == "placement" and (values[0] is None) == (values[1] == "new"):
                continue
            yield f"I15: nobody asked for {group} {values} of {row.entity} {uid} {where}"
