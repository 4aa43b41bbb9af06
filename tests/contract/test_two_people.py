"""The engine against the real server in this process: what editors do on two machines ends the same everywhere."""

import itertools

import httpx
import pytest

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    CreateCluster,
    DeleteRows,
    RestoreRows,
    SetEnabled,
    SetOverride,
)
from planner_server.accounts import services as accounts
from planner_server.accounts.models import Device, User
from sync.errors import PlannerError, SignInNeeded, Unreachable
from sync.replica import Reader
from tests.support.machine import Machine
from tests.support.server import Server


def settle(*machines: Machine) -> None:
    for _ in range(2):
        for machine in machines:
            machine.sync()


def assert_equal(*machines: Machine) -> None:
    for machine in machines:
        assert not machine.replica.peek(machine.replica.scopes()[-1].id)
        assert machine.engine.verify_now() is True
    assert all(machine.overrides() == machines[0].overrides() for machine in machines)


def questions(machine: Machine) -> list[str]:
    reader = Reader.open(machine.path)
    try:
        return [row.id for row in reader.review()]
    finally:
        reader.close()


def test_a_fresh_profile_has_what_the_platform_has(server: Server, eve: Machine) -> None:
    assert set(eve.overrides()) == set(server.keywords)
    assert_equal(eve)


def test_an_edit_made_offline_reaches_the_platform_and_a_second_person(
    server: Server, eve: Machine, cem: Machine
) -> None:
    eve.volume(server.keywords[0], 700)
    report = eve.sync()
    cem.sync()
    assert (report.pushed, report.conflicts, report.refused) == (1, 0, 0)
    assert server.volume(server.keywords[0]) == 700
    assert cem.overrides()[server.keywords[0]] == 700
    assert_equal(eve, cem)


@pytest.mark.parametrize("order", list(itertools.permutations(["eve", "cem", "eve", "cem"], 4))[:6])
def test_edits_on_two_machines_in_any_order_of_syncs_converge(
    server: Server, eve: Machine, cem: Machine, order: tuple[str, ...]
) -> None:
    by_name = {"eve": eve, "cem": cem}
    first, second, third, *_ = server.keywords
    eve.volume(first, 1)
    eve.run(AssignCluster([second, third], server.clusters[0]))
    cem.run(SetEnabled("keyword", [first], enabled=False))
    cem.run(AssignCluster([third], server.clusters[1]))
    cem.run(CreateCluster(cem.ids.uid(), server.sector, "From Cem"))
    for name in order:
        by_name[name].sync()
    settle(eve, cem)
    assert server.volume(first) == 1
    assert server.keyword(first).disabled
    assert_equal(eve, cem)


