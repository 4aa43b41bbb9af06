"""The world itself: it repeats, it notices, and it can be made smaller."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from planner_server.sync_api import views
from tests.simulation.runner import keep, kept, one_seed, shortest
from tests.simulation.stage import Stage
from tests.simulation.tally import Failure, Schedule
from tests.simulation.witness import Broken, Witness
from tests.simulation.world import World


def told(stage: Stage, seed: int) -> list[str]:
    lines: list[str] = []
    _, failure = one_seed(stage, seed, 30, Witness, say=lines.append)
    assert failure is None, failure.what
    return lines


def test_a_seed_repeats_word_for_word(stage: Stage) -> None:
    assert told(stage, 5) == told(stage, 5)


def test_a_schedule_repeats_its_seed(stage: Stage) -> None:
    lines: list[str] = []
    with World(stage, 7, say=lines.append) as first:
        for _ in range(25):
            first.step()
        schedule = list(first.schedule)
    again: list[str] = []
    with World(stage, 7, say=again.append) as second:
        second.replay(schedule)
    assert again == lines


def test_a_machine_that_shows_something_else_than_the_platform_has_is_noticed(stage: Stage) -> None:
    with World(stage, 1) as world:
        world.settle()
        world.machines[2].database.execute("UPDATE keyword_hot SET volume_override = 9")
        with pytest.raises(Broken, match="C shows something else"):
            world.settle()


def test_rows_that_differ_behind_the_cursor_are_noticed(stage: Stage) -> None:
    with World(stage, 1) as world:
        world.settle()
        world.machines[1].database.execute("UPDATE keyword_hot SET base_volume_override = 9")
        # The check by digest fetches them anew, which is what the product promises.
        world.settle()
        assert world.machines[1].rows("SELECT 1 FROM keyword_hot WHERE base_volume_override = 9") == []


def test_a_platform_that_stumbles_is_noticed(stage: Stage) -> None:
    with (
        patch.object(views, "hello", side_effect=RuntimeError("a fault")),
        World(stage, 1) as world,
        pytest.raises(Broken, match="the platform stumbled over POST /sync/v1/hello"),
    ):
        world.settle()


def test_a_failing_schedule_is_made_shorter_and_kept(stage: Stage, tmp_path: Path) -> None:
    class Dislikes(Witness):
        def server_wrote(self, actor: str, commands: object) -> None:
            raise Broken(f"a {actor} wrote")

    failure = None
    for seed in range(20):
        _, failure = one_seed(stage, seed, 40, Dislikes)
        if failure is not None:
            break
    assert isinstance(failure, Failure)
    best = shortest(stage, failure, Dislikes)
    assert [name for name, _ in best.schedule] in (["job"], ["browser"])
    path = keep(best, folder=tmp_path)
    assert kept(path) == (best.seed, best.schedule)
    assert json.loads(path.read_text())["note"].startswith("Broken: a ")
    assert f"--start {failure.seed} " in failure.command


def test_what_a_step_draws_does_not_depend_on_the_steps_before(stage: Stage) -> None:
    schedule: Schedule = [("edit", 1), ("weather", 2), ("job", 3)]
    lines: list[str] = []
    with World(stage, 3, say=lines.append) as world:
        world.replay(schedule)
    shorter: list[str] = []
    with World(stage, 3, say=shorter.append) as world:
        world.replay(schedule[2:])
    assert lines[-1] == shorter[-1] != ""
