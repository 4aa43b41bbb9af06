"""Whatever a body or a query says: a documented answer, never a 500, and never half a change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from planner_core.commands import DeleteRows
from planner_server.accounts.models import Sector
from planner_server.accounts.services import site_create
from planner_server.feed.gate import Actor
from planner_server.library.filters import SeedFilter
from planner_server.library.models import SeedKeyword
from planner_server.library.services import SeedRow, industry_sector_upsert, industry_upsert, seeds_upsert
from planner_server.planning.filters import ClusterFilter, ContentIdeasFilter, KeywordFilter, TaskFilter
from planner_server.planning.models import ContentIdeas, Tasks
from tests.planner_server.api.caller import Caller, cluster_id, idea_id, keyword_ids, place, seed_ids
from tests.planner_server.world import Team

KEYWORDS, CLUSTERS, IDEAS, TASKS = "planner/keywords/", "planner/clusters/", "planner/ideas/", "writer/tasks/"
LISTS = (KEYWORDS, CLUSTERS, IDEAS, TASKS)
STRANGE: tuple[Any, ...] = (None, True, 2**64, 1.5, "\x00", [[None]])
"""Values of any type that a field may be sent."""
WRITABLE = {
    KEYWORDS: (
        "cluster_id",
        "status",
        "disabled",
        "volume_override",
        "difficulty_override",
        "seed_keyword_id",
    ),
    CLUSTERS: ("name", "description", "status", "disabled", "locked", "site_id"),
    IDEAS: ("idea_title", "keyword_cluster_id", "keyword_objects", "content_type", "estimated_word_count"),
    TASKS: ("title", "cluster_id", "idea_id", "content_structure", "keywords", "word_count", "status"),
}


@dataclass
class Ground:
    """One row of each kind, and what must not change."""

    team: Team
    rows: dict[str, int]
    foreign: dict[str, int]
    strange_seed: int
    other_sector: int

    def body(self, path: str) -> dict[str, Any]:
        """A body that would be taken."""
        own: dict[str, dict[str, Any]] = {
            KEYWORDS: {"seed_keyword_id": seed_ids(self.team, 1, 5)[0]},
            CLUSTERS: {"name": "Fresh"},
            IDEAS: {"idea_title": "Fresh"},
            TASKS: {"title": "Fresh", "cluster_id": self.rows[CLUSTERS]},
        }
        return {**own[path], **place(self.team)}

    @property
    def version(self) -> int:
        """Of the site's feed: the database lets no row of it change without a new one."""
        return self.team.scope.version


@pytest.fixture
def ground(owner: Caller, team: Team, rival: Team) -> Ground:
    keyword = keyword_ids(team, 1)[0]
    rows = {KEYWORDS: keyword, CLUSTERS: cluster_id(team, "Homes"), IDEAS: idea_id(team, "First")}
    owner.post(f"{IDEAS}bulk_queue_to_writer/", {"ids": [rows[IDEAS]]})
    rows[TASKS] = Tasks.objects.get().pk
    foreign = {
        KEYWORDS: keyword_ids(rival, 1)[0],
        CLUSTERS: cluster_id(rival, "Theirs"),
        IDEAS: idea_id(rival, "Theirs"),
    }
    actor = Actor("import", "test")
    garden = industry_sector_upsert(industry=industry_upsert(name="Garden"), name="Roses")
    seeds_upsert(sector=garden, rows=[SeedRow("rose")], actor=actor)
    other = site_create(
        account=team.account, actor=actor, name="Other", industry=team.industry, sectors=[team.branch]
    )
    return Ground(
        team, rows, foreign, SeedKeyword.objects.get(sector=garden).pk, Sector.objects.get(site=other).pk
    )


def held(owner: Caller, ground: Ground, calls: Iterable[tuple[str, str, Any]]) -> list[Any]:
    """Send each call; whatever is refused has changed nothing. The replies."""
    before, replies = ground.version, []
    for method, path, body in calls:
        reply = owner.call(method, path, body)
        assert reply.status < 500, (method, path, body, reply.body)
        now = ground.version
        assert now == before or reply.status < 400, (method, path, body)
        before = now
        replies.append(reply)
    return replies


def test_any_value_in_any_field_is_taken_or_refused_and_never_half(owner: Caller, ground: Ground) -> None:
    calls = [
        ("patch", f"{path}{ground.rows[path]}/", {name: value})
        for path, names in WRITABLE.items()
        for name in names
        for value in STRANGE
    ]
    replies = held(owner, ground, calls)
    assert sum(reply.status == 400 for reply in replies) > len(calls) // 2
    assert {reply.status for reply in replies} <= {200, 400}


def test_bodies_that_are_no_objects_are_400(owner: Caller, ground: Ground) -> None:
    actions = ("bulk_update/", "bulk_delete/", "bulk_status/")
    paths = [f"{path}{one}" for path in LISTS for one in ("", *actions)]
    paths += [f"{KEYWORDS}{one}/" for one in ("bulk_add_from_seed", "add_to_workflow", "import")]
    paths += [f"{IDEAS}bulk_queue_to_writer/"]
    bodies: tuple[Any, ...] = ([1], "text", True, {"ids": "1"}, {"ids": [[1]]})
    calls = [("post", path, body) for path in paths for body in bodies]
    assert {reply.status for reply in held(owner, ground, calls)} == {400}


