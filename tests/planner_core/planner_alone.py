"""Two people, a job and one group of one row, with nothing around the decision: no database, no wire, no engine.

The platform here is a few lines around `planner_core.merge`; what it must never do is said by `Notary`, who does not read that
module. A state is a value: histories share their beginnings, so all of a length can be walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from planner_core.entities import Entity, Group, Values
from planner_core.invert import invert
from planner_core.merge import Outcome, Standing, Wish, settle, settle_decision, settle_delete, unseen_groups
from planner_core.operations import Change, Delete, Operation, Restore, Seen, Set
from planner_core.rules.transitions import allowed

ROW = "0" * 32
PEOPLE = ("anna", "carl")


@dataclass(frozen=True, slots=True)
class Case:
    """The group under test and its three values; the row begins with the first one."""

    entity: Entity
    group: Group
    values: tuple[Values, Values, Values]

    def may_go(self, old: Values, new: Values) -> bool:
        """Whether the rules let a person write `new` over `old`."""
        return self.group.fields != ("status",) or allowed(self.entity.name, str(old[0]), str(new[0]))


@dataclass(frozen=True, slots=True)
class Action:
    """One thing somebody does. A job's write compares with what the job read when it wrote last."""

    who: str
    verb: Literal["set", "delete", "restore", "undo", "sync", "job"]
    value: Values = ()

    def __str__(self) -> str:
        return " ".join([self.who, self.verb, *map(str, self.value)])


@dataclass(frozen=True, slots=True)
class Sent:
    """An operation with its id, what its author had seen (tags of writes), and what it takes back (0: nothing)."""

    op: int
    operation: Operation
    seen: frozenset[int]
    takes_back: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """The platform's row: the group's value and liveness, each with its last writer, operation and tag."""

    value: Values
    deleted: bool = False
    writer: str = "import"
    op: int = 0
    shared: bool = False
    """Two people wanted this value: taking back either one's edit leaves it."""
    tag: int = 0
    deleted_by: str = "import"
    deleted_op: int = 0
    deleted_tag: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """An open question to one person."""

    person: str
    kind: Literal["conflict", "delete", "target_deleted"]
    mine: Values
    theirs: Values


