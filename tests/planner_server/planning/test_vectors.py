"""The rules over the server's database: the vectors, and what applying them leaves behind."""

import pytest

from planner_core.operations import Create, Delete, ItemsChange, Restore, Set
from planner_core.rules import decide
from planner_server.accounts.models import Site
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope
from planner_server.planning.facts import SiteFacts
from planner_server.planning.models import IdeaKeyword
from planner_server.planning.services import planning_run
from tests.planner_server.world import build_world
from tests.vectors import Vector, expected, load, shown

pytestmark = pytest.mark.django_db

WORLD, VECTORS = load()


@pytest.fixture
def site() -> Site:
    return build_world(WORLD)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_command_comes_to_what_the_vector_says(vector: Vector, site: Site) -> None:
    assert shown(decide(vector.command, SiteFacts(site.pk), by_person=vector.by_person)) == expected(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_command_carried_out_leaves_the_rows_as_its_operations_say(vector: Vector, site: Site) -> None:
    before = Scope.objects.get(uid=site.uid).version
    actor = Actor("user", "0" * 32) if vector.by_person else Actor("job", "test")
    decision = planning_run(site=site, command=vector.command, actor=actor)
    assert shown(decision) == expected(vector)
    assert Scope.objects.get(uid=site.uid).version == before + 1
    facts = SiteFacts(site.pk)
    for operation in decision.operations:
        match operation:
            case Set(entity, group, changes):
                for change in changes:
                    found = facts.alike(entity, change.ids, group)
                    assert {alike.current for alike in found} == {change.new}
            case Create(entity):
                assert set(facts.references(entity, operation.ids)) == set(operation.ids)
            case Delete(entity) | Restore(entity):
                is_deleted = isinstance(operation, Delete)
                assert {one.deleted for one in facts.references(entity, operation.ids).values()} == {
                    is_deleted
                }
            case ItemsChange(_, uid, _, add, remove):
                held = set(IdeaKeyword.objects.filter(idea__uid=uid).values_list("keyword__uid", flat=True))
                assert set(add) <= held
                assert not held & set(remove)


def test_rows_of_another_site_are_untouched_by_any_command(site: Site) -> None:
    far = Scope.objects.get(uid=next(row["site"] for row in WORLD.sectors if row["site"] != site.uid))
    for vector in VECTORS:
        planning_run(site=site, command=vector.command, actor=Actor("user", "0" * 32))
    far.refresh_from_db()
    assert far.version == 1
