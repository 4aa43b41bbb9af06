"""Things that have to meet for a fault to show, and that chance alone brings together too rarely.

Each of these events does several in a row, on a network that is calm meanwhile. They come up in some worlds only (see `moods`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import httpx
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from planner_core.commands import AddKeywordsFromSeeds, SetOverride
from planner_server.feed import hooks as server_hooks
from planner_server.feed import reading
from sync.errors import PlannerError
from tests.simulation.disasters import MOST_MACHINES, browser, busy, copied, job, keep_platform, put_back
from tests.simulation.events import EVENTS, act, edit_on, event, sync_on
from tests.simulation.histories.pages import cut, resealed
from tests.simulation.machine import Machine
from tests.simulation.network import CALM
from tests.simulation.witness import Broken

if TYPE_CHECKING:
    from tests.simulation.world import World

Carry = Callable[[Machine, httpx.Request], httpx.Response]
DAY = 86_400
MOST_PAGES = 80
"""A world has fewer rows than that; a reader that asks more often does not come to an end."""
WRONG = 7
"""A figure nobody ever sets."""


@contextmanager
def _calm(world: World) -> Iterator[None]:
    """The network is good, and no process ends."""
    weather, world.network.weather = world.network.weather, CALM
    crash, world.platform.crash_at = world.platform.crash_at, ""
    points = [(machine, machine.crash_at) for machine in world.machines]
    for machine in world.machines:
        machine.crash_at = ""
    try:
        yield
    finally:
        world.network.weather, world.platform.crash_at = weather, crash
        for machine, point in points:
            machine.crash_at = point


@contextmanager
def _carried(world: World, by: Callable[[Carry], Carry]) -> Iterator[None]:
    """Requests are carried another way."""
    network = world.network
    usual = network.carry
    network.carry = by(usual)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        network.carry = usual  # type: ignore[method-assign]


def _kind(request: httpx.Request) -> str:
    return request.url.path.rpartition("/")[2]


def _is_page(response: httpx.Response) -> bool:
    return response.status_code == 200 and b'"t":"end"' in response.content


# ---------------------------------------------------------------- readers and pages


@contextmanager
def _connections_kept() -> Iterator[None]:
    """A request inside another's transaction does not close its connection."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


@event("read while writing", 0, fault=True, meeting=True)
def read_while_writing(world: World, draw: random.Random) -> bool:
    """P1: a machine reads when somebody has written and not committed."""
    machine = draw.choice(world.machines)
    answers: list[httpx.Response] = []

    def by(usual: Carry) -> Carry:
        def carry(sender: Machine, request: httpx.Request) -> httpx.Response:
            if answers or sender is not machine or _kind(request) != "pull":
                return usual(sender, request)

            def read() -> None:
                if not answers:
                    with patch.object(reading, "reader_alias", lambda: "reader"), _connections_kept():
                        answers.append(usual(sender, request))

            with server_hooks.at("P1", read):
                draw.choice((job, browser))(world, draw)
            return answers[0] if answers else usual(sender, request)

        return carry

    with _calm(world):
        job(world, draw)
        with _carried(world, by):
            sync_on(world, draw, machine)
    return bool(answers)


@event("write between pages", 0, fault=True, meeting=True)
def write_between_pages(world: World, draw: random.Random) -> bool:
    """P13: before each page of a pull somebody writes; the reader comes to an end all the same."""
    machine = draw.choice(world.machines)
    pulls = 0

    def by(usual: Carry) -> Carry:
        def carry(sender: Machine, request: httpx.Request) -> httpx.Response:
            nonlocal pulls
            if _kind(request) == "pull":
                pulls += 1
                _written(world, SetOverride("volume", world.platform.live("keyword")[:1], 1 + pulls % 2))
            return usual(sender, request)

        return carry

    size, world.network.rows_a_page = world.network.rows_a_page, 1
    with _calm(world):
        for figure in ("volume", "difficulty"):
            _written(
                world, SetOverride(figure, world.platform.live("keyword")[:3], draw.choice((None, 1, 2)))
            )
        with _carried(world, by):
            sync_on(world, draw, machine, MOST_PAGES)
    world.network.rows_a_page = size
    if pulls > MOST_PAGES // 2 or machine.engine.status().code == "loop":
        raise Broken(f"P13: {machine} asked for {pulls} pages and is not at their end")
    return pulls > 0


