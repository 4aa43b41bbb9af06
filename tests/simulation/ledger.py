"""Every edit that was ever shown as saved, what it asked for, and what became of it.

Bodies are read here by the wire's published shape alone, so that an oracle never asks the product what an operation means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.simulation.sight import DELETED, GROUPS, MEMBERS, MEMBERS_WORK, Cell, Values, row_of

Verb = Literal["create", "set", "items", "delete", "restore", "resolve"]

APPLIED = frozenset({"applied", "applied_with", "superseded"})
_DEFAULTS: dict[str, dict[str, Any]] = {
    "keyword": {"status": "new"},
    "cluster": {"status": "new", "description": "", "origin": "hand"},
    "idea": {
        "status": "new",
        "description": "",
        "content_type": "post",
        "content_structure": "article",
        "estimated_word_count": 1000,
    },
}
"""What the design says a new row has where its maker named nothing else."""


def default(entity: str, group: str) -> Values:
    """Return the values a new row has in a group that its maker left alone."""
    return row_of(entity, "", 0, _DEFAULTS[entity]).groups[group]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operation wants of one row. `old` is what its author saw; a create's `values` and a delete's `seen` are by group."""

    verb: Verb
    entity: str
    uid: str
    group: str = DELETED
    old: Values | None = None
    new: Values | None = None
    values: Mapping[str, Values] = field(default_factory=dict)
    key: tuple[str, str] | None = None
    children: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    conflict: str = ""
    choice: str = ""

    @property
    def cell(self) -> Cell:
        """Return the cell it is about."""
        return self.uid, self.group


def wishes(body: bytes) -> tuple[Wish, ...]:
    """Return what a mutation's body asks for, row by row and in order."""
    return tuple(wish for one in json.loads(body)["ops"] for wish in _wishes(one))


def _wishes(one: Mapping[str, Any]) -> Iterator[Wish]:
    entity = one["e"]
    match one["k"]:
        case "create":
            yield from _creations(entity, one)
        case "set":
            for old, new, ids in one["changes"]:
                for uid in ids:
                    yield Wish("set", entity, uid, one["g"], tuple(old), tuple(new))
        case "items":
            add, remove = tuple(one.get("add", ())), tuple(one.get("remove", ()))
            yield Wish("items", entity, one["id"], MEMBERS, add=add, remove=remove)
        case "delete":
            for seen, ids in one["rows"]:
                for uid in ids:
                    inside = tuple(one.get("kids", {}).get(uid, ()))
                    values = {name: tuple(value) for name, value in seen.items()}
                    yield Wish("delete", entity, uid, new=(True,), values=values, children=inside)
        case "restore":
            for uid in one["rows"]:
                inside = tuple(one.get("kids", {}).get(uid, ()))
                yield Wish("restore", entity, uid, new=(False,), children=inside)
        case "resolve":
            yield Wish(
                "resolve",
                entity,
                one["id"],
                one["g"],
                tuple(one["theirs"]),
                tuple(one["value"]),
                conflict=one["conflict"],
                choice=one["choice"],
            )


def _creations(entity: str, one: Mapping[str, Any]) -> Iterator[Wish]:
    for uid, *own in one["rows"]:
        fields = {**_DEFAULTS[entity], **one["f"], **dict(zip(one["cols"], own, strict=True))}
        if entity == "idea":
            fields[MEMBERS] = one.get("kw", ())
        values = row_of(entity, uid, 0, fields).groups
        key = (fields["sector"], fields["seed"]) if entity == "keyword" else None
        yield Wish("create", entity, uid, new=(False,), values=values, key=key)


@dataclass(slots=True)
class Entry:
    """One operation from the moment it was on the disk."""

    op: str
    sha256: str
    body: bytes
    machine: str
    user: str
    action: str
    undo_of: str
    supersedes: tuple[str, ...]
    wishes: tuple[Wish, ...]
    fresh: bool = True
    """False for work that a machine sent again by itself."""

    @property
    def cells(self) -> Iterator[Cell]:
        """Yield the cells it names; a creation and a deletion touch all groups of their rows.

        A deletion says where the rows in a cluster belong from now on: in none. A restoring says nothing of them: they come home or not.
        """
        for wish in self.wishes:
            if wish.verb in {"create", "delete"} or wish.cell == (wish.uid, DELETED):
                yield from ((wish.uid, group) for group in (*GROUPS[wish.entity], DELETED))
                children = wish.children if wish.verb == "delete" else ()
                yield from ((child, group) for child in children for group in ("placement", "cluster"))
            else:
                yield wish.cell
                if wish.verb == "items":
                    yield wish.uid, MEMBERS_WORK


def entry_of(op: str, body: bytes, machine: str, user: str, **more: Any) -> Entry:
    """Return the ledger's entry of an operation's body."""
    document = json.loads(body)
    return Entry(
        op,
        hashlib.sha256(body).hexdigest(),
        body,
        machine,
        user,
        document["action"],
        document.get("undo_of") or "",
        tuple(document.get("supersedes", ())),
        wishes(body),
        **more,
    )


