"""Decisions that stand in a row: what becomes of each is what would become of it alone, and a thousand cost a few statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from planner_core.commands import DeleteRows, SetOverride
from planner_core.operations import Operation, Resolve
from planner_server import clock
from planner_server.feed.models import Conflict
from planner_server.planning.models import Keywords
from tests.planner_server.world import Desk, Team, keyword, make_team, reply_of, set_of

GROUP = "volume_override"
Send = Callable[[Desk, list[Operation]], list[Any]]


def together(desk: Desk, operations: list[Operation]) -> list[Any]:
    return list(reply_of(desk.send(desk.mutation(*operations))).results)


def one_by_one(desk: Desk, operations: list[Operation]) -> list[Any]:
    return [result for one in operations for result in reply_of(desk.send(desk.mutation(one))).results]


def asked(team: Team, anna: Desk, carl: Desk, rows: int) -> tuple[list[str], list[str]]:
    """Carl wrote 7, anna wants 5: the keywords, and her items about them."""
    ids = team.keywords(rows)
    carl.push(set_of(GROUP, [None], [7], ids))
    item_of = {row.ids[0]: row.conflict for row in anna.push(set_of(GROUP, [None], [5], ids)).rows}
    return ids, [item_of[uid] for uid in ids]


def answer(item: str, choice: str, uid: str, mine: int = 5, shown: int = 7) -> Resolve:
    return Resolve(item, choice, "keyword", uid, GROUP, (mine if choice == "mine" else shown,), (shown,))


@pytest.mark.parametrize("send", [together, one_by_one])
def test_each_decision_of_many_ends_as_it_would_alone(send: Send, team: Team, anna: Desk, carl: Desk) -> None:
    """P72, P91: mine, theirs, a value that moved on, a row in the trash, a question nobody knows, and one answered twice."""
    ids, items = asked(team, anna, carl, 6)
    team.run(SetOverride("volume", [ids[2]], 9), team.colleague)
    team.run(DeleteRows("keyword", [ids[3]]))
    forgotten = clock.new_uid()
    results = send(
        anna,
        [
            answer(items[0], "mine", ids[0]),
            answer(items[1], "theirs", ids[1]),
            answer(items[2], "mine", ids[2]),
            answer(items[3], "mine", ids[3]),
            answer(forgotten, "mine", ids[4]),
            answer(items[4], "theirs", ids[4]),
            answer(items[5], "mine", ids[5], mine=6),
            answer(items[5], "mine", ids[5], mine=8, shown=6),
        ],
    )
    assert [keyword(uid).volume_override for uid in ids] == [5, 7, 9, 7, 5, 8]
    listed = sorted((row.code, row.ids) for result in results for row in result.rows)
    assert listed == sorted([("conflict", [ids[2]]), ("target_deleted", [ids[3]])])
    (again,) = Conflict.objects.filter(kind="conflict", state="open")
    assert (again.uid, again.row, again.theirs) == (items[2], ids[2], [9])
    assert Conflict.objects.get(uid=forgotten).state == "closed"


@pytest.mark.parametrize("send", [together, one_by_one])
def test_work_of_two_machines_is_let_go_for_one_of_them(
    send: Send, team: Team, anna: Desk, carl: Desk
) -> None:
    """P91, P67: of two questions about both machines' work one ends for one of them, the other for both."""
    ids = team.keywords(2)
    team.run(DeleteRows("keyword", ids))
    laptop = Desk(team.owner, team.site.uid)
    ops: dict[str, list[str]] = {uid: [] for uid in ids}
    for desk in (anna, laptop):
        for uid in ids:
            ops[uid].append(desk.push(set_of(GROUP, [None], [5], [uid])).op_id)
    items = {item.row: item for item in Conflict.objects.filter(state="open")}
    ends = [("theirs", (ops[ids[0]][0],)), ("theirs", ())]
    send(
        anna,
        [
            Resolve(items[uid].uid, choice, "keyword", uid, GROUP, value, ())
            for uid, (choice, value) in zip(ids, ends, strict=True)
        ],
    )
    (left,) = Conflict.objects.filter(state="open")
    assert (left.row, left.ops) == (ids[0], ops[ids[0]][1:])


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_many_decisions_of_one_action_cost_a_few_statements(db: None, choice: str) -> None:
    """P43: as many for sixty as for thirty."""
    team = make_team(seeds=90)
    anna, carl = Desk(team.owner, team.site.uid), Desk(team.colleague, team.site.uid)
    ids, items = asked(team, anna, carl, 90)
    wanted: list[Operation] = [answer(item, choice, uid) for item, uid in zip(items, ids, strict=True)]
    with CaptureQueriesContext(connection) as few:
        together(anna, wanted[:30])
    with CaptureQueriesContext(connection) as many:
        together(anna, wanted[30:])
    assert len(many) <= len(few)
    assert not Conflict.objects.filter(state="open").exists()
    value = 5 if choice == "mine" else 7
    assert set(Keywords.objects.values_list("volume_override", flat=True)) == {value}
