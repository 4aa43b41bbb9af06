"""What the oracle knows of one machine: which work is in its file, whose values it shows, and what its person has seen."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulation.ancestry import Ancestry, Tags
from tests.simulation.books import Books
from tests.simulation.history import Branch
from tests.simulation.invariants_forms import i1_whole
from tests.simulation.invariants_replica import (
    OPEN,
    i4_effective,
    i5_cursor,
    i6_dense,
    i8_access,
    i10_unique,
    i15_coupled,
)
from tests.simulation.invariants_writes import Writes
from tests.simulation.ledger import Entry, Ledger, Wish, entry_of
from tests.simulation.sight import (
    DELETED,
    GROUPS,
    MEMBERS_WORK,
    Cell,
    Item,
    Kept,
    Replica,
    Row,
    Standing,
    Values,
)
from tests.simulation.witness import Broken

if TYPE_CHECKING:
    from tests.simulation.machine import Machine

Form = tuple[tuple[Any, ...], dict[str, Tags]]
"""A row's content, and whose work each of its groups is."""


class Shared:
    """The books that all of an oracle's parts keep together."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.ancestry = Ancestry()
        self.branch = Branch()
        self.writes = Writes(self.ancestry, self.ledger, self.branch)
        self.reviewed: set[str] = set()
        """Operations that a Review has shown, on any machine and ever."""
        self.let_go: set[str] = set()
        """Those that were shown as not carried out, and which their user let go: no restored platform is asked about them."""
        self.proposed: dict[tuple[str, str], set[Values]] = {}
        self._forms: dict[tuple[str, int], list[Form]] = {}
        self._moments: dict[str, tuple[dict[str, int], frozenset[str]]] = {}

    def remember_platform(self) -> None:
        """Note the rows as they are now: a replica may come to hold just these forms, and at this version all of them."""
        branch = self.branch
        for uid, row in branch.rows.items():
            forms = self._forms.setdefault((uid, row.ver), [])
            content = row.content()
            if not any(known == content for known, _ in forms):
                groups = (*row.groups, DELETED, MEMBERS_WORK)
                tags = {group: branch.tags.get((uid, group), 0) for group in groups}
                forms.append((content, tags))
        live = frozenset(uid for uid, row in branch.rows.items() if not row.deleted)
        self._moments[branch.token] = ({uid: row.ver for uid, row in branch.rows.items()}, live)
        if not self.proposed:
            self.propose_rows(branch.rows.values())

    def propose_rows(self, rows: Iterable[Row]) -> None:
        """Take coupled values as they are for proposed: somebody wrote them on the platform itself."""
        for row in rows:
            for group in ("placement", "kind"):
                if group in row.groups:
                    self.proposed.setdefault((row.uid, group), set()).add(row.groups[group])

    def propose(self, wish: Wish) -> None:
        """Note coupled values that an operation asks for."""
        wanted = dict(wish.values) if wish.verb == "create" else {}
        if wish.verb in {"set", "resolve"} and wish.new is not None:
            wanted[wish.group] = wish.new
        for group in {"placement", "kind"} & wanted.keys():
            for uid in {wish.uid, self.branch.stands_for(wish.uid)}:
                self.proposed.setdefault((uid, group), set()).add(wanted[group])

    def unite(self, one: str, other: str) -> None:
        """Two identities are one row: what was asked for under either was asked for."""
        for group in ("placement", "kind"):
            both = self.proposed.get((one, group), set()) | self.proposed.get((other, group), set())
            self.proposed[one, group] = self.proposed[other, group] = both

    def tags_of(self, row: Row) -> dict[str, Tags]:
        """Return whose work a delivered row is. Raises Broken for a row the platform never had in that form."""
        forms: list[Form] = self._forms.get((row.uid, row.ver), [])
        content = row.content()
        for form in reversed(forms):
            if form[0] == content or (row.deleted and form[0][1]):
                return form[1]
        if row.deleted:
            # A snapshot lists live rows only: what it lacks is dead here, in the form it was last known in.
            return forms[-1][1] if forms else {}
        had = f"it had {forms[-1][0]}" if forms else "there was no such version"
        raise Broken(f"I5: {row.uid} is kept as {content} of version {row.ver}, but {had}")

    def moment(self, standing: Standing | None) -> tuple[dict[str, int] | None, frozenset[str]]:
        """Return the platform's rows at the version a replica stands at, where its name is known."""
        if standing is None or standing.version != standing.told_version or standing.need_snapshot:
            return None, frozenset()
        return self._moments.get(standing.told_token, (None, frozenset()))