def test_an_answer_lost_after_the_platform_carried_it_out_applies_once(server: Server) -> None:
    """P14."""
    inner = server.transport()
    to_lose = ["push", "push", "push"]

    class Loses(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = inner.handle_request(request)
            if request.url.path.endswith("/push") and to_lose:
                response.read()
                to_lose.pop()
                raise httpx.ReadError("connection reset", request=request)
            return response

    machine = server.machine("eve", transport=Loses())
    machine.sync()
    machine.run(CreateCluster(machine.ids.uid(), server.sector, "Once"))
    machine.volume(server.keywords[0], 5)
    with pytest.raises(Unreachable):
        machine.sync()
    version = server.version
    machine.restart()
    settle_patiently(machine)
    assert not to_lose
    assert server.version == version
    assert "Once" in server.cluster_names()
    assert "Once (2)" not in server.cluster_names()
    assert_equal(machine)


def settle_patiently(machine: Machine) -> None:
    for _ in range(6):
        try:
            machine.sync()
        except PlannerError:
            machine.clock.advance(30)
        else:
            return
    raise AssertionError("it never came through")


# ---------------------------------------------------------------- conflicts


@pytest.mark.parametrize(("choice", "wins"), [("mine", 10), ("theirs", 20)])
def test_a_conflict_is_listed_on_both_machines_of_its_author_and_ends_on_both(
    server: Server, eve: Machine, cem: Machine, choice: str, wins: int
) -> None:
    """P29, P72, P90."""
    laptop = server.machine("eve-laptop")
    laptop.sync()
    keyword = server.keywords[0]
    eve.volume(keyword, 10)
    cem.volume(keyword, 20)
    cem.sync()

    report = eve.sync()
    laptop.sync()
    cem.sync()

    assert report.conflicts == 1
    assert server.volume(keyword) == 20
    assert eve.overrides()[keyword] == 20
    assert questions(eve) == questions(laptop) != []
    assert questions(cem) == []

    laptop.replica.resolve(questions(laptop), choice)  # type: ignore[arg-type]
    settle(laptop, eve, cem)

    assert server.volume(keyword) == wins
    assert questions(eve) == questions(laptop) == []
    assert_equal(eve, laptop, cem)


def test_a_decision_on_an_old_picture_asks_again(server: Server, eve: Machine) -> None:
    """P29, P72, P90."""
    keyword = server.keywords[0]
    eve.volume(keyword, 10)
    server.set_volume(keyword, 20)
    eve.sync()
    asked = questions(eve)
    server.set_volume(keyword, 30)

    eve.replica.resolve(asked, "mine")
    eve.sync()

    assert server.volume(keyword) == 30
    assert questions(eve) == asked
    eve.replica.resolve(asked, "mine")
    settle(eve)
    assert server.volume(keyword) == 10
    assert questions(eve) == []
    assert_equal(eve)


def test_only_the_rows_somebody_touched_ask(server: Server, eve: Machine) -> None:
    """P25, P26."""
    server.set_volume(server.keywords[3], 99)
    eve.run(SetOverride("volume", server.keywords, 7))
    report = eve.sync()
    assert report.conflicts == 1
    assert [server.volume(uid) for uid in server.keywords] == [7, 7, 7, 99, 7, 7, 7, 7, 7, 7]
    assert_equal(eve)


def test_coupled_fields_are_never_torn(server: Server, eve: Machine, cem: Machine) -> None:
    """P73."""
    keyword = server.keywords[0]
    server.run(AssignCluster([keyword], server.clusters[0]))
    settle(eve, cem)
    cem.run(AssignCluster([keyword], server.clusters[1]))
    eve.run(AssignCluster([keyword], None))
    settle(cem, eve)
    row = server.live_keywords()[keyword]
    assert (row["cluster"], row["status"]) == (server.clusters[1], "mapped")
    assert_equal(eve, cem)


# ---------------------------------------------------------------- the same twice, trash, names


def test_the_same_seeds_added_twice_become_one_keyword_each(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P32, P80, P87."""
    seeds = server.seeds[10:20]
    for machine, cluster in ((eve, server.clusters[0]), (cem, server.clusters[1])):
        ids = [machine.ids.uid() for _ in seeds]
        machine.run(AddKeywordsFromSeeds(server.sector, seeds, ids))
        machine.run(AssignCluster(ids[:3], cluster))
    cem.sync()
    report = eve.sync()
    settle(cem, eve)
    assert report.merged == 10
    live = [row["seed"] for row in server.live_keywords().values()]
    assert sorted(live) == sorted(server.seeds)
    assert_equal(eve, cem)


def test_two_clusters_of_one_name_are_told_apart(server: Server, eve: Machine, cem: Machine) -> None:
    """P33."""
    eve.run(CreateCluster(eve.ids.uid(), server.sector, "Winter"))
    cem.run(CreateCluster(cem.ids.uid(), server.sector, "winter "))
    settle(cem, eve)
    assert {"winter", "Winter (2)"} <= server.cluster_names()
    assert_equal(eve, cem)


def test_an_edit_of_a_row_that_was_deleted_is_not_dropped(server: Server, eve: Machine) -> None:
    """P27, P28, P63."""
    keyword = server.keywords[0]
    server.run(DeleteRows("keyword", [keyword]))
    eve.volume(keyword, 10)
    report = eve.sync()
    assert report.refused + report.conflicts == 1
    assert questions(eve)
    assert_equal(eve)


def test_a_delete_of_a_row_somebody_changed_asks(server: Server, eve: Machine) -> None:
    """P27, P28, P63."""
    keyword = server.keywords[0]
    server.set_volume(keyword, 20)
    eve.run(DeleteRows("keyword", [keyword]))
    eve.sync()
    assert keyword in server.live_keywords()
    assert questions(eve)
    eve.replica.resolve(questions(eve), "mine")
    settle(eve)
    assert keyword not in server.live_keywords()
    assert questions(eve) == []
    assert_equal(eve)


def test_a_cluster_deleted_and_restored_has_its_keywords_again(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P30, P71."""
    cluster, members = server.clusters[0], server.keywords[:3]
    eve.run(AssignCluster(members, cluster))
    settle(eve, cem)
    cem.run(DeleteRows("cluster", [cluster]))
    settle(cem, eve)
    assert {server.live_keywords()[uid]["cluster"] for uid in members} == {None}
    cem.run(RestoreRows("cluster", [cluster]))
    settle(cem, eve)
    assert {server.live_keywords()[uid]["cluster"] for uid in members} == {cluster}
    assert_equal(eve, cem)


def test_an_undo_after_the_sync_travels_like_any_edit(server: Server, eve: Machine, cem: Machine) -> None:
    eve.run(SetOverride("volume", server.keywords, 7))
    settle(eve, cem)
    eve.replica.undo()
    settle(eve, cem)
    assert {server.volume(uid) for uid in server.keywords} == {None}
    assert_equal(eve, cem)


def test_an_undo_of_an_import_leaves_what_a_colleague_made_first(
    server: Server, eve: Machine, cem: Machine
) -> None:
    """P69, P70."""
    seeds = server.seeds[10:14]
    eve.run(AddKeywordsFromSeeds(server.sector, seeds, [eve.ids.uid() for _ in seeds]))
    cem.run(AddKeywordsFromSeeds(server.sector, seeds[:2], [cem.ids.uid() for _ in range(2)]))
    settle(cem, eve)
    eve.replica.undo()
    settle(eve, cem)
    assert sorted(row["seed"] for row in server.live_keywords().values()) == sorted(server.seeds[:12])
    assert_equal(eve, cem)


# ---------------------------------------------------------------- rights and sign-in


def test_a_device_that_was_revoked_keeps_its_work(server: Server, eve: Machine) -> None:
    eve.volume(server.keywords[0], 10)
    for device in Device.objects.filter(user=server.editors[0]):
        accounts.device_revoke(device=device)
    with pytest.raises(SignInNeeded):
        eve.sync()
    assert eve.engine.status().state == "sign_in"
    server.editors[0].set_password("right-horse")
    server.editors[0].save(update_fields=["password"])
    eve.session.login("eve@acme.example", "right-horse")
    eve.sync()
    assert server.volume(server.keywords[0]) == 10


def test_an_access_token_is_renewed_in_the_middle_of_a_round(server: Server, eve: Machine) -> None:
    eve.volume(server.keywords[0], 10)
    tokens = eve.tokens
    assert tokens is not None
    eve.session._tokens = type(tokens)("expired", tokens.refresh)
    eve.sync()
    assert server.volume(server.keywords[0]) == 10
    assert eve.tokens is not None
    assert eve.tokens.refresh != tokens.refresh


def test_a_viewer_sends_nothing_and_loses_nothing(server: Server, eve: Machine) -> None:
    """P12, P51, P79."""
    eve.volume(server.keywords[0], 10)
    User.objects.filter(pk=server.editors[0].pk).update(role="viewer")
    server.set_volume(server.keywords[1], 20)
    eve.sync()
    assert eve.overrides()[server.keywords[1]] == 20
    assert server.volume(server.keywords[0]) is None
    User.objects.filter(pk=server.editors[0].pk).update(role="editor")
    eve.sync()
    assert server.volume(server.keywords[0]) == 10
    assert_equal(eve)


def test_who_may_only_read_can_still_keep_what_is_there(server: Server, eve: Machine) -> None:
    """P89, P91."""
    eve.volume(server.keywords[0], 10)
    server.set_volume(server.keywords[0], 20)
    eve.sync()
    User.objects.filter(pk=server.editors[0].pk).update(role="viewer")
    eve.replica.resolve(questions(eve), "theirs")
    settle(eve)
    assert questions(eve) == []
    assert server.volume(server.keywords[0]) == 20
    assert_equal(eve)


def test_a_decision_to_write_waits_with_the_right_to_write(server: Server, eve: Machine) -> None:
    """P51: decided before the role was taken away; a refusal would end its waiting."""
    eve.volume(server.keywords[0], 10)
    server.set_volume(server.keywords[0], 20)
    eve.sync()
    eve.replica.resolve(questions(eve), "mine")
    User.objects.filter(pk=server.editors[0].pk).update(role="viewer")
    settle(eve)
    assert len(eve.replica.peek(server.site.uid)) == 1
    User.objects.filter(pk=server.editors[0].pk).update(role="editor")
    settle(eve)
    assert server.volume(server.keywords[0]) == 10
    assert questions(eve) == []
    assert_equal(eve)


def test_a_site_taken_away_and_given_back_has_everything_again(server: Server, eve: Machine) -> None:
    """P12, P51, P79."""
    eve.volume(server.keywords[0], 10)
    accounts.site_revoke(user=server.editors[0], site=server.site)
    eve.sync()
    assert eve.overrides() == {}
    server.set_volume(server.keywords[1], 20)
    accounts.site_grant(user=server.editors[0], site=server.site)
    settle(eve)
    assert server.volume(server.keywords[0]) == 10
    assert eve.overrides()[server.keywords[1]] == 20
    assert_equal(eve)


# ---------------------------------------------------------------- dry run


def test_a_dry_run_says_what_the_run_then_does(server: Server, eve: Machine) -> None:
    """P98."""
    cluster = eve.ids.uid()
    server.set_volume(server.keywords[1], 99)
    eve.run(CreateCluster(cluster, server.sector, "New"))
    eve.run(AssignCluster(server.keywords[:2], cluster))
    eve.run(SetOverride("volume", server.keywords[:2], 5))
    version = server.version

    told = eve.engine.dry_run()

    assert server.version == version
    assert server.volume(server.keywords[0]) is None
    report = eve.sync()
    assert told.report.conflicts == report.conflicts == 1
    assert told.report.pushed == report.pushed
    assert_equal(eve)