@dataclass(frozen=True, slots=True)
class Client:
    """One person's machine."""

    base: Row
    waiting: tuple[Sent, ...] = ()
    done: tuple[Sent, ...] = ()
    """Own work that can be undone, the latest last."""
    seen: frozenset[int] = frozenset({0})

    @property
    def effective(self) -> tuple[Values, bool]:
        """What the person looks at: the platform's row with the waiting work on top."""
        value, deleted = self.base.value, self.base.deleted
        for sent in self.waiting:
            match sent.operation:
                case Set(changes=changes):
                    value = changes[0].new
                case Delete():
                    deleted = True
                case Restore():
                    deleted = False
        return value, deleted


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is. `told` are the notary's complaints."""

    case: Case
    row: Row
    clients: tuple[Client, Client]
    job_read: Values
    items: tuple[Item, ...] = ()
    count: int = 0
    told: tuple[str, ...] = ()

    @classmethod
    def of(cls, case: Case, *, deleted: bool = False) -> World:
        """The world at the beginning: both machines have the platform's row, in the trash if `deleted`."""
        row = Row(case.values[0], deleted)
        return cls(case, row, (Client(row), Client(row)), case.values[0])

    # ------------------------------------------------------------------ what may happen

    def actions(self) -> Iterator[Action]:
        """Every action that changes anything."""
        for person, client in zip(PEOPLE, self.clients, strict=True):
            value, deleted = client.effective
            for new in () if deleted else self.case.values:
                if new != value and self.case.may_go(value, new):
                    yield Action(person, "set", new)
            yield Action(person, "restore" if deleted else "delete")
            if client.done:
                yield Action(person, "undo")
            if client.waiting or client.base != self.row:
                yield Action(person, "sync")
        for new in () if self.row.deleted else self.case.values:
            if new != self.row.value and self.case.may_go(self.row.value, new):
                yield Action("job", "job", new)

    def after(self, action: Action) -> World:
        """The world after it."""
        if action.verb == "job":
            return self._job(action.value)
        if action.verb == "sync":
            return self.synced(action.who)
        client = self.clients[PEOPLE.index(action.who)]
        if action.verb == "undo":
            return self._undo(action.who, client)
        return self._edit(action.who, client, _operation(self.case, client, action))

    def _with(self, person: str, client: Client) -> World:
        place = PEOPLE.index(person)
        clients = (client, self.clients[1]) if place == 0 else (self.clients[0], client)
        return replace(self, clients=clients)

    def _edit(self, person: str, client: Client, operation: Operation, takes_back: int = 0) -> World:
        sent = Sent(self.count + 1, operation, client.seen, takes_back)
        done = client.done if takes_back else (*client.done, sent)
        client = replace(client, waiting=(*client.waiting, sent), done=done, seen=client.seen | {sent.op})
        return replace(self._with(person, client), count=sent.op)

    def _undo(self, person: str, client: Client) -> World:
        """Take back the latest work where it still stands, as an edit of its own."""
        last = client.done[-1]
        client = replace(client, done=client.done[:-1])
        (inverse,) = invert([last.operation])
        value, deleted = client.effective
        match inverse:
            case Set(changes=changes):
                stands = not deleted and value == changes[0].old and self.case.may_go(value, changes[0].new)
            case Delete():
                stands = not deleted
                inverse = replace(inverse, rows=[Seen({self.case.group.name: value}, [ROW])])
            case _:
                stands = deleted
        if not stands:
            return self._with(person, client)
        return self._edit(person, client, inverse, last.op)

    def _job(self, new: Values) -> World:
        case, row = self.case, self.row
        wish = Wish(self.job_read, new, by_person=False)
        outcome = settle(case.entity, case.group, wish, _standing(row, "job", 0))
        count = self.count + 1
        if outcome is not Outcome.APPLY:
            return replace(self, job_read=row.value, count=count)
        told = self.told
        if row.writer in PEOPLE and row.value != self.job_read:
            told = (*told, f"the job overwrote {row.writer}'s {row.value}")
        written = replace(row, value=new, writer="job", op=count, tag=count, shared=False)
        return replace(self, row=written, job_read=new, count=count, told=told)

    # ------------------------------------------------------------------ the platform

    def synced(self, person: str) -> World:
        """Send everything that waits, in its order, and take the row."""
        world = self
        for sent in self.clients[PEOPLE.index(person)].waiting:
            world = world._take(person, sent)
        client = world.clients[PEOPLE.index(person)]
        seen = client.seen | {world.row.tag, world.row.deleted_tag}
        return world._with(person, replace(client, base=world.row, waiting=(), seen=seen))

    def _take(self, person: str, sent: Sent) -> World:
        match sent.operation:
            case Set(changes=changes):
                return self._take_set(person, sent, changes[0])
            case Delete(rows=rows):
                return self._take_delete(person, sent, rows[0])
            case Restore() if self.row.deleted:
                row = replace(
                    self.row, deleted=False, deleted_by=person, deleted_op=sent.op, deleted_tag=sent.op
                )
                return replace(self, row=row)
        return self

    def _take_set(self, person: str, sent: Sent, change: Change) -> World:
        case, row = self.case, self.row
        wish = Wish(change.old, change.new, takes_back=bool(sent.takes_back))
        outcome = settle(case.entity, case.group, wish, _standing(row, person, sent.takes_back))
        world = replace(self, told=self.told + tuple(Notary(self, person, sent).judge_set(change, outcome)))
        if outcome is Outcome.APPLY:
            written = replace(row, value=change.new, writer=person, op=sent.op, tag=sent.op, shared=False)
            return replace(world, row=written, items=_answered(world.items, person))
        if outcome is Outcome.SAME:
            shared = row.shared or row.writer not in (person, "import", "job")
            written = replace(row, writer=person, op=sent.op, shared=shared)
            return replace(world, row=written, items=_answered(world.items, person))
        if outcome is Outcome.OVERTAKEN:
            return world
        kind: Literal["conflict", "target_deleted"] = (
            "conflict" if outcome is Outcome.CONFLICT else "target_deleted"
        )
        return world._ask(Item(person, kind, change.new, row.value))

    def _take_delete(self, person: str, sent: Sent, seen: Seen) -> World:
        case, row = self.case, self.row
        unseen = unseen_groups(seen.values, {case.group.name: row.value})
        foreign = bool(sent.takes_back) and row.deleted_op != sent.takes_back
        standing = [_standing(row, person, 0)] if unseen else []
        outcome = settle_delete(standing, deleted=row.deleted, takes_back_foreign=foreign)
        world = replace(self, told=self.told + tuple(Notary(self, person, sent).judge_delete(seen, outcome)))
        if outcome is Outcome.APPLY:
            gone = replace(row, deleted=True, deleted_by=person, deleted_op=sent.op, deleted_tag=sent.op)
            return replace(world, row=gone)
        if outcome is Outcome.CONFLICT:
            return world._ask(Item(person, "delete", (), row.value))
        return world

    def _ask(self, item: Item) -> World:
        """At most one question to a person about one thing: the newer one takes the older one's place."""
        others = tuple(one for one in self.items if (one.person, one.kind) != (item.person, item.kind))
        return replace(self, items=(*others, item))

    # ------------------------------------------------------------------ decisions

    def decided(self, item: Item, choice: Literal["mine", "theirs"]) -> World:
        """The world after a person's answer has reached the platform."""
        world = replace(self, items=tuple(one for one in self.items if one != item))
        if choice == "theirs":
            return world
        op = self.count + 1
        row, case = self.row, self.case
        if item.kind == "delete":
            gone = replace(row, deleted=True, deleted_by=item.person, deleted_op=op, deleted_tag=op)
            return replace(world, row=gone, count=op)
        if item.kind == "target_deleted":
            row = replace(row, deleted=False, deleted_by=item.person, deleted_op=op, deleted_tag=op)
            if not case.may_go(row.value, item.mine):
                return world  # A rule keeps it back; the person leaves it.
        elif row.deleted or not case.may_go(row.value, item.mine):
            return world
        else:
            outcome = settle_decision(case.group, item.mine, item.theirs, row.value)
            if outcome is Outcome.CONFLICT:
                return world._ask(replace(item, theirs=row.value))
        written = replace(row, value=item.mine, writer=item.person, op=op, tag=op, shared=False)
        return replace(world, row=written, count=op)


