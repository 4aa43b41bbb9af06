"""Whatever is written over REST or pushed by a desktop: the feed says it once, and REST and a replica that pulled show the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner_core.operations import Change, Create, Delete, Restore, Seen, Set
from planner_server import clock
from planner_server.planning.models import Clusters, ContentIdeas, Keywords, Tasks
from tests.planner_server.api.caller import Caller, place, seed_ids
from tests.planner_server.world import Desk, Feed, Team

MODELS: dict[str, Any] = {"keyword": Keywords, "cluster": Clusters, "idea": ContentIdeas, "task": Tasks}
LISTS = {
    "keyword": "planner/keywords/",
    "cluster": "planner/clusters/",
    "idea": "planner/ideas/",
    "task": "writer/tasks/",
}
VERSIONED = ("ver", "updated_at", "field_meta")

Step = tuple[int, int, int]


@dataclass
class Play:
    """One person at REST, another with a desktop, a third who only pulls."""

    team: Team
    rest: Caller
    desk: Desk
    watcher: Desk
    seen: Feed = field(default_factory=Feed)

    def pick(self, entity: str, number: int, *, dead: bool = False) -> Any:
        rows = list(MODELS[entity].objects.filter(deleted_at__isnull=not dead).order_by("pk"))
        return rows[number % len(rows)] if rows else None

    def take(self, step: Step) -> None:
        kind, first, second = step
        STEPS[kind % len(STEPS)](self, first, second)


def make_keyword(play: Play, first: int, second: int) -> None:
    seed = seed_ids(play.team, 1, first % 8)[0]
    play.rest.post(LISTS["keyword"], {"seed_keyword_id": seed, "volume_override": second, **place(play.team)})


def add_seeds(play: Play, first: int, second: int) -> None:
    body = {"seed_keyword_ids": seed_ids(play.team, 1 + second % 3, first % 6), **place(play.team)}
    play.rest.post("planner/keywords/add_to_workflow/", body)


def import_list(play: Play, first: int, second: int) -> None:
    text = f"keyword\nloan {first % 8}\nloan {second % 8}\nstranger\n"
    play.rest.post("planner/keywords/import/", {"csv": text, **place(play.team)})


def edit_keyword(play: Play, first: int, second: int) -> None:
    row, cluster = play.pick("keyword", first), play.pick("cluster", second)
    values: list[dict[str, Any]] = [
        {"volume_override": second},
        {"disabled": bool(second % 2), "difficulty_override": None},
        {"cluster_id": cluster.pk if cluster else None},
        {"cluster_id": None, "status": "mapped"},
    ]
    if row:
        play.rest.patch(f"{LISTS['keyword']}{row.pk}/", values[second % len(values)])


def bulk_keywords(play: Play, first: int, second: int) -> None:
    rows = {row.pk for row in (play.pick("keyword", first), play.pick("keyword", second)) if row}
    cluster = play.pick("cluster", first)
    what: dict[str, Any] = {"cluster_id": cluster.pk} if cluster and second % 2 else {"status": "mapped"}
    if rows:
        play.rest.post(
            "planner/keywords/bulk_update/", {"ids": [*rows, 10**9], **what, "disabled": not first % 3}
        )


def delete_rows(play: Play, first: int, second: int) -> None:
    entity = ("keyword", "cluster", "idea", "task")[second % 4]
    row = play.pick(entity, first)
    if row and first % 2:
        play.rest.delete(f"{LISTS[entity]}{row.pk}/")
    elif row:
        play.rest.post(f"{LISTS[entity]}bulk_delete/", {"ids": [row.pk]})


def make_cluster(play: Play, first: int, second: int) -> None:
    body = {"name": f"Group {first % 5}", "locked": bool(second % 2), **place(play.team)}
    play.rest.post(LISTS["cluster"], body)


def edit_cluster(play: Play, first: int, second: int) -> None:
    row = play.pick("cluster", first)
    values: list[dict[str, Any]] = [
        {"name": f"Group {second % 5}"},
        {"status": "mapped"},
        {"description": "x"},
    ]
    if row:
        play.rest.patch(f"{LISTS['cluster']}{row.pk}/", values[second % len(values)])


def make_idea(play: Play, first: int, second: int) -> None:
    keyword, cluster = play.pick("keyword", first), play.pick("cluster", second)
    body = {
        "idea_title": f"Idea {first}",
        "keyword_objects": [keyword.pk] if keyword else [],
        "keyword_cluster_id": cluster.pk if cluster and second % 2 else None,
        **place(play.team),
    }
    assert play.rest.post(LISTS["idea"], body).status == 201


def edit_idea(play: Play, first: int, second: int) -> None:
    row, keyword = play.pick("idea", first), play.pick("keyword", second)
    values: list[dict[str, Any]] = [
        {"keyword_objects": [keyword.pk] if keyword else []},
        {"idea_title": f"Renamed {second}", "keyword_objects": []},
        {"status": "queued"},
        {"status": "new", "content_type": "page", "content_structure": "general"},
    ]
    if row:
        play.rest.patch(f"{LISTS['idea']}{row.pk}/", values[second % len(values)])


def queue_ideas(play: Play, first: int, second: int) -> None:
    rows = {row.pk for row in (play.pick("idea", first), play.pick("idea", second)) if row}
    if rows:
        play.rest.post("planner/ideas/bulk_queue_to_writer/", {"ids": list(rows)})


def work_on_task(play: Play, first: int, second: int) -> None:
    row = play.pick("task", first)
    if row:
        what = {"status": "completed"} if second % 2 else {"title": f"Task {second}", "keywords": "x"}
        play.rest.patch(f"{LISTS['task']}{row.pk}/", what)


def push_keyword(play: Play, first: int, second: int) -> None:
    team = play.team
    row: list[Any] = [clock.new_uid(), team.seeds[first % 8], bool(second % 2)]
    play.desk.push(Create("keyword", {"sector": team.sector.uid}, ("seed", "disabled"), [row]))


def push_place(play: Play, first: int, second: int) -> None:
    row, cluster = play.pick("keyword", first), play.pick("cluster", second)
    if row and cluster:
        old = (row.cluster.uid if row.cluster else None, row.status)
        play.desk.push(Set("keyword", "placement", [Change(old, (cluster.uid, "mapped"), [row.uid])]))


def push_title(play: Play, first: int, second: int) -> None:
    row = play.pick("idea", first)
    if row:
        change = Change((row.idea_title,), (f"Pushed {second}",), [row.uid])
        play.desk.push(Set("idea", "title", [change]))


def push_deletion(play: Play, first: int, second: int) -> None:
    entity = ("keyword", "idea")[second % 2]
    row = play.pick(entity, first)
    if row:
        play.desk.push(Delete(entity, [Seen({}, [row.uid])]))


def push_restore(play: Play, first: int, second: int) -> None:
    entity = ("keyword", "cluster", "idea")[second % 3]
    row = play.pick(entity, first, dead=True)
    if row:
        play.desk.push(Restore(entity, [row.uid]))


STEPS: list[Callable[[Play, int, int], None]] = [
    *(make_keyword, add_seeds, import_list, edit_keyword, bulk_keywords, delete_rows),
    *(make_cluster, edit_cluster, make_idea, edit_idea, queue_ideas, work_on_task),
    *(push_keyword, push_place, push_title, push_deletion, push_restore),
]
steps = st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 30), st.integers(0, 30))


def contents() -> dict[tuple[str, str], tuple[int, dict[str, Any]]]:
    """(entity, uid) -> version and everything else the row is."""
    found = {}
    for entity, model in MODELS.items():
        for row in model.objects.values():
            version = row["ver"]
            content = {name: value for name, value in row.items() if name not in VERSIONED}
            if entity == "idea":
                members = ContentIdeas.objects.get(pk=row["id"]).keyword_objects
                content["members"] = sorted(members.values_list("pk", flat=True))
            found[entity, row["uid"]] = (version, content)
    return found


def check_step(play: Play, step: Step) -> None:
    before, version = contents(), play.team.scope.version
    play.take(step)
    after = contents()
    news = play.watcher.pull(play.seen.cursor)
    assert news.version - version in {0, 1}
    touched = {key for key, (ver, _) in after.items() if key not in before or before[key][0] != ver}
    changed = {key for key, (_, content) in after.items() if key not in before or before[key][1] != content}
    assert changed <= touched
    told = [(entity, uid) for entity, uid, _ in news.order]
    assert sorted(told) == sorted(touched)
    for entity, rows in news.rows.items():
        play.seen.rows.setdefault(entity, {}).update(rows)
        play.seen.deleted -= rows.keys()
    play.seen.deleted |= news.deleted
    play.seen.cursor = news.cursor


NAMES = {
    "keyword": ("status", "disabled", "volume_override", "difficulty_override"),
    "cluster": ("name", "description", "status", "disabled", "locked", "origin"),
    "idea": ("status", "disabled", "content_type", "content_structure", "estimated_word_count"),
    "task": ("title", "status"),
}
"""Fields that are the same word and value on both sides."""


def as_pulled(play: Play) -> dict[str, dict[str, dict[str, Any]]]:
    """The live rows of a replica in REST's words: references as integer ids."""
    ids = {row.uid: row.pk for model in MODELS.values() for row in model.objects.all()}
    live = {entity: play.seen.live(entity) for entity in MODELS}
    shown: dict[str, dict[str, dict[str, Any]]] = {
        entity: {uid: {name: row[name] for name in names} for uid, row in live[entity].items()}
        for entity, names in NAMES.items()
    }
    for uid, row in live["keyword"].items():
        shown["keyword"][uid]["cluster_id"] = ids.get(row["cluster"])
    for uid, row in live["idea"].items():
        members = [ids[one] for one in row["keyword_objects"] if one in live["keyword"]]
        shown["idea"][uid] |= {
            "idea_title": row["title"],
            "keyword_cluster_id": ids.get(row["cluster"]),
            "keyword_objects": sorted(members),
        }
    for uid, row in live["task"].items():
        shown["task"][uid] |= {
            "idea_id": ids[row["idea"]] if row["idea"] in live["idea"] else None,
            "cluster_id": ids[row["cluster"]] if row["cluster"] in live["cluster"] else None,
        }
    return shown


