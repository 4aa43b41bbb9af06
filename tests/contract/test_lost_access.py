"""Access that was taken away, the real server in this process."""

from planner_server.accounts import services as accounts
from planner_server.feed import epochs
from planner_server.feed.models import Scope
from sync.replica import Reader
from tests.contract.test_restored import epoch, later_restored
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


def test_losing_the_only_site_of_a_branch_takes_the_library_along_as_a_library(
    server: Server, eve: Machine
) -> None:
    """P51, P79: what the platform says of a scope that is gone is no news of its kind: a library's rows go as a library's."""
    assert {row.kind for row in eve.replica.scopes()} == {"account", "library", "site"}
    accounts.site_revoke(user=server.editors[0], site=server.site)

    eve.sync()

    kinds = {row.id: row.kind for row in eve.replica.scopes()}
    assert kinds[server.branch.uid] == "library"
    reader = Reader.open(eve.path)
    assert reader.library_count("", server.sector) == 0
    reader.close()
    accounts.site_grant(user=server.editors[0], site=server.site)
    eve.sync()
    assert set(eve.overrides()) == set(server.keywords)
    assert eve.engine.verify_now() is True


def test_who_had_no_access_while_the_platform_was_put_back_sends_again_what_it_forgot(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P79, P65: also where the platform has grown beyond what she was told, so that its version gives nothing away."""
    with later_restored():
        eve.volume(server.keywords[0], 10)
        eve.sync()
    before = epoch(server)
    accounts.site_revoke(user=server.editors[0], site=server.site)
    for value in range(5):
        cem.volume(server.keywords[1], value)
        cem.sync()
    eve.sync()
    assert eve.overrides() == {}
    accounts.site_grant(user=server.editors[0], site=server.site)

    settle(eve, cem)

    assert server.volume(server.keywords[0]) == 10
    assert epoch(server) != before
    assert_equal(eve, cem)


def test_who_had_no_access_while_a_restore_was_announced_begins_no_second_epoch(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P79, P64: what she was told is from before the epoch's beginning, and says nothing of it."""
    with later_restored():
        eve.volume(server.keywords[0], 10)
        eve.sync()
    accounts.site_revoke(user=server.editors[0], site=server.site)
    eve.sync()
    scope = Scope.objects.get(uid=server.site.uid)
    epochs.renew(scope, lost=scope.epoch)
    cem.sync()
    announced = epoch(server)
    accounts.site_grant(user=server.editors[0], site=server.site)

    settle(eve, cem)

    assert server.volume(server.keywords[0]) == 10
    assert epoch(server) == announced
    assert_equal(eve, cem)
