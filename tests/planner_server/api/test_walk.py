"""Every route of the API x method x role x foreign account x foreign site, from the addresses themselves.

The table says who may use a route. A route that stands in no row fails, and so does a row without a route.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from planner_server.accounts.models import Account, Device, Plan, Sector, Site, SiteAccess, User
from planner_server.accounts.services import site_create
from planner_server.accounts.tokens import sign_in
from planner_server.api.views import Unknown
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope
from planner_server.library.models import SeedKeyword
from planner_server.planning.models import Clusters, ContentIdeas, Keywords, Tasks
from tests.planner_server.api.caller import BASE, Caller, cluster_id, idea_id, keyword_ids, person
from tests.planner_server.world import Team, make_team

READING = ("get", "head", "options")
METHODS = ("get", "post", "put", "patch", "delete")
MARK = "Rival"
"""Stands in the name of whatever belongs to the other account."""

PUBLIC = "nobody need sign in"
SELF = "everybody signed in, about himself or what is everybody's"
READ = "everybody of the account, within his sites"
WRITE = "not viewers"
TEAM = "owners, admins and developers"

_ROWS = {
    "": {"get": READ, "post": WRITE},
    "{id}/": {"get": READ, "put": WRITE, "patch": WRITE, "delete": WRITE},
    "bulk_delete/": {"post": WRITE},
    "bulk_update/": {"post": WRITE},
    "bulk_status/": {"post": WRITE},
    "filter_options/": {"get": READ},
    "export/": {"get": READ},
}
_LIBRARY = {"": {"get": SELF}, "{id}/": {"get": SELF}, "sector_stats/": {"get": SELF}}

ROUTES: dict[str, dict[str, str]] = {
    "auth/login/": {"post": PUBLIC},
    "auth/register/": {"post": PUBLIC},
    "auth/refresh/": {"post": PUBLIC},
    "auth/token/refresh/": {"post": PUBLIC},
    "auth/password/reset/": {"post": PUBLIC},
    "auth/password/reset/confirm/": {"post": PUBLIC},
    "auth/plans/": {"get": PUBLIC},
    "auth/plans/{id}/": {"get": PUBLIC},
    "system/ping/": {"get": PUBLIC},
    "system/status/": {"get": PUBLIC},
    "auth/logout/": {"post": SELF},
    "auth/change-password/": {"post": SELF},
    "auth/password/change/": {"post": SELF},
    "auth/account/": {"get": SELF, "put": TEAM, "patch": TEAM},
    "auth/accounts/": {"get": SELF},
    "auth/accounts/{id}/": {"get": SELF, "put": TEAM, "patch": TEAM},
    "auth/groups/": {"get": SELF},
    "auth/industries/": {"get": PUBLIC},
    "auth/subscriptions/": {"get": SELF},
    "auth/subscriptions/{id}/": {"get": SELF},
    "auth/devices/": {"get": SELF},
    "auth/devices/{id}/": {"get": SELF, "delete": SELF},
    "auth/devices/sign_out_all/": {"post": SELF},
    "auth/devices/sign_out_others/": {"post": SELF},
    "auth/users/": {"get": TEAM, "post": TEAM},
    "auth/users/{id}/": {"get": TEAM, "put": TEAM, "patch": TEAM},
    "auth/users/{id}/reset_password/": {"post": TEAM},
    "auth/users/{id}/sign_out/": {"post": TEAM},
    "auth/site-access/": {"get": TEAM, "post": TEAM},
    "auth/site-access/{id}/": {"get": TEAM, "delete": TEAM},
    "auth/sites/": {"get": READ, "post": WRITE},
    "auth/sites/{id}/": {"get": READ, "put": WRITE, "patch": WRITE, "delete": WRITE},
    "auth/sites/{id}/api_key/": {"post": TEAM, "delete": TEAM},
    "auth/sites/{id}/sectors/": {"get": READ},
    "auth/sites/{id}/select_sectors/": {"post": WRITE},
    "auth/sites/{id}/set_active/": {"post": WRITE},
    "auth/sectors/": {"get": READ, "post": WRITE},
    "auth/sectors/{id}/": {"get": READ},
    **{
        f"{root}{rest}": rule
        for root in ("keywords-library/", "auth/keywords-library/")
        for rest, rule in _LIBRARY.items()
    },
    **{
        f"{root}{rest}": rule
        for root in ("planner/keywords/", "planner/clusters/", "planner/ideas/", "writer/tasks/")
        for rest, rule in _ROWS.items()
    },
    "planner/keywords/bulk_add_from_seed/": {"post": WRITE},
    "planner/keywords/add_to_workflow/": {"post": WRITE},
    "planner/keywords/import/": {"post": WRITE},
    "planner/ideas/bulk_queue_to_writer/": {"post": WRITE},
}
"""Route -> method -> who may use it."""

EVERYBODYS = ("auth/plans/", "keywords-library/", "auth/keywords-library/")
"""Routes whose rows belong to no account."""


def served() -> dict[str, set[str]]:
    """Every route under /api/v1/ with its methods, as the addresses have them."""
    found: dict[str, set[str]] = {}
    for path, callback in _addresses(get_resolver().url_patterns, ""):
        view = getattr(callback, "cls", None)
        if not path.startswith(BASE[1:]) or view is Unknown:
            continue
        actions = getattr(callback, "actions", None)
        methods = set(actions) if actions else {name for name in METHODS if hasattr(view, name)}
        found.setdefault(path.removeprefix(BASE[1:]), set()).update(methods & set(METHODS))
    return found


def _addresses(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        text = str(pattern.pattern).removeprefix("^").removesuffix(r"\Z").removesuffix("$")
        path = prefix + re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>", "{id}", text)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def test_every_route_and_method_stands_in_the_table_and_nothing_else() -> None:
    assert {route: sorted(methods) for route, methods in served().items()} == {
        route: sorted(methods) for route, methods in ROUTES.items()
    }


# ---------------------------------------------------------------- the world


@dataclass
class Ground:
    """Two accounts, and the rows of the one that a route with an id can be asked for."""

    team: Team
    rival: Team
    closed: Site
    """A site of the team that no editor or viewer was given."""
    callers: dict[str, Caller] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)
    ungranted: dict[str, int] = field(default_factory=dict)
    foreign: dict[str, int] = field(default_factory=dict)

    def body(self, place: Team | Site, route: str) -> dict[str, Any]:
        """One body that names, under every name there is, what belongs to another account or site. `ids` are of the route's kind."""
        site = place if isinstance(place, Site) else place.site
        sector = site.sectors.get()
        ids = self.ungranted if isinstance(place, Site) else self.foreign
        rows = {root: pk for root, pk in ids.items() if root.startswith(("planner", "writer"))}
        return {
            "ids": [pk for root, pk in rows.items() if route.startswith(root)],
            "status": "queued" if "ideas" in route else "completed" if "tasks" in route else "mapped",
            "disabled": True,
            "site_id": site.pk,
            "sector_id": sector.pk,
            "site": site.pk,
            "sector": sector.pk,
            "seed_keyword_id": SeedKeyword.objects.filter(sector=sector.industry_sector)
            .order_by("-pk")[0]
            .pk,
            "seed_keyword_ids": list(
                SeedKeyword.objects.filter(sector=sector.industry_sector).values_list("pk", flat=True)
            ),
            "industry_sector_id": sector.industry_sector_id,
            "name": "taken over",
            "title": "taken over",
            "idea_title": "taken over",
            "cluster_id": rows["planner/clusters/"],
            "keyword_cluster_id": rows["planner/clusters/"],
            "idea_id": rows["planner/ideas/"],
            "keyword_objects": [rows["planner/keywords/"]],
            "content_type": "post",
            "content_structure": "article",
            "user_id": self.foreign["auth/users/"],
            "account_id": self.rival.account.pk,
            "account": self.rival.account.pk,
            "rows": [{"keyword": "taken over"}],
        }


