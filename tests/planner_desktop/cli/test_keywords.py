"""keywords, clusters, library, history: shapes of the contract, on a replica that was synced once and is offline since."""

import json
from pathlib import Path

import pytest

from planner_desktop.app.contract import KEYWORD_FIELDS
from planner_desktop.app.views import View, Views
from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow

SITE = "northlight-office"
SECTOR = "desks"
HERE = ("--site", SITE, "--sector", SECTOR)


def test_that_a_keyword_row_has_the_fields_of_the_contract_and_no_others(editor: Cli) -> None:
    document = editor.ok("keywords", "list")
    assert document["total"] == len(document["rows"]) == 160
    for row in document["rows"]:
        assert tuple(row) == KEYWORD_FIELDS
        assert len(row["id"]) == len(row["site_id"]) == len(row["sector_id"]) == 32
        assert row["status"] in {"new", "mapped"}
        assert row["sync"] == "synced"
        assert row["disabled"] in {True, False}


def test_that_where_sort_limit_and_columns_choose_rows(editor: Cli) -> None:
    rows = editor("keywords", "list", "--where", "volume:>=100 -status:mapped", "--sort", "-volume").rows
    volumes = [row["volume"] for row in rows]
    assert volumes == sorted(volumes, reverse=True)
    assert min(volumes) >= 100
    assert {row["status"] for row in rows} == {"new"}
    few = editor.ok(
        "keywords", "list", "--where", "volume:>=100 -status:mapped", "--limit", "2", "--columns", "id,volume"
    )
    assert few["total"] == len(rows)
    assert [tuple(row) for row in few["rows"]] == [("id", "volume")] * 2
    assert editor.ok("keywords", "list", "--limit", "0") == {"rows": [], "total": 160}


def test_that_site_and_sector_are_filters_by_id_slug_or_name(editor: Cli) -> None:
    sectors = editor("sectors", "--site", SITE).rows
    desks = next(row for row in sectors if row["slug"] == SECTOR)
    by_slug = editor("keywords", "list", *HERE).rows
    assert {row["sector_id"] for row in by_slug} == {desks["id"]}
    for site, sector in ((desks["site"], "Desks"), (desks["site_id"], desks["id"])):
        assert editor("keywords", "list", "--site", site, "--sector", sector).rows == by_slug


def test_that_the_query_line_takes_sites_and_sectors_by_id_slug_or_name(editor: Cli) -> None:
    sectors = editor("sectors", "--site", SITE).rows
    desks = next(row for row in sectors if row["slug"] == SECTOR)
    by_option = editor("keywords", "list", *HERE).rows
    assert by_option
    for site in (SITE, desks["site_id"], f'"{desks["site"]}"'):
        for sector in (SECTOR, desks["id"], "Desks"):
            where = f"site:{site} sector:{sector}"
            found = editor("keywords", "list", "--where", where)
            assert found.rows == by_option, where
            assert found.err == ""


def test_that_totals_count_what_a_limit_leaves_out(editor: Cli) -> None:
    for volume in (1, 2, 3):
        editor.ok("keywords", "set", "--where", "", "--volume", str(volume))
    for command in (
        ["history"],
        ["library", "search", "e", "--site", SITE],
        ["library", "search", "e", *HERE],
    ):
        every = editor.ok(*command, "--limit", "100000")
        assert every["total"] == len(every["rows"]) > 1
        few = editor.ok(*command, "--limit", "1")
        assert (len(few["rows"]), few["total"]) == (1, every["total"])


