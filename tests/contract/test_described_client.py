"""A client written from the platform's documentation alone, section by section: it knows paths, fields and rules, and none of our code.

Where the documentation leaves a choice it probes, as it advises a client to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from django.core.wsgi import get_wsgi_application

from planner_server.accounts.models import Plan
from tests.support.server import Server

PASSWORD = "correct horse battery"


@dataclass
class Client:
    """Everything a described client does: one decoder for envelopes, both places of tokens, both refresh paths."""

    http: httpx.Client
    access: str = ""
    refresh: str = ""
    user: dict[str, Any] = field(default_factory=dict)
    refresh_path: str = ""

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.access}"} if self.access else {}
        response = self.http.request(
            method, f"/api/v1/{path}", json=body, params=query or None, headers=headers
        )
        assert response.headers["X-Request-ID"]
        if response.status_code == 204:
            assert not response.content
        elif response.headers["Content-Type"].startswith("application/json"):
            assert response.json()["request_id"] == response.headers["X-Request-ID"]
            assert response.json()["success"] is response.is_success
        return response

    def get(self, path: str, **query: Any) -> Any:
        return unwrapped(self.send("GET", path, **query), 200)

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        return unwrapped(self.send("POST", path, body), status)

    def sign_in(self, email: str, password: str) -> None:
        data = self.post("auth/login/", {"email": email, "password": password})
        tokens = data.get("tokens", data)
        self.access, self.refresh, self.user = tokens["access"], tokens["refresh"], data["user"]

    def renew(self) -> None:
        for path in filter(None, (self.refresh_path, "auth/refresh/", "auth/token/refresh/")):
            response = self.send("POST", path, {"refresh": self.refresh})
            if response.status_code != 404:
                data = unwrapped(response, 200)
                self.access, self.refresh = data["access"], data.get("refresh", self.refresh)
                self.refresh_path = path
                return

    def everything(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every row of a list, following `next` until it is null."""
        rows: list[dict[str, Any]] = []
        page = self.send("GET", path, **query).json()
        while True:
            rows += page["results"]
            if page["next"] is None:
                assert page["count"] == len(rows)
                return rows
            page = self.send("GET", page["next"].partition("/api/v1/")[2]).json()


