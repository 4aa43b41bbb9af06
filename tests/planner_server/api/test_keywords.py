from collections.abc import Callable
from typing import Any

import pytest

from planner_core.commands import SetOverride
from planner_server.feed.gate import Actor
from planner_server.library.models import SeedKeyword
from planner_server.library.services import SeedRow, industry_sector_upsert, industry_upsert, seeds_upsert
from planner_server.planning.models import Keywords
from tests.planner_server.api.caller import Caller, cluster_id, keyword_ids, place, seed_ids
from tests.planner_server.world import Team

LIST = "planner/keywords/"


def row(pk: int) -> str:
    return f"{LIST}{pk}/"


def foreign_seed() -> int:
    """A seed of another industry."""
    sector = industry_sector_upsert(industry=industry_upsert(name="Elsewhere"), name="Other")
    seeds_upsert(sector=sector, rows=[SeedRow("strange")], actor=Actor("import", "test"))
    return SeedKeyword.objects.get(sector=sector).pk


def test_a_row_shows_the_seeds_figures_beside_the_overrides(owner: Caller, team: Team) -> None:
    pk = keyword_ids(team, 3)[2]
    cluster = cluster_id(team, "Homes")
    reply = owner.patch(row(pk), {"volume_override": 7, "cluster_id": cluster})
    assert reply.status == 200
    shown = owner.get(row(pk)).data
    assert shown == reply.data
    uid, created, updated = shown.pop("uid"), shown.pop("created_at"), shown.pop("updated_at")
    assert len(uid) == 32
    assert created.endswith("Z")
    assert updated >= created
    assert shown == {
        "id": pk,
        "seed_keyword_id": seed_ids(team, 1, 2)[0],
        "keyword": "loan 2",
        "volume": 200,
        "difficulty": 2,
        "intent": "commercial",
        "country": "US",
        "volume_override": 7,
        "difficulty_override": None,
        "cluster_id": cluster,
        "cluster_name": "Homes",
        "status": "mapped",
        "disabled": False,
        "site": team.site.pk,
        "sector": team.sector.pk,
        "sector_name": "Loans",
    }


def test_unknown_figures_are_null_and_not_zero(owner: Caller, team: Team) -> None:
    actor = Actor("import", "test")
    seeds_upsert(sector=team.branch, rows=[SeedRow("nobody knows")], actor=actor)
    seed = SeedKeyword.objects.get(keyword="nobody knows")
    reply = owner.post(LIST, {"seed_keyword_id": seed.pk, **place(team)})
    assert [reply.data[name] for name in ("volume", "difficulty", "intent", "country")] == [None] * 4


# ---------------------------------------------------------------- create


def test_a_keyword_is_made_from_a_seed_with_what_else_the_body_says(owner: Caller, team: Team) -> None:
    cluster = cluster_id(team, "Homes")
    body = {
        "seed_keyword_id": seed_ids(team, 1)[0],
        **place(team),
        "cluster_id": cluster,
        "difficulty_override": 0,
        "disabled": True,
    }
    reply = owner.post(LIST, body)
    assert reply.status == 201
    assert reply.data["keyword"] == "loan 0"
    assert reply.data["cluster_id"] == cluster
    assert reply.data["status"] == "mapped"
    assert reply.data["difficulty_override"] == 0
    assert reply.data["disabled"] is True
    assert Keywords.objects.get().account_id == team.account.pk


@pytest.mark.parametrize("missing", ["seed_keyword_id", "site_id", "sector_id"])
def test_seed_site_and_sector_are_required(owner: Caller, team: Team, missing: str) -> None:
    body = {"seed_keyword_id": seed_ids(team, 1)[0], **place(team)}
    del body[missing]
    reply = owner.post(LIST, body)
    assert reply.status == 400
    assert reply.body["error"] == "Validation failed"
    assert list(reply.body["errors"]) == [missing]


@pytest.mark.parametrize("value", ["1", True, 1.5, None, -1, 0, [], {}, 10**30])
@pytest.mark.parametrize("name", ["seed_keyword_id", "site_id", "sector_id"])
def test_an_id_that_is_no_id_is_400(owner: Caller, team: Team, name: str, value: Any) -> None:
    reply = owner.post(LIST, {"seed_keyword_id": seed_ids(team, 1)[0], **place(team), name: value})
    assert reply.status == 400
    assert name in reply.body["errors"]
    assert not Keywords.objects.exists()