@pytest.mark.parametrize("term", ["site:nosuch", "sector:nosuch", "cluster:nosuch", "-cluster:nosuch"])
def test_that_a_name_nobody_has_is_said_and_changes_nothing(editor: Cli, term: str) -> None:
    found = editor("keywords", "list", "--where", term, "--limit", "1")
    assert found.code == 0
    assert "is called 'nosuch'" in found.err
    for command in (("set", "--volume", "7"), ("delete",)):
        done = editor("keywords", *command, "--where", term)
        assert done.code == 2
        assert "nosuch" in done.error["message"]
    assert editor.ok("status")["waiting"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["keywords", "list", "--where", "volum:3"], "at character 1"),
        (["keywords", "list", "--where", "status:new volume:>=x"], "at character"),
        (["keywords", "list", "--sort", "colour"], "colour"),
        (["keywords", "list", "--site", "nowhere"], "Northlight Office"),
        (["keywords", "list", "--sector", "nothing"], "Desks"),
        (["keywords", "set", "--where", "", "--volume", "many"], "many"),
        (["keywords", "set", "--where", "", "--cluster", "no such cluster"], "no such cluster"),
        (["clusters", "rename", "no such cluster", "x"], "no such cluster"),
        (["undo", "not-an-id"], "not-an-id"),
        (["undo", "0" * 32], "0000"),
        (["redo"], "redo"),
        (["pending", "discard", "0" * 32], "0000"),
        (["review", "resolve", "--keep", "mine", "0" * 32], "0000"),
        (["keywords", "add-from-seeds", *HERE, "--seed", "17"], "17"),
        (["keywords", "add-from-seeds", *HERE, "--match", "no-such-file"], "no-such-file"),
    ],
)
def test_that_what_cannot_be_meant_ends_with_2_and_names_it(
    editor: Cli, arguments: list[str], said: str
) -> None:
    done = editor(*arguments)
    assert done.code == 2, done
    assert said in done.error["message"]
    assert editor.ok("status")["waiting"] == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--volume", "-1"), ("--difficulty", "101"), ("--status", "queued")]
)
def test_that_what_a_rule_refuses_ends_with_3_and_changes_nothing(
    editor: Cli, option: str, value: str
) -> None:
    done = editor("keywords", "set", "--where", "", option, value)
    assert done.code == 3
    assert value in done.error["message"]
    assert editor.ok("status")["waiting"] == 0


def test_that_setting_is_one_action_shown_as_waiting_and_undone_as_one(editor: Cli) -> None:
    before = editor("keywords", "list").rows
    done = editor.ok(
        "keywords", "set", "--where", "", *HERE, "--volume", "1234", "--difficulty", "7", "--disable"
    )
    rows = editor("keywords", "list", *HERE).rows
    assert {(row["volume"], row["difficulty"], row["disabled"], row["sync"]) for row in rows} == {
        (1234, 7, True, "waiting")
    }
    assert {row["volume_override"] for row in rows} == {1234}
    assert [row["id"] for row in editor("history").rows] == [done["action"]]
    assert [row["id"] for row in editor("pending", "list").rows] == [done["action"]]
    assert len(editor("keywords", "list", "--where", "is:waiting is:override").rows) == len(rows)
    editor.ok("undo")
    ignoring_marks = [{**row, "sync": ""} for row in before]
    assert [{**row, "sync": ""} for row in editor("keywords", "list").rows] == ignoring_marks
    editor.ok("redo")
    assert len(editor("keywords", "list", "--where", "is:disabled", *HERE).rows) == len(rows)


def test_that_reset_takes_an_override_away(editor: Cli) -> None:
    before = {row["id"]: row["volume"] for row in editor("keywords", "list", *HERE).rows}
    editor.ok("keywords", "set", "--where", "", *HERE, "--volume", "5")
    editor.ok("keywords", "set", "--where", "", *HERE, "--volume", "reset")
    rows = editor("keywords", "list", *HERE).rows
    assert {row["volume_override"] for row in rows} == {None}
    assert {row["id"] for row in rows if row["volume"] == before[row["id"]]}


def test_that_what_is_already_so_is_counted_unchanged(editor: Cli) -> None:
    editor.ok("keywords", "set", "--where", "", *HERE, "--volume", "5")
    again = editor.ok("keywords", "set", "--where", "", *HERE, "--volume", "5")
    assert (again["changed"], again["action"]) == (0, None)
    assert again["unchanged"] == len(editor("keywords", "list", *HERE).rows)