def unwrapped(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    body = response.json()
    return body["results"] if "results" in body else body["data"]


def has(row: dict[str, Any], **kinds: Any) -> None:
    """Whether a row has the documented fields, each of its kind."""
    for name, kind in kinds.items():
        assert name in row, name
        assert isinstance(row[name], kind), (name, row[name])


@pytest.fixture
def http(server: Server, settings: Any) -> Iterator[httpx.Client]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for user in (server.owner, *server.editors):
        user.set_password(PASSWORD)
        user.save()
    transport = httpx.WSGITransport(app=get_wsgi_application())
    with httpx.Client(transport=transport, base_url="http://testserver") as client:
        yield client


@pytest.fixture
def client(http: httpx.Client, server: Server) -> Client:
    made = Client(http)
    made.sign_in(server.owner.email, PASSWORD)
    return made


@pytest.fixture
def place(client: Client) -> dict[str, int]:
    """Where the client plans, found as the documentation says."""
    site = client.get("auth/sites/")[0]
    return {"site_id": site["id"], "sector_id": client.get(f"auth/sites/{site['id']}/sectors/")[0]["id"]}


def test_section_1_the_client_finds_the_description_of_the_api(http: httpx.Client) -> None:
    paths = http.get("/api/schema/", params={"format": "json"}).json()["paths"]
    assert {"/api/v1/planner/keywords/", "/api/v1/keywords-library/", "/api/v1/auth/login/"} <= set(paths)
    assert http.get("/api/docs/").status_code == http.get("/api/redoc/").status_code == 200


def test_section_2_tokens(client: Client, server: Server) -> None:
    has(client.user, id=int, email=str, username=str, role=str, account=dict)
    has(client.user["account"], id=int, name=str, slug=str)
    assert client.user["role"] == "owner"
    former = client.refresh
    client.renew()
    assert client.get("auth/account/")["id"] == client.user["account"]["id"]
    assert client.send("POST", client.refresh_path, {"refresh": former}).status_code == 401
    for token in ("", "nonsense"):
        client.access, kept = token, client.access
        assert client.send("GET", "planner/keywords/").status_code == 401
        client.access = kept
    client.post("auth/logout/", {})
    assert client.send("GET", "planner/keywords/").status_code == 401


def test_section_2_roles_and_tenancy(http: httpx.Client, client: Client, place: dict[str, int]) -> None:
    email = "viewer@acme.example"
    made = client.post("auth/users/", {"email": email, "role": "viewer", "password": PASSWORD}, 201)
    viewer = Client(http)
    viewer.sign_in(email, PASSWORD)
    assert viewer.everything("planner/keywords/") == []
    grant = client.post("auth/site-access/", {"user_id": made["id"], "site_id": place["site_id"]}, 201)
    keyword = viewer.everything("planner/keywords/")[0]
    assert viewer.send("PATCH", f"planner/keywords/{keyword['id']}/", {"disabled": True}).status_code == 403
    assert client.send("DELETE", f"auth/site-access/{grant['id']}/").status_code == 204
    assert viewer.send("GET", f"planner/keywords/{keyword['id']}/").status_code == 404
    assert {"owner", "admin", "editor", "viewer"} <= {one["name"] for one in client.get("auth/groups/")}


def test_section_3_envelope_pages_and_errors(client: Client, place: dict[str, int]) -> None:
    page = client.send("GET", "planner/keywords/", page_size=3).json()
    has(page, success=bool, count=int, next=str, results=list, request_id=str)
    assert page["previous"] is None
    ids = [row["id"] for row in client.everything("planner/keywords/", page_size=3)]
    assert len(ids) == len(set(ids)) == 10
    error = client.send("POST", "planner/clusters/", {"name": "x", "site_id": place["site_id"]})
    assert error.status_code == 400
    assert error.json()["errors"]["sector_id"]
    assert client.send("GET", "planner/keywords/999999999/").status_code == 404
    assert client.send("GET", "no/such/thing/").json()["success"] is False
    assert client.send("DELETE", "planner/keywords/").status_code == 405


def test_section_3_throttling(client: Client, settings: Any) -> None:
    settings.PLANNER_THROTTLE = "documented"
    answer = client.send("GET", "planner/ideas/")
    assert answer.headers["X-Throttle-Limit"] == "60"
    assert 0 <= int(answer.headers["X-Throttle-Remaining"]) < 60
    assert int(answer.headers["X-Throttle-Reset"]) > 1_700_000_000


def test_section_5_1_account_and_people(client: Client) -> None:
    account = client.get("auth/account/")
    has(account, id=int, name=str, slug=str, is_active=bool)
    changed = unwrapped(client.send("PUT", "auth/account/", {"name": "Acme Ltd"}), 200)
    assert changed["name"] == "Acme Ltd"
    assert client.user["id"] in {one["id"] for one in client.get("auth/users/")}
    Plan.objects.create(name="Starter", slug="starter", max_keywords=500, created_at=0)
    has(client.get("auth/plans/")[0], name=str, max_keywords=int)
    body = {"old_password": PASSWORD, "new_password": "another good password"}
    client.post("auth/change-password/", body)
    client.post("auth/password/change/", {"old": body["new_password"], "new": PASSWORD})


def test_section_5_2_sites_and_sectors(client: Client) -> None:
    industry = client.get("auth/industries/")[0]
    site = client.post("auth/sites/", {"name": "Second", "domain": "second.example"}, 201)
    slugs = [one["slug"] for one in industry["sectors"]]
    chosen = client.post(
        f"auth/sites/{site['id']}/select_sectors/", {"industry_slug": industry["slug"], "sector_slugs": slugs}
    )
    assert chosen["site"]["industry"] == industry["id"]
    assert [one["is_active"] for one in chosen["sectors"]] == [True] * len(slugs)
    assert client.send("POST", f"auth/sites/{site['id']}/select_sectors/", {}).status_code == 400
    assert client.get(f"auth/sites/{site['id']}/sectors/")[0]["name"] == chosen["sectors"][0]["name"]
    assert client.get("auth/sectors/", site=site["id"])
    changed = client.send("PUT", f"auth/sites/{site['id']}/", {"name": "Renamed", "domain": ""})
    assert unwrapped(changed, 200)["name"] == "Renamed"
    client.post(f"auth/sites/{site['id']}/set_active/", {})
    assert client.send("DELETE", f"auth/sites/{site['id']}/").status_code == 204
    assert client.send("GET", f"auth/sites/{site['id']}/").status_code == 404


def test_section_5_3_library(client: Client) -> None:
    industry = client.get("auth/industries/")[0]
    sector = industry["sectors"][0]["id"]
    for path in ("keywords-library/", "auth/keywords-library/"):
        row = client.get(path, sector_ids=str(sector), search="desk")[0]
        has(row, id=int, keyword=str, volume=int, difficulty=int, country=str, is_active=bool)
        assert (row["industry"], row["sector"]) == (industry["id"], sector)
    assert client.get("keywords-library/", sector_ids="") == []
    assert client.get("keywords-library/sector_stats/")
    assert client.send("GET", "auth/seed-keywords/").status_code == 404


def test_section_5_4_keywords(client: Client, place: dict[str, int]) -> None:
    have = {row["seed_keyword_id"] for row in client.everything("planner/keywords/")}
    seeds = [row["id"] for row in client.everything("keywords-library/") if row["id"] not in have]
    row = client.post("planner/keywords/", {"seed_keyword_id": seeds[0], "volume_override": 7, **place}, 201)
    has(
        row,
        id=int,
        keyword=str,
        volume=int,
        difficulty=int,
        intent=str,
        country=str,
        status=str,
        disabled=bool,
    )
    has(row, site=int, sector=int, sector_name=str, created_at=str, updated_at=str)
    assert {name: row[name] for name in ("volume_override", "cluster_id", "cluster_name", "status")} == {
        "volume_override": 7,
        "cluster_id": None,
        "cluster_name": None,
        "status": "new",
    }
    assert datetime.fromisoformat(row["created_at"]).utcoffset() is not None
    again = client.send("POST", "planner/keywords/", {"seed_keyword_id": seeds[0], **place})
    assert again.status_code == 409
    assert [one["id"] for one in client.get("planner/keywords/", volume_max=7, volume_min=7)] == [row["id"]]
    found = client.everything(
        "planner/keywords/", ordering="-seed_keyword__volume", search="desk", status="new", **place
    )
    assert [one["volume"] for one in found] == sorted((one["volume"] for one in found), reverse=True)
    for name in ("bulk_add_from_seed", "add_to_workflow"):
        added = client.post(f"planner/keywords/{name}/", {"seed_keyword_ids": seeds, **place})
        assert added["created"] + added["skipped"] == len(seeds)
        assert added["errors"] == []
    for name in ("bulk_update", "bulk_status"):
        assert client.post(f"planner/keywords/{name}/", {"ids": [row["id"]], "status": "mapped"})
        assert client.send("POST", f"planner/keywords/{name}/", {"ids": []}).status_code == 400
    assert client.get("planner/keywords/filter_options/", status="mapped")
    put = {"volume_override": None, "difficulty_override": 3, "status": "new", "disabled": True}
    assert (
        unwrapped(client.send("PUT", f"planner/keywords/{row['id']}/", {**row, **put}), 200)["disabled"]
        is True
    )
    assert client.post("planner/keywords/bulk_delete/", {"ids": [row["id"], 999_999_999]})["not_found"] == 1
    assert client.send("GET", f"planner/keywords/{row['id']}/").status_code == 404


def test_sections_5_5_to_5_7_from_a_cluster_to_a_completed_task(
    client: Client, place: dict[str, int]
) -> None:
    """Section 6, too: a keyword in a cluster is mapped; an idea goes from new to queued to completed with its task."""
    cluster = client.post("planner/clusters/", {"name": "Adjustable", "description": "", **place}, 201)
    has(
        cluster,
        keywords_count=int,
        volume=int,
        mapped_pages=int,
        ideas_count=int,
        content_count=int,
        status=str,
    )
    assert client.send("POST", "planner/clusters/", {"name": "ADJUSTABLE", **place}).status_code == 409
    keyword = client.get("planner/keywords/")[0]
    moved = unwrapped(
        client.send("PATCH", f"planner/keywords/{keyword['id']}/", {"cluster_id": cluster["id"]}), 200
    )
    assert (moved["status"], moved["cluster_name"]) == ("mapped", "Adjustable")
    idea = client.post(
        "planner/ideas/",
        {
            "idea_title": "How high?",
            "keyword_cluster_id": cluster["id"],
            "content_type": "post",
            "content_structure": "guide",
            "estimated_word_count": 900,
            "keyword_objects": [keyword["id"]],
            **place,
        },
        201,
    )
    assert (idea["status"], idea["keyword_objects"]) == ("new", [keyword["id"]])
    queued = client.post("planner/ideas/bulk_queue_to_writer/", {"ids": [idea["id"]]})
    assert queued["created_count"] == 1
    assert client.post("planner/ideas/bulk_queue_to_writer/", {"ids": [idea["id"]]})["created_count"] == 0
    task = queued["tasks"][0]
    assert task["idea_id"] == idea["id"]
    assert client.get(f"planner/ideas/{idea['id']}/")["status"] == "queued"
    assert [one["id"] for one in client.get("writer/tasks/", status="queued", cluster_id=cluster["id"])] == [
        task["id"]
    ]
    client.post("writer/tasks/bulk_update/", {"ids": [task["id"]], "status": "completed"})
    assert client.get(f"planner/ideas/{idea['id']}/")["status"] == "completed"
    shown = client.get(f"planner/clusters/{cluster['id']}/")
    assert (shown["keywords_count"], shown["ideas_count"], shown["mapped_pages"]) == (1, 1, 1)
    assert shown["volume"] == moved["volume"]
    assert client.send("DELETE", f"planner/clusters/{cluster['id']}/").status_code == 204
    left = client.get(f"planner/keywords/{keyword['id']}/")
    assert (left["cluster_id"], left["status"]) == (None, "new")


def test_section_5_11_the_platform_says_that_it_is_there(http: httpx.Client) -> None:
    nobody = Client(http)
    assert nobody.get("system/ping/")
    assert nobody.get("system/status/")["status"] == "ok"


def test_section_10_a_lost_answer_is_asked_for_again(
    http: httpx.Client, client: Client, place: dict[str, int]
) -> None:
    headers = {"Authorization": f"Bearer {client.access}", "Idempotency-Key": "6b1c"}
    body = {"idea_title": "Once", **place}
    answers = [http.post("/api/v1/planner/ideas/", json=body, headers=headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json()["data"] == answers[1].json()["data"]
    assert len(client.everything("planner/ideas/", search="once")) == 1
