"""The suite can fail: every known bug, switched on, is noticed.

For each bug its scripted history is played, which must pass on the code as it is and fail with the bug. Bugs that show
often have to be noticed by worlds of chance as well. The table at the end of the run names what was caught and what was missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.simulation.bugs.catalogue import BUGS, NOT_SWITCHABLE, Bug
from tests.simulation.bugs.playing import failing_seeds, play
from tests.simulation.histories import cursors, meeting
from tests.simulation.histories.scene import History
from tests.simulation.stage import Stage

STEPS = 40


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
    record_property("bug", f"{bug.group} {_name(bug)}")
    right = play(stage, bug.history)
    assert right.passed, f"without any bug: {right.complaint}\n{right.trace}"
    wrong = play(stage, bug.history, bug)
    assert not wrong.passed, f"{_name(bug)} goes unnoticed by {bug.history.__name__}"
    record_property("caught", bug.history.__name__)


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.seeds], ids=_name)
def test_worlds_of_chance_notice_the_bug_too(stage: Stage, bug: Bug) -> None:
    """Histories know what they look for; these worlds do not."""
    noticed = next(failing_seeds(stage, bug, bug.seeds, STEPS), None)
    assert noticed is not None, f"none of {len(bug.seeds)} worlds notices {_name(bug)}"


@pytest.mark.parametrize(
    "history", [cursors.seeds_are_added_while_a_snapshot_runs, meeting.an_answer_comes_back_that_is_no_page]
)
def test_histories_that_stand_for_no_bug_hold_too(stage: Stage, history: History) -> None:
    """P13, P19, P46, P78."""
    played = play(stage, history)
    assert played.passed, f"{played.complaint}\n{played.trace}"


def test_every_pitfall_of_groups_a_to_c_and_of_severity_1_has_a_switch() -> None:
    wanted = [f"P{number}" for number in (*range(1, 40), *range(61, 82))]
    switched = {bug.pitfall for bug in BUGS}
    assert [pitfall for pitfall in wanted if pitfall not in switched | NOT_SWITCHABLE.keys()] == []
    assert not switched & NOT_SWITCHABLE.keys()
    assert len({bug.name for bug in BUGS}) == len(BUGS)


def test_the_description_of_the_proof_counts_the_bugs_as_they_are(repository: Path) -> None:
    text = " ".join((repository / "docs" / "proof.md").read_text().split())
    assert f"one function or constant each: {len(BUGS)} of them" in text
    assert f"**{len(BUGS)} caught, 0 missed**" in text
    assert [pitfall for pitfall in NOT_SWITCHABLE if f"{pitfall} (" not in text] == []