def test_a_seed_of_another_industry_is_refused_and_the_feed_stays_where_it_was(
    owner: Caller, team: Team
) -> None:
    before = team.scope.version
    reply = owner.post(LIST, {"seed_keyword_id": foreign_seed(), **place(team)})
    assert reply.status == 400
    assert reply.body["code"] == "industry_mismatch"
    assert "seed_keyword_id" in reply.body["errors"]
    assert team.scope.version == before


def test_a_seed_the_sector_has_already_is_409(owner: Caller, team: Team) -> None:
    body = {"seed_keyword_id": seed_ids(team, 1)[0], **place(team)}
    assert owner.post(LIST, body).status == 201
    again = owner.post(LIST, body)
    assert again.status == 409
    assert again.body["code"] == "duplicate"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volume_override", -1),
        ("volume_override", "many"),
        ("volume_override", 3_000_000_000),
        ("difficulty_override", 101),
        ("difficulty_override", True),
        ("status", "archived"),
        ("status", "lost"),
        ("status", None),
        ("disabled", "perhaps"),
        ("cluster_id", 999_999),
        ("cluster_id", "x"),
    ],
)
def test_a_value_that_does_not_fit_is_400_and_names_its_field(
    owner: Caller, team: Team, field: str, value: Any
) -> None:
    pk = keyword_ids(team, 1)[0]
    before = owner.get(row(pk)).data
    for reply in (
        owner.patch(row(pk), {field: value}),
        owner.post(LIST, {"seed_keyword_id": seed_ids(team, 1, 5)[0], **place(team), field: value}),
    ):
        assert reply.status == 400
        assert list(reply.body["errors"]) == [field]
    assert owner.get(row(pk)).data == before
    assert Keywords.objects.count() == 1


# ---------------------------------------------------------------- update and delete


def test_read_only_fields_are_ignored_and_fixed_ones_may_not_change(owner: Caller, team: Team) -> None:
    pk = keyword_ids(team, 1)[0]
    reply = owner.patch(
        row(pk), {"keyword": "mine", "volume": 1, "uid": "f" * 32, "id": 5, "sector_name": "x"}
    )
    assert reply.status == 200
    assert reply.data["keyword"] == "loan 0"
    assert reply.data["volume"] == 0
    for name, value in (("seed_keyword_id", seed_ids(team, 2)[1]), ("site_id", 999), ("sector_id", 999)):
        refused = owner.patch(row(pk), {name: value})
        assert refused.status == 400
        assert name in refused.body["errors"]
    same = owner.patch(row(pk), {"site_id": team.site.pk, "status": "mapped"})
    assert same.status == 200


def test_put_takes_the_row_as_it_was_shown(owner: Caller, team: Team) -> None:
    pk = keyword_ids(team, 1)[0]
    shown = owner.get(row(pk)).data
    reply = owner.put(row(pk), {**shown, "status": "mapped"})
    assert reply.status == 200
    assert reply.data["status"] == "mapped"


def test_taking_a_keyword_out_of_its_cluster_makes_it_new(owner: Caller, team: Team) -> None:
    pk = keyword_ids(team, 1)[0]
    cluster = cluster_id(team, "Homes")
    assert owner.patch(row(pk), {"cluster_id": cluster}).data["status"] == "mapped"
    assert owner.patch(row(pk), {"cluster_id": None}).data["status"] == "new"


def test_an_edit_through_rest_is_on_the_feed(owner: Caller, team: Team) -> None:
    pk = keyword_ids(team, 1)[0]
    before = team.scope.version
    owner.patch(row(pk), {"volume_override": 5})
    assert team.scope.version == before + 1
    assert Keywords.objects.get(pk=pk).ver == before + 1


def test_a_deleted_keyword_is_gone_from_rest_and_stays_in_the_trash(owner: Caller, team: Team) -> None:
    pk = keyword_ids(team, 2)[0]
    assert owner.delete(row(pk)).status == 204
    for reply in (owner.get(row(pk)), owner.delete(row(pk)), owner.patch(row(pk), {"status": "new"})):
        assert reply.status == 404
    assert pk not in owner.get(LIST).ids
    assert Keywords.objects.get(pk=pk).deleted_at is not None


# ---------------------------------------------------------------- list


