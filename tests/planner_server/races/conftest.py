import pytest

from tests.planner_server.world import Team, make_team


@pytest.fixture
def team(transactional_db: None) -> Team:
    """A team whose rows are committed, so that other connections see them."""
    return make_team(seeds=40)