def _written(world: World, command: SetOverride) -> None:
    world.platform.run(command, job=True)
    world.witness.server_wrote("job", [command])


@event("damaged page", 0, fault=True, meeting=True)
def damaged_page(world: World, draw: random.Random) -> bool:
    """P7: a page loses a line on its way, or its end; it counts for nothing, and is asked for again."""
    machine = draw.choice(world.machines)
    is_cut = draw.random() < 0.5
    damaged = 0

    def by(usual: Carry) -> Carry:
        def carry(sender: Machine, request: httpx.Request) -> httpx.Response:
            nonlocal damaged
            response = usual(sender, request)
            lines = response.content.split(b"\n")
            rows = [line for line in lines if b'"t":"rows"' in line]
            if damaged or not rows or not _is_page(response):
                return response
            damaged += 1
            if is_cut:
                return cut(response)
            lines.remove(draw.choice(rows))
            kept = {"Content-Type": response.headers["content-type"]}
            return httpx.Response(response.status_code, headers=kept, content=b"\n".join(lines))

        return carry

    with _calm(world):
        job(world, draw)
        with _carried(world, by):
            sync_on(world, draw, machine)
    return bool(damaged)


@event("stranger", 0, fault=True, meeting=True)
def stranger(world: World, draw: random.Random) -> bool:
    """P6: a page brings a row of a kind that this version does not know; it is kept."""
    machine = draw.choice(world.machines)
    uid = f"{draw.getrandbits(128):032x}"
    line = b'{"t":"rows","e":"headline","rows":[["%s",9,0,"text"]]}' % uid.encode()
    asked: list[str] = []
    ends: list[str] = []

    def by(usual: Carry) -> Carry:
        def carry(sender: Machine, request: httpx.Request) -> httpx.Response:
            response = usual(sender, request)
            asked.append(_kind(request))
            if asked[-1] != "pull" or world.stage.shop.site not in request.url.path or not _is_page(response):
                return response
            if not ends:
                response = resealed(response, line)
            ends.append(json.loads(response.content.splitlines()[-1])["cursor"])
            return response

        return carry

    with _calm(world):
        job(world, draw)
        with _carried(world, by):
            sync_on(world, draw, machine)
    site = next((row for row in machine.replica.scopes() if row.id == world.stage.shop.site), None)
    if not ends or "snapshot" in asked or site is None or site.cursor != ends[-1]:
        return False
    if not machine.rows("SELECT 1 FROM unknown_rows WHERE uid = ?", uid):
        raise Broken(f"P6: {machine} passed by a row of a kind it does not know, and has not kept it")
    return True


ROTS_AFTER = 10.0


@event("rot", 0, fault=True, meeting=True)
def rot(world: World, draw: random.Random) -> bool:
    """P10: a row goes wrong on a machine's disk; comparing finds it, and it is fetched again."""
    machine = draw.choice(world.machines)
    with _calm(world):
        sync_on(world, draw, machine)
        keywords = machine.rows(
            "SELECT k, base_volume_override FROM keyword_hot WHERE deleted = 0 AND base_volume_override IS volume_override"
        )
        if not keywords or machine.waiting or not _is_level(world, machine):
            return False
        k, value = draw.choice(keywords)
        # Each comparison is somebody's word: nobody asks for several within the seconds in which a repeat counts as a loop.
        world.time.advance(ROTS_AFTER)
        sql = "UPDATE keyword_hot SET base_volume_override = ?, volume_override = ? WHERE k = ?"
        machine.database.execute(sql, (WRONG, WRONG, k))
        try:
            is_equal = machine.engine.verify_now()
        except PlannerError:
            is_equal = False
        still = machine.rows("SELECT 1 FROM keyword_hot WHERE k = ? AND volume_override = ?", k, WRONG)
        if still and is_equal:
            raise Broken(
                f"P10: {machine} says it is equal with the platform, and has a figure nobody ever set"
            )
        if still:
            machine.database.execute(sql, (value, value, k))
    return not still


def _is_level(world: World, machine: Machine) -> bool:
    here = {row.id: row for row in machine.replica.scopes()}.get(world.stage.shop.site)
    present = (world.platform.epoch, world.platform.version)
    return here is not None and here.staged is None and (here.epoch, here.version) == present