@dataclass(frozen=True, slots=True)
class Balance:
    """How the ledger closes: every operation counted once."""

    applied: int = 0
    review: int = 0
    superseded: int = 0
    cancelled: int = 0
    void: int = 0
    excused: int = 0
    lost: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Return the sum of all columns."""
        settled = self.applied + self.review + self.superseded + self.cancelled + self.void
        return settled + self.excused + len(self.lost)


class Ledger:
    """All operations of a world."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.cancelled: set[str] = set()
        """Discarded by their user before they were sent."""
        self.excused: set[str] = set()
        """Were only in a file that somebody replaced by an older copy: outside the promise."""
        self.refused: set[str] = set()
        """Were refused or parked in some history: a restore of the platform does not bring them back, what was seen of it holds."""
        self.left_alone: dict[str, set[Cell]] = {}
        """Operation that was applied but for some rows -> the cells of those: to take it back is nothing there."""
        self.shared: set[str] = set()
        """Waited in a file when it was copied, or again in both: cancelling in one copy does not cancel in the other."""
        self.unaware: set[str] = set()
        """Shared, and sent last from a file that cannot know that it had arrived from another one."""
        self.taken_back: set[str] = set()
        """Their author undid them when nothing of them stood any more: what he did since had replaced it."""
        self.successors: dict[str, list[str]] = {}
        self._arrived: dict[str, set[str]] = {}
        """Machine or copy of its file -> operations that the platform had from it."""
        self._inverses: dict[str, list[str]] = {}
        """Operation -> those that take it back."""

    def enter(self, entry: Entry) -> None:
        """Take an operation down."""
        self.entries[entry.op] = entry
        for former in entry.supersedes:
            self.successors.setdefault(former, []).append(entry.op)
        if entry.undo_of:
            self._inverses.setdefault(entry.undo_of, []).append(entry.op)

    def sent(self, op: str, machine: str, *, as_new: bool) -> None:
        """Note that an operation leaves a machine: as new, or as one that has left before."""
        if as_new and op in self.shared and op not in self._arrived.get(machine, ()):
            self.unaware.add(op)
        else:
            self.unaware.discard(op)

    def arrived(self, ops: Iterable[str], machine: str) -> None:
        """Note that the platform has operations from a machine: its file knows from now on that they have left."""
        self._arrived.setdefault(machine, set()).update(ops)

    def file_copied(self, one: str, other: str) -> None:
        """Note that a file was copied, or put in another one's place: it knows what it knew."""
        self._arrived[other] = set(self._arrived.get(one, ()))

    def discarded(self, ops: frozenset[str], elsewhere: Iterable[frozenset[str]]) -> None:
        """Note what its user let go in one file: another that holds it may send it, again where the platform had forgotten it."""
        self.cancelled |= ops
        self.shared |= ops & frozenset[str]().union(*elsewhere)

    def first_form(self, op: str) -> str:
        """Return the operation that this one, sent again by itself, is another form of."""
        entry = self.entries.get(op)
        while entry is not None and not entry.fresh and entry.supersedes:
            op = entry.supersedes[0]
            entry = self.entries.get(op)
        return op

    def forms(self, op: str) -> frozenset[str]:
        """Return the operation and all that replaced it, however often."""
        found, rest = {op}, [op]
        while rest:
            for later in self.successors.get(rest.pop(), ()):
                if later not in found:
                    found.add(later)
                    rest.append(later)
        return frozenset(found)

    def balance(
        self,
        answered: Mapping[str, str],
        waiting: Sequence[str],
        reviewed: frozenset[str],
        let_go: frozenset[str] = frozenset(),
    ) -> Balance:
        """Count what became of every operation.

        `answered` are the platform's verdicts, `waiting` what still is in an outbox, `reviewed` what is or was in a Review,
        `let_go` what was refused and then discarded there by its user: that holds in every history of the platform.
        """
        held = frozenset(waiting)
        counts = {"applied": 0, "review": 0, "superseded": 0, "cancelled": 0, "void": 0, "excused": 0}
        lost: list[str] = []
        for op, entry in self.entries.items():
            fate = self._fate(op, entry, answered, held, reviewed, let_go)
            if fate:
                counts[fate] += 1
            else:
                lost.append(op)
        return Balance(**counts, lost=tuple(lost))

    def _fate(
        self,
        op: str,
        entry: Entry,
        answered: Mapping[str, str],
        held: frozenset[str],
        reviewed: frozenset[str],
        let_go: frozenset[str],
    ) -> str:
        verdict = answered.get(op, "")
        if not entry.wishes:
            return "void"
        if verdict == "superseded":
            return "superseded"
        if verdict in APPLIED:
            return "applied"
        if op in self.cancelled:
            return "cancelled"
        if op in self.excused:
            return "excused"
        # A later form that its user let go has ended, also on a platform that has forgotten its verdict; so has one whose refusal was
        # in a history that is lost, and needs no more: it is not sent again.
        ended = (answered, held, self.excused, self.cancelled, let_go)
        if any(
            any(later in some for some in ended)
            or (later in self.refused and self._fate_of_refused(self.entries[later], reviewed))
            for later in self.forms(op) - {op}
        ):
            return "superseded"
        if op in let_go:
            return "review"
        return self._fate_of_refused(entry, reviewed) if verdict or op in self.refused else ""

    def _fate_of_refused(self, entry: Entry, reviewed: frozenset[str]) -> str:
        if self._is_taken_back(entry.op) or self._had_nothing_to_undo(entry):
            return "cancelled"
        return "review" if entry.op in reviewed else ""

    def _is_taken_back(self, op: str) -> bool:
        """Whether the author of refused work had taken it back: it needs no Review."""
        return bool(self.forms(op) & self.taken_back) or any(
            inverse not in self.cancelled
            for form in self.forms(op)
            for inverse in self._inverses.get(form, ())
        )

    def _had_nothing_to_undo(self, entry: Entry) -> bool:
        """Whether a refused undo would have taken back what was not carried out itself. Doing again what was undone is work of its own."""
        steps, undone = 0, entry
        while undone.undo_of in self.entries:
            undone = self.entries[undone.undo_of]
            steps += 1
        forms = self.forms(entry.undo_of)
        alone: set[Cell] = set().union(*(self.left_alone.get(op, ()) for op in forms))
        return steps % 2 == 1 and (
            bool(forms & self.refused) or all(one.cell in alone for one in entry.wishes)
        )
