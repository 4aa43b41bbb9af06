"""One kill: a machine (or its platform) dies at a named point in the middle of its work; everything must be right afterwards."""

import itertools
import random
from dataclasses import dataclass

from tests.processes.arena import Act, Arena
from tests.processes.checks import asked_as, check_books, check_contested, check_values, values_of
from tests.processes.nursery import Life
from tests.processes.older import STOPS, make_older
from tests.processes.points import Point
from tests.processes.script import WORKLOADS, Author, Expected, Field

SMALL = {"push_bytes": 1_500, "page_rows": 20}
"""Sizes that make many requests and pages of small data."""

LITTER = 12
WITH_OTHER = {"restored", "aliases"}
"""Beginnings that the other machine is part of to the end; otherwise it hears of everything at the beginning of the next trial."""

AGAIN = (
    "C5",
    "C9",
    "C10",
    "C11",
    "C12",
    "C13",
    "C14",
    "C15",
    "C16",
    "C24",
    "C25",
    "C26",
    "C27",
    "C27 renamed",
)
"""Hooks that a life may reach which only synchronises."""

_MACHINES = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Trial:
    """What one kill was. `reached` counts the reaches of the point in a life that it did not end."""

    point: str
    workload: str
    at: int
    killed: bool
    reached: int = 0


def make_ready(arena: Arena) -> None:
    """Start the platform and two machines of two people."""
    arena.up()
    arena.machine("a")
    arena.machine("b", "editor")
    arena.settle("a", "b")


def kill_once(arena: Arena, point: Point, workload: str, *, at: int, seed: int, twice: bool = False) -> Trial:
    """Kill at the `at`-th reach of a point in the middle of a workload, then settle and check everything.

    The arena is ready. With `twice` the life after it is killed as well, at some point of its synchronisation. A life in which the point is reached less often goes to its end, and is checked as well.
    """
    chance = random.Random(seed)
    ground = Field.of(arena)
    mine, other = Author(ground, chance), Author(ground, chance)
    if point.beginning == "aliases":
        _write_twice(mine, other)
    WORKLOADS[workload](mine, other)
    earlier = Author(ground, chance)
    if point.beginning == "restored":
        _write_earlier(earlier, mine, other)
    expected = Expected(values_of(arena, mine.written() | other.written() | earlier.written()))
    name = _machine(arena, point, chance)
    copy = arena.copy("before") if point.beginning == "restored" else None
    expected.carried_out(other, arena.lived("b", [{"do": "settle"}, *other.acts]).all("saved"))
    if copy is not None:
        expected.carried_out(earlier, arena.lived(name, earlier.acts).all("saved"))
        arena.down()
        arena.put_back(copy)
        arena.up()
    life = _die(arena, point, name, _acts(point, mine), at)
    if twice:
        hook, turn = chance.choice(AGAIN), chance.choice([1, 1, 2, 3])
        second = arena.live(name, [{"do": "sync"}], point=hook, at=turn, **SMALL)
        assert second.code in {0, -9}, second.errors
    later = Author(ground, chance)
    if point.beginning == "aliases":
        # In an editor that is still open the row has the id it was made with.
        later.value("volume", mine.added)
    signs_in = point.beginning == "expired" and life.killed
    again = arena.lived(name, [*later.acts, {"do": "sync" if signs_in else "settle"}])
    tags = committed(life, again, point.act)
    if not signs_in:
        arena.settled(again)
    expected.carried_out(mine, tags)
    expected.carried_out(later, again.all("saved"))
    if signs_in:
        _sign_in(arena, name, again)
    # Whose work the platform forgot sends it again, and the other hears of it only then.
    arena.settle(*(("b", name) if point.beginning in WITH_OTHER else (name,) if signs_in else ()))
    gone = {("volume", row) for row in mine.contested}
    if point.beginning == "backups":
        # Who edits what a backup shows edits an old value: until the rows are fetched anew that is a question, not a loss.
        gone |= asked_as(arena.replica(name), expected)
    check_values(arena, expected, gone=gone)
    check_contested(arena, arena.replica(name), mine, other, tags, life)
    check_books(
        arena, *(arena.replica(one) for one in ((name, "b") if point.beginning in WITH_OTHER else (name,)))
    )
    tidy(arena, name, mine, other)
    counts = life.all("reached")
    return Trial(
        point.name,
        workload,
        at,
        not counts or (point.who == "platform" and _platform_died(life)),
        sum(one.get(point.reached, 0) for one in counts),
    )


def _write_twice(mine: Author, other: Author) -> None:
    """The same keywords, added by both before either has heard of the other's."""
    seeds = mine.ground.seeds[-2:]
    del mine.ground.seeds[-2:]
    other.add(seeds)
    other.sync()
    mine.added = mine.add(seeds)
    mine.value("difficulty", mine.added)


