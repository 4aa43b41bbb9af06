"""The suite can fail: every known bug, switched on, is noticed.

For each bug its scripted history is played, which must pass on the code as it is and fail with the bug. Where a simulated world is
known to notice the bug, too, that seed is lived through as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.simulation.bugs import BUGS, NOT_SWITCHABLE, Bug
from tests.simulation.bugs.playing import Played, play
from tests.simulation.stage import Stage

REQUIRED_SHARE = 0.95


@pytest.fixture(scope="module")
def stage(django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """The platform and machines that every world of this module starts from."""
    with django_db_blocker.unblock():
        made = Stage.build()
        yield made
        made.strike()


def _name(bug: Bug) -> str:
    return f"{bug.pitfall} {bug.name}"


@pytest.mark.parametrize("bug", BUGS, ids=_name)
def test_a_history_passes_as_it_is_and_fails_with_its_bug(
    stage: Stage, bug: Bug, record_property: Callable[[str, object], None]
) -> None:
    right: Played = play(stage, bug.history)
    assert right.passed, f"without any bug: {right.complaint}\n{right.trace}"
    wrong = play(stage, bug.history, bug)
    record_property("noticed", wrong.complaint)
    assert not wrong.passed, f"{_name(bug)} goes unnoticed by {bug.history.__name__}"


def test_every_pitfall_of_groups_a_to_c_and_of_severity_1_has_a_switch() -> None:
    wanted = [f"P{number}" for number in (*range(1, 40), *range(61, 82))]
    switched = {bug.pitfall for bug in BUGS}
    assert [pitfall for pitfall in wanted if pitfall not in switched | NOT_SWITCHABLE.keys()] == []
    assert not switched & NOT_SWITCHABLE.keys()
    assert len({bug.name for bug in BUGS}) == len(BUGS)