def test_that_a_cluster_is_made_filled_renamed_and_deleted(editor: Cli) -> None:
    made = editor.ok("clusters", "create", "Fresh ideas", *HERE)
    assert editor("clusters", "create", "FRESH  ideas", *HERE).code == 3
    count = editor.ok("keywords", "set", "--where", "cluster:none", *HERE, "--cluster", "fresh ideas")[
        "changed"
    ]
    (row,) = [row for row in editor("clusters", "list", *HERE).rows if row["id"] == made["id"]]
    assert (row["name"], row["keywords"], row["sync"]) == ("Fresh ideas", count, "waiting")
    assert {one["status"] for one in editor("keywords", "list", "--where", 'cluster:"Fresh ideas"').rows} == {
        "mapped"
    }
    editor.ok("clusters", "rename", "Fresh ideas", "Old ideas")
    assert len(editor("keywords", "list", "--where", 'cluster:"Old ideas"').rows) == count
    editor.ok("clusters", "delete", made["id"])
    assert made["id"] not in {one["id"] for one in editor("clusters", "list").rows}
    assert len(editor("keywords", "list", "--where", "cluster:none status:new", *HERE).rows) >= count


def test_that_a_cluster_of_another_sector_is_refused(editor: Cli) -> None:
    made = editor.ok("clusters", "create", "Only for desks", *HERE)
    done = editor("keywords", "set", "--where", "", "--sector", "chairs", "--cluster", made["id"])
    assert done.code in {2, 3}
    assert editor.ok("status")["waiting"] == 1


def test_that_one_cluster_name_in_two_sectors_is_ambiguous_until_the_keywords_decide(editor: Cli) -> None:
    one = editor.ok("clusters", "create", "Twice", *HERE)
    editor.ok("clusters", "create", "Twice", "--site", SITE, "--sector", "chairs")
    done = editor("clusters", "rename", "Twice", "Once")
    assert done.code == 2
    assert done.error["code"] == "ambiguous_cluster"
    assert one["id"] in done.error["message"]
    changed = editor.ok("keywords", "set", "--where", "sector:Desks cluster:none", "--cluster", "twice")[
        "changed"
    ]
    assert len(editor("keywords", "list", "--where", "cluster:Twice").rows) == changed


def test_that_deleted_keywords_are_gone_until_undone(editor: Cli) -> None:
    count = len(editor("keywords", "list", *HERE).rows)
    done = editor.ok("keywords", "delete", "--where", "", *HERE)
    assert done["changed"] == count
    assert editor.ok("keywords", "list", *HERE)["total"] == 0
    editor.ok("undo", done["action"])
    assert editor.ok("keywords", "list", *HERE)["total"] == count


def test_that_library_search_says_what_is_added_already(editor: Cli) -> None:
    rows = editor("library", "search", "desk", *HERE, "--limit", "1000").rows
    assert all("desk" in row["keyword"] for row in rows)
    added = {row["keyword"] for row in editor("keywords", "list", *HERE).rows}
    assert {row["keyword"] for row in rows if row["added"]} == {text for text in added if "desk" in text}
    few = editor.ok("library", "search", "desk", "--site", SITE, "--limit", "3")
    assert len(few["rows"]) == 3 < few["total"]


def test_that_seeds_are_added_once_whatever_is_repeated(editor: Cli) -> None:
    free = [row["id"] for row in editor("library", "search", "desk", *HERE).rows if not row["added"]][:3]
    seeds = [word for seed in (*free, free[0]) for word in ("--seed", seed)]
    done = editor.ok("keywords", "add-from-seeds", *HERE, *seeds)
    assert (done["changed"], done["already_there"]) == (3, 0)
    again = editor.ok("keywords", "add-from-seeds", *HERE, *seeds)
    assert (again["changed"], again["already_there"]) == (0, 3)


def test_that_a_seed_of_another_sector_is_refused(editor: Cli) -> None:
    (lamp, *_) = editor("library", "search", "lamp", "--site", SITE, "--sector", "lighting").rows
    done = editor("keywords", "add-from-seeds", *HERE, "--seed", lamp["id"])
    assert done.code == 3
    assert editor.ok("status")["waiting"] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_that_a_file_is_matched_line_by_line_and_the_rest_is_listed(
    editor: Cli, tmp_path: Path, encoding: str
) -> None:
    free = [row["keyword"] for row in editor("library", "search", "desk", *HERE).rows if not row["added"]][:2]
    there = editor("keywords", "list", *HERE).rows[0]["keyword"]
    lines = [free[0].upper(), "", f"  {free[1]}  ", free[0], there, "schreibtisch größe", "zzz"]
    (tmp_path / "list.txt").write_text("\r\n".join(lines), encoding=encoding)
    done = editor.ok("keywords", "add-from-seeds", *HERE, "--match", tmp_path / "list.txt")
    assert (done["changed"], done["already_there"]) == (2, 1)
    assert done["unmatched"] == ["schreibtisch größe", "zzz"]


