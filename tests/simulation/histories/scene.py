"""A world on which a fixed history is played: nothing happens by chance, every request and every crash is where the history says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from planner_core.commands import AssignCluster, Command, CreateCluster, SetOverride, SetStatus
from planner_core.entities import COMPLETED, QUEUED
from planner_server.feed import purging
from planner_server.feed.gate import Actor, write
from planner_server.feed.models import Scope
from planner_server.planning.models import ContentIdeas, Tasks
from sync.engine import SyncReport
from sync.errors import PlannerError
from sync.replica import Choice, Outcome
from tests.simulation import pictures
from tests.simulation.histories.wire import Wire
from tests.simulation.machine import Crashed, Machine
from tests.simulation.witness import Witness

History = Callable[["Scene"], None]
"""Plays a history; raises AssertionError where the product does not do what it promises."""


class Scene(Wire):
    """Machines `a` and `b` of one user, `c` of another, all synced once; three keywords, two clusters, six seeds."""

    # ------------------------------------------------------------------ people

    def edit(self, machine: Machine, *commands: Command, refused: bool = False) -> Outcome:
        """Run commands as one action; nothing may be refused unless `refused`."""
        self.world.time.advance(1)
        self.world.witness.before(machine, "edit")
        outcome = machine.replica.run(commands, partial=refused)
        machine.engine.edited()
        self.world.witness.edited(machine, commands, outcome)
        assert refused or (outcome.action and not outcome.refused), outcome.refused
        return outcome

    def volume(self, machine: Machine, value: int | None, keyword: str = "") -> Outcome:
        """Set a keyword's volume override."""
        return self.edit(machine, SetOverride("volume", [keyword or self.k], value))

    def assign(self, machine: Machine, cluster: str | None, *keywords: str) -> Outcome:
        """Put keywords into a cluster."""
        return self.edit(machine, AssignCluster(list(keywords) or [self.k], cluster))

    def new_cluster(self, machine: Machine, name: str) -> str:
        """Make a cluster; return its uid."""
        uid = machine.ids.uid()
        self.edit(machine, CreateCluster(uid, self.shop.sector, name))
        return uid

    def undo(self, machine: Machine, action: str | None = None) -> Outcome:
        """Undo an action, or the latest."""
        self.world.time.advance(1)
        self.world.witness.before(machine, "undo")
        outcome = machine.replica.undo(action)
        machine.engine.edited()
        self.world.witness.undone(machine, action, outcome)
        return outcome

    def cancel(self, machine: Machine, action: str | None) -> Outcome:
        """Discard an action that waits."""
        assert action is not None
        self.world.witness.before(machine, "cancel")
        outcome = machine.replica.cancel(action)
        machine.engine.edited()
        self.world.witness.cancelled(machine, action, outcome)
        return outcome

    def decide(self, machine: Machine, choice: Choice) -> None:
        """Decide everything that is asked on a machine."""
        items = machine.review()
        assert items, f"nothing is asked on {machine}"
        self.world.resolve(machine, [item.id for item in items], choice)

    def job(self, *commands: Command) -> None:
        """A job writes on the platform."""
        self._write(commands, job=True)

    def browser(self, *commands: Command) -> None:
        """The owner writes on the platform, in a browser."""
        self._write(commands, job=False)

    def _write(self, commands: tuple[Command, ...], *, job: bool) -> None:
        self.world.time.advance(1)
        self.platform.now_ms = self.world.time.start_ms + self.world.time.passed_ms
        for command in commands:
            decision = self.platform.run(command, job=job)
            assert not decision.refused, decision.refused
            self.world.witness.server_wrote("job" if job else "user", [command])

    def finish_task(self, idea: str) -> None:
        """The writer takes an idea up and completes its task."""
        self.job(SetStatus("idea", [idea], QUEUED))
        self.rest()
        with write(Scope.objects.get(uid=self.shop.site), Actor("job", "writer")) as gate:
            row = ContentIdeas.objects.get(uid=idea)
            Tasks.objects.create(
                **gate.born(),
                uid=self.a.ids.uid(),
                account_id=row.account_id,
                site_id=row.site_id,
                sector_id=row.sector_id,
                idea=row,
                title=row.idea_title,
                status=COMPLETED,
            )
        self.rest()

    def sweep(self) -> None:
        """The platform clears away what nobody needs any more."""
        purging.sweep(Scope.objects.get(uid=self.shop.site))
        self.world.witness.collected("tombstones")
        self.world.witness.collected("operations")

    # ------------------------------------------------------------------ syncing

    def sync(self, *machines: Machine) -> SyncReport:
        """Let machines sync, one after the other; return the last one's report. Raises what stands in the way."""
        report: SyncReport | None = None
        for machine in machines:
            self._tick(30)
            self.world.witness.before(machine, "step")
            report = machine.engine.sync_now()
            self.world.witness.stepped(machine)
        assert report is not None
        return report

    def try_sync(self, machine: Machine) -> PlannerError | None:
        """Let a machine sync; return what stood in the way."""
        try:
            self.sync(machine)
        except PlannerError as error:
            return error
        return None

    def steps(self, machine: Machine, number: int) -> None:
        """Let a machine's engine do so many things."""
        machine.engine.hurry()
        for _ in range(number):
            self._tick(0)
            machine.step()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._tick(seconds)

    def _tick(self, seconds: float) -> None:
        self.world.time.advance(seconds)
        self.platform.now_ms = self.world.time.start_ms + self.world.time.passed_ms

    def rest(self, rounds: int = 3) -> None:
        """Everybody syncs a few times; then nothing waits, and all show what the platform has."""
        for _ in range(rounds):
            for machine in self.world.machines:
                self.sync(machine)
        for machine in self.world.machines:
            assert not machine.waiting, f"{machine} still has {machine.waiting} mutations"
        self.equal()

    def equal(self) -> None:
        """All machines show what the platform has, and their digests agree with it."""
        there = pictures.of_platform(self.platform)
        for machine in self.world.machines:
            said = pictures.difference(pictures.of_machine(machine), there)
            assert not said, f"{machine} differs from the platform: {said}"
            assert machine.engine.verify_now() is True, f"{machine} could not be compared"

    # ------------------------------------------------------------------ what befalls requests

    def answer_lost(self, machine: Machine, kind: str = "push") -> None:
        """Let a machine sync and lose the answer to its next request of a kind."""

        def lose() -> None:
            raise httpx.ReadError("connection reset")

        with self.on_request(kind, lose, after=True):
            assert self.try_sync(machine) is not None

    def request_held_up(self, machine: Machine, kind: str = "push") -> None:
        """Let a machine sync; its next request of a kind gets no answer and arrives when `arrive` says so."""
        carry = self.world.network.carry

        def hold(sender: Machine, request: httpx.Request) -> httpx.Response:
            if not request.url.path.endswith(f"/{kind}"):
                return carry(sender, request)
            self.world.network.late.append(self.world.network._message(sender, request))
            raise httpx.ReadTimeout("no answer", request=request)

        self.world.network.carry = hold  # type: ignore[method-assign,assignment]
        try:
            assert self.try_sync(machine) is not None
        finally:
            self.world.network.carry = carry  # type: ignore[method-assign]

    def arrive(self) -> None:
        """What was held up arrives."""
        assert self.world.network.deliver_late()

    # ------------------------------------------------------------------ what befalls files and processes

    @contextmanager
    def forgotten(self, *, announced: bool = False) -> Iterator[None]:
        """What the platform is told inside is gone afterwards: an earlier copy of its database is put back."""
        name = self.keep_platform()
        yield
        self.restore_platform(name, announced=announced)

    def keep_platform(self) -> str:
        """Keep a copy of the platform's database; return its name."""
        self._copies += 1
        name = f"history {self._copies}"
        self.platform.keep(name)
        self.world.witness.server_kept(name)
        return name

    def restore_platform(self, name: str, *, announced: bool = False) -> None:
        """Put a copy of the platform's database back."""
        self.platform.restore(name, announced=announced)
        self.world.witness.server_restored(name, announced=announced)

    def keep(self, machine: Machine) -> str:
        """Keep a copy of a machine's profile; return its name."""
        self._copies += 1
        name = f"{machine.name}-{self._copies}"
        machine.copy_to(self.world.stage.folder / "copies" / name)
        self.world.witness.replica_kept(machine, name)
        return name

    def put_back(self, machine: Machine, name: str) -> None:
        """Replace a machine's profile by an earlier copy, by hand."""
        machine.unplug()
        machine.replace_by(self.world.stage.folder / "copies" / name, with_journal=True)
        machine.start()
        self.world.witness.replica_restored(machine, name)

    def clone(self, original: Machine) -> Machine:
        """Copy a machine as a whole to another computer: the operating system's profile with it, so that no twin tells."""
        machine = self.world.machine(f"{original.name}2", original.user)
        machine.has_twin = False
        original.copy_to(machine.folder)
        machine.tokens = machine.session._tokens = original.tokens
        machine.start()
        self.world.machines.append(machine)
        self.world.witness.cloned(original, machine)
        return machine

    def newcomer(self, user: int = 2) -> Machine:
        """A computer that has never synced."""
        machine = self.world.machine("D", user)
        machine.signed_in_as(self.platform.sign_in(user, "D"))
        machine.start()
        self.world.machines.append(machine)
        return machine

    def crash(self, machine: Machine, point: str, work: Callable[[], object]) -> None:
        """Let a machine's process end at a named point of some work, and start again."""
        machine.crash_at = point
        try:
            work()
        except Crashed:
            machine.crash()
        else:
            raise AssertionError(f"{machine} did not come to {point}")

    def restart(self, machine: Machine) -> None:
        """Close a program in order and start it again."""
        machine.stop()
        machine.start()

    def unwatched(self) -> None:
        """Nobody watches any more: what comes is not of the world's making, and an oracle would complain."""
        blind = Witness()
        self.world.witness = self.world.network._witness = blind
        for machine in self.world.machines:
            machine.witness = blind