def _rows(team: Team, root_name: str) -> dict[str, int]:
    """One row of each kind on the team's site."""
    keyword = keyword_ids(team, 1)[0]
    cluster, idea = cluster_id(team, f"{root_name} cluster"), idea_id(team, f"{root_name} idea")
    task = idea_id(team, f"{root_name} task")
    made = Caller(team.owner).post("planner/ideas/bulk_queue_to_writer/", {"ids": [task]})
    return {
        "planner/keywords/": keyword,
        "planner/clusters/": cluster,
        "planner/ideas/": idea,
        "writer/tasks/": made.data["tasks"][0]["id"],
        "auth/sites/": team.site.pk,
        "auth/sectors/": team.sector.pk,
    }


def _people(user: User, site: Site, device: str) -> dict[str, int]:
    return {
        "auth/users/": user.pk,
        "auth/site-access/": SiteAccess.objects.filter(user=user, site=site).values_list("pk", flat=True)[0],
        "auth/devices/": sign_in(user, device_name=device)[0].pk,
        "auth/accounts/": user.account_id,
        "auth/subscriptions/": user.account_id,
    }


@pytest.fixture
def ground(team: Team) -> Ground:
    rival = make_team(MARK)
    plan = Plan.objects.create(name="All", slug="all", created_at=0)
    Account.objects.update(plan=plan)
    for one in (team, rival):
        one.account.refresh_from_db()
    actor = Actor("user", team.owner.uid)
    closed = site_create(
        account=team.account, actor=actor, name="Closed", industry=team.industry, sectors=[team.branch]
    )
    other = Team(**{**vars(team), "site": closed, "sector": closed.sectors.get()})
    granted = {role: person(team, role) for role in ("editor", "viewer")}
    developer = person(rival, "developer")
    people: dict[str, User] = {
        **granted,
        "owner": team.owner,
        "admin": team.colleague,
        "developer": developer,
        "foreign owner": rival.owner,
        "foreign editor": person(rival, "editor"),
    }
    found = Ground(team, rival, closed, {role: Caller(user) for role, user in people.items()})
    found.callers |= {"nobody": Caller(), "forger": Caller(access="eyJhbGciOiJub25lIn0.e30.")}
    found.own = {
        **_rows(team, "Own"),
        **_people(granted["viewer"], team.site, "desk"),
        "auth/plans/": plan.pk,
    }
    found.ungranted = _rows(other, "Closed")
    found.foreign = {**_rows(rival, MARK), **_people(people["foreign editor"], rival.site, MARK)}
    seed = SeedKeyword.objects.order_by("pk")[0].pk
    for ids in (found.own, found.foreign):
        ids |= {"keywords-library/": seed, "auth/keywords-library/": seed}
    return found


