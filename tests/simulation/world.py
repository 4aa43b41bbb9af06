"""A world: three replicas of two users and a platform in one process, on one virtual time, driven by one seed.

    with World(stage, seed) as world:
        for _ in range(40):
            world.step()
        world.settle()

Each step is an event of `events.EVENTS` with a seed of its own, so a schedule (the list of both) can be replayed, and steps can be
left out of it without changing what the others draw.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self
from unittest.mock import patch

from planner_core.operations import PART_ROWS, Operation
from sync.engine import SyncReport
from sync.engine.engine import _run as run
from sync.engine.verify import verify
from sync.errors import PlannerError, SignInNeeded
from sync.replica import Choice, OwnerRow, outbox
from sync.replica.bodies import pack
from tests.simulation import pictures
from tests.simulation.events import EVENTS, Event
from tests.simulation.machine import SERVER, Crashed, Machine, Time
from tests.simulation.moods import Mood
from tests.simulation.network import CALM, Network
from tests.simulation.platform import Platform
from tests.simulation.stage import START_MS, Stage
from tests.simulation.tally import Schedule
from tests.simulation.witness import Broken, Witness

USERS = {"A": 1, "B": 1, "C": 2}
"""Machine -> user: two of one person, one of another."""
BEFORE_ALL = -1
"""The seed of the world that only makes what the others begin with."""
MOST_ROUNDS = 24
ROUNDS_OF_CHANCE = 8
"""So many rounds of the settling decide by chance; then everybody keeps the platform's value, which must always end it."""
NEVER = frozenset({"internal", "differs", "bad_verdicts"})
"""What no machine may report, whatever befalls it."""