class View:
    """One machine, looked at whenever it may have committed something. `doing` is what it is about to do."""

    def __init__(self, machine: Machine, user: str, books: Shared) -> None:
        self._machine = machine
        self._books = books
        self.user = user
        self.doing = ""
        self.items: dict[str, Item] = {}
        self._commit: tuple[str, int] = ("", -1)
        self._seen: tuple[sqlite3.Connection | None, int] = (None, 0)
        """The connection, and how many rows it had changed: nobody else writes into the file."""
        self._kept: dict[str, Kept] = {}
        self._actions: set[str] = set()
        self._replica = Replica("", None, {}, {})
        self._tags: dict[str, dict[str, Tags]] = {}

    @property
    def ops(self) -> frozenset[str]:
        """Return the operations in the file."""
        return frozenset(self._kept)

    @property
    def waiting(self) -> frozenset[str]:
        """Return the operations without a verdict, voids left out."""
        return frozenset(op for op, one in self._kept.items() if one.state in OPEN and not one.void)

    @property
    def trimmed(self) -> frozenset[str]:
        """Return the operations that are too old ever to be sent again."""
        return frozenset(op for op, one in self._kept.items() if one.trimmed)

    @property
    def base(self) -> dict[str, Row]:
        """Return the rows as the platform gave them."""
        return dict(self._replica.base)

    @property
    def rows(self) -> dict[str, Row]:
        """Return the rows as they are shown."""
        return dict(self._replica.shown)

    def taken_back_alone(self) -> frozenset[str]:
        """Return the operations whose undo found nothing to do: it is noted with their action, and there is no inverse."""
        return frozenset(Books(self._machine.database).undone_alone())

    def has_action(self, action: str) -> bool:
        """Return whether the file holds an action's work."""
        return action in self._actions

    def file_was_replaced(self) -> None:
        """Forget what the former file held."""
        self._commit, self._seen = ("", -1), (None, 0)
        self._kept, self._tags, self._actions = {}, {}, set()

    # ------------------------------------------------------------------ looking

    def look(self) -> None:
        """Take over what was committed since the last look, and judge it."""
        database = self._machine.database
        if database.in_transaction or (database is self._seen[0] and database.total_changes == self._seen[1]):
            return
        self._seen = database, database.total_changes
        books = Books(database)
        commit = books.commit()
        if commit == self._commit:
            return
        self._commit = commit
        mutations = books.mutations()
        replica = books.replica()
        self._enter(books, mutations, replica)
        self._take_rows(replica)
        self._check_kept(mutations)
        # The platform says so of work that it does not know any more, too, and keeps no verdict of that.
        self._books.ledger.refused.update(one.op for one in mutations if one.verdict == "too_old")
        self._kept = {one.op: one for one in mutations}
        self._actions = {one.action for one in mutations}
        self._replica = replica
        self.items = books.items()
        self._books.reviewed.update(op for item in self.items.values() for op in item.ops)
        self._books.let_go.update(
            op
            for item in self.items.values()
            if item.kind in {"refused", "parked"} and item.decided == "theirs"
            for op in item.ops
            if op in self._kept and self._kept[op].state in {"refused", "parked"}
        )
        self._judge(replica, mutations)

    def _enter(self, books: Books, mutations: list[Kept], replica: Replica) -> None:
        fresh = [one for one in mutations if one.op not in self._kept]
        unknown = [one for one in fresh if one.op not in self._books.ledger.entries]
        bodies = books.bodies([one.op for one in unknown]) if unknown else {}
        for one in unknown:
            self._enter_one(one, bodies[one.op], mutations)
            self._check_form(self._books.ledger.entries[one.op], replica)
        for one in fresh:
            self._check_body(one, self._books.ledger.entries[one.op])

    def _enter_one(self, kept: Kept, body: bytes, mutations: list[Kept]) -> None:
        ledger, ancestry = self._books.ledger, self._books.ancestry
        entry = entry_of(kept.op, body, self._machine.name, self.user)
        former = ledger.entries.get(entry.supersedes[0]) if entry.supersedes else None
        entry.fresh = former is None or former.action != entry.action
        ledger.enter(entry)
        for wish in entry.wishes:
            self._books.propose(wish)
        if former is not None and not entry.fresh:
            ancestry.is_another_form(entry.op, former.op)
            return
        for cell in set(entry.cells):
            ancestry.made(entry.op, cell, self._shown_tags(cell, kept.id, mutations))

    def _check_form(self, entry: Entry, now: Replica) -> None:
        """Work sent again by its user's decision is the whole of it: with its former form all questions about that end."""
        for op in entry.supersedes if entry.fresh else ():
            former = self._books.ledger.entries.get(op)
            for complaint in (
                i1_whole(former, entry, self._one, self._replica.shown, now.shown) if former else ()
            ):
                raise Broken(f"{complaint} ({self._machine})")

    def _shown_tags(self, cell: Cell, before: int, mutations: list[Kept]) -> Tags:
        """Return whose work a cell shows here: the latest pending one's, else what the platform's row carries."""
        uid, group = self._one(cell[0]), cell[1]
        ledger, ancestry = self._books.ledger, self._books.ancestry
        for kept in reversed(mutations):
            if kept.id >= before or kept.confirmed or kept.op not in ledger.entries:
                continue
            for wish in ledger.entries[kept.op].wishes:
                if self._one(wish.uid) == uid and _touches(wish, group):
                    return ancestry.tag(kept.op)
        return self._tags.get(uid, {}).get(group, 0)

    def _one(self, uid: str) -> str:
        aliases = {**self._replica.provisional, **self._replica.aliases}
        passed = {uid}
        while uid in aliases and aliases[uid] not in passed:
            uid = aliases[uid]
            passed.add(uid)
        return uid

    def _take_rows(self, replica: Replica) -> None:
        former = self._replica.base
        tags: dict[str, dict[str, Tags]] = {}
        for uid, row in replica.base.items():
            known = former.get(uid)
            if (
                known is not None
                and uid in self._tags
                and known.ver == row.ver
                and known.content() == row.content()
            ):
                tags[uid] = self._tags[uid]
            else:
                tags[uid] = self._books.tags_of(row)
        self._tags = tags

    # ------------------------------------------------------------------ judging

    def _judge(self, replica: Replica, mutations: list[Kept]) -> None:
        ledger = self._books.ledger
        pending = [ledger.entries[one.op].wishes for one in mutations if not one.confirmed]
        for merged in replica.provisional.items():
            self._books.unite(*merged)
        trash = frozenset(uid for uid, row in replica.base.items() if row.deleted)
        there, live = self._books.moment(replica.standing)
        for complaints in (
            i4_effective(replica, pending),
            i5_cursor(replica, there, live),
            i6_dense(replica, mutations),
            i8_access(replica),
            i10_unique(replica.shown, f"on {self._machine}", trash),
            i15_coupled(replica.shown, self._books.proposed, f"on {self._machine}"),
        ):
            for complaint in complaints:
                raise Broken(f"{complaint} ({self._machine})")

    def _check_body(self, kept: Kept, entry: Entry) -> None:
        if kept.sha256 != entry.sha256:
            raise Broken(f"I14: {self._machine} keeps {kept.op} with another body than it was made with")

    def check_bodies(self) -> None:
        """Compare all kept bodies with those that were made."""
        for op, body in Books(self._machine.database).bodies(sorted(self._kept)).items():
            if hashlib.sha256(body).hexdigest() != self._books.ledger.entries[op].sha256:
                raise Broken(f"I14: the body of {op} on {self._machine} has changed")

    def _check_kept(self, mutations: list[Kept]) -> None:
        """Work that was here is still here, and what left the outbox did so by a verdict or its user's word."""
        now = {one.op: one for one in mutations}
        ledger = self._books.ledger
        for op, former in self._kept.items():
            one = now.get(op)
            if one is None:
                if not former.void:
                    raise Broken(f"I1: {op} was kept on {self._machine} ({former.state}) and is gone")
                continue
            if one.state == "cancelled" and former.state != "cancelled":
                self._check_cancelled(former, ledger, now)
            if one.state == "waiting" and former.state == "sending":
                raise Broken(f"I1: {op} may be on its way from {self._machine} and counts as unsent again")
        if self._kept and self.doing == "cancel":
            # An edit that is put on other values by what is discarded, and whose row goes with that, ends in a form nobody saw waiting.
            for op, one in now.items():
                if op not in self._kept and one.state == "cancelled":
                    self._check_cancelled(one, ledger, now)

    def _check_cancelled(self, former: Kept, ledger: Ledger, now: Mapping[str, Kept]) -> None:
        later = ledger.forms(former.op) - {former.op}
        if self.doing == "cancel":
            if former.state == "sending":
                raise Broken(f"I1: {former.op} may be on its way from {self._machine} and was discarded")
            stands = (op for op in later if op not in now or now[op].state != "cancelled")
            if not any(ledger.entries[op].wishes for op in stands):
                ledger.cancelled.add(former.op)
        elif not later:
            raise Broken(f"I1: {former.op} on {self._machine} was discarded by nobody")


def _touches(wish: Wish, group: str) -> bool:
    """Whether an operation decides what a cell of its row shows."""
    match wish.verb:
        case "create":
            return group == DELETED or group in GROUPS[wish.entity]
        case "resolve":
            return wish.choice == "mine" and wish.group == group
        case "delete" | "restore":
            return group == DELETED
        case "items":
            return group in {wish.group, MEMBERS_WORK}
        case _:
            return wish.group == group