def asked(caller: Caller, method: str, path: str, body: Any = None) -> Any:
    """The answer to a request whose changes are taken back."""
    mark = transaction.savepoint()
    headers = {"Authorization": f"Bearer {caller.access}"} if caller.access else {}
    data = {} if method in READING else {"data": body or {}, "format": "json"}
    try:
        response = getattr(caller.client, method)(BASE + path, headers=headers, **data)
        if response.streaming:
            response.text_seen = b"".join(response.streaming_content)
        return response, _standing() if method not in READING else ()
    finally:
        transaction.savepoint_rollback(mark)


def _standing() -> tuple[Any, ...]:
    """What stands in both accounts: versions of every scope, and the rows that no scope counts."""
    return (
        list(Scope.objects.order_by("pk").values_list("pk", "version")),
        list(Account.objects.order_by("pk").values_list("pk", "name", "is_active", "plan")),
        list(
            User.objects.order_by("pk").values_list("pk", "name", "role", "is_active", "password", "account")
        ),
        list(Device.objects.order_by("pk").values_list("pk", "revoked_at")),
        list(SiteAccess.objects.order_by("pk").values_list("pk", "user", "site")),
        [model.objects.count() for model in (Site, Sector, Keywords, Clusters, ContentIdeas, Tasks)],
    )


def located(route: str, ids: dict[str, int]) -> str | None:
    """The route with an id of `ids`; None where they have none for it."""
    if "{id}" not in route:
        return route
    root = route.partition("{id}")[0]
    return route.replace("{id}", str(ids[root])) if root in ids else None


def _text(response: Any) -> str:
    raw: bytes = response.text_seen if response.streaming else response.content
    return raw.decode()


# ---------------------------------------------------------------- the walk


def test_who_has_no_token_or_a_forged_one_gets_nothing_but_what_is_public(ground: Ground) -> None:
    before = _standing()
    for route, rules in ROUTES.items():
        for method, rule in rules.items():
            path = located(route, ground.own)
            assert path is not None, route
            for role in ("nobody", "forger"):
                response, after = asked(ground.callers[role], method, path)
                where = (role, method, route, response.content[:200])
                assert response.status_code < 500, where
                if rule != PUBLIC:
                    assert response.status_code == 401, where
                    assert not after or after == before, where


def test_each_role_reaches_what_the_table_says_and_nothing_more(ground: Ground) -> None:
    before = _standing()
    for route, rules in ROUTES.items():
        for method, rule in rules.items():
            path = located(route, ground.own)
            for role in ("viewer", "editor", "admin", "owner", "developer"):
                response, after = asked(ground.callers[role], method, str(path))
                where = (role, method, route, response.status_code, _text(response)[:200])
                assert response.status_code < 500, where
                is_barred = (rule == TEAM and role in {"viewer", "editor"}) or (
                    rule == WRITE and role == "viewer"
                )
                assert (response.status_code == 403) is is_barred, where
                if is_barred:
                    assert not after or after == before, where
                elif rule in {READ, WRITE, TEAM}:
                    assert response.status_code in {200, 201, 204, 400, 409}, where


