"""Any history of two people on three machines, against the real server in this process."""

import contextlib
import os
import random
from collections.abc import Callable

import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    Command,
    CreateCluster,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetEnabled,
    SetOverride,
    SetStatus,
)
from sync.errors import NotFound
from tests.contract.test_two_people import assert_equal, questions, settle
from tests.support.machine import Machine
from tests.support.server import Server

Act = Callable[[Server, Machine, int], Command]

ACTS: list[Act] = [
    lambda server, _, n: SetOverride("volume", [server.keywords[n % 10]], n % 3 or None),
    lambda server, _, n: SetOverride("difficulty", server.keywords[n % 7 : n % 7 + 3], n % 4),
    lambda server, _, n: SetEnabled("keyword", [server.keywords[n % 10]], enabled=n % 2 == 0),
    lambda server, _, n: AssignCluster(
        [server.keywords[n % 10], server.keywords[n * 7 % 10]], server.clusters[n % 3]
    ),
    lambda server, _, n: AssignCluster([server.keywords[n % 10]], None),
    lambda server, _, n: SetStatus("keyword", [server.keywords[n % 10]], ("new", "mapped")[n % 2]),
    lambda server, _, n: DeleteRows("keyword", [server.keywords[n % 10]]),
    lambda server, _, n: RestoreRows("keyword", [server.keywords[n % 10]]),
    lambda server, _, n: DeleteRows("cluster", [server.clusters[n % 3]]),
    lambda server, _, n: RestoreRows("cluster", [server.clusters[n % 3]]),
    lambda server, _, n: EditRow("cluster", server.clusters[n % 3], {"name": f"Name {n % 2}"}),
    lambda server, machine, n: CreateCluster(machine.ids.uid(), server.sector, f"Name {n % 2}"),
    lambda server, machine, n: AddKeywordsFromSeeds(
        server.sector, [server.seeds[10 + n % 10]], [machine.ids.uid()]
    ),
]


@pytest.mark.parametrize("seed", range(int(os.environ.get("PLANNER_HISTORIES", "6"))))
def test_any_history_of_two_people_ends_equal_everywhere(server: Server, seed: int) -> None:
    """Edits, undos, syncs and decisions in a random order; then everybody settles and answers: all rows equal, no question left."""
    chance = random.Random(seed)
    machines = [server.machine(f"m{number}", user=server.editors[number % 2]) for number in range(3)]
    for machine in machines:
        machine.sync()
    for turn in range(40):
        machine = chance.choice(machines)
        match chance.randrange(8):
            case 0 | 1:
                machine.sync()
            case 2 if turn > 5:
                undo(machine)
            case 3 if questions(machine):
                machine.replica.resolve(questions(machine)[:1], chance.choice(["mine", "theirs"]))
            case _:
                machine.replica.run(
                    [chance.choice(ACTS)(server, machine, chance.randrange(1000))], partial=True
                )
        machine.clock.advance(chance.random())
    for _ in range(4):
        settle(*machines)
        for machine in machines:
            if open_now := questions(machine):
                machine.replica.resolve(open_now, "theirs")
    settle(*machines)
    assert [questions(machine) for machine in machines] == [[], [], []]
    assert_equal(*machines)


def undo(machine: Machine) -> None:
    with contextlib.suppress(NotFound):
        machine.replica.undo()