def _write_earlier(earlier: Author, mine: Author, other: Author) -> None:
    """Work that the platform takes and then forgets."""
    busy = {uid for _, uid in mine.written() | other.written()} | set(mine.contested)
    rows = [uid for uid in earlier.ground.keywords if uid not in busy][:4]
    earlier.value("volume", rows[:2])
    earlier.assign(rows[1:3], earlier.cluster())
    earlier.sync()
    earlier.value("difficulty", rows[2:])
    earlier.sync()


def _machine(arena: Arena, point: Point, chance: random.Random) -> str:
    """Return the machine that is to die, brought to where the point begins."""
    if point.beginning == "first":
        name = f"fresh-{next(_MACHINES)}"
        arena.machine(name)
        return name
    if point.beginning == "older":
        make_older(arena.replica("a"), chance.choice(sorted(STOPS)))
    return "a"


def _acts(point: Point, mine: Author) -> list[Act]:
    """Return the script with what the point's beginning asks for before each sync."""
    if point.beginning == "backups":
        half = len(mine.acts) // 2
        return [*mine.acts[:2], {"do": "backup"}, *mine.acts[2:half], {"do": "restore"}, *mine.acts[half:]]
    before: list[Act] = {
        "doubt": [{"do": "doubt_rows"}],
        "expired": [{"do": "spoil_access"}],
    }.get(point.beginning, [])
    acts = [one for act in mine.acts for one in ([*before, act] if act["do"] == "sync" else [act])]
    # A machine without rows knows nothing to edit.
    return [{"do": "sync"}, *acts] if point.beginning == "first" else acts


def _die(arena: Arena, point: Point, name: str, acts: list[Act], at: int) -> Life:
    if point.who == "platform":
        arena.down()
        arena.up(point=point.reached, at=at)
        life = arena.lived(name, acts, **SMALL | ({"push_bytes": 1 << 20} if point.name == "C6" else {}))
        if _platform_died(life):
            assert arena.ended().killed
            arena.up()
        else:
            arena.down()
            arena.up()
        return life
    if point.who == "outside":
        runs = [act["tag"] for act in acts if act["do"] == "run"]
        return arena.live(name, acts, kill_after=runs[min(at, len(runs)) - 1], **SMALL)
    given = SMALL | ({"journal_bytes": 500} if point.beginning == "rotated" else {})
    life = arena.live(name, acts, point=point.reached, at=at + point.skip, **given)
    assert life.code in {0, -9}, life.errors
    return life


def _platform_died(life: Life) -> bool:
    return bool(life.all("failed"))


def committed(life: Life, again: Life, act: str = "either") -> list[int]:
    """Return the tags of the acts that were carried out.

    Whether the one a life ended or failed in was, shows in the number of actions kept; `act` says what must be of it.
    """
    tags: list[int] = [line["saved"] for line in life.said if line.get("acted")]
    if not life.all("opened"):
        return tags
    more = again.last("opened")["actions"] - life.last("opened")["actions"] - len(tags)
    doubtful = [tag for tag in life.all("intent") if tag not in life.all("saved")]
    assert more in ({0, 1} if doubtful else {0}), f"{more} actions too many: {life.said}"
    if doubtful and act != "either":
        assert more == (act == "present"), f"the act it died in must be {act}"
    return sorted([*tags, *doubtful]) if more else tags


def _sign_in(arena: Arena, name: str, again: Life) -> None:
    """Tokens that were half written cost a sign-in and nothing else."""
    assert again.all("failed") == ["sign_in_needed"], again.said
    who = arena.people["owner"]
    arena.sign_in(arena.folder / name, who["email"], who["password"])


def tidy(arena: Arena, name: str, mine: Author, other: Author) -> None:
    """Close what was left open, and take away what would make each trial slower than the one before."""
    litter = arena.ask(
        "SELECT count(*) FROM planning_clusters WHERE name LIKE '%by script%' AND deleted_at IS NULL"
    )
    asked = arena.ask("SELECT count(*) FROM feed_conflict WHERE state = 'open'")
    if litter[0][0] < LITTER and not mine.added and not asked[0][0]:
        return
    made = arena.ask("SELECT uid FROM planning_clusters WHERE name LIKE '%by script%' AND deleted_at IS NULL")
    gone = [["cluster", [uid for (uid,) in made]], ["keyword", mine.added]]
    commands = [["DeleteRows", {"entity": entity, "ids": ids}] for entity, ids in gone if ids]
    acts: list[Act] = [
        {"do": "resolve", "choice": "theirs", "tag": 0},
        {"do": "sync"},
        {"do": "run", "tag": 0, "commands": commands},
        {"do": "sync"},
    ]
    arena.lived(name, acts)
