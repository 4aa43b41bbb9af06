"""What can happen in a world, one function for each kind of event: what people do, and their machines' syncing.

An event returns whether it did anything. What goes wrong is in `disasters`; how often what comes is in `moods`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner_core.commands import Command
from sync.errors import NotFound
from sync.replica import Choice
from tests.simulation.edits import Hand
from tests.simulation.network import CALM

if TYPE_CHECKING:
    from tests.simulation.machine import Machine
    from tests.simulation.world import World

Run = Callable[["World", random.Random], bool]


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event; `weight` says how often it comes up where a world's mood does not change that."""

    name: str
    weight: float
    run: Run
    is_fault: bool = False
    is_meeting: bool = False
    """Whether it comes in some worlds only: see `meetings`."""


EVENTS: dict[str, Event] = {}


def event(name: str, weight: float, *, fault: bool = False, meeting: bool = False) -> Callable[[Run], Run]:
    """Register an event."""

    def register(run: Run) -> Run:
        EVENTS[name] = Event(name, weight, run, fault, meeting)
        return run

    return register


# ---------------------------------------------------------------- people


@event("edit", 30)
def edit(world: World, draw: random.Random) -> bool:
    """One to three commands as one action."""
    return edit_on(world, draw, draw.choice(world.machines))


def edit_on(world: World, draw: random.Random, machine: Machine) -> bool:
    """Edit on a machine."""
    hand = Hand(machine, world.stage.shop, draw)
    made = [hand.command() for _ in range(draw.choice((1, 1, 1, 1, 2, 3)))]
    commands = [command for command in made if command is not None]
    return bool(commands) and act(world, machine, commands, partial=draw.random() < 0.7)


def act(world: World, machine: Machine, commands: list[Command], *, partial: bool = True) -> bool:
    """Do something as one action on a machine."""
    world.say(f"    {machine}: {commands}")
    world.witness.before(machine, "edit")

    def work() -> None:
        outcome = machine.replica.run(commands, partial=partial)
        machine.engine.edited()
        world.counts["rows edited"] += outcome.changed
        world.witness.edited(machine, commands, outcome)

    return world.guarded(machine, work)


@event("undo", 10)
def undo(world: World, draw: random.Random) -> bool:
    """Undo the latest action, or an older one."""
    machine = draw.choice(world.machines)
    known = [
        uid
        for (uid,) in machine.rows("SELECT id FROM action WHERE undone_by IS NULL ORDER BY n DESC LIMIT 6")
    ]
    action = draw.choice(known) if known and draw.random() < 0.4 else None
    world.witness.before(machine, "undo")

    def work() -> None:
        outcome = machine.replica.undo(action)
        machine.engine.edited()
        world.say(f"    {machine}: {outcome.label}: {outcome.changed} rows, {outcome.skipped} skipped")
        world.witness.undone(machine, action, outcome)

    return _if_there(lambda: world.guarded(machine, work))


@event("redo", 3)
def redo(world: World, draw: random.Random) -> bool:
    """Take the latest undo back."""
    machine = draw.choice(world.machines)
    world.witness.before(machine, "redo")

    def work() -> None:
        outcome = machine.replica.redo()
        machine.engine.edited()
        world.witness.redone(machine, outcome)

    return _if_there(lambda: world.guarded(machine, work))


@event("cancel", 4)
def cancel(world: World, draw: random.Random) -> bool:
    """Discard an action that waits."""
    machine = draw.choice(world.machines)
    sql = (
        "SELECT DISTINCT action FROM mutation WHERE state IN ('waiting', 'sending') AND void = 0 ORDER BY id"
    )
    known = [uid for (uid,) in machine.rows(sql)]
    if not known:
        return False
    action = draw.choice(known)
    world.witness.before(machine, "cancel")

    def work() -> None:
        outcome = machine.replica.cancel(action)
        machine.engine.edited()
        world.say(f"    {machine}: {outcome.label}")
        world.witness.cancelled(machine, action, outcome)

    return _if_there(lambda: world.guarded(machine, work))


@event("decide", 20)
def decide(world: World, draw: random.Random) -> bool:
    """Decide one question, or all that are open."""
    asked = [machine for machine in world.machines if machine.review()]
    if not asked:
        return False
    machine = draw.choice(asked)
    items = machine.review()
    chosen = items if draw.random() < 0.3 else [draw.choice(items)]
    choice: Choice = draw.choice(("mine", "theirs"))
    return world.guarded(machine, lambda: world.resolve(machine, [item.id for item in chosen], choice))


def _if_there(work: Callable[[], bool]) -> bool:
    try:
        return work()
    except NotFound:
        return False


# ---------------------------------------------------------------- syncing


HURRY_SECONDS = 3.0
"""Nobody presses a button more often than that for long."""


@event("sync", 60)
def sync(world: World, draw: random.Random) -> bool:
    """One machine's engine does one to six things; a person who wants it now does not wait for the schedule."""
    return sync_on(world, draw, draw.choice(world.machines), draw.choice((1, 2, 3, 4, 6, 20)))


def sync_on(world: World, draw: random.Random, machine: Machine, steps: int = 20) -> bool:
    """Let a machine's engine do so many things, fewer if it comes to an end of them."""
    if machine.engine.status().state == "sign_in" and draw.random() < 0.5:
        world.sign_in(machine)
    if machine.engine.is_between_rounds and draw.random() < 0.9:
        world.time.advance(HURRY_SECONDS)
        world.tell_the_time()
        machine.engine.hurry()

    def work() -> None:
        for _ in range(steps):
            world.witness.before(machine, "step")
            step = machine.step()
            world.counts["engine steps"] += 1
            if step.report is not None or step.due is None or step.due > machine.clock.monotonic():
                break

    done = world.guarded(machine, work)
    status = machine.engine.status()
    if status.code:
        world.counts[f"status {status.code}"] += 1
        world.say(f"    {machine}: {status.code}: {status.detail}")
    world.check_status(machine)
    if draw.random() < 0.7:
        world.guarded(machine, lambda: world.allow_removals(machine))
    return done


@event("dry run", 1.0)
def dry_run(world: World, draw: random.Random) -> bool:
    """P98: one machine asks what would become of its work, and sends it at once: the answers are equal."""
    machine = draw.choice(world.machines)
    if not machine.rows("SELECT 1 FROM mutation WHERE state IN ('waiting', 'sending') LIMIT 1"):
        return False
    weather, world.network.weather = world.network.weather, CALM
    crash, world.platform.crash_at = world.platform.crash_at, ""
    try:
        return world.compare_with_dry_run(machine)
    finally:
        world.network.weather, world.platform.crash_at = weather, crash


@event("late", 5, fault=True)
def late(world: World, draw: random.Random) -> bool:
    """A request that was held up or doubled on its way arrives."""
    return world.network.deliver_late()


@event("time", 2)
def time(world: World, draw: random.Random) -> bool:
    """Minutes, hours or more than a day pass."""
    world.time.advance(draw.choice((60, 700, 4 * 3600, 26 * 3600)))
    return True
