from typing import Any

import pytest

from planner_core.commands import CreateCluster
from planner_server import clock
from planner_server.accounts.models import Device, Site
from planner_server.accounts.services import device_create
from planner_server.audit.models import LABEL_LENGTH, Entry
from planner_server.audit.services import KEPT_MS
from planner_server.cli.upkeep import clear
from planner_server.feed.gate import Actor, write
from planner_server.library.services import SeedRow, seeds_upsert
from tests.planner_server.api.caller import BASE, Caller, cluster_id, keyword_ids
from tests.planner_server.world import Desk, Team, make_team, set_of


@pytest.fixture
def team(db: None) -> Team:
    made = make_team(seeds=3)
    Entry.objects.all().delete()
    return made


def trail(**only: Any) -> list[tuple[str, str, str, str, str]]:
    fields = ("kind", "who", "device", "app", "label")
    return list(Entry.objects.filter(**only).order_by("pk").values_list(*fields))


def from_device(desk: Desk, device: Device) -> None:
    client: Any = desk.client
    client.force_authenticate(user=desk.user, token=device)


def test_a_rest_request_is_noted_once_with_person_device_and_application(team: Team) -> None:
    owner = Caller(team.owner)
    device = Device.objects.get(user=team.owner)
    Device.objects.filter(pk=device.pk).update(app="curl 8")
    pk = cluster_id(team, "Loans")
    assert owner.patch(f"planner/clusters/{pk}/", {"name": "Credits"}).status == 200
    assert trail() == [("user", team.owner.uid, device.uid, "curl 8", f"PATCH planner/clusters/{pk}/")]
    entry = Entry.objects.get()
    assert (entry.scope, entry.version, entry.account_id) == (
        team.site.uid,
        team.scope.version,
        team.account.pk,
    )
    assert owner.patch(f"auth/sites/{team.site.pk}/", {"name": "Renamed"}).status == 200
    assert [label for *_, label in trail()][1:] == [f"PATCH auth/sites/{team.site.pk}/"]
    assert Entry.objects.filter(scope=team.account.uid).count() == 1


def test_what_is_done_to_people_grants_and_keys_is_noted_though_no_feed_carries_it(team: Team) -> None:
    owner, colleague = Caller(team.owner), team.colleague.pk
    site, version = team.site.pk, team.scope.version
    assert owner.patch("auth/account/", {"name": "x"}).status == 200
    assert owner.patch(f"auth/users/{colleague}/", {"role": "editor"}).status == 200
    grant = owner.post("auth/site-access/", {"user_id": colleague, "site_id": site}).data["id"]
    assert owner.delete(f"auth/site-access/{grant}/").status == 204
    assert owner.post(f"auth/sites/{site}/api_key/", {}).status == 201
    assert owner.patch(f"auth/users/{colleague}/", {"role": "king"}).status == 400
    assert owner.get("auth/users/").status == 200
    assert [label for *_, label in trail(who=team.owner.uid, version=0, account_id=team.account.pk)] == [
        "PATCH auth/account/",
        f"PATCH auth/users/{colleague}/",
        "POST auth/site-access/",
        f"DELETE auth/site-access/{grant}/",
        f"POST auth/sites/{site}/api_key/",
    ]
    assert team.scope.version == version


def test_an_answer_that_is_given_again_is_noted_once(team: Team) -> None:
    owner = Caller(team.owner)
    headers = {"Authorization": f"Bearer {owner.access}", "Idempotency-Key": "one"}
    body = {"user_id": team.colleague.pk, "site_id": team.site.pk}
    for _ in range(2):
        response = owner.client.post(f"{BASE}auth/site-access/", body, format="json", headers=headers)
        assert response.status_code == 201
    assert len(trail()) == 1


def test_what_changes_nothing_or_is_refused_is_not_noted(team: Team) -> None:
    owner, pk = Caller(team.owner), cluster_id(team, "Loans")
    cluster_id(team, "Credits")
    assert owner.patch(f"planner/clusters/{pk}/", {"name": "Credits"}).status == 409
    assert owner.patch(f"planner/clusters/{pk}/", {"status": "gone"}).status == 400
    assert owner.get("planner/clusters/").status == 200
    assert trail() == []


