"""What befalls a world: jobs and other people on the platform, restores, crashes, lost access, bad networks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from planner_core.commands import SetEnabled, SetOverride
from planner_server.feed import hooks as server_hooks
from sync.replica import hooks
from tests.simulation.events import cancel, decide, edit, edit_on, event, late, sync_on, undo
from tests.simulation.network import CALM, STORMY, Weather

if TYPE_CHECKING:
    from tests.simulation.machine import Machine
    from tests.simulation.world import World


def sky(chance: random.Random) -> Weather:
    """Return fair weather, or some with a trouble or two that come more often than the rest."""
    if chance.random() < 0.3:
        return CALM
    return Weather(**{name: getattr(STORMY, name) * chance.choice((0, 1, 1, 6)) for name in STORMY.__slots__})


# ---------------------------------------------------------------- the platform


@event("job", 6)
def job(world: World, draw: random.Random) -> bool:
    """A job writes figures on the platform: often other fields of rows that somebody edits."""
    rows = world.platform.live("keyword")
    if not rows:
        return False
    ids = draw.sample(rows, min(len(rows), draw.randint(1, 2)))
    figure = draw.choice(("volume", "difficulty"))
    command = SetOverride(figure, ids, draw.choice((None, 1, 2)))
    world.say(f"    {command}")
    world.platform.run(command, job=True)
    world.witness.server_wrote("job", [command])
    return True


@event("browser", 5)
def browser(world: World, draw: random.Random) -> bool:
    """A person changes something on the platform itself."""
    rows = world.platform.live("keyword")
    if not rows:
        return False
    ids = draw.sample(rows, min(len(rows), draw.randint(1, 2)))
    command = draw.choice(
        (SetOverride("volume", ids, draw.choice((None, 1, 2))), SetEnabled("keyword", ids, enabled=False))
    )
    world.platform.run(command)
    world.witness.server_wrote("user", [command])
    return True


@event("platform kept", 3.0, fault=True)
def platform_kept(world: World, draw: random.Random) -> bool:
    """Somebody keeps a copy of the platform's database."""
    keep_platform(world)
    return True


def keep_platform(world: World) -> str:
    """Keep a copy of the platform's database; return its name."""
    name = f"copy {len(world.platform.copies) + 1}"
    world.platform.keep(name)
    world.witness.server_kept(name)
    return name


@event("platform restored", 2.5, fault=True)
def platform_restored(world: World, draw: random.Random) -> bool:
    """An earlier copy is put back, announced or not."""
    if not world.platform.copies:
        return False
    put_back(world, draw.choice(sorted(world.platform.copies)), announced=draw.random() < 0.5)
    return True


RESTORE_SECONDS = 0.25
"""Nobody puts two copies back faster: epochs begin at the platform's clock."""


def put_back(world: World, name: str, *, announced: bool) -> None:
    """Put a copy of the platform back."""
    world.say(f"    {name}, {'announced' if announced else 'silently'}")
    world.time.advance(RESTORE_SECONDS)
    world.tell_the_time()
    world.platform.restore(name, announced=announced)
    world.counts["restored announced" if announced else "restored silently"] += 1
    world.witness.server_restored(name, announced=announced)


@event("platform crash", 3.0, fault=True)
def platform_crash(world: World, draw: random.Random) -> bool:
    """The platform's process will end at a named point of one of the next requests."""
    world.platform.crash_at = draw.choice(sorted(server_hooks.POINTS))
    world.platform.crash_after = draw.choice((0, 0, 1))
    if draw.random() < 0.5:
        machine = draw.choice(world.machines)
        edit_on(world, draw, machine)
        sync_on(world, draw, machine)
    return True


@event("lost history", 2.0, fault=True)
def lost_history(world: World, draw: random.Random) -> bool:
    """A copy of the platform is kept, people go on working, the copy is put back; other copies and clones come close before and after."""
    platform_kept(world, draw)
    for _ in range(draw.randint(1, 4)):
        draw.choice((edit, busy, busy, undo, decide, replica_kept))(world, draw)
    if draw.random() < 0.3:
        draw.choice((clone, replica_restored, access, late))(world, draw)
    platform_restored(world, draw)
    if draw.random() < 0.4:
        busy(world, draw)
    if draw.random() < 0.4:
        draw.choice((clone, replica_restored, platform_restored, late))(world, draw)
    return True


def busy(world: World, draw: random.Random) -> bool:
    """One machine's user edits, and the machine syncs."""
    machine = draw.choice(world.machines)
    edit_on(world, draw, machine)
    return sync_on(world, draw, machine)


@event("access", 4.0, fault=True)
def access(world: World, draw: random.Random) -> bool:
    """A user may from now on read and write, read, or not see the site."""
    user, allowed = draw.choice((1, 2)), draw.choice(("rw", "rw", "ro", "none"))
    if world.platform.access[user] == allowed:
        return False
    world.platform.set_access(user, allowed)
    world.say(f"    user {user}: {allowed}")
    world.counts[f"access {allowed}"] += 1
    world.witness.access_changed(user, allowed)
    return True


@event("clean up", 1.2, fault=True)
def clean_up(world: World, draw: random.Random) -> bool:
    """Months pass and the platform purges tombstones; after more than a year operation ids, too."""
    days = draw.choice((0, 200, 200, 401))
    world.time.advance(days * 86_400)
    world.tell_the_time()
    world.platform.clean_up()
    world.counts[f"clean-up after {days} days"] += 1
    world.witness.collected("operations" if days > 400 else "tombstones")
    return True


