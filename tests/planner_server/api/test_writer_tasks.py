"""writer/tasks/ and queueing ideas to the writer."""

from collections.abc import Callable
from typing import Any

import pytest

from planner_server.planning.models import ContentIdeas, Keywords, Tasks
from tests.planner_server.api.caller import Caller, cluster_id, idea_id, keyword_ids, place
from tests.planner_server.world import Desk, Team

IDEAS = "planner/ideas/"
TASKS = "writer/tasks/"
QUEUE = f"{IDEAS}bulk_queue_to_writer/"


def idea_row(pk: int) -> ContentIdeas:
    return ContentIdeas.objects.get(pk=pk)


@pytest.fixture
def placed(owner: Caller, team: Team) -> dict[str, int]:
    """An idea in a cluster, with two keywords."""
    ids = keyword_ids(team, 2)
    cluster = cluster_id(team, "Homes")
    made = owner.post(
        IDEAS,
        {
            "idea_title": "How to borrow",
            "description": "Long",
            "keyword_cluster_id": cluster,
            "keyword_objects": ids,
            "content_type": "page",
            "content_structure": "landing_page",
            "estimated_word_count": 800,
            **place(team),
        },
    )
    return {"idea": made.data["id"], "cluster": cluster}


def test_queueing_makes_a_task_of_an_idea_with_all_that_the_writer_needs(
    owner: Caller, team: Team, placed: dict[str, int]
) -> None:
    reply = owner.post(QUEUE, {"ids": [placed["idea"], 10**9]})
    assert reply.status == 200
    (task,) = reply.data["tasks"]
    assert reply.data == {
        "created_count": 1,
        "tasks": [{"id": task["id"], "idea_id": placed["idea"]}],
        "already_count": 0,
        "already": [],
        "skipped": 0,
        "not_found": 1,
        "not_found_ids": [10**9],
        "errors": [],
    }
    shown = owner.get(f"{TASKS}{task['id']}/").data
    for name in ("uid", "created_at", "updated_at"):
        assert shown.pop(name)
    assert shown == {
        "id": task["id"],
        "title": "How to borrow",
        "description": "Long",
        "idea_id": placed["idea"],
        "idea_title": "How to borrow",
        "cluster_id": placed["cluster"],
        "cluster_name": "Homes",
        "content_type": "page",
        "content_structure": "landing_page",
        "keywords": "loan 0, loan 1",
        "word_count": 800,
        "status": "queued",
        "site": team.site.pk,
        "sector": team.sector.pk,
        "sector_name": "Loans",
    }
    assert idea_row(placed["idea"]).status == "queued"


def test_queueing_again_makes_no_second_task_and_says_so(owner: Caller, team: Team) -> None:
    first, second = idea_id(team, "First"), idea_id(team, "Second")
    made = owner.post(QUEUE, {"ids": [first]}).data["tasks"]
    again = owner.post(QUEUE, {"ids": [first, second]}).data
    assert again["already"] == made
    assert [one["idea_id"] for one in again["tasks"]] == [second]
    assert Tasks.objects.count() == 2


def test_an_idea_taken_back_to_new_keeps_its_task_for_the_next_time(owner: Caller, team: Team) -> None:
    pk = idea_id(team, "First")
    made = owner.post(QUEUE, {"ids": [pk]}).data["tasks"]
    assert owner.patch(f"{IDEAS}{pk}/", {"status": "new"}).status == 200
    assert owner.post(QUEUE, {"ids": [pk]}).data["already"] == made
    assert idea_row(pk).status == "queued"


def test_a_completed_idea_is_not_queued(owner: Caller, team: Team) -> None:
    pk = idea_id(team, "First")
    owner.patch(f"{IDEAS}{pk}/", {"status": "completed"})
    reply = owner.post(QUEUE, {"ids": [pk]}).data
    assert (reply["created_count"], reply["skipped"]) == (0, 1)
    assert reply["errors"][0]["code"] == "transition"
    assert reply["errors"][0]["ids"] == [pk]
    assert not Tasks.objects.exists()


@pytest.mark.parametrize("how", ["patch", "put", "bulk_update"])
def test_completing_a_task_completes_its_idea_and_counts_as_a_page_of_its_cluster(
    owner: Caller, placed: dict[str, int], how: str
) -> None:
    pk = owner.post(QUEUE, {"ids": [placed["idea"]]}).data["tasks"][0]["id"]
    if how == "bulk_update":
        reply = owner.post(f"{TASKS}bulk_update/", {"ids": [pk, 10**9], "status": "completed"})
        assert (reply.data["updated"], reply.data["not_found"]) == (1, 1)
    else:
        reply = owner.call(how, f"{TASKS}{pk}/", {"status": "completed"})
        assert reply.data["status"] == "completed"
    assert idea_row(placed["idea"]).status == "completed"
    assert owner.get(f"planner/clusters/{placed['cluster']}/").data["mapped_pages"] == 1


