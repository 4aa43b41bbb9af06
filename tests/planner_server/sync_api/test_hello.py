"""hello: what a replica may see and what it has to do next; and the manners of every address."""

import gzip
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from planner_core.wire.body import digest
from planner_core.wire.feed import MutationHeader
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.feed import epochs
from planner_server.feed.gate import Actor
from planner_server.feed.models import MutationResult, ReplicaScope, Scope
from planner_server.library import services as library
from planner_server.sync_api import hello as hello_module
from tests.planner_server.world import Desk, Team, make_team, set_of

URL = "/sync/v1/hello"


def hello(desk: Desk, scopes: list[dict[str, Any]] | None = None, **more: Any) -> Any:
    body = {
        "protocols": [1],
        "app": "test 1",
        "schema": 1,
        "replica_id": desk.replica,
        "scopes": scopes or [],
    } | more
    return desk.client.post(URL, json.dumps(body), content_type="application/json")


def states(desk: Desk, scopes: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, dict[str, Any]]:
    response = hello(desk, scopes, **more)
    assert response.status_code == 200, response.content
    return {scope["id"]: scope for scope in response.json()["scopes"]}


def test_an_owner_sees_account_library_and_sites(team: Team, anna: Desk) -> None:
    found = states(anna)
    assert {uid: (one["kind"], one["access"], one["name"], one["action"]) for uid, one in found.items()} == {
        team.account.uid: ("account", "ro", "Acme", "snapshot"),
        team.branch.uid: ("library", "ro", "Loans", "snapshot"),
        team.site.uid: ("site", "rw", "Acme site", "snapshot"),
    }
    assert found[team.site.uid]["epoch"] == team.scope.epoch


def test_an_editor_sees_granted_sites_and_the_library_of_those(team: Team) -> None:
    editor = accounts.user_create(account=team.account, email="e@acme.test", password=None, role="editor")
    desk = Desk(editor, team.site.uid)
    assert set(states(desk)) == {team.account.uid}
    assert desk.client.get(desk.url("pull")).status_code == 404
    accounts.site_grant(user=editor, site=team.site)
    assert states(desk)[team.site.uid]["access"] == "rw"
    accounts.site_revoke(user=editor, site=team.site)
    gone = states(desk, [{"id": team.site.uid, "epoch": team.scope.epoch, "cursor_ver": 1}])[team.site.uid]
    assert (gone["access"], gone["action"], gone["epoch"]) == ("none", "drop", "")


def test_a_viewer_reads_only(team: Team) -> None:
    viewer = accounts.user_create(account=team.account, email="v@acme.test", password=None, role="viewer")
    accounts.site_grant(user=viewer, site=team.site)
    assert states(Desk(viewer, team.site.uid))[team.site.uid]["access"] == "ro"


def test_a_sector_switched_off_takes_its_library_away(team: Team, anna: Desk) -> None:
    other = library.industry_sector_upsert(industry=team.industry, name="Cards")
    actor = Actor("user", team.owner.uid)
    accounts.site_select_sectors(site=team.site, actor=actor, industry=team.industry, sectors=[other])
    found = states(anna)
    assert other.uid in found
    assert team.branch.uid not in found


def test_another_accounts_scopes_are_never_named(team: Team, anna: Desk) -> None:
    other = make_team("Other")
    asked = states(anna, [{"id": other.site.uid}])
    assert asked[other.site.uid]["access"] == "none"
    assert other.account.uid not in asked


@pytest.mark.parametrize(
    ("held", "action"),
    [
        ({"epoch": ""}, "snapshot"),
        ({"cursor_ver": 0}, "snapshot"),
        ({"cursor_ver": 1}, "pull"),
        ({}, "none"),
        ({"epoch": "f" * 32}, "push_archive"),
        ({"cursor_ver": 999}, "push_archive"),
        ({"told": {"version": 1, "token": "0" * 32}}, "push_archive"),
    ],
)
def test_the_platform_says_what_to_do_next(held: dict[str, Any], action: str, team: Team, anna: Desk) -> None:
    team.keywords(2)
    team.cluster("X")
    scope = team.scope
    full = {"id": scope.uid, "epoch": scope.epoch, "cursor_ver": scope.version} | held
    state = states(anna, [full])[scope.uid]
    assert state["action"] == action
    is_new_epoch = action == "push_archive" and held.get("epoch") is None
    assert (state["epoch"] != scope.epoch) == is_new_epoch
    assert state["epoch"] == team.scope.epoch


