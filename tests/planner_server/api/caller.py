"""A REST client in this process that holds every answer to the envelope."""

from dataclasses import dataclass, field
from typing import Any

from rest_framework.test import APIClient

from planner_server.accounts.models import Site, User
from planner_server.accounts.services import site_grant, user_create
from planner_server.accounts.tokens import sign_in
from planner_server.library.models import SeedKeyword
from planner_server.planning.models import Clusters, ContentIdeas, Keywords
from tests.planner_server.world import Team

BASE = "/api/v1/"
PASSWORD = "correct horse battery"


@dataclass
class Reply:
    status: int
    body: dict[str, Any]
    headers: Any

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def results(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["results"]
        return found

    @property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.results]


@dataclass
class Caller:
    """Speaks as a user (None: as nobody); a token is taken as a sign-in would give it."""

    user: User | None = None
    access: str = ""
    client: APIClient = field(default_factory=lambda: APIClient(raise_request_exception=False))

    def __post_init__(self) -> None:
        if self.user is not None and not self.access:
            _, pair = sign_in(self.user, device_name="test")
            self.access = pair.access

    def call(self, method: str, path: str, body: Any = None, /, **query: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.access}"} if self.access else {}
        extra: dict[str, Any] = {"query_params": query} if query else {}
        if body is not None:
            extra |= {"data": body, "format": "json"}
        response: Any = getattr(self.client, method)(BASE + path, headers=headers, **extra)
        return checked(response)

    def get(self, path: str, /, **query: Any) -> Reply:
        return self.call("get", path, **query)

    def post(self, path: str, body: Any, /, **query: Any) -> Reply:
        return self.call("post", path, body, **query)

    def patch(self, path: str, body: Any) -> Reply:
        return self.call("patch", path, body)

    def put(self, path: str, body: Any) -> Reply:
        return self.call("put", path, body)

    def delete(self, path: str) -> Reply:
        return self.call("delete", path)


def checked(response: Any) -> Reply:
    """The answer, once it is sure that it is in the envelope."""
    if response.status_code == 204:
        assert response.content == b""
        return Reply(204, {}, response.headers)
    assert response.headers["Content-Type"] == "application/json", response.content
    body = response.json()
    assert body["success"] is (response.status_code < 400), body
    assert body["request_id"] == response.headers["X-Request-ID"]
    if body["success"]:
        assert ("data" in body) is not ("results" in body)
    else:
        assert body["error"]
        assert body["code"]
    return Reply(response.status_code, body, response.headers)


def person(team: Team, role: str, *, grant: bool = True) -> User:
    """One more user of the team's account."""
    user = user_create(
        account=team.account, email=f"{role}{User.objects.count()}@acme.test", password=None, role=role
    )
    if grant and user.needs_grants:
        site_grant(user=user, site=Site.objects.get(pk=team.site.pk))
    return user


def place(team: Team) -> dict[str, int]:
    """What a create says about where."""
    return {"site_id": team.site.pk, "sector_id": team.sector.pk}


def seed_ids(team: Team, number: int, start: int = 0) -> list[int]:
    seeds = SeedKeyword.objects.filter(sector=team.branch).order_by("pk")
    return list(seeds.values_list("pk", flat=True)[start : start + number])


def keyword_ids(team: Team, number: int) -> list[int]:
    """Take so many seeds into the sector; the keywords' integer ids."""
    uids = team.keywords(number)
    found = dict(Keywords.objects.filter(uid__in=uids).values_list("uid", "pk"))
    return [found[uid] for uid in uids]


def cluster_id(team: Team, name: str) -> int:
    return Clusters.objects.get(uid=team.cluster(name)).pk


def idea_id(team: Team, title: str) -> int:
    return ContentIdeas.objects.get(uid=team.idea(title)).pk
