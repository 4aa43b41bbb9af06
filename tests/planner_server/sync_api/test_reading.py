"""Pull, snapshot and digest: every row once and in order, whatever the size of a page and whoever writes meanwhile."""

import gzip
import json
import zlib
from collections.abc import Callable

import pytest

from planner_core.commands import AssignCluster, DeleteRows, SetEnabled, SetOverride
from planner_core.entities import ENTITIES, SCOPE_ENTITIES
from planner_core.wire.feed import Cursor, digest_rows
from planner_server import clock
from planner_server.feed.models import Scope
from tests.planner_server.world import Desk, Feed, Team, make_team, new_keyword, set_of


def furnished(team: Team, number: int = 12) -> list[str]:
    """Keywords, clusters and ideas at several versions, some changed, some in the trash."""
    ids = team.keywords(number)
    x = team.cluster("X")
    team.idea("One", cluster=x, keywords=ids[:3])
    team.idea('Zwei – «ü» "q" \\ 名前', keywords=[])
    team.place(ids[2:6], x)
    team.run(DeleteRows("keyword", ids[6:8]))
    return ids


def test_a_pull_from_the_start_has_every_row_with_every_column(team: Team, anna: Desk) -> None:
    ids = furnished(team)
    feed = anna.pull()
    assert set(feed.rows["keyword"]) == set(ids)
    assert feed.deleted == set(ids[6:8])
    assert all(tuple(row) == ENTITIES[e].columns for e, rows in feed.rows.items() for row in rows.values())
    row = feed.rows["keyword"][ids[2]]
    (x,) = feed.rows["cluster"]
    assert row | {"created_at": 0} == {
        "seed": team.seeds[2],
        "sector": team.sector.uid,
        "cluster": x,
        "status": "mapped",
        "disabled": False,
        "volume_override": None,
        "difficulty_override": None,
        "created_at": 0,
    }
    ideas = {idea["title"]: idea for idea in feed.rows["idea"].values()}
    assert ideas["One"]["keyword_objects"] == sorted(ids[:3])
    assert ideas['Zwei – «ü» "q" \\ 名前']["keyword_objects"] == []
    assert feed.version == team.scope.version


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 1000])
def test_pages_of_any_size_give_the_same_rows_once_in_order(size: int, team: Team, anna: Desk) -> None:
    """P3, P4."""
    furnished(team)
    whole, paged = anna.pull(), anna.pull(limit=size)
    assert len(whole.order) == 15
    assert paged.order == whole.order
    assert paged.rows == whole.rows
    assert paged.cursor == whole.cursor
    ranks = {entity.name: rank for rank, entity in enumerate(SCOPE_ENTITIES["site"])}
    assert whole.order == sorted(whole.order, key=lambda one: (one[2], ranks[one[0]], one[1]))
    assert paged.pages == -(-15 // size)


@pytest.mark.parametrize("number", [0, 1, 3, 4, 5, 8])
def test_the_platform_says_whether_there_is_more(number: int, team: Team, anna: Desk) -> None:
    """P3, P4."""
    if number:
        team.keywords(number)
    feed = anna.pull(limit=4)
    assert len(feed.order) == number
    assert feed.pages == max(1, -(-number // 4))


def test_a_cursor_at_the_end_gets_only_what_came_after(team: Team, anna: Desk) -> None:
    ids = furnished(team)
    cursor = anna.pull().cursor
    assert anna.pull(cursor).order == []
    team.run(SetOverride("volume", ids[:2], 5))
    team.run(DeleteRows("keyword", [ids[0]]))
    feed = anna.pull(cursor)
    assert [uid for _, uid, _ in feed.order] == [ids[1], ids[0]]
    assert feed.deleted == {ids[0]}


def test_rows_that_change_while_somebody_pages_come_again_and_none_is_missed(team: Team, anna: Desk) -> None:
    """P13."""
    ids = furnished(team)
    expected = anna.pull()
    response = anna.client.get(anna.url("pull"), {"limit": "4"})
    end = json.loads(response.content.splitlines()[-1])
    team.run(SetOverride("volume", [ids[1], ids[9]], 5))
    feed = anna.pull(end["cursor"], limit=3)
    first = {row[0] for line in response.content.splitlines()[1:-1] for row in json.loads(line)["rows"]}
    seen = first | {uid for _, uid, _ in feed.order}
    assert seen == {uid for _, uid, _ in expected.order}
    assert feed.rows["keyword"][ids[1]]["volume_override"] == 5


@pytest.mark.parametrize("size", [1, 2, 3])
def test_aliases_come_whatever_page_their_version_ends_on(size: int, team: Team, anna: Desk) -> None:
    """P14, P80: a page may end in the middle of the version that brought them."""
    ids = furnished(team)
    lost = clock.new_uid()
    anna.push(new_keyword(team, lost, team.seeds[0], volume_override=9))
    anna.push(set_of("difficulty_override", [None], [5], ids[3:5]))
    feed = anna.pull(limit=size)
    assert feed.aliases == {lost: ids[0]}


def test_who_asks_for_operations_and_was_told_a_lost_version_hears_of_it(team: Team, anna: Desk) -> None:
    """P65: a platform that was put back silently answers nothing about operations in the epoch that was lost."""
    told = {"version": team.scope.version + 5, "token": clock.new_uid()}
    response = anna.client.post(anna.url("ops/known"), {"op_ids": [], "told": told}, format="json")
    assert response.status_code == 409
    assert response.json()["code"] == "epoch"
    assert team.scope.epoch != anna.epoch


def test_an_unreadable_cursor_is_named_and_refused(team: Team, anna: Desk) -> None:
    response = anna.client.get(anna.url("pull"), {"cursor": "what"})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert "'what'" in response.json()["message"]


def test_a_cursor_of_another_epoch_is_answered_with_the_one_that_holds(team: Team, anna: Desk) -> None:
    response = anna.client.get(anna.url("pull"), {"cursor": Cursor(epoch="f" * 32, ver=1).text})
    assert (response.status_code, response.json()["code"]) == (409, "epoch")
    assert response.json()["details"] == {"epoch": team.scope.epoch}


def test_a_cursor_ahead_of_the_platform_starts_a_new_epoch(team: Team, anna: Desk) -> None:
    before = team.scope
    response = anna.client.get(anna.url("pull"), {"cursor": Cursor(epoch=before.epoch, ver=10_000).text})
    assert response.status_code == 409
    assert response.json()["details"] == {"epoch": team.scope.epoch}
    assert team.scope.epoch != before.epoch


@pytest.mark.parametrize("action", ["pull", "snapshot", "digest"])
def test_a_told_version_the_platform_has_lost_starts_a_new_epoch(action: str, team: Team, anna: Desk) -> None:
    before = team.scope
    good = {"told": f"{before.version}.{before.token}"}
    assert anna.client.get(anna.url(action), good).status_code == 200
    response = anna.client.get(anna.url(action), {"told": f"{before.version}.{'0' * 32}"})
    assert (response.status_code, response.json()["code"]) == (409, "epoch")
    assert team.scope.epoch != before.epoch


def test_a_place_below_the_floor_of_tombstones_needs_a_snapshot(team: Team, anna: Desk) -> None:
    """P34, P77."""
    furnished(team)
    cursor = Cursor(epoch=team.scope.epoch, ver=2).text
    Scope.objects.filter(uid=anna.scope).update(gc_floor=3)
    for query in ({"cursor": cursor}, {"cursor": cursor, "limit": "1"}):
        response = anna.client.get(anna.url("pull"), query)
        assert (response.status_code, response.json()["code"]) == (410, "resnapshot")
    assert anna.client.get(anna.url("snapshot"), {"at": "2"}).status_code == 410
    assert anna.client.get(anna.url("pull")).status_code == 200


@pytest.mark.parametrize("size", [1, 2, 13, 14, None])
def test_a_snapshot_has_the_live_rows_and_the_pull_from_there_the_rest(
    size: int | None, team: Team, anna: Desk
) -> None:
    ids = furnished(team)
    feed = anna.snapshot(limit=size)
    assert set(feed.live("keyword")) == set(ids) - set(ids[6:8])
    assert not feed.deleted
    assert len(feed.order) == 13
    place = Cursor(epoch=team.scope.epoch, ver=feed.at, rank=99).text
    assert anna.pull(place).order == []
    team.run(SetOverride("volume", [ids[0]], 1))
    assert [uid for _, uid, _ in anna.pull(place).order] == [ids[0]]


@pytest.mark.parametrize("size", [1, 3, None])
def test_a_snapshot_names_what_was_deleted_above_a_version(size: int | None, team: Team, anna: Desk) -> None:
    """P81: who comes from another history cannot tell a deletion from what never came to be."""
    ids = furnished(team)
    before = anna.snapshot().version
    team.run(DeleteRows("keyword", ids[:2]))
    feed = anna.snapshot(size, deleted_after=str(before))
    assert feed.deleted == set(ids[:2])
    assert set(feed.live("keyword")) == set(anna.snapshot().live("keyword"))
    assert not anna.snapshot(size, deleted_after=str(feed.version)).deleted
    assert feed.deleted < anna.snapshot(size, deleted_after="1").deleted


def test_a_snapshot_taken_while_others_write_ends_equal_to_the_platform(team: Team, anna: Desk) -> None:
    """P13."""
    ids = furnished(team)
    first = json.loads(anna.client.get(anna.url("snapshot"), {"limit": "3"}).content.splitlines()[-1])
    feed = Feed()
    feed.take(anna.client.get(anna.url("snapshot"), {"limit": "3"}))
    writes: list[Callable[[], object]] = [
        lambda: team.run(SetOverride("volume", [ids[11]], 1)),
        lambda: team.run(DeleteRows("keyword", [ids[10]])),
        lambda: team.cluster("Late"),
        lambda: team.run(AssignCluster([ids[0]], None)),
    ]
    while feed.has_more:
        if writes:
            writes.pop()()
        feed.take(
            anna.client.get(anna.url("snapshot"), {"limit": "3", "after": feed.after, "at": str(feed.at)})
        )
    assert feed.at == first["at"]
    rest = anna.pull(Cursor(epoch=team.scope.epoch, ver=feed.at, rank=99).text, limit=2)
    held = {entity: dict(rows) for entity, rows in feed.rows.items()}
    for entity, rows in rest.rows.items():
        held.setdefault(entity, {}).update(rows)
    live = {e: {uid: row for uid, row in rows.items() if uid not in rest.deleted} for e, rows in held.items()}
    whole = anna.pull()
    assert live == {entity: whole.live(entity) for entity in whole.rows}


def test_a_snapshot_brings_aliases_and_open_questions(team: Team, anna: Desk, carl: Desk) -> None:
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    conflict = anna.push(set_of("volume_override", [None], [5], [one])).rows[0].conflict
    feed = anna.snapshot()
    assert list(feed.conflicts) == [conflict]
    assert not carl.snapshot().conflicts


def test_the_digest_is_that_of_the_rows_a_replica_gets(team: Team, anna: Desk) -> None:
    """P93: the database writes the hashed text itself, whatever characters are in it."""
    ids = furnished(team)
    team.run(SetEnabled("keyword", ids[:1], enabled=False))
    team.run(SetOverride("volume", ids[1:2], 0))
    team.idea(
        "Odd",
        description='tab\t feed\n bell\x07 del\x7f line\u2028 \U0001f600 </b> \\u0041 "[1, 2]", "x"',
        keywords=ids[:2],
    )
    reply = anna.client.get(anna.url("digest")).json()
    feed = anna.pull()
    for entity in SCOPE_ENTITIES["site"]:
        rows = [[uid, *row.values()] for uid, row in feed.live(entity.name).items()]
        assert [tuple(bucket) for bucket in reply["entities"][entity.name]] == digest_rows(rows)
    assert (reply["version"], reply["epoch"]) == (team.scope.version, team.scope.epoch)
    before = reply["entities"]
    team.run(SetOverride("volume", [next(iter(feed.live("keyword")))], 77))
    assert anna.client.get(anna.url("digest")).json()["entities"] != before


def test_the_account_and_library_scopes_can_be_read_and_not_pushed_into(team: Team) -> None:
    account = Desk(team.owner, team.account.uid)
    feed = account.pull()
    assert [site["name"] for site in feed.rows["site"].values()] == [team.site.name]
    (sector,) = feed.rows["sector"].values()
    assert (sector["site"], sector["industry_sector"]) == (team.site.uid, team.branch.uid)
    assert list(feed.rows["industry"]) == [team.industry.uid]
    assert feed.rows["industry_sector"][team.branch.uid]["industry"] == team.industry.uid
    library = Desk(team.owner, team.branch.uid)
    seeds = library.snapshot(limit=7)
    assert len(seeds.rows["seed"]) == 20
    assert seeds.rows["seed"][team.seeds[3]] == {
        "keyword": "loan 3",
        "volume": 300,
        "difficulty": 3,
        "intent": "commercial",
        "country": "US",
        "is_active": True,
    }
    for desk in (account, library):
        assert desk.send(desk.mutation()).status_code == 403


def test_pages_are_compressed_for_those_who_take_it(team: Team, anna: Desk) -> None:
    furnished(team)
    plain = anna.client.get(anna.url("pull"))
    packed = anna.client.get(anna.url("pull"), headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert plain.headers["Cache-Control"] == packed.headers["Cache-Control"] == "no-store"


def test_a_page_cut_anywhere_is_seen_to_be_cut(team: Team, anna: Desk) -> None:
    furnished(team)
    raw = anna.client.get(anna.url("pull")).content
    for length in range(0, len(raw) - 1, 7):
        lines = raw[:length].splitlines(keepends=True)
        try:
            end = json.loads(lines[-1]) if lines else {}
        except ValueError:
            continue
        if isinstance(end, dict) and end.get("t") == "end":
            assert end["crc32"] != zlib.crc32(b"".join(lines[:-1]))


def test_a_foreign_scope_and_one_that_is_not_there_look_alike(team: Team) -> None:
    other = make_team("Other")
    for scope in (other.site.uid, other.account.uid, other.branch.uid, clock.new_uid()):
        desk = Desk(team.owner, scope, epoch="x")
        answers = [desk.client.get(desk.url(action)) for action in ("pull", "snapshot", "digest")]
        answers.append(
            desk.client.post(desk.url("ops/known"), {"op_ids": []}, content_type="application/json")
        )
        answers.append(desk.send(desk.mutation()))
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 5


def test_known_operations_come_with_their_verdicts(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    op, other = clock.new_uid(), clock.new_uid()
    result = anna.push(set_of("volume_override", [None], [5], [one]), op_id=op)
    response = anna.client.post(
        anna.url("ops/known"), json.dumps({"op_ids": [other, op]}), content_type="application/json"
    )
    reply = response.json()
    assert reply["unknown"] == [other]
    assert [(known["op_id"], known["verdict"], known["ver"]) for known in reply["known"]] == [
        (op, "applied", result.ver)
    ]
    assert (reply["version"], reply["token"]) == (team.scope.version, team.scope.token)


def test_a_place_whose_version_has_no_name_any_more_needs_a_snapshot(team: Team, anna: Desk) -> None:
    """P65, P77: nobody can say whether it is a place of this history: a restore meanwhile would go unnoticed."""
    furnished(team)
    cursor = Cursor(epoch=team.scope.epoch, ver=2).text
    Scope.objects.filter(uid=anna.scope).update(token_floor=3)
    response = anna.client.get(anna.url("pull"), {"cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (410, "resnapshot")
    present = Cursor(epoch=team.scope.epoch, ver=3).text
    assert anna.client.get(anna.url("pull"), {"cursor": present}).status_code == 200