def test_a_hundred_thousand_and_one_ids_are_too_many(owner: Caller, ground: Ground) -> None:
    ids = list(range(1, 100_002))
    calls: list[tuple[str, str, Any]] = [
        ("post", f"{KEYWORDS}bulk_update/", {"ids": ids, "status": "mapped"}),
        ("post", f"{IDEAS}bulk_queue_to_writer/", {"ids": ids}),
        ("post", f"{KEYWORDS}bulk_add_from_seed/", {"seed_keyword_ids": ids, **place(ground.team)}),
    ]
    for reply in held(owner, ground, calls):
        assert reply.status == 400
        assert "100000" in str(reply.body["errors"])


def test_ids_that_are_elsewhere_are_refused_where_they_are_named(
    owner: Caller, ground: Ground, team: Team
) -> None:
    far = 10**9
    elsewhere = {"site_id": team.site.pk, "sector_id": ground.other_sector}
    idea, keyword = {"idea_title": "Fresh"}, ground.body(KEYWORDS)
    wrong: list[tuple[str, dict[str, Any], str]] = [
        (KEYWORDS, {**keyword, "seed_keyword_id": far}, "seed_keyword_id"),
        (KEYWORDS, {**keyword, "seed_keyword_id": ground.strange_seed}, "seed_keyword_id"),
        (KEYWORDS, {**keyword, **elsewhere}, "sector_id"),
        (KEYWORDS, {**keyword, "cluster_id": ground.foreign[CLUSTERS]}, "cluster_id"),
        (KEYWORDS, {**keyword, "volume_override": -1}, "volume_override"),
        (KEYWORDS, {**keyword, "difficulty_override": 101}, "difficulty_override"),
        (CLUSTERS, {"name": "Fresh", **elsewhere}, "sector_id"),
        (IDEAS, {**idea, **elsewhere}, "sector_id"),
        (
            IDEAS,
            {**idea, **place(team), "keyword_cluster_id": ground.foreign[CLUSTERS]},
            "keyword_cluster_id",
        ),
        (IDEAS, {**idea, **place(team), "keyword_objects": [ground.foreign[KEYWORDS]]}, "keyword_objects"),
        (IDEAS, {**idea, **place(team), "keyword_objects": [ground.rows[KEYWORDS], far]}, "keyword_objects"),
        (TASKS, {**ground.body(TASKS), "idea_id": ground.foreign[IDEAS]}, "idea_id"),
        (TASKS, {**ground.body(TASKS), "cluster_id": ground.foreign[CLUSTERS]}, "cluster_id"),
        (TASKS, {**ground.body(TASKS), **elsewhere}, "sector_id"),
    ]
    replies = held(owner, ground, [("post", path, body) for path, body, _ in wrong])
    for reply, (_, body, name) in zip(replies, wrong, strict=True):
        assert reply.status == 400, body
        assert list(reply.body["errors"]) == [name], body


def test_names_that_normalise_alike_are_409_and_ids_said_twice_count_once(
    owner: Caller, ground: Ground, team: Team
) -> None:
    calls = [
        ("post", CLUSTERS, {"name": name, **place(team)}) for name in ("homes", " HOMES ", "Ho\u006des  ")
    ]
    replies = held(owner, ground, calls)
    assert [(reply.status, reply.body["code"]) for reply in replies] == [(409, "duplicate_name")] * 3
    pk = ground.rows[KEYWORDS]
    twice = owner.post(f"{KEYWORDS}bulk_update/", {"ids": [pk, pk, pk], "status": "mapped"}).data
    assert (twice["updated"], twice["not_found"]) == (1, 0)


def test_bulk_work_on_foreign_deleted_and_unknown_rows_changes_only_what_is_ones_own(
    owner: Caller, ground: Ground, rival: Team, team: Team
) -> None:
    gone = idea_id(team, "Gone")
    team.run(DeleteRows("idea", [ContentIdeas.objects.get(pk=gone).uid]))
    strange = [ground.foreign[IDEAS], gone, 10**9]
    before = rival.scope.version
    for action, body in (
        ("bulk_queue_to_writer", {}),
        ("bulk_update", {"status": "queued"}),
        ("bulk_delete", {}),
    ):
        reply = owner.post(f"{IDEAS}{action}/", {"ids": strange, **body})
        assert reply.status == 200
        assert reply.data["not_found_ids"] == strange
    assert rival.scope.version == before


def test_no_query_brings_a_list_down(owner: Caller, ground: Ground) -> None:
    lists: dict[str, Any] = {
        KEYWORDS: KeywordFilter,
        CLUSTERS: ClusterFilter,
        IDEAS: ContentIdeasFilter,
        TASKS: TaskFilter,
        "keywords-library/": SeedFilter,
    }
    for path, filters in lists.items():
        for name in ("page", "page_size", "ordering", "search", *filters.base_filters):
            for value in ("\x00", "%(", "9" * 40):
                assert owner.get(path, **{name: value}).status in {200, 400, 404}, (path, name, value)
        action = "sector_stats/" if filters is SeedFilter else "filter_options/"
        assert owner.get(f"{path}{action}", search="%(", created_at__gte="%(").status in {200, 400}