@dataclass(frozen=True, slots=True)
class Notary:
    """Complains about accepted work that would vanish without a trace. Knows values and who had seen what, and no merge rules."""

    world: World
    person: str
    sent: Sent

    def judge_set(self, change: Change, outcome: Outcome) -> Iterator[str]:
        row, case = self.world.row, self.world.case
        if outcome is Outcome.APPLY:
            if row.deleted:
                yield f"{self.person} wrote into the trash"
            if self.sent.takes_back and row.op != self.sent.takes_back and row.writer in PEOPLE:
                yield from self._taken(change)
            unseen = row.tag not in self.sent.seen and row.writer not in (self.person, "import", "job")
            by_rule = not case.group.protected or case.group.fields == ("status",)
            if unseen and _is_other(row.value, change) and not by_rule:
                yield f"{self.person} overwrote {row.writer}'s {row.value} unseen"
            if not case.may_go(row.value, change.new):
                yield f"{row.value} went to {change.new}, which no rule allows"
        elif outcome is Outcome.SAME and not _holds(row.value, change):
            yield f"{self.person}'s {change.new} is called done where {row.value} stands"
        elif outcome in (Outcome.KEPT, Outcome.SUPERSEDED):
            yield f"{self.person}'s {change.new} was dropped as {outcome.value}"
        elif outcome is Outcome.OVERTAKEN and not self.sent.takes_back:
            yield f"{self.person}'s {change.new} was dropped as an undo"

    def _taken(self, change: Change) -> Iterator[str]:
        """An undo may take what its own user wrote since (he looked at it), and a flag; never a colleague's value."""
        row = self.world.row
        if self.world.case.group.protected and (row.writer != self.person or row.shared):
            yield f"{self.person}'s undo took {row.writer}'s {row.value} away"

    def judge_delete(self, seen: Seen, outcome: Outcome) -> Iterator[str]:
        row = self.world.row
        is_others = row.writer not in (self.person, "import", "job") and row.tag not in self.sent.seen
        if outcome is Outcome.APPLY and is_others and row.value != seen.values[self.world.case.group.name]:
            yield f"{self.person} deleted {row.writer}'s {row.value} unseen"
        if outcome is Outcome.APPLY and self.sent.takes_back and row.deleted_op != self.sent.takes_back:
            yield f"{self.person}'s undo deleted what {row.deleted_by} had brought back"
        if outcome is Outcome.SAME and not row.deleted:
            yield f"{self.person}'s deletion is called done and the row lives"


def _holds(current: Values, change: Change) -> bool:
    """Whether everything the change was about stands already."""
    return all(new in (now, old) for old, new, now in zip(change.old, change.new, current, strict=True))


def _is_other(current: Values, change: Change) -> bool:
    """Whether something stands that is neither what the author of the change saw nor what he wants."""
    return any(now not in (old, new) for old, new, now in zip(change.old, change.new, current, strict=True))


def _standing(row: Row, person: str, takes_back: int) -> Standing:
    own = not row.shared and (row.writer == person or (bool(takes_back) and row.op == takes_back))
    return Standing(row.value, row.writer in PEOPLE, own, row.deleted)


def _answered(items: tuple[Item, ...], person: str) -> tuple[Item, ...]:
    return tuple(one for one in items if (one.person, one.kind) != (person, "conflict"))


def _operation(case: Case, client: Client, action: Action) -> Operation:
    value, _ = client.effective
    match action.verb:
        case "set":
            return Set(case.entity.name, case.group.name, [Change(value, action.value, [ROW])])
        case "delete":
            return Delete(case.entity.name, [Seen({case.group.name: value}, [ROW])])
        case _:
            return Restore(case.entity.name, [ROW])