# ---------------------------------------------------------------- work on its way


@event("silence", 0, fault=True, meeting=True)
def silence(world: World, draw: random.Random) -> bool:
    """P15: the answer to a push is lost, and the machine is silent for hours or months while others go on."""
    machine = draw.choice(world.machines)
    lost = 0

    def by(usual: Carry) -> Carry:
        def carry(sender: Machine, request: httpx.Request) -> httpx.Response:
            nonlocal lost
            response = usual(sender, request)
            if sender is machine and _kind(request) == "push":
                lost += 1
                raise httpx.ReadError("connection reset", request=request)
            return response

        return carry

    with _calm(world):
        edit_on(world, draw, machine)
        with _carried(world, by):
            sync_on(world, draw, machine)
        for _ in range(draw.randint(1, 2)):
            busy(world, draw)
        world.time.advance(draw.choice((60, DAY // 2 + 3600, 90 * DAY)))
        world.tell_the_time()
        sync_on(world, draw, machine)
    return bool(lost)


@event("refusals", 0, fault=True, meeting=True)
def refusals(world: World, draw: random.Random) -> bool:
    """P18: work that is refused goes out in front of work that is not."""
    machine = draw.choice(world.machines)
    world.platform.set_limit(0)
    seeds = draw.sample(world.stage.shop.seeds, draw.randint(1, 2))
    ids = [machine.ids.uid() for _ in seeds]
    with _calm(world):
        act(world, machine, [AddKeywordsFromSeeds(world.stage.shop.sector, seeds, ids)])
        for _ in range(draw.randint(1, 2)):
            edit_on(world, draw, machine)
        sync_on(world, draw, machine)
    if draw.random() < 0.7:
        world.platform.set_limit(None)
    return True


@event("whole copy", 0, fault=True, meeting=True)
def whole_copy(world: World, draw: random.Random) -> bool:
    """P9: a computer is copied as a whole, so that nothing on it tells; both copies' users edit, and both sync."""
    if len(world.machines) >= MOST_MACHINES:
        return False
    original = draw.choice(world.machines)
    both = [original, copied(world, original, with_twin=True)]
    with _calm(world):
        for machine in (*both, *both):
            edit_on(world, draw, machine)
        draw.shuffle(both)
        for machine in both:
            sync_on(world, draw, machine)
    return True


# ---------------------------------------------------------------- histories that are lost


@event("overtaken", 0, fault=True, meeting=True)
def overtaken(world: World, draw: random.Random) -> bool:
    """P65: the platform goes back to a copy in silence, and grows past what it had told before anybody asks it."""
    name = keep_platform(world)
    with _calm(world):
        for _ in range(draw.randint(1, 2)):
            busy(world, draw)
        told = world.platform.version
        sync_on(world, draw, draw.choice(world.machines))
        put_back(world, name, announced=False)
        for _ in range(6):
            if world.platform.version > told:
                break
            draw.choice((job, browser))(world, draw)
    return True


@event("relay", 0, fault=True, meeting=True)
def relay(world: World, draw: random.Random) -> bool:
    """P66: a value is set and, by somebody who saw it, set back; the platform loses both, and they come again in any order."""
    first, second = draw.sample(world.machines, 2)
    with _calm(world):
        sync_on(world, draw, first)
        row = draw.choice(first.uids("keyword")[:2] or [""])
        if not row:
            return False
        name = keep_platform(world)
        (before,) = first.rows(
            "SELECT h.volume_override FROM keyword w JOIN keyword_hot h ON h.k = w.k WHERE w.uid = ?", row
        )[0]
        act(world, first, [SetOverride("volume", [row], 1 if before == 2 else 2)])
        sync_on(world, draw, first)
        sync_on(world, draw, second)
        if row not in second.uids("keyword"):
            return False
        act(world, second, [SetOverride("volume", [row], before)])
        sync_on(world, draw, second)
        put_back(world, name, announced=draw.random() < 0.5)
        for machine in draw.sample((first, second), 2):
            sync_on(world, draw, machine)
    return True


MEETINGS = tuple(name for name, one in EVENTS.items() if one.is_meeting)
