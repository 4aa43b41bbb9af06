"""Lists out as CSV, and keywords in from one."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from planner_server.feed.gate import Actor
from planner_server.library.services import SeedRow, seeds_upsert
from planner_server.planning.models import Keywords
from tests.planner_server.api.caller import BASE, Caller, checked, cluster_id, idea_id, keyword_ids, place
from tests.planner_server.world import Team

KEYWORDS, CLUSTERS, IDEAS = "planner/keywords/", "planner/clusters/", "planner/ideas/"
IMPORT = f"{KEYWORDS}import/"


def exported(caller: Caller, path: str, **query: Any) -> list[dict[str, str]]:
    headers = {"Authorization": f"Bearer {caller.access}", "Accept": "text/csv"}
    response: Any = caller.client.get(f"{BASE}{path}export/", query_params=query, headers=headers)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_export_holds_what_the_filters_leave_in_the_order_asked_for(owner: Caller, team: Team) -> None:
    ids, homes = keyword_ids(team, 4), cluster_id(team, "=HYPERLINK(1)")
    owner.post(f"{KEYWORDS}bulk_update/", {"ids": ids[1:], "cluster_id": homes})
    owner.patch(f"{KEYWORDS}{ids[1]}/", {"volume_override": 7})
    rows = exported(owner, KEYWORDS, status="mapped", ordering="-volume")
    assert [int(row["id"]) for row in rows] == ids[:0:-1]
    last = rows[-1]
    assert last.pop("created_at").endswith("Z")
    assert last == {
        "id": str(ids[1]),
        "keyword": "loan 1",
        "volume": "100",
        "difficulty": "1",
        "intent": "commercial",
        "country": "US",
        "volume_override": "7",
        "difficulty_override": "",
        "cluster_name": "'=HYPERLINK(1)",
        "status": "mapped",
        "disabled": "false",
        "sector_name": "Loans",
    }


def test_clusters_ideas_and_tasks_are_exported_too(owner: Caller, team: Team, rival: Team) -> None:
    homes, idea = cluster_id(team, "Homes"), idea_id(team, "First")
    cluster_id(rival, "Theirs")
    owner.patch(f"{IDEAS}{idea}/", {"keyword_cluster_id": homes, "description": 'two\n"lines"'})
    owner.post(f"{IDEAS}bulk_queue_to_writer/", {"ids": [idea]})
    assert [(row["name"], row["ideas_count"]) for row in exported(owner, CLUSTERS)] == [("Homes", "1")]
    (row,) = exported(owner, IDEAS)
    assert (row["idea_title"], row["description"], row["cluster_name"]) == (
        "First",
        'two\n"lines"',
        "Homes",
    )
    assert [row["title"] for row in exported(owner, "writer/tasks/")] == ["First"]
    assert owner.get(f"{KEYWORDS}export/", status="lost").status == 400


def test_an_import_takes_what_the_library_has_and_lists_the_rest_by_line(owner: Caller, team: Team) -> None:
    more = [SeedRow("=sum", country="US"), SeedRow("twice", country="US"), SeedRow("twice", country="DE")]
    seeds_upsert(sector=team.branch, rows=more, actor=Actor("import", "test"))
    keyword_ids(team, 1)
    before = team.scope.version
    lines = ["keyword,country,volume", "loan 0,,", "LOAN  3,US,12", "nobody,,1", "loan 3,,", "'=sum,,"]
    lines += ["twice,,", "twice,de,", "loan 4,DE,", ",,", "loan 5,,many"]
    reply = owner.post(IMPORT, {"csv": "\n".join(lines), **place(team)})
    assert reply.status == 200
    assert (reply.data["created"], reply.data["skipped"]) == (3, 2)
    assert {one["code"]: one["lines"] for one in reply.data["errors"]} == {
        "unreadable": [11],
        "unknown_seed": [4, 9],
        "ambiguous": [7],
    }
    assert team.scope.version == before + 1
    taken = Keywords.objects.values_list("seed_keyword__keyword", "seed_keyword__country").order_by("pk")
    assert set(taken) == {("loan 0", "US"), ("loan 3", "US"), ("=sum", "US"), ("twice", "DE")}
    again = owner.post(IMPORT, {"csv": "keyword\nloan 3\nloan 0\n", **place(team)})
    assert again.data == {"created": 0, "skipped": 2, "errors": []}


def test_a_list_comes_as_a_file_too_and_once_under_one_key(owner: Caller, team: Team) -> None:
    def send(text: bytes) -> Any:
        return owner.client.post(
            BASE + IMPORT,
            {"file": SimpleUploadedFile("list.csv", text), **place(team)},
            format="multipart",
            headers={"Authorization": f"Bearer {owner.access}", "Idempotency-Key": "one"},
        )

    text = "﻿Keyword;Volume\r\nloan 1;5\r\nloan 2;\r\n".encode()
    assert checked(send(text)).data == {"created": 2, "skipped": 0, "errors": []}
    again = send(text)
    assert again.json()["data"]["created"] == 2
    assert again.headers["Idempotent-Replayed"]
    assert Keywords.objects.count() == 2


def test_what_is_no_list_is_400_and_takes_nothing(
    owner: Caller, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner_server.planning.imports.ROW_LIMIT", 3)
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({}, "file"),
        ({"csv": ""}, "file"),
        ({"csv": "volume\n1\n"}, "file"),
        ({"csv": 'keyword\n"open'}, None),
        ({"csv": "keyword\n" + "x\n" * 4}, "file"),
        ({"csv": "keyword\nloan 1", "sector_id": 10**9}, "sector_id"),
        ({"csv": "keyword\nloan 1", "site_id": "x"}, "site_id"),
        ({"file": "no file"}, "file"),
    ]
    for body, field in cases:
        reply = owner.post(IMPORT, {**place(team), **body})
        assert reply.status == (200 if field is None else 400), body
        assert field is None or field in reply.body["errors"]
    assert not Keywords.objects.exists()
