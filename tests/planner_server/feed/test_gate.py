"""The gate and the guards behind it: no write reaches a feed table any other way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from planner_core.operations import Delete, Seen
from planner_server import clock
from planner_server.accounts.models import Site
from planner_server.feed import guards
from planner_server.feed.gate import Actor, GateTrouble, write, write_all
from planner_server.feed.models import Scope, VersionToken
from planner_server.library.models import SeedKeyword
from planner_server.planning.models import Clusters, ContentIdeas, IdeaKeyword, Keywords
from planner_server.planning.services import Place, Work, apply_operation
from tests.planner_server.world import Team, make_team

ACTOR = Actor("user", "0" * 32)


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


def new_cluster(team: Team, **values: object) -> Clusters:
    row: dict[str, object] = {
        "uid": clock.new_uid(),
        "scope": team.scope,
        "ver": team.scope.version,
        "account": team.account,
        "site": team.site,
        "sector": team.sector,
        "name": "X",
        "name_key": "x",
        "created_at": 0,
        "updated_at": 0,
    }
    return Clusters(**row | values)


def values_of(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def raw(statement: str, *params: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


BYPASSES: dict[str, Callable[[Team, Keywords], object]] = {
    "save": lambda team, row: row.save(),
    "save with the next version": lambda team, row: Keywords(**values_of(row) | {"ver": row.ver + 1}).save(),
    "update": lambda team, row: Keywords.objects.update(status="mapped"),
    "update of the version alone": lambda team, row: Keywords.objects.update(ver=models.F("ver") + 1),
    "bulk_update": lambda team, row: Keywords.objects.bulk_update([row], ["status"]),
    "create": lambda team, row: new_cluster(team).save(),
    "bulk_create": lambda team, row: Clusters.objects.bulk_create([new_cluster(team)]),
    "bulk_create ahead of time": lambda team, row: Clusters.objects.bulk_create(
        [new_cluster(team, ver=team.scope.version + 1)]
    ),
    "delete": lambda team, row: row.delete(),
    "queryset delete": lambda team, row: Keywords.objects.all().delete(),
    "raw update": lambda team, row: raw("UPDATE planning_keywords SET disabled = %s", True),  # noqa: FBT003
    "raw delete": lambda team, row: raw("DELETE FROM planning_keywords"),
    "get_or_create": lambda team, row: Clusters.objects.get_or_create(
        uid="x", defaults=values_of(new_cluster(team))
    ),
    "another model's": lambda team, row: Site.objects.update(name="y"),
    "the library's": lambda team, row: SeedKeyword.objects.update(volume=1),
    "a new member of an idea": lambda team, row: ContentIdeas.objects.get().keyword_objects.add(row),
    "a lost member of an idea": lambda team, row: IdeaKeyword.objects.all().delete(),
    "an emptied idea": lambda team, row: ContentIdeas.objects.get().keyword_objects.clear(),
}


@pytest.mark.parametrize("name", BYPASSES)
def test_a_write_around_the_gate_is_refused(name: str, team: Team) -> None:
    """P59."""
    one, two = team.keywords(2)
    team.idea("One", keywords=[two])
    with pytest.raises(IntegrityError, match="feed guard"), transaction.atomic():
        BYPASSES[name](team, Keywords.objects.get(uid=one))


@pytest.mark.parametrize("name", ["save", "update", "create", "delete", "a new member of an idea"])
def test_an_open_gate_of_another_scope_does_not_help(name: str, team: Team) -> None:
    one, two = team.keywords(2)
    team.idea("One", keywords=[two])
    other = make_team("Other")
    with pytest.raises(IntegrityError, match="feed guard"), write(other.scope, ACTOR):
        BYPASSES[name](team, Keywords.objects.get(uid=one))


def test_inside_the_gate_a_row_must_carry_the_gates_version(team: Team) -> None:
    (one,) = team.keywords(1)
    with pytest.raises(IntegrityError, match="feed guard"), write(team.scope, ACTOR):
        Keywords.objects.filter(uid=one).update(disabled=True)
    with write(team.scope, ACTOR) as gate:
        Keywords.objects.filter(uid=one).update(disabled=True, ver=gate.version)
    assert Keywords.objects.get(uid=one).disabled


def test_a_row_cannot_be_moved_to_another_scope(team: Team) -> None:
    (one,) = team.keywords(1)
    other = make_team("Other")
    with pytest.raises(IntegrityError), write_all([team.scope, other.scope], ACTOR) as gates:
        Keywords.objects.filter(uid=one).update(scope=other.scope, ver=gates[other.scope.pk].version)


def test_rows_are_deleted_for_good_only_while_tombstones_are_purged(team: Team) -> None:
    (one,) = team.keywords(1)
    with pytest.raises(IntegrityError, match="feed guard"), write(team.scope, ACTOR):
        Keywords.objects.filter(uid=one).delete()
    with write(team.scope, ACTOR, purge=True):
        Keywords.objects.filter(uid=one).delete()
    assert not Keywords.objects.exists()


def test_a_gate_takes_one_version_and_names_it(team: Team) -> None:
    before = team.scope
    with write(before, ACTOR) as gate:
        assert gate.version == before.version + 1
    after = team.scope
    assert (after.version, after.token, after.writing) == (gate.version, gate.token, 0)
    assert VersionToken.objects.get(scope=after, version=gate.version).token == gate.token


def test_a_transaction_that_fails_takes_no_version(team: Team) -> None:
    before = team.scope
    with pytest.raises(RuntimeError), write(before, ACTOR):
        raise RuntimeError
    after = team.scope
    assert (after.version, after.token, after.writing) == (before.version, before.token, 0)


def test_a_gate_opens_once_in_a_transaction(team: Team) -> None:
    with write(team.scope, ACTOR), pytest.raises(GateTrouble), write(team.scope, ACTOR):
        pass


def test_guards_are_on_every_feed_table_and_come_back_after_a_flush(transactional_db: None) -> None:
    assert guards.missing() == []
    assert {"planning_keywords", "library_seedkeyword", "accounts_site", "feed_alias"} <= set(guards.tables())
    guards.remove()
    assert len(guards.missing()) == 3 * (len(guards.tables()) + 1)
    make_team()
    call_command("flush", interactive=False, verbosity=0)
    assert guards.missing() == []
    assert not Scope.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"status": "queued"},
        {"volume_override": -1},
        {"volume_override": 2_000_000_001},
        {"difficulty_override": 101},
    ],
)
def test_the_database_itself_refuses_what_no_rule_allows(values: dict[str, object], team: Team) -> None:
    (one,) = team.keywords(1)
    with pytest.raises(IntegrityError), write(team.scope, ACTOR) as gate:
        Keywords.objects.filter(uid=one).update(**values, ver=gate.version)


def test_the_database_itself_refuses_a_second_live_keyword_of_a_seed(team: Team) -> None:
    one, two = team.keywords(2)
    seed = Keywords.objects.get(uid=one).seed_keyword
    with pytest.raises(IntegrityError), write(team.scope, ACTOR) as gate:
        Keywords.objects.filter(uid=two).update(seed_keyword=seed, ver=gate.version)
    with write(team.scope, ACTOR) as gate:
        apply_operation(Work(gate, Place.of(team.site, gate)), Delete("keyword", [Seen({}, [one])]))
    with write(team.scope, ACTOR) as gate:
        Keywords.objects.filter(uid=two).update(seed_keyword=seed, ver=gate.version)
