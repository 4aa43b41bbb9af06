"""`planner history`, `undo` and `redo`: search, one action's rows, the later step in the way, undo from there."""

import pytest

from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow

HERE = ("--site", "northlight-office", "--sector", "desks")


def _set(editor: Cli, where: str, *what: object) -> str:
    return str(editor.ok("keywords", "set", *HERE, "--where", where, *what)["action"])


def test_that_a_step_in_the_middle_names_the_later_step_and_is_undone_from_there(editor: Cli) -> None:
    before = [(row["id"], row["volume"]) for row in editor("keywords", "list", *HERE).rows]
    first = _set(editor, "", "--volume", 1234)
    second = _set(editor, "", "--volume", 99)
    refused = editor("undo", first)
    assert (refused.code, refused.error["code"]) == (3, "in_the_way")
    assert second in refused.error["message"]
    assert "--from-there" in refused.error["remedy"]
    (later,) = editor.ok("history", first)["in_the_way"]
    assert (later["id"], later["rows"]) == (second, len(before))
    editor.ok("undo", first, "--from-there")
    assert [(row["id"], row["volume"]) for row in editor("keywords", "list", *HERE).rows] == before
    assert [row["progress"] for row in editor("history").rows] == ["waiting", "waiting", "undone", "undone"]


def test_that_what_still_stands_is_undone_and_the_rest_is_told(editor: Cli) -> None:
    first = _set(editor, "", "--volume", 1234)
    few = editor("keywords", "list", *HERE, "--where", "status:mapped").rows
    second = _set(editor, "status:mapped", "--volume", 99)
    done = editor.ok("undo", first)
    assert done["skipped"] == len(few)
    assert [(one["id"], one["rows"]) for one in done["in_the_way"]] == [(second, len(few))]
    volumes = [row["volume"] for row in editor("keywords", "list", *HERE).rows]
    assert (volumes.count(99), 1234 in volumes) == (len(few), False)


def test_that_one_action_is_shown_row_by_row(editor: Cli) -> None:
    action = _set(editor, "", "--status", "mapped")
    shown = editor.ok("history", action, "--limit", 3)
    assert len(shown["changes"]) == 3
    for change in shown["changes"]:
        assert set(change) == {"entity", "id", "name", "change", "field", "old", "new"}
        assert (change["field"], change["old"], change["new"]) == ("status", "new", "mapped")
    plain = editor("history", action, "--limit", 1, as_json=False)
    assert "status new -> mapped" in plain.out
    assert "rows in all" in plain.out


def test_that_the_history_is_searched(editor: Cli) -> None:
    status = _set(editor, "", "--status", "mapped")
    volume = _set(editor, "", "--volume", 7)
    found = editor.ok("history", "--find", "VOLUME")
    assert (found["total"], [row["id"] for row in found["rows"]]) == (1, [volume])
    editor.ok("undo", status)
    assert [row["id"] for row in editor("history", "--state", "undone").rows] == [status]
    assert editor.ok("history", "--state", "refused") == {"rows": [], "total": 0}
    wrong = editor("history", "--state", "gone")
    assert (wrong.code, wrong.error["code"]) == (2, "bad_state")


def test_that_an_undone_step_is_done_again_by_its_id(editor: Cli) -> None:
    first = _set(editor, "status:mapped", "--volume", 7)
    editor.ok("undo", first)
    _set(editor, "status:new", "--volume", 8)
    assert editor("redo").code == 2
    assert editor.ok("redo", first)["changed"] > 0
    (row,) = [row for row in editor("history").rows if row["id"] == first]
    assert (row["undone"], row["redone"], row["progress"]) == (True, True, "waiting")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["history", "0" * 32], "unknown_action"),
        (["history", "what"], "bad_action_id"),
        (["redo", "0" * 32], "unknown_action"),
        (["undo", "--from-there"], "no_action"),
    ],
)
def test_that_an_action_that_is_not_there_is_a_clear_answer(
    editor: Cli, arguments: list[str], code: str
) -> None:
    done = editor(*arguments)
    assert (done.code, done.error["code"]) == (2, code)
