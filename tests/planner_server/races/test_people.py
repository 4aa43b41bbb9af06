"""P2: what is asked about people and the write that rests on it cannot be parted by somebody else's write."""

from collections.abc import Callable
from typing import Any

import pytest

from planner_server.accounts import team as people
from planner_server.accounts.models import Account, User
from planner_server.refusals import Refusal
from tests.planner_server.races.test_checks import raced
from tests.planner_server.world import Team

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(action: Callable[[], Any]) -> Callable[[], str]:
    """Return the action that says how it ended, by the code of a refusal or "done"."""

    def run() -> str:
        try:
            action()
        except Refusal as refusal:
            return refusal.refused[0].code
        return "done"

    return run


def demote(by: User, user: User) -> Callable[[], str]:
    return outcome(lambda: people.member_update(by=by, user=user, role="viewer"))


def test_two_owners_who_demote_each_other_leave_one(team: Team) -> None:
    User.objects.filter(pk=team.colleague.pk).update(role="owner")
    one, two = User.objects.filter(account=team.account).order_by("pk")

    ends = raced(demote(one, two), demote(two, one), "UPDATE")

    assert ends == ("done", "forbidden")
    assert list(User.objects.filter(role="owner")) == [one]


def test_two_who_are_made_at_once_do_not_pass_the_plans_limit(team: Team) -> None:
    Account.objects.filter(pk=team.account.pk).update(max_users=3)

    def make(email: str) -> Callable[[], str]:
        return outcome(
            lambda: people.member_create(by=team.owner, email=email, name="", role="editor", password=None)
        )

    ends = raced(make("a@acme.test"), make("b@acme.test"), "INSERT")

    assert ends == ("done", "limit")
    assert User.objects.filter(account=team.account).count() == 3