def test_pages_follow_one_another_without_gap_or_repeat(owner: Caller, team: Team) -> None:
    wanted = keyword_ids(team, 20)
    reply = owner.get(LIST)
    assert (reply.body["count"], len(reply.results)) == (20, 10)
    assert reply.body["previous"] is None
    seen: list[int] = []
    page = 1
    while True:
        reply = owner.get(LIST, page=page, page_size=7, ordering="-seed_keyword__difficulty")
        seen += reply.ids
        if reply.body["next"] is None:
            break
        page += 1
        assert f"page={page}" in reply.body["next"]
    assert sorted(seen) == wanted
    assert page == 3


def test_a_page_size_above_the_maximum_is_cut_to_it(owner: Caller, team: Team) -> None:
    keyword_ids(team, 20)
    assert owner.get(LIST, page_size=100_000).status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"page": "0"}, 404),
        ({"page": "99"}, 404),
        ({"page": "x"}, 404),
        ({"page_size": "0"}, 400),
        ({"page_size": "-3"}, 400),
        ({"page_size": "x"}, 400),
        ({"page_size": "9" * 5_000}, 400),
        ({"page": "9" * 5_000}, 404),
        ({"cluster_id": "9" * 30}, 400),
        ({"cluster_id": "-1"}, 400),
        ({"volume_min": "1" + "0" * 30}, 400),
        ({"volume_max": "1e400"}, 400),
        ({"ordering": "password"}, 400),
        ({"status": "lost"}, 400),
        ({"cluster_id": "x"}, 400),
        ({"site_id": "x"}, 400),
        ({"volume_min": "much"}, 400),
        ({"created_at__gte": "yesterday"}, 400),
    ],
)
def test_a_query_that_cannot_be_understood_is_refused(
    owner: Caller, team: Team, query: dict[str, str], status: int
) -> None:
    keyword_ids(team, 1)
    assert owner.get(LIST, **query).status == status


def test_filters_pick_what_they_say(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 20)
    cluster = cluster_id(team, "Homes")
    owner.patch(row(ids[4]), {"cluster_id": cluster, "disabled": True})

    def picked(**query: Any) -> list[int]:
        return owner.get(LIST, page_size=100, **query).ids

    assert picked(status="mapped") == [ids[4]]
    assert picked(cluster_id=cluster) == [ids[4]]
    assert picked(disabled="true") == [ids[4]]
    assert picked(seed_keyword_id=seed_ids(team, 1, 3)[0]) == [ids[3]]
    assert picked(search="LOAN 17") == [ids[17]]
    assert picked(search="17 loan") == [ids[17]]
    assert picked(search="zebra") == []
    assert picked(seed_keyword__intent="commercial") == ids
    assert picked(seed_keyword__intent="navigational") == []
    assert picked(seed_keyword__country="us") == ids
    assert picked(seed_keyword__country="DE") == []
    assert picked(site_id=team.site.pk, sector_id=team.sector.pk) == ids
    assert picked(sector_id=10**9) == []
    assert picked(volume_min=500, volume_max=700) == ids[5:8]
    assert picked(difficulty_min=18) == ids[18:]
    assert picked(created_at__gte="2100-01-01T00:00:00Z") == []
    assert picked(created_at__lte="2100-01-01") == ids


def test_ranges_mean_effective_figures_and_orders_the_seeds(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 5)
    uid = Keywords.objects.get(pk=ids[0]).uid
    team.run(SetOverride("volume", [uid], 10_000))
    assert owner.get(LIST, volume_min=9_000).ids == [ids[0]]
    assert owner.get(LIST, ordering="-seed_keyword__volume").ids == ids[::-1]
    assert owner.get(LIST, ordering="seed_keyword__volume").ids == ids


def test_unknown_figures_come_last_in_both_directions(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 3)
    seeds_upsert(sector=team.branch, rows=[SeedRow("nobody knows")], actor=Actor("import", "test"))
    seed = SeedKeyword.objects.get(keyword="nobody knows").pk
    unknown = owner.post(LIST, {"seed_keyword_id": seed, **place(team)}).data["id"]
    assert owner.get(LIST, ordering="seed_keyword__volume").ids == [*ids, unknown]
    assert owner.get(LIST, ordering="-seed_keyword__volume").ids == [*ids[::-1], unknown]


