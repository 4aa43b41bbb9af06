"""Schedules that failed once, each in its shortest form: none may fail again."""

from pathlib import Path

import pytest

from tests.simulation.runner import REGRESSIONS, kept, one_seed
from tests.simulation.stage import Stage
from tests.simulation.watching import watch


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", sorted(REGRESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_a_schedule_that_failed_once_passes(stage: Stage, path: Path) -> None:
    seed, schedule = kept(path)
    _, failure = one_seed(stage, seed, len(schedule), watch, schedule=schedule)
    assert failure is None, failure.what
