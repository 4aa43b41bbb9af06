"""Which rows come back with a restored cluster, the real server in this process."""

import pytest

from planner_core.commands import AssignCluster, DeleteRows, RestoreRows
from tests.support.machine import Machine
from tests.support.server import Server


def home(server: Server, keyword: str) -> object:
    return server.live_keywords()[keyword]["cluster"]


@pytest.mark.parametrize("in_browser", [True, False])
def test_of_two_clusters_deleted_at_once_each_comes_back_with_its_own_rows_only(
    server: Server, eve: Machine, in_browser: bool
) -> None:
    """P71: one mark stands for the whole mutation; which cluster a row was taken out of is part of it."""
    one, other = server.clusters[:2]
    first, second = server.keywords[:2]
    eve.run(AssignCluster([first], one), AssignCluster([second], other))
    eve.run(DeleteRows("cluster", [one, other]))
    eve.sync()
    assert home(server, first) is home(server, second) is None
    if in_browser:
        server.run(RestoreRows("cluster", [one]))
    else:
        eve.run(RestoreRows("cluster", [one]))
    eve.sync()
    assert home(server, first) == one
    assert home(server, second) is None
    assert eve.engine.verify_now() is True


def test_a_row_moved_out_by_the_mutation_that_deletes_does_not_come_back(
    server: Server, eve: Machine
) -> None:
    """P71: only what the deletion itself took out comes home."""
    one, other = server.clusters[:2]
    keyword = server.keywords[0]
    eve.run(AssignCluster([keyword], one))
    eve.sync()
    eve.run(AssignCluster([keyword], None), DeleteRows("cluster", [other]))
    eve.sync()
    server.run(RestoreRows("cluster", [other]))
    assert home(server, keyword) is None