def test_that_a_file_in_another_encoding_is_named_with_its_line(editor: Cli, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes("desk\nb\xfcrotisch\n".encode("latin-1"))
    done = editor("keywords", "add-from-seeds", *HERE, "--match", tmp_path / "list.txt")
    assert done.code == 2
    assert "line 2" in done.error["message"]


def test_that_discarding_takes_back_what_was_not_sent(editor: Cli) -> None:
    before = [{**row, "sync": ""} for row in editor("keywords", "list").rows]
    first = editor.ok("keywords", "set", "--where", "", *HERE, "--volume", "9")
    editor.ok("keywords", "set", "--where", "", *HERE, "--disable")
    one = editor.ok("pending", "discard", first["action"])
    assert one["label"] == f"Discarded “{first['label']}”"
    assert {row["disabled"] for row in editor("keywords", "list", *HERE).rows} == {True}
    editor.ok("keywords", "set", "--where", "", *HERE, "--volume", "9")
    assert editor.ok("pending", "discard", "--all")["label"] == "Discarded 2 actions"
    assert [{**row, "sync": ""} for row in editor("keywords", "list").rows] == before
    assert "Nothing was decided" in editor("review", "list", "--state", "closed", as_json=False).err
    assert editor("pending", "list").rows == []


def test_that_without_json_people_read_sentences(editor: Cli) -> None:
    done = editor("keywords", "set", "--where", "", *HERE, "--volume", "5", as_json=False)
    assert "keywords" in done.out
    done = editor("keywords", "list", "--limit", "1", as_json=False)
    assert done.out.splitlines()[0].split("\t")[:2] == ["keyword", "volume"]
    done = editor("keywords", "list", "--where", "nothing-like-this", as_json=False)
    assert (done.out, done.err) == ("", "No keyword matches.\n")


def test_that_a_saved_view_is_listed_and_says_what_is_listed(editor: Cli) -> None:
    (folder,) = editor.folder.glob("accounts/*")
    views = Views(folder / "views.json")
    layout = {
        "order": ["mark", "keyword", "status", "volume", "created", "enabled"],
        "hidden": ["status", "mark"],
        "widths": {},
    }
    views.save(View("Large ones", "volume:>=100", "-volume", layout))
    views.save(View("Plain", "status:new", ""))
    views.set_start("Plain")
    assert editor("views", "list").rows == [
        {
            "name": "Large ones",
            "query": "volume:>=100",
            "sort": "-volume",
            "columns": ["keyword", "volume", "disabled"],
            "start": False,
        },
        {"name": "Plain", "query": "status:new", "sort": "", "columns": None, "start": True},
    ]
    found = editor("keywords", "list", "--view", "LARGE ones", "--where", "status:new").rows
    assert {tuple(row) for row in found} == {("keyword", "volume", "disabled")}
    volumes = [row["volume"] for row in found]
    assert volumes == sorted(volumes, reverse=True)
    assert (
        len(found)
        == editor.ok("keywords", "list", "--where", "volume:>=100 status:new", "--limit", "0")["total"]
    )
    out = editor.folder / "out.json"
    editor.ok("export", "keywords", "--view", "large ones", "--columns", "id", "-o", out)
    assert {tuple(row) for row in json.loads(out.read_text("utf-8"))["rows"]} == {("id",)}
    missing = editor("keywords", "list", "--view", "nobody")
    assert (missing.code, missing.error["code"]) == (2, "unknown_view")
    assert "Large ones, Plain" in missing.error["message"]


def test_that_what_came_since_is_asked_for(editor: Cli) -> None:
    everything = editor.ok("keywords", "list", "--limit", "0")["total"]
    assert editor.ok("keywords", "list", "--where", "changed:>last-sync", "--limit", "0")["total"] == 0
    assert editor.ok("keywords", "list", "--where", "changed:never", "--limit", "0")["total"] == everything
    assert editor("keywords", "list", "--where", "changed:>yesterday").code == 2
