"""backup, pause, resume, pending export and import, sign-out: what a person can do against losing work."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from planner_desktop.app import opening
from planner_desktop.demo.platform import Platform
from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow


def _first(cli: Cli, number: int = 0) -> dict[str, Any]:
    """Return one of the keywords whose text stands in no other keyword."""
    rows: list[dict[str, Any]] = cli("keywords", "list", "--sort", "keyword").rows
    texts = [row["keyword"] for row in rows]
    alone = [row for row in rows if sum(row["keyword"] in text for text in texts) == 1]
    return alone[number]


def _set(cli: Cli, row: dict[str, Any], *options: object) -> None:
    where = ("--where", f'"{row["keyword"]}"')
    assert cli.ok("keywords", "set", *where, *options)["changed"] == 1


def _override(cli: Cli, row: dict[str, Any], value: int) -> None:
    _set(cli, row, "--volume", value)


def test_that_a_backup_is_shown_before_it_is_restored_and_sync_pauses_until_it_is_resumed(owner: Cli) -> None:
    """P81: rows go back, edits do not; nothing is uploaded because the platform lacks it, nothing sent before resume."""
    row, other = _first(owner), _first(owner, 1)
    made = owner.ok("backup", "create")
    assert made["keywords"] == len(owner("keywords", "list").rows)
    _override(owner, row, 4321)
    owner.ok("sync")
    _override(owner, other, 17)

    shown = owner.ok("backup", "restore", made["id"])
    assert shown["restored"] is False
    assert shown["difference"]["keyword"] == {"added": 0, "removed": 0, "changed": 2}
    assert [one["rows"] for one in shown["pending"]] == [1]
    assert _first(owner)["volume"] == 4321, "shown only"

    done = owner.ok("backup", "restore", made["id"], "--yes")
    assert done["before"]["reason"] == "before a restore"
    assert _first(owner)["volume"] == row["volume"]
    assert _first(owner, 1)["volume"] == 17, "what waits lies on top"
    assert owner.ok("status")["state"] == "paused"
    refused = owner("sync")
    assert (refused.code, refused.error["code"]) == (78, "paused")
    assert "planner resume" in refused.error["remedy"]

    found = owner.ok("resume")
    assert found["restored"]["difference"]["keyword"]["changed"] == 2
    assert owner.ok("status")["waiting"] == 1, "fetched, nothing sent"
    assert _first(owner)["volume"] == 4321, "the platform's value is here again"
    taken = owner.ok("backup", "take", made["id"], row["id"])
    assert taken["changed"] == 1
    assert owner.ok("sync")["pushed"] == 2
    assert _first(owner)["volume"] == row["volume"]
    _override(owner, row, 4321)
    owner.ok("undo")
    owner.ok("sync")


def test_that_a_backup_holds_tags_and_notes_and_a_restore_brings_them_back(editor: Cli) -> None:
    row = _first(editor)
    where = ("--where", f'"{row["keyword"]}"')
    editor.ok("tags", "add", "to check", *where)
    editor.ok("notes", "set", "ask Eve", *where)
    made = editor.ok("backup", "create")
    editor.ok("tags", "remove", "to check", *where)
    editor.ok("tags", "add", "later", *where)
    shown = editor.ok("backup", "show", made["id"])
    assert shown["labels"] == {"then": {"tags": 1, "notes": 1}, "now": {"tags": 1, "notes": 1}}
    done = editor.ok("backup", "restore", made["id"], "--yes")
    assert done["labels_restored"] is True
    assert [one["tag"] for one in editor("tags", "list").rows] == ["to check"]
    assert [one["id"] for one in editor("keywords", "list", "--where", "note:Eve").rows] == [row["id"]]
    editor.ok("backup", "restore", done["before"]["id"], "--yes")
    assert [one["tag"] for one in editor("tags", "list").rows] == ["later"], "those of before are in its copy"
    file = Path(made["file"])
    file.with_name(file.stem + ".labels.json").write_text("{", encoding="utf-8")
    assert editor.ok("backup", "restore", made["id"], "--yes")["labels_restored"] is False
    assert [one["tag"] for one in editor("tags", "list").rows] == ["later"], "damage takes nothing away"


def test_that_a_pause_holds_for_every_command_and_editing_goes_on(editor: Cli) -> None:
    assert editor.ok("pause", "on a ferry")["reason"] == "on a ferry"
    assert editor.ok("status")["detail"] == "on a ferry"
    assert "On a ferry. Go on with: planner resume\n" in editor("status", as_json=False).out
    assert editor("sync").code == 78
    _override(editor, _first(editor), 5)
    assert editor.ok("resume", "--offline") == {"paused": True, "restored": None, "resumed": True}
    assert editor.ok("resume", "--offline")["paused"] is False
    assert editor.ok("status")["state"] == "waiting"


def test_that_unknown_backups_and_rows_are_named(editor: Cli) -> None:
    made = editor.ok("backup", "create")
    done = editor("backup", "show", "of yesterday")
    assert done.code == 2
    assert made["id"] in done.error["message"]
    assert editor("backup", "take", made["id"]).code == 2
    assert editor("backup", "take", made["id"], "0" * 32).code == 2
    assert editor.ok("backup", "take", made["id"], "--all")["changed"] == 0


def test_that_a_copied_profile_writes_under_a_name_of_its_own(editor: Cli) -> None:
    """P9: the fixture is a copy of a folder that had synchronised."""
    _override(editor, _first(editor), 5)
    names = [_meta(editor, "replica_id")]
    _override(editor, _first(editor), 6)
    names.append(_meta(editor, "replica_id"))
    assert names[0] == names[1], "one opening later it is known here"
    assert not list(editor.folder.rglob("*.nonce"))


def _meta(cli: Cli, key: str) -> str:
    import sqlite3  # noqa: PLC0415 - only here
    from contextlib import closing  # noqa: PLC0415 - only here

    with closing(sqlite3.connect(cli.replica)) as connection:
        (value,) = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(value)


def test_that_signing_out_with_changes_asks_for_a_choice(editor: Cli, tmp_path: Path) -> None:
    """P24: sync, keep or export; without one nothing is signed out and nothing lost."""
    row = _first(editor)
    _override(editor, row, 777)
    refused = editor("sign-out")
    assert refused.code == 2
    assert all(way in refused.error["remedy"] for way in ("--sync", "--keep", "--export"))
    assert editor.ok("whoami")["signed_in"] is True
    assert editor("sign-out", "--keep", "--sync").code == 2
    file = tmp_path / "work.txt"
    assert editor("sign-out", "--export", file).code == 2
    assert editor.ok("whoami")["signed_in"] is True, "the file could not be written"

    file = tmp_path / "work.json"
    assert editor.ok("sign-out", "--export", file)["waiting"] == 1
    assert editor.ok("whoami")["signed_in"] is False
    assert editor.ok("status")["waiting"] == 1, "it is on this computer all the same"
    document = json.loads(file.read_text())
    (work,) = document["work"]
    (change,) = work["changes"]
    assert (change["name"], change["field"], change["new"]) == (row["keyword"], "volume_override", "777")
    assert file.stat().st_mode & 0o077 == 0
    assert "token" not in file.read_text()


def test_that_signing_out_with_sync_sends_first(owner: Cli) -> None:
    row = _first(owner, 2)
    _override(owner, row, 888)
    assert owner.ok("sign-out", "--sync")["waiting"] == 0
    assert owner.ok("whoami")["signed_in"] is False


def test_that_what_a_sync_does_not_settle_is_not_advised_to_be_sent_again(
    owner: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P24: work that is held or refused stays after the sync; the ways that are left are named."""
    monkeypatch.setattr(opening, "_unsettled", lambda *_: 3)
    refused = owner("sign-out", "--sync")
    assert refused.code == 2
    assert "nor by the sync just now" in refused.error["message"]
    assert "--sync" not in refused.error["remedy"]
    assert all(way in refused.error["remedy"] for way in ("planner status", "--keep", "--export"))
    assert owner.ok("whoami")["signed_in"] is True


