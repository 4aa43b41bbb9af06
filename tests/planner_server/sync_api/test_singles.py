"""Runs of one-row edits are written together, and nobody can tell from verdicts or rows."""

from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from planner_core.commands import DeleteRows, SetOverride
from planner_server import clock
from planner_server.feed.models import Conflict
from planner_server.planning.models import Keywords
from planner_server.sync_api import singles
from tests.planner_server.world import Desk, Team, make_team, new_keyword, reply_of, set_of

GROUPS = {
    "volume_override": ([None], [1], [2], [-5]),
    "difficulty_override": ([None], [7], [101]),
    "disabled": ([False], [True]),
    "placement": (
        [None, "new"],
        [None, "mapped"],
        ["A", "mapped"],
        ["B", "mapped"],
        ["trash", "mapped"],
        ["?", "new"],
    ),
}


def furnished(name: str) -> tuple[Team, dict[str, str]]:
    """A team and the names its rows go by here: clusters, keywords of whom some are deleted, changed since, or merged."""
    team = make_team(name)
    ids = team.keywords(12)
    known = {f"k{number}": uid for number, uid in enumerate(ids)} | {"nobody": clock.new_uid()}
    known |= {
        "A": team.cluster("A"),
        "B": team.cluster("B"),
        "trash": team.cluster("T"),
        "?": clock.new_uid(),
    }
    team.run(DeleteRows("cluster", [known["trash"]]))
    team.run(DeleteRows("keyword", ids[10:11]))
    team.run(SetOverride("volume", ids[2:4], 2), team.colleague)
    team.run_as_job(SetOverride("difficulty", ids[4:6], 7))
    double = clock.new_uid()
    Desk(team.colleague, team.site.uid).push(new_keyword(team, double, team.seeds[0]))
    return team, known | {"double": double}


def script(seed: int) -> list[tuple[str, str, Any, Any]]:
    """Edits of single rows, mostly of one group in a row: (group, row, old, new) by the names of `furnished`."""
    dice = Random(seed)
    rows = [*(f"k{number}" for number in range(12)), "nobody", "double"]
    found: list[tuple[str, str, Any, Any]] = []
    while len(found) < 60:
        group = dice.choice(list(GROUPS))
        found += [
            (group, row, dice.choice(GROUPS[group][:2]), dice.choice(GROUPS[group]))
            for row in dice.sample(rows, dice.randint(1, 9))
        ]
    return found


def carried_out(team: Team, known: dict[str, str], edits: list[tuple[str, str, Any, Any]]) -> Any:
    """Push the edits as one mutation each; verdicts and rows by the names of `furnished`."""
    desk = Desk(team.owner, team.site.uid)
    name_of = {uid: name for name, uid in known.items()}

    def here(values: Any) -> list[Any]:
        return [known.get(value, value) if isinstance(value, str) else value for value in values]

    def there(values: Any) -> Any:
        return None if values is None else [name_of.get(value, value) for value in values]

    lines = [
        desk.mutation(set_of(group, here(old), here(new), [known[row]])) for group, row, old, new in edits
    ]
    reply = reply_of(desk.send(*lines))
    verdicts = [
        (
            result.verdict,
            result.ver > 0,
            [
                (row.code, there(row.ids), row.group, there(row.base), there(row.mine), there(row.theirs))
                for row in result.rows
            ],
        )
        for result in reply.results
    ]
    rows = {
        name_of[row.uid]: (
            there([row.cluster.uid if row.cluster else None]),
            row.status,
            row.disabled,
            row.volume_override,
            row.difficulty_override,
            row.deleted_at is None,
            sorted(row.field_meta),
        )
        for row in Keywords.objects.filter(site=team.site).select_related("cluster")
    }
    questions = sorted(
        (
            name_of.get(one.row, one.row),
            one.group,
            one.kind,
            one.state,
            str(there(one.mine)),
            str(there(one.theirs)),
        )
        for one in Conflict.objects.filter(scope=team.scope)
    )
    return verdicts, rows, questions


@pytest.mark.parametrize("seed", range(8))
def test_edits_written_together_have_the_verdicts_of_edits_one_by_one(
    seed: int, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = script(seed)
    together = carried_out(*furnished("Together"), edits)
    monkeypatch.setattr(singles, "SHORTEST", 10**9)
    assert carried_out(*furnished("One by one"), edits) == together


def test_each_row_is_marked_with_its_own_operation(team: Team, anna: Desk) -> None:
    """An undo, and who wrote last, hang on it."""
    ids = team.keywords(10)
    operations = {uid: clock.new_uid() for uid in ids}
    lines = [
        anna.mutation(set_of("volume_override", [None], [place], [uid]), op_id=operations[uid])
        for place, uid in enumerate(ids)
    ]
    reply = reply_of(anna.send(*lines))
    assert [result.op_id for result in reply.results] == list(operations.values())
    for place, row in enumerate(Keywords.objects.filter(uid__in=ids).order_by("uid")):
        mark = row.field_meta["volume_override"]
        assert (row.volume_override, mark[:3]) == (place, ["user", team.owner.uid, operations[row.uid]])


def test_a_queue_of_single_edits_costs_a_few_statements_and_not_some_each(team: Team, anna: Desk) -> None:
    ids = team.keywords(20)
    anna.push(set_of("disabled", [False], [True], ids[:1]))

    def statements(number: int, value: int) -> int:
        old = None if value == 1 else value - 1
        lines = [anna.mutation(set_of("volume_override", [old], [value], [uid])) for uid in ids[:number]]
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert {result.verdict for result in reply_of(anna.send(*lines)).results} == {"applied"}
        return len(caught)

    statements(20, 1)
    assert statements(20, 2) == statements(10, 3)


def test_one_that_cannot_be_written_together_does_not_keep_the_others_back(
    team: Team, anna: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P18."""

    def broken(*_: Any) -> Any:
        raise RuntimeError

    ids = team.keywords(6)
    monkeypatch.setattr(singles, "write_each", broken)
    lines = [anna.mutation(set_of("volume_override", [None], [5], [uid])) for uid in ids]
    assert {result.verdict for result in reply_of(anna.send(*lines)).results} == {"applied"}
    assert set(Keywords.objects.values_list("volume_override", flat=True)) == {5}
