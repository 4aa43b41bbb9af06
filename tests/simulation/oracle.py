"""The oracle: a witness that stands beside the product, keeps its own books of a world, and complains of whatever breaks a promise.

It reads both sides' files as they are and judges by its own small model: `Writes` follows the platform transaction by transaction,
`View` follows what each machine holds and shows. Cheap things are looked at with every event, whole pictures at rest.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from planner_core.commands import Command
from sync.replica import Changed, Choice, Outcome, ReviewRow
from tests.simulation import sight
from tests.simulation.history import Branch, Writer
from tests.simulation.invariants_platform import i6_progress, i7_tokens, i11_asked, i17_closed
from tests.simulation.invariants_replica import i10_unique, i15_coupled
from tests.simulation.ledger import Balance
from tests.simulation.sight import DELETED, Item, Row
from tests.simulation.view import Shared, View
from tests.simulation.witness import Broken, Witness

if TYPE_CHECKING:
    from tests.simulation.machine import Machine
    from tests.simulation.network import Exchange
    from tests.simulation.world import World

REPEATS = 5
PUSHES = 100
"""Pushes of one machine in ten seconds: ten times what any world has waiting."""
REPEATS_WITHIN_MS = 10_000
LONGEST_WAIT_MS = 15 * 60 * 1000
CHANGING = frozenset({"push", "hello", "known", "pull", "snapshot", "digest"})


def first_of(complaints: Iterable[str]) -> None:
    """Raise the first complaint, if there is one."""
    for complaint in complaints:
        raise Broken(complaint)


class Oracle(Witness):
    """Watches one world against I1 to I17."""

    def __init__(self) -> None:
        self.books = Shared()
        self._views: dict[str, View] = {}
        self._branches: dict[str, Branch] = {}
        self._file_ops: dict[str, frozenset[str]] = {}
        self._asked: dict[tuple[str | bytes, ...], deque[int]] = {}
        self.balance = Balance()
        self._world: World | None = None

    # ------------------------------------------------------------------ the beginning

    def began(self, world: World) -> None:
        """Take over what is there; everything in it was seen by everybody."""
        self._world = world
        now = sight.platform(world.platform.database)
        branch = self.books.branch
        for uid, row in now.rows.items():
            branch.put(row)
            branch.creators[uid] = now.created[uid]
            for group in (*row.groups, DELETED):
                mark = now.marks[uid].get(group) or now.marks[uid]["*"]
                branch.tags[uid, group] = self.books.ancestry.tag("the beginning")
                branch.writers[uid, group] = Writer(mark.who if mark.kind == "user" else "", mark.op)
        branch.taken_from(now)
        verdicts = sight.verdicts(world.platform.database, 0)
        branch.last_verdict = max((one.pk for one in verdicts), default=0)
        branch.tokens = sight.tokens(world.platform.database)
        self.books.remember_platform()
        for machine in world.machines:
            self._view(machine).look()

    @property
    def _here(self) -> World:
        assert self._world is not None, "nothing is judged before the world began"
        return self._world

    def _view(self, machine: Machine) -> View:
        view = self._views.get(machine.name)
        if view is None:
            user = self._here.stage.shop.users[machine.user]
            view = self._views[machine.name] = View(machine, user, self.books)
        return view

    # ------------------------------------------------------------------ machines

    def before(self, machine: Machine, doing: str) -> None:
        """Bring the books up to date, so that what is found afterwards is of this doing."""
        view = self._view(machine)
        view.look()
        view.doing = doing

    def edited(self, machine: Machine, commands: Sequence[Command], outcome: Outcome) -> None:
        """Enter what was edited; an edit that says it was kept must be on the disk."""
        self._acted(machine, outcome)

    def undone(self, machine: Machine, action: str | None, outcome: Outcome) -> None:
        """Enter the inverse; or, where nothing of the action stood any more, that its author has taken it back all the same."""
        self._acted(machine, outcome)
        if outcome.action is None and not outcome.changed and not outcome.refused:
            self.books.ledger.taken_back |= self._view(machine).taken_back_alone()

    def redone(self, machine: Machine, outcome: Outcome) -> None:
        """Enter the redone work."""
        self._acted(machine, outcome)

    def cancelled(self, machine: Machine, action: str, outcome: Outcome) -> None:
        """Enter what was discarded."""
        self._view(machine).look()

    def resolved(
        self, machine: Machine, items: Sequence[ReviewRow], choice: Choice, outcome: Outcome
    ) -> None:
        """Enter decisions."""
        if choice == "theirs":
            self._let_go(machine, items)
        self._view(machine).look()

    def restored_as_new(self, machine: Machine, items: Sequence[ReviewRow], outcome: Outcome) -> None:
        """Enter rows made anew: work that was shut out lives on in them."""
        self._let_go(machine, items)
        self._view(machine).look()

    def _let_go(self, machine: Machine, items: Sequence[ReviewRow]) -> None:
        """Work that waited for access to its site is not sent any more once its item has ended."""
        view = self._view(machine)
        shut_out = [
            view.items[item.id] for item in items if item.code == "no_access" and item.id in view.items
        ]
        self._discarded(machine, frozenset(op for item in shut_out for op in item.ops))

    def _discarded(self, machine: Machine, ops: frozenset[str]) -> None:
        others = [view.ops for name, view in self._views.items() if name != machine.name]
        self.books.ledger.discarded(ops, [*others, *self._file_ops.values()])

    def _acted(self, machine: Machine, outcome: Outcome) -> None:
        view = self._view(machine)
        view.look()
        if outcome.action is not None and outcome.change is not None and not view.has_action(outcome.action):
            raise Broken(
                f"I1: {machine} said that {outcome.label!r} is kept, but its file has no such action"
            )

    def stepped(self, machine: Machine) -> None:
        """Look at what the step left behind."""
        self._view(machine).look()
        self.check_deadline(machine)

    def applied(self, machine: Machine) -> None:
        """Look at once: the next step may send work made on what has just come."""
        if self._world is not None:
            self._view(machine).look()

    def changed(self, machine: Machine, changed: Changed) -> None:
        """Nothing: an apply is looked at where it is committed."""

    def crashed(self, machine: Machine, point: str) -> None:
        """Look at what survived."""
        view = self._view(machine)
        asked = view.items
        view.look()
        # It may have ended after the commit: then nobody was told what came of it.
        if view.doing == "undo":
            self.books.ledger.taken_back |= view.taken_back_alone()
        if view.doing == "resolve":
            self._discarded(machine, shut_out_and_let_go(asked, view.items))

    def replica_kept(self, machine: Machine, copy: str) -> None:
        """Note what is in the copy; what waits in it may be sent from it, whatever becomes of it here."""
        view = self._view(machine)
        view.look()
        self._file_ops[copy] = view.ops
        self.books.ledger.file_copied(machine.name, copy)
        self.books.ledger.shared |= view.waiting

    def replica_restored(self, machine: Machine, copy: str) -> None:
        """What only the replaced file had is outside the promise."""
        view = self._view(machine)
        before = view.ops
        self.books.ledger.file_copied(copy, machine.name)
        view.file_was_replaced()
        view.look()
        self.books.ledger.excused |= before - view.ops

    def cloned(self, original: Machine, machine: Machine) -> None:
        """Both copies may send what waits in them."""
        self._view(original).look()
        self.books.ledger.file_copied(original.name, machine.name)
        self.books.ledger.shared |= self._view(original).waiting
        self._view(machine).look()

    def check_deadline(self, machine: Machine) -> None:
        """Complain of work that waits without a near deadline (I9)."""
        status = machine.engine.status()
        if not status.waiting or status.state in {"blocked", "sign_in"} or machine.engine._stopped:
            return
        wait = machine.engine._schedule.due - machine.clock.monotonic() * 1000
        if wait > LONGEST_WAIT_MS:
            raise Broken(
                f"I9: {machine} has work waiting and looks at it again in {wait / 60_000:.0f} minutes only"
            )

    # ------------------------------------------------------------------ the platform

    def exchanged(self, exchange: Exchange) -> None:
        """Count equal requests, and look at the platform where it may have changed."""
        if self._world is None:
            return
        self.count_request(exchange)
        if exchange.kind == "push" and not exchange.is_dry:
            # Work is also born inside a step: parked or forbidden work that is sent anew.
            self._view(exchange.machine).look()
            self._check_bodies(exchange)
        if exchange.kind in CHANGING:
            self._look_at_platform()
        if exchange.kind == "push" and not exchange.late:
            sent = {mutation.header.op_id for mutation in exchange.push.mutations}
            self.books.ledger.arrived(sent & self.books.branch.answered.keys(), exchange.machine.name)

    def count_request(self, exchange: Exchange) -> None:
        """Complain of the same request, answered, more often than five times in ten seconds, and of pushes without end (I12)."""
        if exchange.late or exchange.answer is None or exchange.answer.status != 200:
            return
        message = exchange.message
        now = round(exchange.machine.clock.monotonic() * 1000)
        same = self._lately(now, exchange.machine.name, message.target, hashlib.sha256(message.body).digest())
        if same > REPEATS:
            raise Broken(
                f"I12: {exchange.machine} sent {exchange.kind} {same} times in ten seconds, the very same"
            )
        if exchange.kind == "push" and self._lately(now, exchange.machine.name, "push", b"") > PUSHES:
            raise Broken(f"I12: {exchange.machine} pushed more than {PUSHES} times in ten seconds")

    def _lately(self, now: int, *key: str | bytes) -> int:
        """Count one more of the key, and return how many there were in ten seconds."""
        times = self._asked.setdefault(key, deque())
        times.append(now)
        while times[0] <= now - REPEATS_WITHIN_MS:
            times.popleft()
        return len(times)

    def _check_bodies(self, exchange: Exchange) -> None:
        for mutation in exchange.push.mutations:
            self.books.ledger.sent(
                mutation.header.op_id, exchange.machine.name, as_new=mutation.header.was is None
            )
            entry = self.books.ledger.entries.get(mutation.header.op_id)
            if entry is not None and entry.body != mutation.raw:
                raise Broken(
                    f"I14: {exchange.machine} sent {entry.op} with another body than it was made with"
                )

    def server_wrote(self, actor: str, commands: Sequence[Command]) -> None:
        """Look at what was written there directly."""
        self._look_at_platform()
        self.books.propose_rows(self.books.branch.rows.values())

    def server_crashed(self, point: str) -> None:
        """Look at what was committed before the end."""
        self._look_at_platform()

    def collected(self, what: str) -> None:
        """Look at what is left."""
        self._look_at_platform(purged=True)

    def server_kept(self, copy: str) -> None:
        """Keep the history with the copy."""
        self._branches[copy] = self.books.branch.copy()

    def server_restored(self, copy: str, *, announced: bool) -> None:
        """Go back to the history as it was then."""
        branch = self._branches[copy].copy()
        state = sight.site_state(self._here.platform.database)
        branch.version, branch.epoch, branch.token = state[1], state[2], state[3]
        branch.tokens = sight.tokens(self._here.platform.database)
        self.books.branch = self.books.writes.branch = branch
        self.books.remember_platform()

    def access_changed(self, user: int, access: str) -> None:
        """Access is no row of the site: the account's scope carries it."""

    def _look_at_platform(self, *, purged: bool = False) -> None:
        branch = self.books.branch
        database = self._here.platform.database
        _, version, epoch, token, _ = sight.site_state(database)
        if (version, epoch, token) == (branch.version, branch.epoch, branch.token) and not purged:
            return
        now = sight.platform(database)
        fresh = sight.verdicts(database, branch.last_verdict)
        tokens = sight.tokens(database)
        first_of(i7_tokens(branch.tokens, tokens, now))
        branch.tokens = {**branch.tokens, **tokens} if not purged else tokens
        self.books.writes.judge(now, fresh)
        for merged in now.aliases.items():
            self.books.unite(*merged)
        progress = sight.progress(database)
        first_of(i6_progress(branch.progress, progress))
        branch.progress = progress
        first_of(i10_unique(now.rows, "on the platform"))
        first_of(i15_coupled(now.rows, self.books.proposed, "on the platform"))
        first_of(i11_asked(self.books.ledger, fresh, sight.questions(database) if fresh else {}))
        self.books.remember_platform()

    # ------------------------------------------------------------------ at rest

    def at_rest(self, world: World) -> None:
        """Everybody has everything: the books must close."""
        self._look_at_platform()
        branch = self.books.branch
        questions = sight.questions(world.platform.database)
        waiting: set[str] = set()
        for machine in world.machines:
            view = self._view(machine)
            view.look()
            view.check_bodies()
            waiting |= view.waiting
            # Older than any copy of the platform one would put back: not sent again, and said so.
            self.books.ledger.excused |= view.trimmed
            first_of(equal_at_rest(str(machine), branch.rows, view.rows, "shown"))
            first_of(equal_at_rest(str(machine), branch.rows, view.base, "kept as the platform's"))
            first_of(i17_closed(machine.name, view.user, questions, view.items))
        if waiting:
            raise Broken(f"I1: at rest there is still work waiting: {sorted(waiting)}")
        self.balance = self.books.ledger.balance(
            branch.answered, sorted(waiting), frozenset(self.books.reviewed), frozenset(self.books.let_go)
        )
        if self.balance.lost:
            lost = self.balance.lost[0]
            entry = self.books.ledger.entries[lost]
            raise Broken(
                f"I1: {len(self.balance.lost)} operations are neither applied nor in Review nor discarded, the first is {lost}"
                f" of {entry.machine} (verdict {branch.answered.get(lost) or 'none'}): {entry.wishes[:2]}"
            )


def shut_out_and_let_go(before: Mapping[str, Item], now: Mapping[str, Item]) -> frozenset[str]:
    """Return the work that waited for access to its site and was let go between two looks at a machine's Review."""
    ended = (
        item
        for uid, item in now.items()
        if item.code == "no_access"
        and item.decided == "theirs"
        and uid in before
        and before[uid].state == "open"
    )
    return frozenset(op for item in ended for op in item.ops)


def equal_at_rest(
    machine: str, there: Mapping[str, Row], here: Mapping[str, Row], what: str
) -> Iterator[str]:
    """Live rows are the same ones with the same content on both sides (I3)."""
    live = {uid: row for uid, row in there.items() if not row.deleted}
    mine = {uid: row for uid, row in here.items() if not row.deleted}
    for uid in live.keys() | mine.keys():
        if uid not in mine or uid not in live:
            where = "platform" if uid in live else "machine"
            yield f"I3: {uid} is live on the {where} only ({machine}, {what})"
        elif mine[uid].content() != live[uid].content():
            yield f"I3: {uid} is {mine[uid].groups} on {machine} ({what}), {live[uid].groups} on the platform"