def check_alike(play: Play) -> None:
    pulled = as_pulled(play)
    for entity, path in LISTS.items():
        listed = {row["uid"]: row for row in play.rest.get(path, page_size=100).results}
        wanted = pulled[entity]
        assert listed.keys() == wanted.keys()
        for uid, row in wanted.items():
            assert {name: listed[uid][name] for name in row} == row
    shown = {row["uid"]: row for row in play.rest.get(LISTS["keyword"], page_size=100).results}
    for row in play.rest.get(LISTS["cluster"], page_size=100).results:
        inside = [uid for uid, one in pulled["keyword"].items() if one["cluster_id"] == row["id"]]
        own = [shown[uid] for uid in inside]
        assert row["keywords_count"] == len(inside)
        effective = (
            one["volume"] if one["volume_override"] is None else one["volume_override"] for one in own
        )
        assert row["volume"] == sum(effective)
        assert row["ideas_count"] == sum(
            one["keyword_cluster_id"] == row["id"] for one in pulled["idea"].values()
        )
        done = [one for one in pulled["task"].values() if one["status"] == "completed"]
        assert row["mapped_pages"] == sum(one["cluster_id"] == row["id"] for one in done)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(played=st.lists(steps, min_size=12, max_size=24))
def test_each_write_is_told_once_and_both_show_the_same(
    owner: Caller, team: Team, played: list[Step]
) -> None:
    with transaction.atomic():
        desk = Desk(team.colleague, team.site.uid)
        play = Play(team, owner, desk, Desk(team.owner, team.site.uid))
        play.seen = play.watcher.pull()
        for step in played:
            check_step(play, step)
        check_alike(play)
        transaction.set_rollback(True)
