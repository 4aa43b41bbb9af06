"""Access that was taken away, the real server in this process."""

from planner_server.accounts import services as accounts
from sync.replica import Reader
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
