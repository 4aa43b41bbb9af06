"""One failing call in a fixed scenario (edit, sync, conflict, decision, pull, restart); everything must be right after a second run."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.processes.arena import Arena
from tests.processes.checks import check_books, check_contested, check_values, values_of
from tests.processes.failing import LAYERS
from tests.processes.kills import committed, tidy
from tests.processes.nursery import Life
from tests.processes.script import Author, Expected, Field


@dataclass(frozen=True, slots=True)
class Fault:
    """The `at`-th call of a layer, failing in one of its ways."""

    layer: str
    at: int
    kind: str

    def __str__(self) -> str:
        return f"{self.layer}-{self.at}-{self.kind}"


def scenario(ground: Field, chance: random.Random) -> tuple[Author, Author]:
    """Return the scripts of the machine whose calls fail and of the one that goes before it."""
    mine, other = Author(ground, chance), Author(ground, chance)
    rows = chance.sample(ground.keywords, 6)
    other.value("volume", rows[:2])
    other.sync()
    mine.contest(rows[:1])
    mine.value("volume", rows[2:4])
    mine.sync()
    mine.resolve("mine")
    mine.value("difficulty", rows[3:6])
    mine.undo()
    mine.assign(rows[4:5], mine.cluster())
    mine.sync()
    return mine, other


def fill_once(arena: Arena, room: int, *, seed: int) -> list[str]:
    """Carry the scenario out while the disk takes only so many bytes more, go on when there is room, check. Returns the errors told."""
    ground = Field.of(arena)
    mine, other = scenario(ground, random.Random(seed))
    expected = Expected(values_of(arena, mine.written() | other.written()))
    expected.carried_out(other, arena.lived("b", [{"do": "sync"}, *other.acts]).all("saved"))
    counting = {"layer": "", "at": 0, "kind": ""}
    acts = [{"do": "fill_disk", "bytes": room}, *mine.acts, {"do": "empty_disk"}, {"do": "settle"}]
    life = arena.settled(arena.lived("a", acts, fails=counting))
    again = arena.lived("a", [{"do": "settle"}])
    tags = committed(life, again, "absent")
    expected.carried_out(mine, tags)
    check_values(arena, expected, gone={("volume", row) for row in mine.contested})
    check_contested(arena, arena.replica("a"), mine, other, tags, life)
    check_books(arena, arena.replica("a"))
    tidy(arena, "a", mine, other)
    return life.all("failed")


def count_calls(arena: Arena) -> Mapping[str, int]:
    """Carry the scenario out without a failure; return how many calls of each layer it takes."""
    life, _ = _run(arena, Fault("", 0, ""), seed=0)
    counts: Mapping[str, int] = life.last("calls")
    return counts


def faults(counts: Mapping[str, int], every: int, seed: int) -> Iterator[Fault]:
    """Return every `every`-th call of each layer, from a start that the seed gives, each with one of its ways to fail."""
    for layer, kinds in LAYERS.items():
        # One more than were counted: what is last may come a little later.
        for at in range(1 + seed % every, counts[layer] + 2, every):
            yield Fault(layer, at, kinds[(at // every + seed) % len(kinds)])


def fail_once(arena: Arena, fault: Fault, *, seed: int) -> str:
    """Carry the scenario out with one failing call, again without, settle and check. Returns the call that failed, "" if none."""
    life, call = _run(arena, fault, seed=seed)
    assert life.code == 0, life.errors
    wrong = [line for line in life.said if {"failed", "ended"} & set(line) and _code(line) == "internal"]
    assert not wrong, (str(fault), call, wrong)
    return call


def _code(line: Mapping[str, Any]) -> str:
    return str(line.get("failed") or line.get("ended"))


def _run(arena: Arena, fault: Fault, *, seed: int) -> tuple[Life, str]:
    with_other = fault.at % 100 < 20
    ground = Field.of(arena)
    mine, other = scenario(ground, random.Random(seed))
    expected = Expected(values_of(arena, mine.written() | other.written()))
    expected.carried_out(other, arena.lived("b", [{"do": "sync"}, *other.acts]).all("saved"))
    given = {"layer": fault.layer, "at": fault.at, "kind": fault.kind}
    life = arena.live("a", mine.acts, fails=given)
    again = arena.settled(arena.lived("a", [{"do": "settle"}]))
    tags = committed(life, again, "absent")
    expected.carried_out(mine, tags)
    if with_other:
        arena.settle("b")
    check_values(arena, expected, gone={("volume", row) for row in mine.contested})
    check_contested(arena, arena.replica("a"), mine, other, tags, life)
    check_books(arena, *(arena.replica(name) for name in (("a", "b") if with_other else ("a",))))
    tidy(arena, "a", mine, other)
    return life, life.last("call") if life.all("call") else ""
