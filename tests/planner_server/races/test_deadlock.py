"""Scopes are opened in one order and before any row, so that nobody waits in a circle."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from planner_core.commands import AddKeywordsFromSeeds, CreateCluster, SetOverride
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.feed import hooks
from planner_server.feed.gate import Actor, Gate, write, write_all
from planner_server.feed.models import Scope, VersionToken
from planner_server.library import services as library
from planner_server.library.models import SeedKeyword
from planner_server.planning.models import Keywords
from planner_server.planning.services import carry_out
from tests.planner_server.api.caller import Caller
from tests.planner_server.races.together import PATIENCE, Somebody, Stop, stands_behind
from tests.planner_server.races.writers import Hands
from tests.planner_server.world import Team

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

ROUNDS = 12


@pytest.fixture
def sites(team: Team) -> list[Team]:
    """Two sites of one account, each with its sector and a keyword."""
    actor = Actor("user", team.owner.uid)
    site = accounts.site_create(
        account=team.account, actor=actor, name="Second", industry=team.industry, sectors=[team.branch]
    )
    second = Team(
        team.account,
        team.owner,
        team.colleague,
        team.industry,
        team.branch,
        site,
        site.sectors.get(),
        team.seeds,
    )
    for one in (team, second):
        one.keywords(4)
    return [team, second]


@pytest.mark.postgres
def test_two_scopes_opened_in_opposite_orders_one_by_one_do_lock_each_other_out(sites: list[Team]) -> None:
    """The control: done wrongly, the database sees the circle. What follows would show it, too."""
    barrier = threading.Barrier(2)

    def wrongly(order: Sequence[Team]) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '50ms'")
        actor = Actor("job", "test")
        try:
            with write(order[0].scope, actor):
                barrier.wait(PATIENCE)
                with write(order[1].scope, actor):
                    return True
        except OperationalError as error:
            if "deadlock" not in str(error):
                raise
            return False

    both = [Somebody(lambda order=order: wrongly(order)) for order in (sites, sites[::-1])]  # type: ignore[misc]
    assert sorted(one.finish() for one in both) == [False, True]


def test_scopes_wished_for_in_opposite_orders_are_opened_in_one(sites: list[Team]) -> None:
    """The second waits at the first scope already, where it holds nothing that anybody needs."""
    first, second = sites
    version = [one.scope.version for one in sites]
    actor = Actor("job", "test")

    def rows_of_both(order: Sequence[Team], value: int) -> None:
        with write_all([one.scope for one in order], actor) as gates:
            for one in order:
                gate = gates[one.scope.pk]
                Keywords.objects.filter(scope=one.scope).update(volume_override=value, ver=gate.version)

    one_gate_open = Stop()
    with hooks.at("C7", one_gate_open):
        holder = Somebody(lambda: rows_of_both([second, first], 1))
        one_gate_open.await_somebody(holder)
        follower = stands_behind(lambda: rows_of_both([first, second], 2), holder)
        one_gate_open.go_on()
        holder.finish()
        follower.finish()
    assert [one.scope.version for one in sites] == [before + 2 for before in version]
    assert set(Keywords.objects.values_list("volume_override", flat=True)) == {2}


def test_bulk_calls_over_two_sites_in_opposite_orders_all_come_through(sites: list[Team]) -> None:
    ids = list(Keywords.objects.order_by("pk").values_list("pk", flat=True))
    versions = [one.scope.version for one in sites]
    ready = threading.Barrier(2)

    def call(caller: Caller, order: list[int]) -> list[int]:
        replies = []
        for number in range(ROUNDS):
            ready.wait(PATIENCE)
            status = ("mapped", "new")[number % 2]
            replies.append(
                caller.post("planner/keywords/bulk_update/", {"ids": order, "status": status}).status
            )
        return replies

    callers = [Caller(sites[0].owner), Caller(sites[0].colleague)]
    both = [
        Somebody(lambda caller=caller, order=order: call(caller, order))  # type: ignore[misc]
        for caller, order in zip(callers, (ids, ids[::-1]), strict=True)
    ]
    assert [one.finish() for one in both] == [[200] * ROUNDS] * 2
    assert [one.scope.version for one in sites] == [before + 2 * ROUNDS for before in versions]


@contextmanager
def held_at_its_commit(action: object) -> Iterator[tuple[Somebody[object], Stop]]:
    stop = Stop()
    with hooks.at("P1", stop):
        holder: Somebody[object] = Somebody(action)  # type: ignore[arg-type]  # any callable
        stop.await_somebody(holder)
        yield holder, stop
        stop.go_on()
        holder.finish()


def figures_of_the_library(team: Team, volume: int) -> object:
    rows = [library.SeedRow(f"loan {number}", volume, 1, "commercial", "US") for number in range(10)]
    return library.seeds_upsert(sector=team.branch, rows=rows, actor=Actor("import", "test"))


def keywords_of_the_library(team: Team) -> object:
    return team.run(AddKeywordsFromSeeds(team.sector.uid, team.seeds[:10], clock.new_uids(10)))


def test_an_import_into_the_library_and_the_taking_of_its_seeds_never_wait_for_each_others_rows(
    team: Team,
) -> None:
    """Library and site: on PostgreSQL each commits while the other holds the same seeds; SQLite has one writer at a time."""
    actions = [lambda: figures_of_the_library(team, 7), lambda: keywords_of_the_library(team)]
    for first, second in (actions, actions[::-1]):
        with held_at_its_commit(first) as (holder, stop):
            if connection.vendor == "sqlite":
                follower = stands_behind(second, holder)
                stop.go_on()
                follower.finish()
            else:
                Somebody(second).finish()
    assert SeedKeyword.objects.filter(volume=7).count() == 10
    assert Keywords.objects.count() == 10


def test_a_new_branch_a_new_site_and_an_edit_at_once_all_come_through(team: Team) -> None:
    """A branch opens the account scopes of everybody who sees its industry; a site opens its account's."""
    (one,) = team.keywords(1)
    edit = Hands(team).write("push", one, 1)
    ready = threading.Barrier(3)
    actor = Actor("user", team.owner.uid)

    def branches() -> None:
        for number in range(ROUNDS):
            ready.wait(PATIENCE)
            library.industry_sector_upsert(industry=team.industry, name=f"Branch {number}")

    def new_sites() -> None:
        for number in range(ROUNDS):
            ready.wait(PATIENCE)
            accounts.site_create(
                account=team.account,
                actor=actor,
                name=f"Site {number}",
                industry=team.industry,
                sectors=[team.branch],
            )

    def edits() -> None:
        for _ in range(ROUNDS):
            ready.wait(PATIENCE)
            assert edit().status_code == 200

    for somebody in [Somebody(branches), Somebody(new_sites), Somebody(edits)]:
        somebody.finish()
    account = Scope.objects.get(uid=team.account.uid)
    assert account.version == 1 + 2 * ROUNDS
    versions = (
        VersionToken.objects.filter(scope=account).order_by("version").values_list("version", flat=True)
    )
    assert list(versions) == list(range(account.version + 1))


def test_two_people_who_want_each_others_rows_inside_one_site_wait_at_its_gate_only(team: Team) -> None:
    """The scope comes before the rows: whoever holds a row holds the gate, and nobody else is inside."""
    one, two = team.keywords(2)
    inside = Stop()

    def in_order(order: Sequence[str], stop: Stop | None) -> None:
        with write(team.scope, Actor("job", "test")) as gate:
            carry_out(gate, SetOverride("volume", [order[0]], 1))
            if stop is not None:
                stop()
            carry_out(gate, SetOverride("volume", [order[1]], 2))
            _rename_something(gate, team, order[0])

    holder = Somebody(lambda: in_order([one, two], inside))
    inside.await_somebody(holder)
    follower = stands_behind(lambda: in_order([two, one], None), holder)
    inside.go_on()
    holder.finish()
    follower.finish()
    stored = dict(Keywords.objects.values_list("uid", "volume_override"))
    assert stored == {two: 1, one: 2}


def _rename_something(gate: Gate, team: Team, name: str) -> None:
    decision = carry_out(gate, CreateCluster(clock.new_uid(), team.sector.uid, name))
    assert not decision.refused