@event("limit", 0.8, fault=True)
def limit(world: World, draw: random.Random) -> bool:
    """The account's plan takes no more keywords, or takes them again: creates that every desktop lets through are refused."""
    world.platform.set_limit(draw.choice((None, 0, 4)))
    return True


@event("poison", 0.8, fault=True)
def poison(world: World, draw: random.Random) -> bool:
    """The platform will fail on one of the operations that wait, by a fault of its own."""
    waiting = [
        uid
        for machine in world.machines
        for (uid,) in machine.rows(
            "SELECT op_id FROM mutation WHERE state IN ('waiting', 'sending') AND void = 0 ORDER BY id"
        )
    ]
    if not waiting:
        return False
    world.platform.poisoned.add(draw.choice(waiting))
    return True


# ---------------------------------------------------------------- machines


CRASH_POINTS = (*hooks.ALL[:10], *hooks.ALL[:10], *hooks.ALL, *hooks.RECOVERY, *hooks.FILES)
"""Those that every edit and sync comes by more often than the rest; one that is not reached now may be later."""


@event("crash", 6.0, fault=True)
def crash(world: World, draw: random.Random) -> bool:
    """A machine's process ends: between two steps, or at a named point in one of the next."""
    machine = draw.choice(world.machines)
    if draw.random() < 0.25:
        world.counts["crash between steps"] += 1
        machine.crash()
        return True
    machine.crash_at = draw.choice(CRASH_POINTS)
    machine.crash_after = draw.choice((0, 0, 0, 1))
    for _ in range(2):
        if machine.crash_at:
            edit_on(world, draw, machine)
            sync_on(world, draw, machine)
    return True


@event("replica kept", 3.0, fault=True)
def replica_kept(world: World, draw: random.Random) -> bool:
    """Somebody copies a machine's profile away."""
    machine = draw.choice(world.machines)
    name = f"{machine.name}-{len(machine.copies) + 1}"
    machine.copy_to(world.stage.folder / "copies" / name)
    machine.copies.append(name)
    world.witness.replica_kept(machine, name)
    return True


@event("replica restored", 2.0, fault=True)
def replica_restored(world: World, draw: random.Random) -> bool:
    """An earlier copy of a machine's profile is put in its place by hand."""
    machines = [machine for machine in world.machines if machine.copies]
    if not machines:
        return False
    machine = draw.choice(machines)
    name = draw.choice(machine.copies)
    machine.unplug()
    with_journal = draw.random() < 0.6
    machine.replace_by(world.stage.folder / "copies" / name, with_journal=with_journal)
    machine.start()
    world.say(
        f"    {machine}: {name}, {'with' if with_journal else 'without'} its journal: {machine.replica.recovered} recovered"
    )
    world.counts["rows recovered from a journal"] += machine.replica.recovered
    world.witness.replica_restored(machine, name)
    return True


@event("old file", 2.0, fault=True)
def old_file(world: World, draw: random.Random) -> bool:
    """A machine's profile is copied, its user goes on, and the copy is put back."""
    replica_kept(world, draw)
    for _ in range(draw.randint(1, 3)):
        draw.choice((edit, busy, busy, undo, cancel))(world, draw)
    if draw.random() < 0.3:
        draw.choice((clone, lost_history, clean_up, late))(world, draw)
    replica_restored(world, draw)
    if draw.random() < 0.5:
        busy(world, draw)
    return True


MOST_MACHINES = 4


@event("clone", 1.2, fault=True)
def clone(world: World, draw: random.Random) -> bool:
    """A machine's profile is copied to another computer; both go on."""
    if len(world.machines) >= MOST_MACHINES:
        return False
    copied(world, draw.choice(world.machines))
    return True


def copied(world: World, original: Machine, *, with_twin: bool = False) -> Machine:
    """Copy a machine's profile to another computer; with its twin, nothing on that computer tells that it is a copy."""
    machine = world.machine(f"{original.name}2", original.user)
    machine.has_twin = machine.has_twin and not with_twin
    original.copy_to(machine.folder)
    machine.tokens = machine.session._tokens = original.tokens
    machine.start()
    world.machines.append(machine)
    world.witness.cloned(original, machine)
    return machine


@event("clock", 1.0, fault=True)
def clock(world: World, draw: random.Random) -> bool:
    """A machine's wall clock jumps, up to ten years."""
    machine = draw.choice(world.machines)
    machine.clock.skew_ms = draw.choice((0, -1, 1)) * draw.choice((40_000, 3_600_000, 10 * 365 * 86_400_000))
    return True


@event("token", 1.2, fault=True)
def token(world: World, draw: random.Random) -> bool:
    """An access token runs out, or the device is signed out on the platform."""
    machine = draw.choice(world.machines)
    if draw.random() < 0.7:
        machine.lose_access_token()
    else:
        world.platform.sign_out(machine.user)
        world.counts["signed out"] += 1
    return True


# ---------------------------------------------------------------- surroundings


@event("weather", 3.0, fault=True)
def weather(world: World, draw: random.Random) -> bool:
    """The network gets better or worse."""
    world.network.weather = sky(draw)
    return True


@event("sizes", 2.0)
def sizes(world: World, draw: random.Random) -> bool:
    """Pages, requests and the platform's patience get smaller or larger."""
    world.network.rows_a_page = draw.choice((0, 1, 2, 5))
    world.platform.slow = draw.choice((0.0, 0.0, 0.3))
    for machine in world.machines:
        machine.engine._ctx.push_bytes = draw.choice((None, 1, 900))
    world.rows_a_part = draw.choice((2000, 2000, 1, 2))
    return True
