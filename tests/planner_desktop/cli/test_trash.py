"""trash list, trash restore, and the cluster that is made together with what goes into it."""

import pytest

from tests.planner_desktop.cli.conftest import Cli
from tests.planner_desktop.cli.test_keywords import HERE, SITE

pytestmark = pytest.mark.slow


def test_that_what_was_deleted_is_listed_with_its_place_and_restored_as_one_action(editor: Cli) -> None:
    before = {row["id"] for row in editor("keywords", "list").rows}
    deleted = editor.ok("keywords", "delete", "--where", "volume:>=1000", *HERE)
    rows = editor("trash", "list").rows
    assert len(rows) == deleted["changed"] > 1
    assert {(row["entity"], row["sector"]) for row in rows} == {("keyword", "Desks")}
    assert all(row["name"] for row in rows)
    few = editor.ok("trash", "list", "--limit", "1", "--kind", "keyword")
    assert (len(few["rows"]), few["total"]) == (1, len(rows))
    done = editor.ok("trash", "restore", "--all")
    assert done["changed"] == len(rows)
    assert {row["id"] for row in editor("keywords", "list").rows} == before
    assert editor("trash", "list").rows == []
    editor.ok("undo")
    assert len(editor("trash", "list").rows) == len(rows)


def test_that_the_trash_is_searched_by_text_and_rows_are_restored_by_id(editor: Cli) -> None:
    editor.ok("keywords", "delete", "--where", "", *HERE)
    every = editor("trash", "list").rows
    one = every[0]
    found = editor("trash", "list", "--match", one["name"].upper(), *HERE).rows
    assert one in found
    editor.ok("trash", "restore", one["id"])
    assert one not in editor("trash", "list").rows
    assert len(editor("trash", "list").rows) == len(every) - 1


def test_that_a_cluster_comes_back_with_its_keywords_in_one_step_of_undo(editor: Cli) -> None:
    editor.ok("keywords", "set", "--where", "volume:>=1000", "--new-cluster", "Big ones", *HERE)
    inside = editor("keywords", "list", "--where", 'cluster:"Big ones"').rows
    editor.ok("clusters", "delete", "Big ones")
    editor.ok("keywords", "delete", "--where", "", "--site", SITE, "--sector", "chairs")
    done = editor.ok("trash", "restore", "--site", SITE)
    assert done["label"].endswith("rows from the trash")
    again = editor("keywords", "list", "--where", 'cluster:"Big ones"').rows
    assert [row["id"] for row in again] == [row["id"] for row in inside]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["restore"], "give either ids"),
        (["restore", "zzz"], "zzz"),
        (["restore", "f" * 32], "f" * 32),
        (["list", "--kind", "task"], "task"),
    ],
)
def test_that_what_cannot_be_meant_is_said(editor: Cli, arguments: list[str], named: str) -> None:
    done = editor("trash", *arguments)
    assert done.code == 2
    assert named in done.error["message"]


def test_that_a_row_whose_place_was_taken_stays_unless_the_rest_may_go(editor: Cli) -> None:
    editor.ok("clusters", "create", "Same name", *HERE)
    editor.ok("clusters", "create", "Another", *HERE)
    for name in ("Same name", "Another"):
        editor.ok("clusters", "delete", name)
    editor.ok("clusters", "create", "same NAME", *HERE)
    refused = editor("trash", "restore", "--all")
    assert refused.code == 3
    assert len(editor("trash", "list").rows) == 2
    done = editor.ok("trash", "restore", "--all", "--partial")
    assert (done["changed"], [one["code"] for one in done["refused"]]) == (1, ["taken"])


def test_that_a_new_cluster_is_made_and_filled_as_one_action(editor: Cli) -> None:
    done = editor.ok("keywords", "set", "--where", "volume:>=1000", "--new-cluster", "Fresh", *HERE)
    inside = editor("keywords", "list", "--where", "cluster:Fresh").rows
    assert inside
    assert {row["status"] for row in inside} == {"mapped"}
    assert "Fresh" in done["label"]
    editor.ok("undo")
    assert not [row for row in editor("clusters", "list").rows if row["name"] == "Fresh"]


def test_that_a_new_cluster_needs_one_sector_and_a_free_name(editor: Cli) -> None:
    several = editor("keywords", "set", "--where", "", "--new-cluster", "Everywhere")
    assert several.code == 2
    assert "sectors" in several.error["message"]
    both = editor("keywords", "set", "--where", "", "--new-cluster", "A", "--cluster", "B")
    assert both.code == 2
    editor.ok("clusters", "create", "Taken", *HERE)
    assert editor("keywords", "set", "--where", "", "--new-cluster", "TAKEN", *HERE).code == 3
