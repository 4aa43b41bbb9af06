"""Where the versions of a new epoch begin."""

import pytest

from planner_core.merge import ONE_HISTORY
from planner_server import clock
from planner_server.feed import epochs
from planner_server.feed.models import Scope
from tests.planner_server.world import Team, make_team

MINUTE = 60_000
NOON = 1_800_000_000_000


@pytest.fixture
def team(db: None) -> Team:
    return make_team(seeds=1)


def begun(team: Team, at_ms: int, *, version: int, seen: int = 0) -> int:
    """Put the scope back to a version, begin a new epoch at a moment, and return where it begins."""
    Scope.objects.filter(pk=team.scope.pk).update(version=version)
    with clock.replaced(now_ms=lambda: at_ms):
        epochs.renew(team.scope, lost=team.scope.epoch, seen=seen)
    return team.scope.version


def test_a_fresh_backup_that_is_put_back_twice_begins_two_epochs_far_apart(team: Team) -> None:
    """P66: versions of the first return are above all of the second's otherwise, and newer work gives way to older."""
    backup = begun(team, NOON, version=7) + 3
    first = begun(team, NOON + 2 * MINUTE, version=backup)
    second = begun(team, NOON + 9 * MINUTE, version=backup)
    assert backup < first < second
    assert min(first - backup, second - first) > ONE_HISTORY


def test_a_clock_behind_what_was_given_out_begins_far_above_it(team: Team) -> None:
    """P66: the replica that noticed may know of more than the platform does."""
    backup = begun(team, NOON, version=7) + 3
    assert begun(team, NOON - 9 * MINUTE, version=backup) - backup > ONE_HISTORY
    seen = backup + 5_000_000
    assert begun(team, NOON, version=backup, seen=seen) - seen > ONE_HISTORY
