"""tags and notes of the profile: on this computer only, each step taken back by itself."""

import pytest

from tests.planner_desktop.cli.conftest import Cli
from tests.planner_desktop.cli.test_keywords import HERE, SITE

pytestmark = pytest.mark.slow


def tags(editor: Cli) -> dict[str, int]:
    return {row["tag"]: row["keywords"] for row in editor("tags", "list").rows}


def test_that_tags_are_put_on_taken_off_and_undone_step_by_step(editor: Cli) -> None:
    done = editor.ok("tags", "add", "to  check", "--where", "volume:>=1000", *HERE)
    count = done["changed"]
    assert count > 1
    assert tags(editor) == {"to check": count}
    again = editor.ok("tags", "add", "TO CHECK", "--where", "volume:>=1000", *HERE)
    assert (again["changed"], again["unchanged"]) == (0, count)
    editor.ok("tags", "remove", "To Check", "--where", "volume:>=5000", *HERE)
    left = tags(editor)["to check"]
    assert 0 < left < count
    editor.ok("tags", "undo")
    assert tags(editor) == {"to check": count}
    editor.ok("tags", "undo")
    assert tags(editor) == {}
    assert editor("tags", "undo").code == 2


def test_that_nothing_of_tags_and_notes_waits_for_the_platform(editor: Cli) -> None:
    editor.ok("tags", "add", "a", "--where", "")
    editor.ok("notes", "set", "ask Eve", "--where", "")
    assert editor.ok("status")["waiting"] == 0
    assert editor("history").rows == []


def test_that_a_tag_renamed_to_another_becomes_one_with_it_until_undone(editor: Cli) -> None:
    editor.ok("tags", "add", "a", "--where", "volume:>=1000", *HERE)
    editor.ok("tags", "add", "b", "--where", "volume:>=5000", *HERE)
    before = tags(editor)
    editor.ok("tags", "rename", "b", "a")
    assert tags(editor) == {"a": before["a"]}
    editor.ok("tags", "undo")
    assert tags(editor) == before
    editor.ok("tags", "rename", "b", "B")
    assert tags(editor) == {"a": before["a"], "B": before["b"]}
    editor.ok("tags", "delete", "a")
    assert tags(editor) == {"B": before["b"]}


def test_that_notes_are_written_listed_and_taken_away(editor: Cli) -> None:
    rows = editor("keywords", "list", "--where", "volume:>=1000", *HERE).rows
    editor.ok("notes", "set", " ask Eve \n", "--where", "volume:>=1000", *HERE)
    noted = editor("notes", "list").rows
    assert {(row["id"], row["note"]) for row in noted} == {(row["id"], "ask Eve") for row in rows}
    assert editor("notes", "list", "--where", "volume:<1000").rows == []
    editor.ok("notes", "remove", "--where", "volume:>=5000")
    assert len(editor("notes", "list").rows) < len(noted)
    editor.ok("notes", "undo")
    assert editor("notes", "list").rows == noted


def test_that_tags_and_notes_survive_a_replica_fetched_anew(owner: Cli) -> None:
    owner.ok("tags", "add", "kept", "--where", "volume:>=1000", "--site", SITE)
    owner.ok("notes", "set", "kept too", "--where", "volume:>=1000", "--site", SITE)
    before = owner("notes", "list").rows
    folder = owner.replica.parent
    for path in [*folder.glob("replica.db*"), *folder.glob("columns*"), *folder.glob("outbox*")]:
        path.unlink()
    owner.ok("sync")
    assert owner("notes", "list").rows == before
    assert list(tags(owner)) == ["kept"]


def test_that_the_query_line_finds_tags_and_notes(editor: Cli) -> None:
    def found(where: str) -> set[str]:
        return {row["id"] for row in editor("keywords", "list", "--where", where).rows}

    every, big = found(""), found("volume:>=5000")
    assert set() < big < every
    editor.ok("tags", "add", "to check", "--where", "volume:>=5000")
    editor.ok("notes", "set", "Ask Eve about it", "--where", "volume:<5000")
    assert found('tag:"TO check"') == big
    assert found("tag:none") == every - big
    assert found("note:eve tag:none") == found("volume:<5000")
    assert found("note:none") == every - found("volume:<5000")
    done = editor.ok("keywords", "set", "--where", 'tag:"to check"', "--disable")
    assert done["changed"] + done["unchanged"] == len(big)
    editor.ok("keywords", "set", "--where", "note:eve", "--enable")
    slip = editor("keywords", "set", "--where", "tag:nosuch", "--enable")
    assert slip.code == 2
    assert "nosuch" in slip.error["message"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tags", "add", " ", "--where", ""], "cannot be a tag"),
        (["tags", "add", "x" * 101, "--where", ""], "cannot be a tag"),
        (["tags", "delete", "nosuch"], "nosuch"),
        (["tags", "rename", "nosuch", "x"], "nosuch"),
        (["notes", "set", "x" * 10_001, "--where", ""], "10,000"),
        (["tags", "add", "a", "--where", "cluster:nosuch"], "nosuch"),
    ],
)
def test_that_what_cannot_be_meant_is_said_and_changes_nothing(
    editor: Cli, arguments: list[str], said: str
) -> None:
    done = editor(*arguments)
    assert done.code == 2
    assert said in done.error["message"]
    assert tags(editor) == {}


def test_that_a_damaged_file_is_named_and_left_as_it_is(editor: Cli) -> None:
    editor.ok("tags", "add", "a", "--where", "")
    (file,) = editor.folder.glob("accounts/*/labels/labels.json")
    file.write_text("{", encoding="utf-8")
    done = editor("tags", "add", "b", "--where", "")
    assert done.code != 0
    assert str(file) in done.error["message"]
    assert file.read_text(encoding="utf-8") == "{"
