"""P91: questions to people who have left do not stay open for ever."""

import pytest

from planner_server.feed.gate import Actor
from planner_server.feed.models import Conflict
from planner_server.planning.services.left_over import end_left_over, left_over
from tests.planner_server.world import Desk, Team, make_team, set_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def asked(team: Team) -> str:
    """The colleague is asked about a field that the owner has changed; the keyword."""
    (one,) = team.keywords(1)
    Desk(team.owner, team.site.uid).push(set_of("volume_override", [None], [7], [one]))
    Desk(team.colleague, team.site.uid).push(set_of("volume_override", [None], [5], [one]))
    return one


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "editor"}])
def test_items_of_who_has_left_or_lost_the_site_are_listed_and_can_be_ended(
    change: dict[str, object], team: Team
) -> None:
    """P91: an owner sees whose and what, and ends them; items of people who still see the site are theirs alone."""
    one = asked(team)
    assert left_over(team.account) == []
    for name, value in change.items():
        setattr(team.colleague, name, value)
    team.colleague.save()
    (item,) = left_over(team.account)
    assert (item.email, item.row, item.mine, item.theirs) == (team.colleague.email, one, [5], [7])
    actor = Actor("user", team.owner.uid)
    assert end_left_over(site=team.site, uids=["f" * 32], actor=actor) == 0
    assert end_left_over(site=team.site, uids=[item.uid], actor=actor) == 1
    assert Conflict.objects.get().state == "closed"
    assert left_over(team.account) == []
