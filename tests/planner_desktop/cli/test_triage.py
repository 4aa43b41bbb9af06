"""triage: what comes next, with suggested clusters and nearest neighbours."""

import pytest

from planner_desktop.app.contract import KEYWORD_FIELDS
from planner_desktop.cli import triage
from planner_desktop.columns.queuegroups import GROUPINGS
from tests.planner_desktop.cli.conftest import Cli
from tests.planner_desktop.cli.test_keywords import HERE

pytestmark = pytest.mark.slow


def test_that_new_keywords_come_by_volume_with_suggestions_and_neighbours_and_leave_when_decided(
    editor: Cli,
) -> None:
    every = editor("triage", *HERE, "--limit", 100_000)
    rows = every.rows
    assert every.document["total"] == len(rows) > 2
    volumes = [row["volume"] or 0 for row in rows]
    assert volumes == sorted(volumes, reverse=True)
    assert all(row["cluster"] is None and row["status"] == "new" and not row["disabled"] for row in rows)
    assert set(rows[0]) == {*KEYWORD_FIELDS, "skipped", "suggestions", "neighbours"}
    first = rows[0]
    word = first["keyword"].split()[0]
    editor.ok("clusters", "create", f"All about {first['keyword']}", *HERE)
    again = editor("triage", *HERE, "--limit", 1).rows[0]
    assert again["suggestions"][0]["cluster"] == f"All about {first['keyword']}"
    assert word in again["suggestions"][0]["words"]
    assert all(near["id"] != first["id"] for near in again["neighbours"])
    editor.ok("keywords", "set", "--where", f'"{first["keyword"]}"', "--disable", *HERE)
    left = editor("triage", *HERE, "--limit", 0)
    assert left.rows == []
    assert left.document["total"] < len(rows)


@pytest.mark.parametrize("grouping", triage.GROUPINGS[1:])
def test_that_groups_hold_every_new_keyword_once(editor: Cli, grouping: str) -> None:
    single = [row["id"] for row in editor("triage", "--limit", 100_000).rows]
    groups = editor("triage", "--by", grouping, "--limit", 100_000).rows
    members = [row["id"] for group in groups for row in group["keywords"]]
    assert sorted(members) == sorted(single)
    assert len(set(members)) == len(members)


def test_that_a_table_says_what_is_left_and_a_wrong_grouping_names_the_right_ones(editor: Cli) -> None:
    shown = editor("triage", "--limit", 2, *HERE, as_json=False)
    assert shown.out.splitlines()[0].split("\t") == list(triage.COLUMNS)
    assert "left." in shown.err
    wrong = editor("triage", "--by", "colour")
    assert wrong.code == 2
    assert "near-duplicates" in wrong.error["message"]
    assert triage.GROUPINGS == GROUPINGS
