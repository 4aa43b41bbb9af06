"""P98: a dry run says what the run does, keeps nothing and makes nobody wait."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner_core.commands import SetOverride
from planner_core.operations import Create, Delete, ItemsChange, Operation, Restore, Seen
from planner_server import clock
from planner_server.feed import sql
from planner_server.feed.gate import Actor, write
from planner_server.planning.services import apply_operation
from planner_server.sync_api import judging
from tests.planner_server.feed.test_contention import PATIENCE, Somebody
from tests.planner_server.world import Desk, Team, make_team, new_keyword, reply_of, set_of

NAMES = ("Loans", "loans", "Cars")


def everything() -> dict[str, Any]:
    return {
        model.__name__: list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in apps.get_models()
        if model.__module__.startswith("planner_server")
    }


def told(results: Sequence[Any]) -> list[Any]:
    return [(one.verdict, [row.model_dump(exclude={"at"}) for row in one.rows]) for one in results]


def equal_to_run(team: Team, desk: Desk, lines: Sequence[bytes]) -> list[str]:
    """The dry run's verdicts, which have to be those of the run after it; nothing may be kept between the two."""
    before, version = everything(), team.scope.version
    dry = reply_of(desk.send(*lines, dry_run=True))
    assert everything() == before
    assert dry.version == version
    run = reply_of(desk.send(*lines))
    assert told(dry.results) == told(run.results)
    assert all(one.ver == 0 for one in dry.results)
    return [one.verdict for one in run.results]


class Plan:
    """Operations on a small site, so that they meet: three keywords, two clusters, one idea, and what is made on the way."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.keywords = team.keywords(3)
        self.clusters = [team.cluster("One"), team.cluster("Two")]
        self.idea = team.idea("Idea", keywords=self.keywords[:1])

    def operation(self, kind: int, row: int, value: int) -> Operation:
        keyword, cluster = self.keywords[row % len(self.keywords)], self.clusters[value % len(self.clusters)]
        made = (
            lambda: set_of("volume_override", [None if value % 2 else 1], [value], [keyword]),
            lambda: set_of("placement", [None, "new"], [cluster, "mapped"], [keyword]),
            lambda: self._new_cluster(NAMES[value % len(NAMES)]),
            lambda: self._new_keyword(self.team.seeds[value % 5]),
            lambda: Delete("cluster", [Seen({}, [cluster])], {cluster: [keyword]}),
            lambda: Restore("cluster", [cluster]),
            lambda: Delete("keyword", [Seen({"volume_override": (None,)}, [keyword])]),
            lambda: ItemsChange("idea", self.idea, "keyword_objects", add=[keyword]),
            lambda: set_of("difficulty_override", [None], [value * 40], [keyword]),
            lambda: Restore("keyword", [keyword]),
        )
        return made[kind]()

    def _new_cluster(self, name: str) -> Operation:
        self.clusters.append(clock.new_uid())
        return Create("cluster", {"sector": self.team.sector.uid}, ("name",), [[self.clusters[-1], name]])

    def _new_keyword(self, seed: str) -> Operation:
        self.keywords.append(clock.new_uid())
        return new_keyword(self.team, self.keywords[-1], seed)


STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=14)


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, others=STEPS)
def test_the_run_gives_the_verdicts_the_dry_run_gave(
    steps: list[tuple[int, int, int]], others: list[tuple[int, int, int]], django_db_blocker: Any
) -> None:
    """P98: creations, references to them, merges, trash and refusals, after a colleague did as much."""
    with connection.cursor():
        team = make_team(clock.new_uid())
    plan = Plan(team)
    carl, anna = Desk(team.colleague, team.site.uid), Desk(team.owner, team.site.uid)
    for step in others[:5]:
        carl.push(plan.operation(*step))
    lines = [anna.mutation(plan.operation(*step)) for step in steps]
    assert len(equal_to_run(team, anna, lines)) == len(steps)


@pytest.mark.django_db
def test_a_limit_of_the_plan_counts_the_whole_account(team: Team, anna: Desk) -> None:
    """P98: keywords of other sites of the account count, too."""
    team.keywords(2)
    team.account.max_keywords = 3
    team.account.save()
    lines = [anna.mutation(new_keyword(team, clock.new_uid(), seed)) for seed in team.seeds[2:4]]
    assert equal_to_run(team, anna, lines) == ["applied", "rejected"]


@pytest.mark.django_db
def test_an_id_of_another_site_is_taken_in_the_dry_run_as_in_the_run(team: Team, anna: Desk) -> None:
    """P98: the private copy holds such rows though they are not the site's."""
    (foreign,) = make_team("Others").keywords(1)
    assert equal_to_run(team, anna, [anna.mutation(new_keyword(team, foreign, team.seeds[0]))]) == [
        "rejected"
    ]


@pytest.mark.django_db
def test_a_dry_run_of_a_machine_nobody_has_met_leaves_it_unmet(team: Team, anna: Desk) -> None:
    """P98: not even the replica is noted."""
    (one,) = team.keywords(1)
    before = everything()
    line = anna.mutation(set_of("volume_override", [None], [5], [one]))
    assert reply_of(anna.send(line, dry_run=True)).results[0].verdict == "applied"
    assert everything() == before


# ---------------------------------------------------------------- nobody waits


@pytest.fixture
def served(transactional_db: None) -> Team:
    return make_team()


BOTH = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@BOTH
def test_a_dry_run_does_not_wait_for_a_writer(served: Team) -> None:
    """P98: somebody holds the scope's gate open; the dry run answers meanwhile, for the version before."""
    (one,) = served.keywords(1)
    version = served.scope.version
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with write(served.scope, Actor("user", served.owner.uid)):
            inside.set()
            assert go_on.wait(PATIENCE)

    writer = Somebody(slow)
    assert inside.wait(PATIENCE)
    anna = Desk(served.owner, served.site.uid)
    line = anna.mutation(set_of("volume_override", [None], [5], [one]))
    reply = Somebody(lambda: reply_of(anna.send(line, dry_run=True))).finish()
    assert (reply.version, reply.results[0].verdict) == (version, "applied")
    go_on.set()
    writer.finish()


@BOTH
def test_nobody_waits_for_a_dry_run(served: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """P98: in the middle of it, on the very rows it tries, others write and read; it holds for the version it began at."""
    (one,) = served.keywords(1)
    version = served.scope.version
    inside, go_on = threading.Event(), threading.Event()
    real = apply_operation

    def slow(work: Any, operation: Any) -> None:
        real(work, operation)
        inside.set()
        assert go_on.wait(PATIENCE)

    monkeypatch.setattr(judging, "apply_operation", slow)
    anna = Desk(served.owner, served.site.uid)
    line = anna.mutation(set_of("volume_override", [None], [5], [one]))
    trying = Somebody(lambda: reply_of(anna.send(line, dry_run=True)))
    assert inside.wait(PATIENCE)
    Somebody(lambda: served.run(SetOverride("volume", [one], 7))).finish()
    assert served.scope.version == version + 1
    assert anna.pull().rows["keyword"][one]["volume_override"] == 7
    go_on.set()
    reply = trying.finish()
    assert (reply.version, reply.results[0].verdict) == (version, "applied")
    assert not sql.rows("SELECT 1 FROM feed_mutationresult")
    assert connections["default"].settings_dict["OPTIONS"].get("transaction_mode", "IMMEDIATE") == "IMMEDIATE"
