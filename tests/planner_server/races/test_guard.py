"""The trigger guard on each feed table: nothing gets in around the gate, and nobody else's open gate is a way in."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from planner_core.commands import DeleteRows, SetOverride
from planner_server import clock
from planner_server.accounts.models import Site
from planner_server.feed import guards
from planner_server.feed.gate import Actor, write
from planner_server.feed.models import Scope
from planner_server.planning.models import ContentIdeas, Tasks
from tests.planner_server.races.together import Somebody, Stop, is_busy
from tests.planner_server.world import Desk, Team, new_keyword, set_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

MEMBERS = "planning_ideakeyword"
ACTOR = Actor("job", "test")
UNIQUE = ("uid", "old", "name_key", "keyword_key", "slug")


class GivenUp(Exception):
    """Nothing is to stay of what was tried."""


@pytest.fixture
def furnished(team: Team) -> Team:
    """A team with a row in every table of the feed."""
    one, two, three = team.keywords(3)
    cluster = team.cluster("X")
    team.place([one], cluster)
    idea = ContentIdeas.objects.get(uid=team.idea("One", cluster=cluster, keywords=[two]))
    with write(team.scope, ACTOR) as gate:
        place = {"account": team.account, "site": team.site, "sector": team.sector}
        Tasks.objects.create(**gate.born(), **place, uid=clock.new_uid(), idea=idea, title="Task")
    desk = Desk(team.colleague, team.site.uid)
    team.run(SetOverride("volume", [one], 1))
    desk.push(set_of("volume_override", [None], [2], [one]))
    desk.push(new_keyword(team, clock.new_uid(), team.seeds[2]))
    team.run(DeleteRows("keyword", [three]))
    for table in tables():
        assert count(table), f"the fixture has no row in {table}"
    return team


def tables() -> list[str]:
    return [*guards.tables(), MEMBERS]


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in found if column.name != "id"]


def copying(table: str, ver: str) -> str:
    """SQL that adds one row like one that is there, unlike it where the table insists; `ver` is its version."""
    names = columns(table)
    changed = dict.fromkeys(UNIQUE, "'0123456789abcdef0123456789abcdef'")
    changed |= {"deleted_at": "1", "state": "'closed'", "ver": ver}
    if table == MEMBERS:
        changed = {"keyword_id": "(SELECT min(id) FROM planning_keywords)"}
    values = ", ".join(changed.get(name, f'"{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} LIMIT 1"


def attempts(table: str, ver: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, SQL) of each way to write a table; `ver` is the version the rows would get."""
    yield "insert", copying(table, ver)
    yield "update", f"UPDATE {table} SET {'idea_id = idea_id' if table == MEMBERS else f'ver = {ver}'}"
    yield "delete", f"DELETE FROM {table}"


def is_refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as error:
        if "feed guard" not in str(error):
            raise
        return True
    return False


@pytest.mark.parametrize("ver", ["ver", "ver + 1", "1000000", "0"])
def test_nothing_is_written_around_the_gate_in_any_table(ver: str, furnished: Team) -> None:
    """P59: whatever version the row claims."""
    let_in = [
        (table, kind)
        for table in tables()
        for kind, statement in attempts(table, "ver" if table == MEMBERS else ver)
        if not is_refused(statement)
    ]
    assert let_in == []


def test_the_gate_itself_lets_the_same_statements_in(furnished: Team) -> None:
    """The control: what is refused above is refused for the gate's sake and for nothing else."""
    for table in guards.tables():
        for number, (kind, statement) in enumerate(attempts(table, "s.version")):
            _let_in(table, kind, statement, purge=number == 2)


def _let_in(table: str, kind: str, statement: str, *, purge: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT scope_id FROM {table} LIMIT 1")
        scope = Scope.objects.get(pk=cursor.fetchone()[0])
    asked = statement
    if kind == "insert":
        asked = asked.replace(f"FROM {table} LIMIT", f"FROM {table} WHERE scope_id = {scope.pk} LIMIT")
    else:
        asked += f" WHERE scope_id = {scope.pk}"
    if kind == "delete":
        asked += f" AND id = (SELECT max(id) FROM {table})"
    with pytest.raises(GivenUp):
        _written_and_given_up(scope, asked, purge=purge)


def _written_and_given_up(scope: Scope, statement: str, *, purge: bool) -> None:
    with write(scope, ACTOR, purge=purge) as gate, connection.cursor() as cursor:
        cursor.execute(statement.replace("s.version", str(gate.version)))
        assert cursor.rowcount >= 1, statement
        raise GivenUp


def test_somebody_elses_open_gate_is_no_way_in(furnished: Team) -> None:
    """P59: the version the other one took is right, and not yet anybody's but his."""
    inside = Stop()

    def hold() -> None:
        with write(furnished.scope, ACTOR):
            inside()

    version = furnished.scope.version + 1
    statements = [
        (table, kind, f"{statement}")
        for table in tables()
        for kind, statement in attempts(table, "ver" if table == MEMBERS else str(version))
    ]
    holder = Somebody(hold)
    inside.await_somebody(holder)
    let_in = []
    for table, kind, statement in statements:
        if connection.vendor == "sqlite":
            rogue = Somebody(lambda statement=statement: is_refused(statement), patient=False)  # type: ignore[misc]
            kept_out = is_busy(rogue)
        else:
            kept_out = Somebody(lambda statement=statement: is_refused(statement)).finish()  # type: ignore[misc]
        if not kept_out:
            let_in.append((table, kind))
    inside.go_on()
    holder.finish()
    assert let_in == []


def test_the_gate_is_shut_again_before_its_transaction_ends(furnished: Team) -> None:
    """P59: a caller's transaction goes on after the gate; rows written then would be of a version already named."""
    with transaction.atomic():
        with write(furnished.scope, ACTOR) as gate:
            pass
        table_with_rows = [table for table in guards.tables() if _has_rows_of(table, gate.scope_id)]
        let_in = [
            (table, kind)
            for table in table_with_rows
            for kind, statement in attempts(table, str(gate.version))
            if not is_refused(statement)
        ]
    assert len(table_with_rows) == 6
    assert let_in == []


def _has_rows_of(table: str, scope_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE scope_id = %s LIMIT 1", [scope_id])
        return cursor.fetchone() is not None


def test_an_edit_of_the_account_does_not_open_the_sites_rows(furnished: Team) -> None:
    """P59: a gate is its own scope's."""
    account = Scope.objects.get(uid=furnished.account.uid)
    with write(account, ACTOR) as gate:
        assert is_refused(f"UPDATE planning_keywords SET ver = {gate.version}")
        Site.objects.filter(pk=furnished.site.pk).update(domain="x.example", ver=gate.version)
    assert Site.objects.get(pk=furnished.site.pk).domain == "x.example"