def test_a_completed_task_is_not_taken_back(owner: Caller, team: Team) -> None:
    pk = idea_id(team, "First")
    task = owner.post(QUEUE, {"ids": [pk]}).data["tasks"][0]["id"]
    owner.patch(f"{TASKS}{task}/", {"status": "completed"})
    before = team.scope.version
    reply = owner.patch(f"{TASKS}{task}/", {"status": "queued", "title": "Other"})
    assert (reply.status, reply.body["code"]) == (400, "transition")
    assert team.scope.version == before
    assert Tasks.objects.get(pk=task).title == "First"
    bulk = owner.post(f"{TASKS}bulk_update/", {"ids": [task], "status": "queued"}).data
    assert (bulk["updated"], bulk["skipped"], bulk["errors"][0]["ids"]) == (0, 1, [task])


@pytest.mark.parametrize("how", ["delete", "bulk_delete"])
def test_deleting_a_waiting_task_makes_its_idea_new_again(owner: Caller, team: Team, how: str) -> None:
    waiting, done = idea_id(team, "Waiting"), idea_id(team, "Done")
    tasks = {one["idea_id"]: one["id"] for one in owner.post(QUEUE, {"ids": [waiting, done]}).data["tasks"]}
    owner.patch(f"{TASKS}{tasks[done]}/", {"status": "completed"})
    if how == "delete":
        assert [owner.delete(f"{TASKS}{pk}/").status for pk in tasks.values()] == [204, 204]
    else:
        reply = owner.post(f"{TASKS}bulk_delete/", {"ids": list(tasks.values())})
        assert (reply.data["deleted"], reply.data["not_found"]) == (2, 0)
    assert (idea_row(waiting).status, idea_row(done).status) == ("new", "completed")
    assert owner.get(TASKS).ids == []
    assert owner.get(f"{TASKS}{tasks[waiting]}/").status == 404
    assert owner.post(QUEUE, {"ids": [waiting]}).data["created_count"] == 1


def test_a_task_is_made_by_hand_of_a_cluster_or_of_an_idea(
    owner: Caller, team: Team, placed: dict[str, int]
) -> None:
    body = {"title": "  Own  work ", "cluster_id": placed["cluster"], "word_count": 300, **place(team)}
    made = owner.post(TASKS, body)
    assert made.status == 201
    assert (made.data["title"], made.data["idea_id"], made.data["word_count"]) == ("Own work", None, 300)
    of_idea = owner.post(TASKS, {"idea_id": placed["idea"], **place(team)})
    assert of_idea.status == 201
    assert (of_idea.data["title"], of_idea.data["cluster_id"]) == ("How to borrow", placed["cluster"])
    assert idea_row(placed["idea"]).status == "queued"
    again = owner.post(TASKS, {"idea_id": placed["idea"], **place(team)})
    assert (again.status, again.body["code"]) == (409, "duplicate")
    assert Tasks.objects.count() == 2


def test_a_value_a_task_cannot_have_is_400_and_makes_nothing(
    owner: Caller, team: Team, placed: dict[str, int]
) -> None:
    before = team.scope.version
    cases: list[tuple[str, Any]] = [
        ("title", ""),
        ("title", None),
        ("title", "x" * 256),
        ("title", "a\x00b"),
        ("cluster_id", None),
        ("cluster_id", 10**9),
        ("cluster_id", "x"),
        ("idea_id", 10**9),
        ("content_type", "poem"),
        ("content_structure", "sonnet"),
        ("word_count", -1),
        ("word_count", 1_000_000),
        ("status", "new"),
        ("status", None),
        ("site_id", 10**9),
        ("sector_id", 10**9),
    ]
    for field, value in cases:
        body = {"title": "Own", "cluster_id": placed["cluster"], **place(team), field: value}
        reply = owner.post(TASKS, body)
        assert reply.status == 400, (field, value)
        assert field in reply.body["errors"]
    assert team.scope.version == before
    assert not Tasks.objects.exists()


def test_tasks_are_edited_filtered_searched_and_ordered(
    owner: Caller, team: Team, placed: dict[str, int]
) -> None:
    cluster = {"cluster_id": placed["cluster"], **place(team)}
    second = owner.post(TASKS, {"title": "Beta", "keywords": "car loan", **cluster}).data["id"]
    first = owner.post(TASKS, {"title": "Alpha", "content_structure": "guide", **cluster}).data["id"]
    changed = owner.patch(f"{TASKS}{first}/", {"title": "Alphabet", "keywords": "abc", "description": "d"})
    assert (changed.data["title"], changed.data["keywords"]) == ("Alphabet", "abc")
    assert owner.patch(f"{TASKS}{first}/", {"idea_id": placed["idea"]}).status == 400
    owner.patch(f"{TASKS}{first}/", {"status": "completed"})
    assert owner.get(TASKS).ids == [second, first]
    assert owner.get(TASKS, ordering="title").ids == [first, second]
    assert owner.get(TASKS, ordering="-status").ids == [second, first]
    assert owner.get(TASKS, status="completed").ids == [first]
    assert owner.get(TASKS, status="pending").ids == [second]
    assert owner.get(TASKS, search="CAR").ids == [second]
    assert owner.get(TASKS, search="alpha").ids == [first]
    assert owner.get(TASKS, content_structure="guide").ids == [first]
    assert owner.get(TASKS, cluster=placed["cluster"], content_type="post").ids == [second, first]
    assert owner.get(TASKS, cluster_id=10**9).ids == []
    assert owner.get(TASKS, status="lost").status == 400
    options = owner.get(f"{TASKS}filter_options/", status="completed").data
    assert [(one["value"], one["count"]) for one in options["status"]] == [("completed", 1), ("queued", 1)]
    assert [one["value"] for one in options["content_structure"]] == ["guide"]


