from typing import Any

import pytest

from planner_server.accounts.models import User
from planner_server.accounts.services import site_create, site_revoke, user_create
from planner_server.feed.gate import Actor
from planner_server.planning.models import Clusters, ContentIdeas, Keywords
from tests.planner_server.api.caller import Caller, cluster_id, idea_id, keyword_ids, person, place, seed_ids
from tests.planner_server.world import Team

LISTS = ("planner/keywords/", "planner/clusters/", "planner/ideas/", "auth/sites/", "auth/sectors/")


@pytest.fixture
def foreign(rival: Team) -> dict[str, int]:
    """One row of each kind in another account."""
    return {
        "planner/keywords/": keyword_ids(rival, 1)[0],
        "planner/clusters/": cluster_id(rival, "Theirs"),
        "planner/ideas/": idea_id(rival, "Theirs"),
        "auth/sites/": rival.site.pk,
    }


@pytest.fixture
def own(team: Team) -> dict[str, int]:
    """One row of each kind in the team's account."""
    return {
        "planner/keywords/": keyword_ids(team, 1)[0],
        "planner/clusters/": cluster_id(team, "Ours"),
        "planner/ideas/": idea_id(team, "Ours"),
        "auth/sites/": team.site.pk,
    }


def test_a_list_holds_rows_of_the_own_account_only(
    owner: Caller, own: dict[str, int], foreign: dict[str, int], rival: Team
) -> None:
    for path in LISTS:
        ids = owner.get(path).ids
        assert ids == ([own[path]] if path in own else ids)
        assert len(ids) == 1
        assert owner.get(path, site_id=rival.site.pk, site=rival.site.pk).ids in (
            [],
            ids if path == "auth/sites/" else [],
        )


def test_another_accounts_row_is_404_to_every_method(owner: Caller, foreign: dict[str, int]) -> None:
    for path, pk in foreign.items():
        replies = [owner.get(f"{path}{pk}/")]
        if path.startswith("planner"):
            replies += [owner.patch(f"{path}{pk}/", {"disabled": True}), owner.put(f"{path}{pk}/", {})]
            replies += [owner.delete(f"{path}{pk}/")]
        else:
            body = {"industry_slug": "x"}
            replies += [owner.get(f"{path}{pk}/sectors/"), owner.post(f"{path}{pk}/select_sectors/", body)]
        assert [reply.status for reply in replies] == [404] * len(replies)
    for model in (Keywords, Clusters, ContentIdeas):
        assert not model.objects.filter(deleted_at__isnull=False).exists()
        assert not model.objects.filter(disabled=True).exists()


def test_bulk_actions_leave_another_accounts_rows_alone(
    owner: Caller, foreign: dict[str, int], rival: Team
) -> None:
    before = rival.scope.version
    for path, pk in foreign.items():
        if path.startswith("planner"):
            assert owner.post(f"{path}bulk_delete/", {"ids": [pk]}).data["not_found"] == 1
            status = "queued" if "ideas" in path else "mapped"
            assert owner.post(f"{path}bulk_update/", {"ids": [pk], "status": status}).data["not_found"] == 1
    assert rival.scope.version == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("planner/keywords/", {"seed_keyword_id": 1}),
        ("planner/clusters/", {"name": "Mine"}),
        ("planner/ideas/", {"idea_title": "Mine"}),
        ("planner/keywords/bulk_add_from_seed/", {"seed_keyword_ids": [1]}),
    ],
)
def test_nothing_is_made_on_another_accounts_site(
    owner: Caller, team: Team, rival: Team, path: str, body: dict[str, Any]
) -> None:
    for where in (
        place(rival),
        {**place(team), "sector_id": rival.sector.pk},
        {**place(team), "site_id": rival.site.pk},
    ):
        reply = owner.post(path, {**body, **where})
        assert reply.status == 400
        assert set(reply.body["errors"]) <= {"site_id", "sector_id"}
    assert not Keywords.objects.exists()
    assert not Clusters.objects.exists()


def test_a_reference_to_another_accounts_row_is_refused(
    owner: Caller, own: dict[str, int], foreign: dict[str, int]
) -> None:
    cluster = foreign["planner/clusters/"]
    assert owner.patch(f"planner/keywords/{own['planner/keywords/']}/", {"cluster_id": cluster}).status == 400
    assert (
        owner.patch(f"planner/ideas/{own['planner/ideas/']}/", {"keyword_cluster_id": cluster}).status == 400
    )


def test_an_editor_works_on_the_sites_given_to_him_and_sees_no_other(
    editor: Caller, owner: Caller, team: Team, own: dict[str, int]
) -> None:
    assert editor.patch(f"planner/keywords/{own['planner/keywords/']}/", {"volume_override": 5}).status == 200
    second = site_create(account=team.account, actor=Actor("user", team.owner.uid), name="Second")
    assert second.pk not in editor.get("auth/sites/").ids
    assert second.pk in owner.get("auth/sites/").ids
    assert isinstance(editor.user, User)
    site_revoke(user=editor.user, site=team.site)
    for path in LISTS:
        assert editor.get(path).ids == []
    assert editor.get(f"planner/keywords/{own['planner/keywords/']}/").status == 404


def test_an_editor_without_a_grant_sees_nothing(team: Team, own: dict[str, int]) -> None:
    stranger = Caller(person(team, "editor", grant=False))
    for path in LISTS:
        assert stranger.get(path).ids == []
    for path, pk in own.items():
        assert stranger.get(f"{path}{pk}/").status == 404


def test_a_viewer_reads_everything_and_writes_nothing(
    viewer: Caller, team: Team, own: dict[str, int]
) -> None:
    before = team.scope.version
    for path, pk in own.items():
        assert viewer.get(f"{path}{pk}/").status == 200
        writes = [viewer.post(path, {})]
        if path.startswith("planner"):
            writes += [
                viewer.patch(f"{path}{pk}/", {}),
                viewer.put(f"{path}{pk}/", {}),
                viewer.delete(f"{path}{pk}/"),
            ]
            writes += [
                viewer.post(f"{path}bulk_delete/", {"ids": [pk]}),
                viewer.post(f"{path}bulk_update/", {}),
            ]
        else:
            writes += [viewer.post(f"{path}{pk}/select_sectors/", {})]
        for reply in writes:
            assert reply.status == 403
            assert reply.body["code"] == "permission_denied"
    assert viewer.post("planner/keywords/bulk_add_from_seed/", {}).status == 403
    assert viewer.post("auth/sectors/", {}).status == 403
    assert team.scope.version == before


def test_a_developer_sees_every_account_and_the_row_stays_its_sites(rival: Team, team: Team) -> None:
    developer = Caller(
        user_create(account=team.account, email="dev@acme.test", password=None, role="developer")
    )
    pk = keyword_ids(rival, 1)[0]
    assert pk in developer.get("planner/keywords/").ids
    made = developer.post("planner/keywords/", {"seed_keyword_id": seed_ids(rival, 1, 7)[0], **place(rival)})
    assert made.status == 201
    assert Keywords.objects.get(pk=made.data["id"]).account_id == rival.account.pk