@pytest.mark.parametrize(
    "heard", [{"cursor_ver": 5_000}, {"cursor_ver": 0, "told": {"version": 5_000, "token": "0" * 32}}]
)
@pytest.mark.parametrize(("epoch", "action"), [("f" * 32, "push_archive"), ("", "snapshot")])
def test_a_version_ahead_of_the_platform_in_whatever_epoch_begins_a_new_one(
    heard: dict[str, Any], epoch: str, action: str, team: Team, anna: Desk
) -> None:
    """P8, P66: the platform was put back to an epoch before the one the replica has heard of; what is done now comes after both."""
    team.keywords(2)
    scope = team.scope
    state = states(anna, [{"id": scope.uid, "epoch": epoch} | heard])[scope.uid]
    assert state["action"] == action
    assert state["epoch"] != scope.epoch
    assert team.scope.epoch_ver > 5_000
    again = states(anna, [{"id": scope.uid, "epoch": epoch} | heard])[scope.uid]
    assert again["epoch"] == state["epoch"], "once is enough"


@pytest.mark.parametrize("epoch", ["f" * 32, ""])
def test_the_version_an_epoch_began_with_is_of_that_epoch(team: Team, anna: Desk, epoch: str) -> None:
    """P8, P65: told the first one under another name, the replica heard it of a history that this platform lost."""
    epochs.renew(team.scope, lost=team.scope.epoch)
    scope = team.scope
    held = {"id": scope.uid, "epoch": epoch, "cursor_ver": 0}
    known = {"told": {"version": scope.epoch_ver, "token": scope.token}}
    lost = {"told": {"version": scope.epoch_ver, "token": "0" * 32}}
    assert states(anna, [held | known])[scope.uid]["epoch"] == scope.epoch
    assert states(anna, [held | lost])[scope.uid]["epoch"] != scope.epoch


def test_a_replica_is_new_once_and_then_known(team: Team, anna: Desk) -> None:
    assert hello(anna).json()["replica"] == "new"
    assert hello(anna).json()["replica"] == "ok"
    team.keywords(1)
    scope = team.scope
    hello(anna, [{"id": scope.uid, "epoch": scope.epoch, "cursor_ver": 1}])
    assert ReplicaScope.objects.get(scope=scope).cursor_ver == 1


def test_a_replica_of_somebody_else_is_told_so(team: Team, anna: Desk) -> None:
    hello(anna)
    assert hello(Desk(team.colleague, anna.scope, replica=anna.replica)).json()["replica"] == "owner_mismatch"
    owner = {"account": team.account.uid, "user": team.colleague.uid}
    assert hello(anna, owner=owner).json()["replica"] == "owner_mismatch"


