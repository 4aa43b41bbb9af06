import pytest

from tests.planner_server.world import Desk, Team, make_team


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def anna(team: Team) -> Desk:
    """The owner's desktop."""
    return Desk(team.owner, team.site.uid)


@pytest.fixture
def carl(team: Team) -> Desk:
    """The colleague's desktop."""
    return Desk(team.colleague, team.site.uid)