def test_an_idea_or_cluster_in_the_trash_is_not_named_by_its_task(
    owner: Caller, placed: dict[str, int]
) -> None:
    task = owner.post(QUEUE, {"ids": [placed["idea"]]}).data["tasks"][0]["id"]
    owner.delete(f"{IDEAS}{placed['idea']}/")
    owner.delete(f"planner/clusters/{placed['cluster']}/")
    shown = owner.get(f"{TASKS}{task}/").data
    names = ("idea_id", "idea_title", "cluster_id", "cluster_name")
    assert [shown[name] for name in names] == [None] * 4
    assert owner.patch(f"{TASKS}{task}/", {"status": "completed"}).status == 200
    assert idea_row(placed["idea"]).status == "queued"


def test_tasks_are_on_the_feed_once_for_each_write(owner: Caller, team: Team, placed: dict[str, int]) -> None:
    desk = Desk(team.owner, team.site.uid)
    feed = desk.pull()
    before = feed.version
    pk = owner.post(QUEUE, {"ids": [placed["idea"]]}).data["tasks"][0]["id"]
    news = desk.pull(feed.cursor)
    assert news.version == before + 1
    assert sorted(entity for entity, *_ in news.order) == ["idea", "task"]
    (task,) = news.live("task").values()
    idea = idea_row(placed["idea"])
    assert (task["idea"], task["title"], task["status"]) == (idea.uid, "How to borrow", "queued")
    owner.patch(f"{TASKS}{pk}/", {"status": "completed"})
    done = desk.pull(news.cursor)
    assert done.version == before + 2
    assert [row["status"] for row in (*done.live("task").values(), *done.live("idea").values())] == [
        "completed",
        "completed",
    ]
    owner.delete(f"{TASKS}{pk}/")
    assert desk.pull(done.cursor).deleted == {Tasks.objects.get(pk=pk).uid}


def test_another_accounts_tasks_and_ideas_are_out_of_reach(owner: Caller, team: Team, rival: Team) -> None:
    theirs = idea_id(rival, "Theirs")
    task = Caller(rival.owner).post(QUEUE, {"ids": [theirs]}).data["tasks"][0]["id"]
    before = rival.scope.version
    assert owner.post(QUEUE, {"ids": [theirs]}).data["not_found_ids"] == [theirs]
    for reply in (
        owner.get(f"{TASKS}{task}/"),
        owner.patch(f"{TASKS}{task}/", {"status": "completed"}),
        owner.delete(f"{TASKS}{task}/"),
    ):
        assert reply.status == 404
    assert owner.post(f"{TASKS}bulk_delete/", {"ids": [task]}).data["not_found"] == 1
    assert owner.get(TASKS).ids == []
    body = {"title": "Own", "cluster_id": cluster_id(rival, "Theirs"), **place(team)}
    assert owner.post(TASKS, body).status == 400
    assert rival.scope.version == before + 1


def test_a_viewer_reads_tasks_only(viewer: Caller, owner: Caller, team: Team) -> None:
    pk = idea_id(team, "First")
    task = owner.post(QUEUE, {"ids": [pk]}).data["tasks"][0]["id"]
    assert viewer.get(TASKS).ids == [task]
    for reply in (
        viewer.post(QUEUE, {"ids": [pk]}),
        viewer.patch(f"{TASKS}{task}/", {"status": "completed"}),
        viewer.post(f"{TASKS}bulk_update/", {"ids": [task], "status": "completed"}),
        viewer.delete(f"{TASKS}{task}/"),
    ):
        assert reply.status == 403


def test_content_is_not_written_here(owner: Caller) -> None:
    assert owner.post(f"{TASKS}auto_generate_content/", {"ids": [1]}).status == 404


def test_queueing_many_ideas_costs_no_query_each(
    owner: Caller, team: Team, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    ids = [idea_id(team, f"Idea {number}") for number in range(12)]
    with django_assert_max_num_queries(50):
        assert owner.post(QUEUE, {"ids": ids}).data["created_count"] == 12
    assert Keywords.objects.count() == 0
