"""Rows by a statement written by hand are the rows that the ORM gives."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from planner_server.accounts.models import User
from planner_server.feed.gate import Actor, write
from planner_server.feed.lookup import Lookup
from planner_server.feed.models import Conflict, Scope
from tests.planner_server.world import make_team

pytestmark = pytest.mark.django_db(databases=["default", "reader"])


def content(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_user_comes_with_the_values_and_types_that_the_orm_gives() -> None:
    team = make_team()
    expected = User.objects.get(pk=team.owner.pk)
    found = Lookup(User, "id = %s").first(expected.pk)
    assert found is not None
    assert content(found) == content(expected)
    assert [type(one) for one in content(found).values()] == [type(one) for one in content(expected).values()]


def test_json_columns_come_as_values_and_null_as_none() -> None:
    team = make_team()
    with write(team.scope, Actor("job", "tests")) as gate:
        Conflict.objects.create(
            uid="01" * 16,
            scope=team.scope,
            user=team.owner,
            entity="keyword",
            row="02" * 16,
            group="placement",
            base=[None, "new"],
            mine=None,
            theirs=["ü", 1],
            ver=gate.version,
            ops=["03" * 16],
            details={"code": "same"},
        )
    found = Lookup(Conflict, "scope_id = %s AND ver > %s", order="ver").all(team.scope.pk, 0)
    assert [content(one) for one in found] == [content(one) for one in Conflict.objects.all()]
    assert found[0].theirs == ["ü", 1]


def test_nothing_found_is_nothing() -> None:
    assert Lookup(Scope, "uid = %s").first("0" * 32) is None
    assert Lookup(Scope, "uid = %s").all("0" * 32) == []


def test_a_field_left_out_is_fetched_when_asked_for() -> None:
    team = make_team()
    expected = User.objects.get(pk=team.owner.pk)
    found = Lookup(User, "id = %s", left_out=("password",)).first(expected.pk)
    assert found is not None
    assert "password" in found.get_deferred_fields()
    assert found.password == expected.password


def test_a_locking_look_up_locks_where_the_database_locks_rows() -> None:
    make_team()
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        assert Lookup(Scope, "kind = %s", locks=True).first("site") is not None
    locked = [
        one["sql"].endswith("FOR NO KEY UPDATE")
        for one in asked.captured_queries
        if "feed_scope" in one["sql"]
    ]
    assert locked == [connection.vendor == "postgresql"]
