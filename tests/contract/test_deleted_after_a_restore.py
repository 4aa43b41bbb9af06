"""After a restore of the platform a row can be absent for two reasons: somebody deleted it, or the platform forgot that it was made."""

import pytest

from planner_core.commands import AddKeywordsFromSeeds, AssignCluster, DeleteRows, RestoreRows
from sync.replica import Reader, ReviewRow
from tests.contract.test_restored import later_restored
from tests.contract.test_two_people import assert_equal, settle
from tests.support.machine import Machine
from tests.support.server import Server


def reviewed(machine: Machine) -> list[ReviewRow]:
    reader = Reader.open(machine.path)
    try:
        return reader.review()
    finally:
        reader.close()


def forgets_something_of_both(server: Server, eve: Machine, cem: Machine) -> None:
    """Both were told a version that the platform has not any more."""
    with later_restored():
        eve.volume(server.keywords[0], 10)
        cem.volume(server.keywords[1], 20)
        settle(eve, cem)


@pytest.mark.parametrize("entity", ["keyword", "cluster"])
def test_what_a_colleague_deleted_on_a_restored_platform_is_gone_and_not_asked_about(
    server: Server, eve: Machine, cem: Machine, entity: str
) -> None:
    """P81: eve's machine recovers after the deletion: it was somebody's wish, not the restore's doing."""
    row = server.keywords[5] if entity == "keyword" else server.clusters[1]
    forgets_something_of_both(server, eve, cem)
    cem.run(DeleteRows(entity, [row]))
    cem.sync()

    settle(eve, cem)

    assert reviewed(eve) == []
    assert row not in (eve.overrides() if entity == "keyword" else server.live_keywords())
    assert server.volume(server.keywords[0]) == 10
    assert_equal(eve, cem)


def test_a_deletion_of_the_kept_history_that_was_not_fetched_before_the_restore_is_one(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P81, P63: eve had not heard of the deletion, and the platform still knows it."""
    server.run(DeleteRows("keyword", [server.keywords[5]]))
    with later_restored():
        cem.volume(server.keywords[1], 20)
        cem.sync()
    cem.sync()

    settle(eve, cem)

    assert reviewed(eve) == []
    assert server.keywords[5] not in eve.overrides()
    assert_equal(eve, cem)


def test_an_edit_of_a_row_deleted_on_the_restored_platform_is_asked_about_as_ever(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P27: the deletion does not take an unsent edit along."""
    forgets_something_of_both(server, eve, cem)
    cem.run(DeleteRows("keyword", [server.keywords[5]]))
    cem.sync()
    eve.volume(server.keywords[5], 55)

    settle(eve, cem)

    (asked,) = reviewed(eve)
    assert (asked.code, asked.ids) == ("target_deleted", (server.keywords[5],))


def test_rows_the_platform_forgot_are_still_asked_about(server: Server, eve: Machine, cem: Machine) -> None:
    """P81: made in the lost history by somebody who does not come back, or taken out of the trash there."""
    server.run(DeleteRows("keyword", [server.keywords[7]]))
    made = "5" * 32
    with later_restored():
        server.run(AddKeywordsFromSeeds(server.sector, [server.seeds[15]], [made]))
        server.run(RestoreRows("keyword", [server.keywords[7]]))
        settle(eve, cem)
    cem.run(AssignCluster([server.keywords[2]], server.clusters[0]))
    cem.run(DeleteRows("keyword", [server.keywords[3]]))
    cem.sync()

    settle(eve)

    (asked,) = reviewed(eve)
    assert (asked.kind, set(asked.ids)) == ("lost", {made, server.keywords[7]})
    assert server.keywords[3] not in eve.overrides()
