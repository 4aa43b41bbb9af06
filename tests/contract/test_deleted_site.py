"""A site that was moved to the trash over REST and brought back by staff, the real server in this process."""

from planner_server.accounts import services as accounts
from planner_server.accounts.models import Site
from planner_server.cli.verify import find_breaches
from planner_server.feed.gate import Actor
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server

STAFF = Actor("user", "staff")


def test_work_that_waits_for_a_site_in_the_trash_is_kept_and_sent_once_the_site_is_back(
    server: Server, eve: Machine, cem: Machine
) -> None:
    eve.volume(server.keywords[0], 10)
    accounts.site_delete(site=server.site, actor=STAFF)

    eve.sync()
    cem.sync()

    assert cem.overrides() == {}
    assert server.volume(server.keywords[0]) is None
    assert eve.replica.counts() != cem.replica.counts()
    _, breaches = find_breaches(using="default")
    assert breaches == []
    assert eve.engine.verify_now() is True

    accounts.site_restore(site=Site.objects.get(pk=server.site.pk), actor=STAFF)
    settle(eve, cem)

    assert set(cem.overrides()) == set(server.keywords)
    assert server.volume(server.keywords[0]) == 10
    assert_equal(eve, cem)
    assert find_breaches(using="default")[1] == []