def test_a_bulk_call_over_two_sites_is_noted_in_each(team: Team) -> None:
    pks = keyword_ids(team, 2)
    owner = Caller(team.owner)
    assert owner.post("planner/keywords/bulk_update/", {"ids": pks, "status": "mapped"}).status == 200
    assert [label for *_, label in trail()] == ["POST planner/keywords/bulk_update/"]


def test_each_pushed_mutation_is_noted_with_the_label_its_author_saw_and_a_repeat_is_not(team: Team) -> None:
    keywords = team.keywords(2)
    desk = Desk(team.owner, team.site.uid)
    device = device_create(user=team.owner, name="Olga's laptop", app="planner-desktop 0.1")
    from_device(desk, device)
    first = desk.mutation(set_of("volume_override", [None], [4], keywords[:1]))
    second = desk.mutation(set_of("volume_override", [None], [5], keywords[1:]))
    assert desk.send(first, second).status_code == 200
    assert desk.send(first, second, first=1).status_code == 200
    assert [entry[:3] for entry in trail()] == [("user", team.owner.uid, device.uid)] * 2
    assert {entry.label for entry in Entry.objects.all()} == {"test"}
    assert len(set(Entry.objects.values_list("op_id", flat=True))) == 2
    assert set(Entry.objects.values_list("version", flat=True)) == {team.scope.version}


def test_a_mutation_that_was_refused_is_not_noted(team: Team) -> None:
    desk = Desk(team.owner, team.site.uid)
    result = desk.push(set_of("volume_override", [None], [4], [clock.new_uid()]))
    assert result.verdict not in {"applied", "applied_with"}
    assert trail() == []


def test_many_single_edits_in_one_push_are_noted_one_by_one(team: Team) -> None:
    keywords = team.keywords(3)
    desk = Desk(team.owner, team.site.uid)
    edits = [
        desk.mutation(set_of("volume_override", [None], [number], [uid]))
        for number, uid in enumerate([*keywords])
    ]
    more = [
        desk.mutation(set_of("difficulty_override", [None], [number], [uid]))
        for number, uid in enumerate([*keywords])
    ]
    assert desk.send(*edits, *more).status_code == 200
    assert Entry.objects.count() == 6


def test_jobs_and_imports_are_noted_by_their_names(team: Team) -> None:
    team.run_as_job(CreateCluster(clock.new_uid(), team.sector.uid, "By a job"))
    seeds_upsert(sector=team.branch, rows=[SeedRow("new one", 5)], actor=Actor("import", "load-library"))
    assert trail() == [("job", "clustering", "", "", ""), ("import", "load-library", "", "", "")]
    assert Entry.objects.get(kind="import").account_id is None


def test_a_label_of_any_length_and_kind_is_no_reason_to_refuse_the_edit(team: Team) -> None:
    label = "a\x00" + "é" * 5_000
    with write(team.scope, Actor("user", team.owner.uid, label=label, app="x" * 500)):
        pass
    assert Entry.objects.get().label == ("a" + "é" * 5_000)[:LABEL_LENGTH]


def test_what_is_rolled_back_leaves_no_trace(team: Team) -> None:
    with pytest.raises(RuntimeError), write(team.scope, Actor("user", team.owner.uid, label="x")):
        raise RuntimeError
    assert trail() == []


def test_entries_are_cleared_away_when_operations_are(team: Team) -> None:
    now = clock.now_ms()
    for at in (now - KEPT_MS - 1, now):
        common = {"scope": team.site.uid, "version": 1, "kind": "user", "who": "x", "label": str(at)}
        Entry.objects.create(at=at, **common)
    clear(dry_run=True)
    assert Entry.objects.count() == 2
    document, _ = clear(dry_run=False)
    assert document["audit"] == 1
    assert Entry.objects.get(kind="user").label == str(now)
    assert Site.objects.filter(pk=team.site.pk).exists()
