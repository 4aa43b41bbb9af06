"""planner replace: a preview of every text, one action, and rows that a rule keeps."""

import pytest

from tests.planner_desktop.cli.conftest import Cli
from tests.planner_desktop.cli.test_keywords import HERE

pytestmark = pytest.mark.slow


def names(editor: Cli) -> set[str]:
    return {row["name"] for row in editor("clusters", "list", *HERE).rows}


@pytest.fixture
def named(editor: Cli) -> Cli:
    for name in ("Zebra desk", "zebra chairs", "Zebrawood", "Okapi desk"):
        editor.ok("clusters", "create", name, *HERE)
    return editor


def test_that_a_dry_run_lists_every_text_before_and_after_and_changes_nothing(named: Cli) -> None:
    before = names(named)
    rows = named("replace", "zebra", "Gnu", "--dry-run", *HERE).rows
    assert {(row["before"], row["after"]) for row in rows} == {
        ("Zebra desk", "Gnu desk"),
        ("zebra chairs", "Gnu chairs"),
        ("Zebrawood", "Gnuwood"),
    }
    assert {(row["entity"], row["field"], row["trouble"]) for row in rows} == {("cluster", "name", "")}
    assert names(named) == before


def test_that_replacing_is_one_action_and_one_step_of_undo(named: Cli) -> None:
    before = names(named)
    done = named.ok("replace", "zebra", "Gnu", "--words", *HERE)
    assert done["changed"] == 2
    assert "“zebra” by “Gnu” in 2 texts" in done["label"]
    assert {"Gnu desk", "Gnu chairs", "Zebrawood"} <= names(named)
    named.ok("undo")
    assert names(named) == before


def test_that_capitals_count_only_where_asked(named: Cli) -> None:
    assert named.ok("replace", "zebra", "gnu", "--case", "--dry-run", *HERE)["total"] == 1


def test_that_a_name_that_is_taken_keeps_the_whole_unless_the_rest_may_go(named: Cli) -> None:
    before = names(named)
    rows = named("replace", "zebra", "okapi", "--dry-run", *HERE).rows
    troubled = [row for row in rows if row["trouble"]]
    assert [row["before"] for row in troubled] == ["Zebra desk"]
    assert named("replace", "zebra", "okapi", *HERE).code == 3
    assert names(named) == before
    done = named.ok("replace", "zebra", "okapi", "--partial", *HERE)
    assert (done["changed"], [one["code"] for one in done["refused"]]) == (2, ["duplicate_name"])
    assert {"Zebra desk", "okapi chairs", "okapiwood"} <= names(named)


def test_that_a_name_that_another_one_gives_up_first_is_free(named: Cli) -> None:
    named.ok("clusters", "create", "xx", *HERE)
    named.ok("clusters", "create", "xxx", *HERE)
    rows = named("replace", "xx", "x", "--dry-run", *HERE).rows
    assert [(row["before"], row["after"], row["trouble"]) for row in rows] == [
        ("xx", "x", ""),
        ("xxx", "xx", ""),
    ]
    assert named.ok("replace", "xx", "x", *HERE)["changed"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["", "x"], "no text to find"), (["x", "y", "--in", "keyword"], "'keyword'")],
)
def test_that_what_cannot_be_meant_is_said(named: Cli, arguments: list[str], said: str) -> None:
    done = named("replace", *arguments)
    assert done.code == 2
    assert said in done.error["message"]


def test_that_nothing_found_changes_nothing(named: Cli) -> None:
    done = named.ok("replace", "quagga", "x")
    assert (done["action"], done["changed"]) == (None, 0)