def test_another_accounts_row_is_404_to_every_method_and_stands_untouched(ground: Ground) -> None:
    before = _standing()
    for route, rules in ROUTES.items():
        path = located(route, ground.foreign)
        if "{id}" not in route or path is None or route.startswith(EVERYBODYS):
            continue
        body = ground.body(ground.rival, route)
        for method in rules:
            for role in ("viewer", "editor", "admin", "owner"):
                response, after = asked(ground.callers[role], method, path, body)
                where = (role, method, route, response.status_code, response.content[:200])
                assert response.status_code in ({403, 404} if role in {"viewer", "editor"} else {404}), where
                assert method != "get" or response.status_code == 404 or rules["get"] == TEAM, where
                assert not after or after == before, where


def test_a_row_on_a_site_without_a_grant_is_404_below_admin(ground: Ground) -> None:
    before = _standing()
    for route, rules in ROUTES.items():
        path = located(route, ground.ungranted)
        if "{id}" not in route or path is None:
            continue
        for method, rule in rules.items():
            response, after = asked(ground.callers["editor"], method, path, {"name": "x"})
            where = ("editor", method, route, response.status_code, response.content[:200])
            assert response.status_code == (403 if rule == TEAM else 404), where
            assert not after or after == before, where
            if method == "get":
                assert asked(ground.callers["admin"], method, path)[0].status_code == 200, where


def test_no_route_fails_at_being_asked_what_it_is(ground: Ground) -> None:
    """OPTIONS and HEAD are answered everywhere, and tell nobody without a token anything about others' rows."""
    for route, rules in ROUTES.items():
        for method in ("options", "head"):
            status = {}
            for role, ids in (
                ("owner", ground.own),
                ("outsider", ground.foreign),
                ("nobody", ground.own),
            ):
                path = located(route, ids)
                caller = ground.callers["nobody" if role == "nobody" else "owner"]
                if path is not None:
                    status[role] = asked(caller, method, path)[0].status_code
            assert set(status.values()) <= {200, 400, 401, 403, 404, 405}, (method, route, status)
            if PUBLIC not in rules.values():
                assert status["nobody"] == 401, (method, route, status)
            if method == "head" and "get" in rules and "{id}" in route and not route.startswith(EVERYBODYS):
                assert status["outsider"] == 404, (route, status)


@pytest.mark.parametrize("what", ["account", "site"])
def test_a_body_full_of_what_is_another_accounts_or_sites_changes_nothing_there(
    ground: Ground, what: str
) -> None:
    """Creating and bulk routes: the account of a row is its site's, and ids of a list that are foreign are never changed."""
    place = ground.rival if what == "account" else ground.closed
    scopes = set(
        Scope.objects.filter(
            uid__in=[ground.rival.site.uid, ground.closed.uid, ground.rival.account.uid]
        ).values_list("pk", flat=True)
    )
    before = _standing()
    for route, rules in ROUTES.items():
        if "{id}" in route or "post" not in rules or rules["post"] not in {WRITE, TEAM}:
            continue
        body = ground.body(place, route)
        for role in ("editor",) if what == "site" else ("editor", "owner"):
            response, after = asked(ground.callers[role], "post", route, body)
            where = (role, route, response.status_code, response.content[:300])
            assert response.status_code < 500, where
            for number in range(4):
                theirs = [one for one in before[number] if number or one[0] in scopes]
                assert all(one in after[number] for one in theirs), where
            if route.startswith(("planner", "writer")):
                assert after == before, where


def test_lists_exports_and_options_show_nothing_of_another_account(ground: Ground) -> None:
    for route, rules in ROUTES.items():
        if "get" not in rules or "{id}" in route or rules["get"] == PUBLIC or route.startswith(EVERYBODYS):
            continue
        for role in ("viewer", "editor", "admin", "owner"):
            for query in ("", f"?site_id={ground.rival.site.pk}&search={MARK.lower()}"):
                response, _ = asked(ground.callers[role], "get", route + query)
                if route != "auth/industries/":
                    assert MARK not in _text(response), (role, route, query)


def test_the_walk_could_see_what_it_must_not_find(ground: Ground) -> None:
    """The other account's own people do see the names that the walk looks for, and can do what it saw refused."""
    rival = ground.callers["foreign owner"]
    seen = [root for root in ground.foreign if root not in EVERYBODYS and root.endswith("/")]
    marked = {root for root in seen if MARK in _text(asked(rival, "get", root)[0])}
    assert {"auth/sites/", "auth/accounts/", "planner/clusters/", "planner/ideas/", "writer/tasks/"} <= marked
    before = _standing()
    for root in ("planner/keywords/", "planner/clusters/", "planner/ideas/", "writer/tasks/"):
        response, after = asked(rival, "delete", f"{root}{ground.foreign[root]}/")
        assert response.status_code == 204
        assert after != before
