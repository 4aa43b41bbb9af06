from typing import Any

import pytest

from tests.planner_server.api.caller import PASSWORD, Caller, person
from tests.planner_server.world import Team, make_team


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """The real hasher takes a third of a second a password, by intent."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def team(db: None, quick_passwords: None) -> Team:
    made = make_team()
    for user in (made.owner, made.colleague):
        user.set_password(PASSWORD)
        user.save()
    return made


@pytest.fixture
def rival(team: Team) -> Team:
    """Another account with its own site."""
    return make_team("Rival")


@pytest.fixture
def owner(team: Team) -> Caller:
    return Caller(team.owner)


@pytest.fixture
def editor(team: Team) -> Caller:
    """An editor with a grant for the site."""
    return Caller(person(team, "editor"))


@pytest.fixture
def viewer(team: Team) -> Caller:
    """A viewer with a grant for the site."""
    return Caller(person(team, "viewer"))


@pytest.fixture
def nobody(db: None) -> Caller:
    return Caller()
