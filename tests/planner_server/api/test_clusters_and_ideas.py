from typing import Any

import pytest

from planner_core.commands import SetOverride
from planner_server import clock
from planner_server.accounts.services import site_scope
from planner_server.feed.gate import Actor, write
from planner_server.planning.models import Clusters, ContentIdeas, Keywords, Tasks
from tests.planner_server.api.caller import Caller, cluster_id, idea_id, keyword_ids, place
from tests.planner_server.world import Team

CLUSTERS = "planner/clusters/"
IDEAS = "planner/ideas/"


def uids(ids: list[int]) -> list[str]:
    found = dict(Keywords.objects.filter(pk__in=ids).values_list("pk", "uid"))
    return [found[pk] for pk in ids]


# ---------------------------------------------------------------- clusters


def test_a_cluster_is_made_shown_changed_and_deleted(owner: Caller, team: Team) -> None:
    made = owner.post(CLUSTERS, {"name": "  Home   loans ", "description": "all of them", **place(team)})
    assert made.status == 201
    shown = dict(made.data)
    pk = shown.pop("id")
    for name in ("uid", "created_at", "updated_at"):
        assert shown.pop(name)
    assert shown == {
        "name": "Home loans",
        "description": "all of them",
        "keywords_count": 0,
        "volume": 0,
        "difficulty": None,
        "ideas_count": 0,
        "mapped_pages": 0,
        "content_count": 0,
        "status": "new",
        "disabled": False,
        "locked": False,
        "origin": "hand",
        "site": team.site.pk,
        "sector": team.sector.pk,
        "sector_name": "Loans",
    }
    changed = owner.patch(f"{CLUSTERS}{pk}/", {"name": "Loans for homes", "locked": True, "status": "mapped"})
    assert (changed.data["name"], changed.data["locked"], changed.data["status"]) == (
        "Loans for homes",
        True,
        "mapped",
    )
    assert owner.delete(f"{CLUSTERS}{pk}/").status == 204
    assert owner.get(f"{CLUSTERS}{pk}/").status == 404


def complete_a_task(team: Team, cluster: Clusters) -> None:
    with write(site_scope(team.site), Actor("job", "writer")) as gate:
        Tasks.objects.create(
            **gate.born(),
            uid=clock.new_uid(),
            account=team.account,
            site=team.site,
            sector=team.sector,
            cluster=cluster,
            title="Written",
            status="completed",
        )


def test_a_clusters_figures_are_sums_over_effective_values(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 4)
    pk = cluster_id(team, "Homes")
    cluster = Clusters.objects.get(pk=pk)
    team.place(uids(ids[1:]), cluster.uid)
    team.run(SetOverride("volume", uids(ids[1:2]), 1_000))
    team.idea("First", cluster=cluster.uid)
    complete_a_task(team, cluster)
    shown = owner.get(f"{CLUSTERS}{pk}/").data
    assert shown["keywords_count"] == 3
    assert shown["volume"] == 1_000 + 200 + 300
    assert shown["difficulty"] == 2
    assert shown["ideas_count"] == 1
    assert shown["mapped_pages"] == 1
    owner.delete(f"planner/keywords/{ids[3]}/")
    assert owner.get(f"{CLUSTERS}{pk}/").data["keywords_count"] == 2


def test_clusters_are_ordered_by_name_and_by_computed_volume(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 4)
    small, large = cluster_id(team, "b"), cluster_id(team, "A")
    team.place(uids(ids[:2]), Clusters.objects.get(pk=small).uid)
    team.place(uids(ids[2:]), Clusters.objects.get(pk=large).uid)
    assert owner.get(CLUSTERS, ordering="name").ids == [large, small]
    assert owner.get(CLUSTERS, ordering="volume").ids == [small, large]
    assert owner.get(CLUSTERS, ordering="-volume").ids == [large, small]
    assert owner.get(CLUSTERS, ordering="created_at").ids == [small, large]


@pytest.mark.parametrize("name", ["HOMES", " homes ", "Homes"])
def test_a_name_taken_under_the_shared_normalisation_is_409(owner: Caller, team: Team, name: str) -> None:
    cluster_id(team, "Homes")
    other = cluster_id(team, "Cars")
    made = owner.post(CLUSTERS, {"name": name, **place(team)})
    renamed = owner.patch(f"{CLUSTERS}{other}/", {"name": name})
    for reply in (made, renamed):
        assert reply.status == 409
        assert reply.body["code"] == "duplicate_name"
        assert "name" in reply.body["errors"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, None, 5.5, [], "a\x00b"])
def test_a_name_that_is_none_is_400(owner: Caller, team: Team, name: Any) -> None:
    reply = owner.post(CLUSTERS, {"name": name, **place(team)})
    assert reply.status == (201 if name == 5.5 else 400)


def test_deleting_a_cluster_takes_its_keywords_and_ideas_out_of_it(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 2)
    pk = cluster_id(team, "Homes")
    cluster = Clusters.objects.get(pk=pk).uid
    team.place(uids(ids), cluster)
    team.idea("First", cluster=cluster)
    assert owner.post(f"{CLUSTERS}bulk_delete/", {"ids": [pk]}).data["deleted"] == 1
    keyword = owner.get(f"planner/keywords/{ids[0]}/").data
    assert (keyword["cluster_id"], keyword["status"]) == (None, "new")
    assert owner.get(IDEAS).results[0]["keyword_cluster_id"] is None