def test_a_copied_replica_is_found_by_its_last_acknowledged_operation(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    op = clock.new_uid()
    anna.push(set_of("volume_override", [None], [5], [one]), op_id=op)
    held = {"id": anna.scope, "epoch": anna.epoch, "last_ack_seq": 1, "last_ack_op": op}
    state = states(anna, [held])[anna.scope]
    assert (state["last_seq"], state["last_op_id"]) == (1, op)
    assert hello(anna, [held]).json()["replica"] == "ok"
    assert hello(anna, [held | {"last_ack_op": clock.new_uid()}]).json()["replica"] == "forked"


def test_another_protocol_is_told_to_upgrade(team: Team, anna: Desk) -> None:
    """P40."""
    assert hello(anna, protocols=[2]).status_code == 426
    response = anna.client.get(anna.url("pull"), headers={"x-protocol": "2"})
    assert (response.status_code, response.json()["code"]) == (426, "upgrade")


def test_nobody_gets_in_without_signing_in(team: Team, anna: Desk) -> None:
    for client in (Client(), Client(headers={"authorization": "Bearer nonsense"})):
        response = client.get(anna.url("pull"))
        assert (response.status_code, response.json()["code"]) == (401, "auth")
        assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("version", [-1, 2**53, 2**63])
def test_a_version_that_no_platform_can_have_given_is_refused(team: Team, anna: Desk, version: int) -> None:
    """P64: it would lift the scope's versions beyond what readers of JSON hold, or beyond the database's numbers."""
    held = {"id": team.site.uid, "epoch": team.scope.epoch, "cursor_ver": 0}
    for claim in ({"cursor_ver": version}, {"told": {"version": version, "token": "a" * 32}}):
        response = hello(anna, [held | claim])
        assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert hello(anna, [held]).status_code == 200


def test_every_error_has_the_extensions_own_shape(team: Team, anna: Desk) -> None:
    calls = [
        (anna.client.get(URL), 405, "method"),
        (anna.client.get("/sync/v1/nothing"), 404, "not_found"),
        (anna.client.post(URL, "{", content_type="application/json"), 400, "bad_request"),
        (anna.client.post(URL, "{}", content_type="application/json"), 400, "bad_request"),
        (anna.client.get(anna.url("pull"), {"limit": "x"}), 400, "bad_request"),
        (anna.client.get(anna.url("pull"), {"told": "x"}), 400, "bad_request"),
        (anna.client.get(anna.url("snapshot"), {"at": "-1"}), 400, "bad_request"),
        (anna.client.get(anna.url("snapshot"), {"after": "x"}), 400, "bad_request"),
        (anna.client.get(anna.url("snapshot"), {"deleted_after": "-1"}), 400, "bad_request"),
        (anna.client.get(anna.url("snapshot"), {"deleted_after": "9" * 19}), 400, "bad_request"),
    ]
    for response, status, code in calls:
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.json()["message"]


def test_a_compressed_push_is_taken_and_a_bomb_is_not(team: Team, anna: Desk) -> None:
    """P46."""
    (one,) = team.keywords(1)
    lines = anna.mutation(set_of("volume_override", [None], [5], [one]))
    head = {
        "h": 1,
        "replica_id": anna.replica,
        "epoch": anna.epoch,
        "user": anna.user.uid,
        "first_seq": 1,
        "count": 1,
    }
    raw = json.dumps(head).encode() + b"\n" + lines

    def post(data: bytes, encoding: str = "gzip") -> Any:
        return anna.client.generic(
            "POST", anna.url("push"), data, "application/x-ndjson", headers={"content-encoding": encoding}
        )

    assert post(gzip.compress(raw)).json()["results"][0]["verdict"] == "applied"
    bomb = post(gzip.compress(b"\n" * 40_000_000))
    assert (bomb.status_code, bomb.json()["code"]) == (413, "too_large")
    for data, encoding in ((raw, "gzip"), (gzip.compress(raw)[:-9], "gzip"), (raw, "br")):
        assert post(data, encoding).status_code == 400


def test_a_mutation_of_too_many_rows_is_refused_with_the_limit(team: Team, anna: Desk) -> None:
    response = anna.send(anna.mutation(set_of("volume_override", [None], [5], clock.new_uids(2001))))
    assert (response.status_code, response.json()["details"]) == (413, {"part_rows": 2000})


# ---------------------------------------------------------------- other versions


@pytest.mark.parametrize(
    ("client", "upgrade"),
    [(1, "client_now"), (2, "client_soon"), (3, "client_soon"), (4, "none"), (5, "server")],
)
def test_the_side_to_bring_up_to_date_is_named(
    client: int, upgrade: str, team: Team, anna: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P40: the platform takes 2 to 4 and writes 4; no answer stops anybody from editing."""
    monkeypatch.setattr(hello_module, "OLDEST_SCHEMA", 2)
    monkeypatch.setattr(hello_module, "SCHEMA", 4)
    body = {"protocols": [1], "app": "test", "schema": client, "replica_id": anna.replica, "scopes": []}
    reply = anna.client.post("/sync/v1/hello", body, format="json").json()
    assert (reply["schema"], reply["upgrade"]) == ({"min": 2, "max": 4, "current": 4}, upgrade)


@pytest.mark.parametrize("schema", [0, 7])
def test_an_edit_of_another_schema_keeps_waiting_whatever_it_holds(
    schema: int, team: Team, anna: Desk
) -> None:
    """P40, P17: no verdict: a kind of operation nobody here knows is not called broken."""
    raw = json.dumps(
        {"schema": schema, "action": clock.new_uid(), "at": 1, "ops": [{"k": "tag", "x": 1}]}
    ).encode()
    head = MutationHeader(seq=1, op_id=clock.new_uid(), sha256=digest(raw))
    response = anna.send(head.model_dump_json().encode() + b"\n" + raw + b"\n", first=1)
    assert (response.status_code, response.json()["code"]) == (426, "upgrade")
    assert response.json()["details"] == {"min": 1, "max": 1, "upgrade": "server" if schema else "client_now"}
    assert not MutationResult.objects.exists()


def test_an_idle_hello_writes_nothing(team: Team, anna: Desk) -> None:
    """A computer that only asks every minute takes no lock and costs no flush."""
    held = {"id": anna.scope, "epoch": anna.epoch, "cursor_ver": team.scope.version}
    body = {"protocols": [1], "app": "test", "replica_id": anna.replica, "scopes": [held]}
    for _ in range(2):
        anna.client.post("/sync/v1/hello", body, format="json")
    with CaptureQueriesContext(connection) as queries:
        anna.client.post("/sync/v1/hello", body, format="json")
    assert all(query["sql"].lstrip("( ").startswith("SELECT") for query in queries.captured_queries)


def test_the_version_that_every_backup_has_is_announced(team: Team, anna: Desk) -> None:
    """P97: 0 as long as nobody has said which backups are kept."""
    body = {"protocols": [1], "app": "test", "replica_id": anna.replica, "scopes": []}

    def announced() -> int:
        scopes = anna.client.post("/sync/v1/hello", body, format="json").json()["scopes"]
        return int(next(one["safe_version"] for one in scopes if one["id"] == anna.scope))

    assert announced() == 0
    Scope.objects.filter(uid=anna.scope).update(safe_version=2)
    assert announced() == 2