def test_that_pending_work_is_a_table_for_people_and_edits_again_for_the_program(
    editor: Cli, tmp_path: Path
) -> None:
    rows = [_first(editor, number) for number in range(4)]
    _override(editor, rows[0], 10)
    _set(editor, rows[1], "--disable")
    editor.ok(
        "clusters", "create", "=SUM(A1)", "--sector", rows[2]["sector_id"], "--site", rows[2]["site_id"]
    )
    _set(editor, rows[2], "--cluster", "=SUM(A1)", "--sector", rows[2]["sector_id"])

    table, document = tmp_path / "work.csv", tmp_path / "work.json"
    assert (
        editor.ok("pending", "export", table)["changes"]
        == editor.ok("pending", "export", document)["changes"]
    )
    assert table.read_bytes().startswith(b"\xef\xbb\xbf"), "spreadsheets know UTF-8 by it"
    lines = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert {line["name"] for line in lines} >= {rows[0]["keyword"], rows[1]["keyword"], "'=SUM(A1)"}
    assert {line["state"] for line in lines} == {"waiting"}

    assert editor.ok("pending", "import", document)["changed"] == 0, "it is as wanted already"
    editor.ok("pending", "discard", "--all")
    assert editor.ok("status")["waiting"] == 0
    assert _first(editor)["volume"] == rows[0]["volume"]
    again = editor.ok("pending", "import", document)
    assert again["changed"] >= 4
    assert _first(editor)["volume"] == 10
    assert _first(editor, 1)["disabled"] is True
    assert _first(editor, 2)["cluster"] == "=SUM(A1)"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "planner-pending", "version": 1}', "x,y"])
def test_that_a_file_that_is_no_export_is_refused(editor: Cli, tmp_path: Path, content: str) -> None:
    file = tmp_path / "work.json"
    file.write_text(content)
    done = editor("pending", "import", file)
    assert done.code == 2
    assert str(file) in done.error["message"]


def test_that_an_export_of_a_site_without_access_is_refused_by_its_name(editor: Cli, tmp_path: Path) -> None:
    _override(editor, _first(editor), 10)
    file = tmp_path / "work.json"
    editor.ok("pending", "export", file)
    work = json.loads(file.read_text(encoding="utf-8"))
    for one in work["work"]:
        one |= {"site_id": "f" * 32, "site": "Closed shop"}
    file.write_text(json.dumps(work), encoding="utf-8")
    done = editor("pending", "import", file)
    assert (done.code, done.error["code"]) == (2, "no_access")
    assert "“Closed shop”" in done.error["message"]


def test_that_a_newer_export_is_refused(editor: Cli, tmp_path: Path) -> None:
    file = tmp_path / "work.json"
    file.write_text('{"format": "planner-pending", "version": 99, "work": []}')
    assert editor("pending", "import", file).error["code"] == "export_newer"


def test_that_damage_costs_no_edit(owner: Cli, platform: Platform) -> None:
    """P57: the file is spoilt while work waits; the next sync but one has everything, the edit included."""
    row = _first(owner, 3)
    _override(owner, row, 31)
    owner.replica.write_bytes(b"no database")
    damaged = owner("sync")
    assert damaged.code == 78
    assert "1 change that had not been settled was saved" in damaged.error["remedy"]
    assert owner.ok("sync")["pushed"] == 1
    assert _first(owner, 3)["volume"] == 31
    assert platform.address