class World:
    """See the module. `chance` may be handed in (it decides everything); else it is made from the seed."""

    def __init__(
        self,
        stage: Stage,
        seed: int,
        *,
        witness: Witness | None = None,
        chance: random.Random | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.stage = stage
        self.seed = seed
        self.witness = witness or Witness()
        self.chance = chance or random.Random(f"world {seed}")
        self.mood = Mood.of(seed)
        self.counts: Counter[str] = Counter()
        self.schedule: Schedule = []
        self.say = say or (lambda _text: None)
        self.machines: list[Machine] = []
        self.time = Time(START_MS)
        self.platform = Platform(stage, random.Random(f"platform {seed}"))
        self.network = Network(self.platform, self.chance, self.counts, self.witness)
        self.network.say = self.say
        self.rows_a_part = PART_ROWS
        """Rows that one mutation may have: an action of more is cut."""
        self._open = ExitStack()

    @property
    def server(self) -> Platform:
        """The platform, under the name the witnesses know."""
        return self.platform

    def __enter__(self) -> Self:
        if not self.stage.profiles and self.seed != BEFORE_ALL:
            with World(self.stage, BEFORE_ALL):
                pass  # Every world, the first of a process too, begins with copies of what this one leaves.
        try:
            self._open.enter_context(self.stage.taken())
            self._open.enter_context(self.platform.running())
            self._open.enter_context(patch.object(outbox, "pack", self._pack))
            self._open.callback(self._strike)
            for name, user in USERS.items():
                self._add(name, user)
            self.network.weather = self.mood.sky
            self.witness.began(self)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _pack(self, operations: Iterable[Operation]) -> Iterator[list[Operation]]:
        return pack(operations, self.rows_a_part)

    def _strike(self) -> None:
        for machine in self.machines:
            machine.unplug()
            machine.session.close()
        self.stage.sweep()

    # ------------------------------------------------------------------ machines

    def machine(self, name: str, user: int) -> Machine:
        """Return a computer that is not switched on yet."""
        shop = self.stage.shop
        owner = OwnerRow(SERVER, shop.account, shop.users[user], shop.emails[user], "Acme", "editor")
        return Machine(
            name,
            user,
            self.stage.folder / "machines" / name,
            owner,
            None,
            network=self.network,
            time=self.time,
            seed=random.Random(f"{name} {self.seed}").getrandbits(32),
            witness=self.witness,
            counts=self.counts,
            has_twin=self.mood.has_twins,
        )

    def _add(self, name: str, user: int) -> None:
        machine = self.machine(name, user)
        self.machines.append(machine)
        if self.seed == BEFORE_ALL:
            machine.has_twin = False
            machine.signed_in_as(self.platform.sign_in(user, name))
            machine.start()
            machine.engine.sync_now()
            self.stage.keep_profile(name, machine.folder, machine.tokens)
            return
        image = self.stage.profiles[name]
        machine.tokens = machine.session._tokens = image.tokens
        self.stage.lay_out(image, machine.folder)
        machine.start()

    # ------------------------------------------------------------------ running

    def step(self, name: str | None = None, seed: int | None = None) -> None:
        """Do one event: the named one with the given seed, or one that chance picks."""
        if name is None:
            name = self.chance.choices(self.mood.names, self.mood.weights)[0]
        seed = self.chance.getrandbits(32) if seed is None else seed
        self.schedule.append((name, seed))
        event = EVENTS[name]
        draw = random.Random(seed)
        self.network.chance = draw
        self.time.advance(draw.random())
        self.tell_the_time()
        self.say(f"{len(self.schedule):3} {name}")
        self._do(event, draw)
        self.witness.after_step(self)

    def _do(self, event: Event, draw: random.Random) -> None:
        if event.run(self, draw):
            self.counts[event.name] += 1

    def tell_the_time(self) -> None:
        """Set the platform's clock to the world's time."""
        self.platform.now_ms = self.time.start_ms + self.time.passed_ms

    def replay(self, schedule: Sequence[tuple[str, int]]) -> None:
        """Do the events of a schedule."""
        for name, seed in schedule:
            self.step(name, seed)

    def guarded(self, machine: Machine, work: Callable[[], object]) -> bool:
        """Run work of a machine's process; a crash point that was armed may end it. Returns False after a crash."""
        try:
            work()
        except Crashed:
            self.counts[f"crash at {machine.crashed_at}"] += 1
            self.say(f"    ! {machine} crashed at {machine.crashed_at}")
            machine.crash()
            return False
        return True

    # ------------------------------------------------------------------ settling

    def settle(self) -> None:
        """No more faults: everybody syncs and decides until nothing waits, asks or differs. Raises Broken if that does not end."""
        self._calm_down()
        draw = random.Random(f"settle {self.seed}")
        for turn in range(MOST_ROUNDS):
            for machine in self.machines:
                self._sync(machine)
            if self._is_quiet():
                break
            self._decide(draw, yielding=turn >= ROUNDS_OF_CHANCE)
        else:
            raise Broken(f"not quiet after {MOST_ROUNDS} rounds: {self._unrest()}")
        self.counts["rounds to settle"] += turn + 1
        self._check_equal()
        self.witness.at_rest(self)

    def _calm_down(self) -> None:
        self.say("--- settle")
        self.network.weather = CALM
        self.network.rows_a_page = 0
        self.platform.crash_at = ""
        self.platform.slow = 0.0
        self.platform.set_limit(None)
        while self.network.deliver_late():
            pass
        for user in self.platform.access:
            self.platform.set_access(user, "rw")
            self.witness.access_changed(user, "rw")
        for machine in self.machines:
            machine.crash_at = ""

    def _sync(self, machine: Machine) -> SyncReport | None:
        """Have a machine sync as a person does that insists; what stands in the way is dealt with, and it tries in the next round."""
        self.time.advance(30)
        self.tell_the_time()
        self.say(f"  {machine} syncs")
        self.witness.before(machine, "step")
        report = None
        try:
            report = machine.engine.sync_now()
        except SignInNeeded:
            self.sign_in(machine)
        except PlannerError as error:
            self.say(f"    {machine}: {error.code}: {error.message}")
        # A question about a removal ends no round: it stands beside its scope until somebody answers.
        self.allow_removals(machine)
        self.witness.stepped(machine)
        self.check_status(machine)
        return report

    def compare_with_dry_run(self, machine: Machine) -> bool:
        """Ask for a dry run, then sync, and raise Broken where the verdicts differ. Returns False where there was nothing to compare."""
        try:
            crash, machine.crash_at = machine.crash_at, ""
            told = machine.engine.dry_run()
        except PlannerError as error:
            self.say(f"    {machine}: {error.code}")
            return False
        asked = {result.op_id: result for scope in told.scopes for result in scope.results}
        before = self.platform.version, self.platform.epoch
        if {scope.version for scope in told.scopes} != {before[0]}:
            return False
        self.network.answers = []
        self._sync(machine)
        machine.crash_at = crash
        pushes = [one.push for one in self.network.answers if one.kind == "push" and not one.is_dry]
        self.network.answers = None
        given = {one.op_id: one for push in pushes if push.reply for one in push.reply.results}
        if self.platform.epoch != before[1]:
            return False
        for op_id in asked.keys() & given.keys():
            one, other = asked[op_id], given[op_id]
            said, done = ([(row.code, row.ids, row.group) for row in rows] for rows in (one.rows, other.rows))
            if (one.verdict, said) != (other.verdict, done):
                raise Broken(f"dry run of {op_id}: {one.verdict} {said}; the run: {other.verdict} {done}")
        return bool(asked and given)

    def sign_in(self, machine: Machine) -> None:
        """Sign the machine's user in again."""
        self.counts["sign-in"] += 1
        machine.signed_in(self.platform.sign_in(machine.user, machine.name))

    def allow_removals(self, machine: Machine) -> None:
        """Say yes to removals that wait for a word."""
        for row in machine.replica.scopes():
            if getattr(row, "guard", None) is not None:
                self.counts["mass removal allowed"] += 1
                machine.replica.allow_removal(row.id)

    def check_status(self, machine: Machine) -> None:
        """Raise Broken for what no machine may ever report."""
        status = machine.engine.status()
        if status.code in NEVER:
            raise Broken(f"{machine} reports {status.code}: {status.detail}")

    def _decide(self, draw: random.Random, *, yielding: bool) -> None:
        """Decide by chance, or in the way that writes nothing: about rows of a deleted cluster it is theirs that writes."""
        for machine in self.machines:
            for item in machine.review():
                choice: Choice = "mine" if draw.random() < 0.5 else "theirs"
                if yielding:
                    choice = "mine" if item.code == "unseen_children" else "theirs"
                self.resolve(machine, [item.id], choice)

    def resolve(self, machine: Machine, ids: Sequence[str], choice: Choice) -> None:
        """Decide review items."""
        wanted = set(ids)
        items = [item for item in machine.review() if item.id in wanted]
        self.say(
            f"  {machine} decides {choice}: {[(item.kind, item.code, item.entity, item.group) for item in items]}"
        )
        self.witness.before(machine, "resolve")
        outcome = machine.replica.resolve([item.id for item in items], choice)
        self.counts[f"decided {choice}"] += len(items)
        machine.engine.edited()
        self.witness.resolved(machine, items, choice, outcome)

    def _is_quiet(self) -> bool:
        return not self._unrest()

    def _unrest(self) -> list[str]:
        """Return what still moves, in words."""
        said = []
        standings = self.platform.standings()
        for machine in self.machines:
            if machine.waiting:
                said.append(f"{machine} has {machine.waiting} mutations pending")
            said += [f"{machine} asks: {item.code} {item.message}" for item in machine.review()]
            for row in machine.replica.scopes():
                if row.staged is not None or row.need_snapshot:
                    said.append(f"{machine} is in the middle of {row.name}")
                elif (row.epoch, row.version) != (there := standings[row.id]):
                    said.append(f"{machine} is at {row.version} of {there[1]} in {row.name or row.kind}")
            if machine.engine.status().state not in {"idle", "syncing"}:
                said.append(f"{machine} is {machine.engine.status()}")
        return said

    def _check_equal(self) -> None:
        """Compare what is shown before it is compared by digest: that would heal, and hide, what went wrong."""
        there = pictures.of_platform(self.platform)
        for machine in self.machines:
            if said := pictures.difference(pictures.of_machine(machine), there):
                raise Broken(f"{machine} shows something else than the platform has: {said[:5]}")
            if not self._is_verified(machine):
                raise Broken(f"{machine} cannot be compared with the platform")

    def _is_verified(self, machine: Machine) -> bool:
        """Compare by digest: all scopes of the first machine, of the others the site's, as nothing else is ever written."""
        if machine is self.machines[0]:
            return machine.engine.verify_now()
        return bool(run(verify(machine.engine._ctx, self.stage.shop.site)))