def test_clusters_are_searched_filtered_and_updated_in_bulk(owner: Caller, team: Team) -> None:
    first, second = cluster_id(team, "Été in Paris"), cluster_id(team, "Winter")
    assert owner.get(CLUSTERS, search="ÉTÉ").ids == [first]
    reply = owner.post(f"{CLUSTERS}bulk_update/", {"ids": [first, second, 10**9], "status": "mapped"})
    assert (reply.data["updated"], reply.data["not_found"]) == (2, 1)
    assert owner.get(CLUSTERS, status="mapped").ids == [first, second]
    assert owner.get(CLUSTERS, status="new").ids == []


# ---------------------------------------------------------------- ideas


def test_an_idea_is_made_with_keywords_and_cluster(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 3)
    cluster = cluster_id(team, "Homes")
    body = {
        "idea_title": "How to borrow",
        "description": "Long",
        "keyword_cluster_id": cluster,
        "keyword_objects": ids[:2],
        "content_type": "page",
        "content_structure": "landing_page",
        "estimated_word_count": 800,
        **place(team),
    }
    made = owner.post(IDEAS, body)
    assert made.status == 201
    for name, value in body.items():
        if name not in {"site_id", "sector_id"}:
            assert made.data[name] == value
    assert made.data["cluster_name"] == "Homes"
    assert made.data["status"] == "new"
    assert owner.get(f"{CLUSTERS}{cluster}/").data["status"] == "mapped"


def test_the_keywords_of_an_idea_become_the_list_that_is_sent(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 3)
    pk = idea_id(team, "First")
    for wanted in (ids[:2], ids[1:], []):
        reply = owner.patch(f"{IDEAS}{pk}/", {"keyword_objects": wanted})
        assert reply.status == 200
        assert reply.data["keyword_objects"] == wanted
    kept = owner.patch(f"{IDEAS}{pk}/", {"idea_title": "Renamed"})
    assert (kept.data["idea_title"], kept.data["keyword_objects"]) == ("Renamed", [])


def test_keywords_in_the_trash_or_elsewhere_cannot_join_an_idea(
    owner: Caller, team: Team, rival: Team
) -> None:
    ids = keyword_ids(team, 2)
    foreign = keyword_ids(rival, 1)[0]
    pk = idea_id(team, "First")
    owner.delete(f"planner/keywords/{ids[0]}/")
    for wanted in ([ids[0]], [foreign], [10**9], ["x"], "x"):
        reply = owner.patch(f"{IDEAS}{pk}/", {"keyword_objects": wanted})
        assert reply.status == 400
        assert "keyword_objects" in reply.body["errors"]
    assert ContentIdeas.objects.get(pk=pk).keyword_objects.count() == 0


def test_a_deleted_keyword_is_not_shown_in_its_idea(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 2)
    pk = idea_id(team, "First")
    owner.patch(f"{IDEAS}{pk}/", {"keyword_objects": ids})
    owner.delete(f"planner/keywords/{ids[0]}/")
    assert owner.get(f"{IDEAS}{pk}/").data["keyword_objects"] == [ids[1]]
    assert owner.patch(f"{IDEAS}{pk}/", {"keyword_objects": [ids[1]]}).status == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("idea_title", ""),
        ("idea_title", None),
        ("content_type", "poem"),
        ("content_structure", "sonnet"),
        ("estimated_word_count", -1),
        ("estimated_word_count", 1_000_000),
        ("status", "mapped"),
        ("keyword_cluster_id", 10**9),
    ],
)
def test_a_value_an_idea_cannot_have_is_400(owner: Caller, team: Team, field: str, value: Any) -> None:
    pk = idea_id(team, "First")
    for reply in (
        owner.patch(f"{IDEAS}{pk}/", {field: value}),
        owner.post(IDEAS, {"idea_title": "Second", **place(team), field: value}),
    ):
        assert reply.status == 400
        assert list(reply.body["errors"]) == [field]


def test_an_idea_does_not_go_back_from_completed(owner: Caller, team: Team) -> None:
    pk = idea_id(team, "First")
    assert owner.patch(f"{IDEAS}{pk}/", {"status": "queued"}).status == 200
    assert owner.patch(f"{IDEAS}{pk}/", {"status": "completed"}).status == 200
    reply = owner.patch(f"{IDEAS}{pk}/", {"status": "new"})
    assert reply.status == 400
    assert reply.body["code"] == "transition"
    bulk = owner.post(f"{IDEAS}bulk_update/", {"ids": [pk], "status": "new"})
    assert bulk.status == 200
    assert (bulk.data["updated"], bulk.data["skipped"]) == (0, 1)
    assert bulk.data["errors"][0]["ids"] == [pk]
    assert bulk.data["errors"][0]["code"] == "transition"


def test_ideas_are_filtered_and_searched(owner: Caller, team: Team) -> None:
    cluster = cluster_id(team, "Homes")
    first, second = idea_id(team, "How to borrow"), idea_id(team, "When to save")
    owner.patch(f"{IDEAS}{second}/", {"keyword_cluster_id": cluster, "content_structure": "guide"})
    assert owner.get(IDEAS, keyword_cluster_id=cluster).ids == [second]
    assert owner.get(IDEAS, content_structure="guide").ids == [second]
    assert owner.get(IDEAS, content_type="post").ids == [first, second]
    assert owner.get(IDEAS, search="BORROW").ids == [first]
    assert owner.get(IDEAS, status="queued").ids == []
    assert owner.get(IDEAS, content_type="poem").status == 400
    assert owner.post(f"{IDEAS}bulk_delete/", {"ids": [first, second]}).data["deleted"] == 2
    assert owner.get(IDEAS).body["count"] == 0