def test_a_list_costs_the_same_number_of_queries_whatever_its_length(
    owner: Caller, team: Team, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    keyword_ids(team, 20)
    with django_assert_max_num_queries(4):
        owner.get(LIST, page_size=100)


# ---------------------------------------------------------------- bulk


def test_bulk_add_counts_what_is_new_what_was_there_and_what_does_not_fit(owner: Caller, team: Team) -> None:
    keyword_ids(team, 2)
    before = team.scope.version
    foreign = foreign_seed()
    body = {"seed_keyword_ids": [*seed_ids(team, 5), foreign, 10**9], **place(team)}
    reply = owner.post(f"{LIST}bulk_add_from_seed/", body)
    assert reply.status == 200
    assert reply.data["created"] == 3
    assert reply.data["skipped"] == 2
    assert {(error["code"], *error["ids"]) for error in reply.data["errors"]} == {
        ("industry_mismatch", foreign),
        ("unknown_seed", 10**9),
    }
    assert team.scope.version == before + 1
    again = owner.post(f"{LIST}bulk_add_from_seed/", {"seed_keyword_ids": seed_ids(team, 5), **place(team)})
    assert again.data == {"created": 0, "skipped": 5, "errors": []}


def test_bulk_update_sets_the_status_of_known_rows_and_counts_the_rest(
    owner: Caller, team: Team, rival: Team
) -> None:
    ids, foreign = keyword_ids(team, 4), keyword_ids(rival, 1)[0]
    before = team.scope.version
    reply = owner.post(f"{LIST}bulk_update/", {"ids": [*ids[:3], foreign, 10**9, ids[0]], "status": "mapped"})
    assert reply.data == {
        "updated": 3,
        "unchanged": 0,
        "skipped": 0,
        "not_found": 2,
        "not_found_ids": [foreign, 10**9],
        "errors": [],
    }
    assert team.scope.version == before + 1
    assert Keywords.objects.get(pk=foreign).status == "new"
    again = owner.post(f"{LIST}bulk_update/", {"ids": ids, "status": "mapped"})
    assert (again.data["updated"], again.data["unchanged"]) == (1, 3)


def test_bulk_delete_acts_on_what_the_filters_leave(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 4)
    owner.patch(row(ids[1]), {"status": "mapped"})
    reply = owner.call("post", f"{LIST}bulk_delete/", {"ids": ids}, status="mapped")
    assert reply.data["deleted"] == 1
    assert reply.data["not_found"] == 3
    assert owner.get(LIST).ids == [ids[0], *ids[2:]]
    assert owner.post(f"{LIST}bulk_delete/", {"ids": ids}).data["deleted"] == 3
    assert owner.post(f"{LIST}bulk_delete/", {"ids": ids}).data == {
        "deleted": 0,
        "unchanged": 0,
        "skipped": 0,
        "not_found": 4,
        "not_found_ids": ids,
        "errors": [],
    }


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("bulk_update", {}),
        ("bulk_update", {"ids": [1]}),
        ("bulk_update", {"status": "mapped"}),
        ("bulk_update", {"ids": [], "status": "mapped"}),
        ("bulk_update", {"ids": [1], "status": "queued"}),
        ("bulk_update", {"ids": ["a"], "status": "mapped"}),
        ("bulk_update", {"ids": 1, "status": "mapped"}),
        ("bulk_delete", {}),
        ("bulk_delete", {"ids": []}),
        ("bulk_delete", {"ids": [True]}),
        ("bulk_add_from_seed", {"seed_keyword_ids": [1]}),
        ("bulk_add_from_seed", {"seed_keyword_ids": [], "site_id": 1, "sector_id": 1}),
        ("bulk_add_from_seed", []),
    ],
)
def test_a_bulk_action_without_its_fields_is_400_and_changes_nothing(
    owner: Caller, team: Team, action: str, body: Any
) -> None:
    keyword_ids(team, 1)
    before = team.scope.version
    reply = owner.post(f"{LIST}{action}/", body)
    assert reply.status == 400
    assert reply.body["errors"]
    assert team.scope.version == before


def test_bulk_over_more_ids_than_one_query_takes(owner: Caller, team: Team) -> None:
    ids = keyword_ids(team, 3)
    strange = list(range(10**9, 10**9 + 40_000))
    reply = owner.post(f"{LIST}bulk_update/", {"ids": [*strange, *ids], "status": "mapped"})
    assert (reply.data["updated"], reply.data["not_found"]) == (3, 40_000)
