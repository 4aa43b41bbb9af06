"""`planner import`: one plan for looking and for doing, one step of undo, nothing lost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.planner_desktop.cli.conftest import Cli
from tests.planner_desktop.importing.made import table

pytestmark = pytest.mark.slow

SITE = "northlight-office"
HERE = ("--site", SITE, "--sector", "desks")
CANDIDATES = ("candidates", "list")


@pytest.fixture
def seeds(editor: Cli) -> list[dict[str, Any]]:
    """Seeds of the sector that are no keywords yet."""
    found = [row for row in editor("library", "search", "desk", *HERE).rows if not row["added"]]
    assert len(found) >= 4
    return found


def write(folder: Path, rows: Sequence[Sequence[object]], name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(table(rows), encoding="utf-8")
    return path


def keywords(editor: Cli) -> dict[str, dict[str, Any]]:
    return {row["keyword"]: row for row in editor("keywords", "list", *HERE).rows}


@pytest.fixture
def file(editor: Cli, tmp_path: Path, seeds: list[dict[str, Any]]) -> Path:
    """A Semrush export: two new keywords (one twice), one that is there, two without a seed, an address, the advertisement."""
    lamp = editor("library", "search", "lamp", "--site", SITE, "--sector", "lighting").rows[0]["keyword"]
    there = next(iter(keywords(editor)))
    rows: list[list[object]] = [
        ["Keyword", "Intent", "Volume", "Keyword Difficulty", "CPC (USD)", "SERP Features"],
        [seeds[0]["keyword"].upper(), "Informational", 7, 8, 0.5, ""],
        [f"+{seeds[1]['keyword']}", "", 9, "", 0, ""],
        [seeds[0]["keyword"], "", 1, "", 0, ""],
        [there, "", 4321, 65, 0, ""],
        ["desk nobody heard of", "Commercial", "10-100", "", 1.25, ""],
        [lamp, "", 50, "", 0, ""],
        ["https://example.com/desk", "", 1, "", 0, ""],
        ["You can export only first 30000 rows available for your subscription."],
    ]
    return write(tmp_path, rows)


COUNTS = {"add": 2, "already_there": 1, "no_seed": 1, "misaligned": 1, "duplicate": 1, "junk": 2}


def test_that_a_dry_run_says_everything_and_changes_nothing(editor: Cli, file: Path) -> None:
    before = editor("keywords", "list").out
    told = editor.ok("import", file, *HERE, "--dry-run")
    assert told["counts"] == COUNTS == told["files"][0]["counts"]
    (one,) = told["files"]
    assert (one["file"], one["tool"], one["encoding"], one["rows"]) == ("list.csv", "semrush", "utf-8", 8)
    assert sum(told["counts"].values()) == one["rows"]
    assert "first 30000 rows" in told["warnings"][0]
    assert told["warnings"][-1].startswith("1 keyword has its seed in "), "and says in which sector"
    assert editor("keywords", "list").out == before
    assert editor("imports", "list").rows == []
    assert editor("history").rows == []


def test_that_an_import_does_what_its_dry_run_said_as_one_step(
    editor: Cli, file: Path, seeds: list[dict[str, Any]]
) -> None:
    before = keywords(editor)
    planned = editor.ok("import", file, *HERE, "--dry-run")
    done = editor.ok("import", file, *HERE)
    assert {name: done[name] for name in ("files", "counts", "warnings")} == {
        name: planned[name] for name in ("files", "counts", "warnings")
    }
    assert (done["changed"], done["import"]) == (2, 1)
    after = keywords(editor)
    new = after.keys() - before.keys()
    assert new == {seeds[0]["keyword"], seeds[1]["keyword"]}
    # Figures of the file never take the place of the library's.
    assert after[seeds[0]["keyword"]]["volume"] == seeds[0]["volume"]
    (action,) = editor("history").rows
    assert action["label"] == "Import 1 of list.csv: 2 keywords added"
    editor.ok("undo")
    assert keywords(editor).keys() == before.keys()


def test_that_a_whole_import_is_undone_later_and_its_candidates_with_it(editor: Cli, file: Path) -> None:
    before = keywords(editor)
    editor.ok("import", file, *HERE)
    editor.ok("keywords", "set", "--where", "", "--disable", "--site", SITE, "--sector", "lighting")
    assert len(editor(*CANDIDATES).rows) == 2
    (row,) = editor("imports", "list").rows
    assert (row["number"], row["rows"], row["names"], row["undone"]) == (1, 8, "list.csv", False)
    editor.ok("imports", "undo", 1)
    assert keywords(editor).keys() == before.keys()
    assert editor(*CANDIDATES).rows == []
    assert editor("imports", "list").rows[0]["undone"] is True
    done = editor("imports", "undo", 1)
    assert (done.code, done.error["code"]) == (2, "undone_already")
    editor.ok("redo")
    assert len(editor(*CANDIDATES).rows) == 2
    editor.ok("imports", "undo", 1)
    assert keywords(editor).keys() == before.keys()


def test_that_an_undone_import_names_the_later_steps_whose_changes_go_and_stay(
    editor: Cli, file: Path, seeds: list[dict[str, Any]]
) -> None:
    there = next(iter(keywords(editor)))
    editor.ok("import", file, *HERE, "--on-duplicate", "update")
    both = ("--where", f"/^({seeds[0]['keyword']}|{there})$/", *HERE)
    status = editor.ok("keywords", "set", *both, "--status", "mapped")["action"]
    volume = editor.ok("keywords", "set", *both, "--volume", 77)["action"]
    assert [one["id"] for one in editor.ok("history", editor("history").rows[2]["id"])["gone_with"]] == [
        volume,
        status,
    ]
    said = editor("imports", "undo", 1, as_json=False).out
    assert f"Kept for 1 row: “Set volume to 77 on 2 keywords” ({volume}) changed it later." in said
    # Whether the keyword that was there is mapped already is the made data's own.
    assert "with what was changed since: 1 row, by “Set status to mapped on " in said
    assert f"({status})." in said
    assert keywords(editor)[there]["volume"] == 77
    assert seeds[0]["keyword"] not in keywords(editor)


def test_that_rows_without_a_seed_are_kept_with_all_they_know(
    editor: Cli, file: Path, tmp_path: Path
) -> None:
    editor.ok("import", file, *HERE)
    rows = {row["reason"]: row for row in editor(*CANDIDATES).rows}
    assert rows["no_seed"] | {"site_id": "", "sector_id": ""} == {
        "keyword": "desk nobody heard of", "volume": None, "volume_range": [10, 100], "difficulty": None, "intent": "commercial",
        "country": None, "group": None, "industry": rows["no_seed"]["industry"], "site": rows["no_seed"]["site"], "site_id": "",
        "sector": rows["no_seed"]["sector"], "sector_id": "", "reason": "no_seed", "seed": False, "import": 1, "file": "list.csv",
        "sheet": "", "line": 6,
    }  # fmt: skip
    assert rows["misaligned"]["volume"] == 50
    told = editor.ok("candidates", "export", "-o", tmp_path / "out.csv")
    assert told["rows"] == 2
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "keyword,industry,sector,volume,difficulty,intent,country"
    assert lines[1].startswith("desk nobody heard of,")
    assert lines[1].endswith(",,,commercial,")
    assert editor(*CANDIDATES, "--site", SITE, "--sector", "lighting").rows == []


def test_that_importing_again_adds_nothing(editor: Cli, file: Path) -> None:
    editor.ok("import", file, *HERE)
    again = editor.ok("import", file, *HERE)
    assert again["changed"] == 0
    assert again["counts"] == {"already_there": 3, "no_seed": 1, "misaligned": 1, "duplicate": 1, "junk": 2}
    assert again["action"] is None
    assert len(editor(*CANDIDATES).rows) == 2, "a candidate is one row, however often it was imported"
    editor.ok("imports", "undo", 2)
    assert len(editor(*CANDIDATES).rows) == 2
    assert {row["import"] for row in editor(*CANDIDATES).rows} == {1}


@pytest.mark.parametrize(
    ("how", "fate", "volume", "difficulty"),
    [
        ("skip", "already_there", 11, None),
        ("fill", "already_there", 11, None),
        ("update", "update", 4321, 65),
    ],
)
def test_that_figures_take_the_place_of_known_ones_only_where_asked(
    editor: Cli, file: Path, how: str, fate: str, volume: int, difficulty: int | None
) -> None:
    there = next(iter(keywords(editor)))
    editor.ok("keywords", "set", "--where", f'"{there}"', *HERE, "--volume", 11, "--difficulty", "reset")
    assert keywords(editor)[there]["difficulty"] not in {None, 65}, "the library knows another one"
    done = editor.ok("import", file, *HERE, "--on-duplicate", how)
    row = keywords(editor)[there]
    assert (row["volume_override"], row["difficulty_override"]) == (volume, difficulty)
    assert done["counts"][fate] == 1
    again = editor.ok("import", file, *HERE, "--on-duplicate", how)
    assert again["changed"] == 0, "the same again has nothing left to do"
    editor.ok("undo", done["action"])
    assert keywords(editor)[there]["volume_override"] == 11


def test_that_a_file_without_rows_is_said_to_have_nothing_to_do(editor: Cli, tmp_path: Path) -> None:
    file = write(tmp_path, [["Keyword", "Volume"]])
    told = editor("import", file, *HERE, "--dry-run", as_json=False)
    assert told.code == 0
    assert "there is nothing to do" in told.out
    assert "It would be:" not in told.out


def test_that_a_sheet_made_by_hand_is_read_by_its_mapping(
    editor: Cli, tmp_path: Path, seeds: list[dict[str, Any]]
) -> None:
    path = write(
        tmp_path, [["Wort", "Zahl", "Text"], [seeds[0]["keyword"], 5, "x"], [seeds[1]["keyword"], 6, "y"]]
    )
    assert editor("import", path, *HERE).error["code"] == "no_keyword_column"
    told = editor.ok("import", path, *HERE, "--map", "keyword=wort", "--map", "volume=Zahl", "--dry-run")
    assert told["files"][0]["columns"] == {"keyword": "Wort", "volume": "Zahl"}
    assert told["counts"] == {"add": 2}
    said = editor(
        "import", path, *HERE, "--map", "keyword=wort", "--map", "volume=Zahl", "--dry-run", as_json=False
    ).out.splitlines()
    assert said[:2] == [
        "list.csv: generic, 2 rows, utf-8",
        "  read: keyword = Wort, volume = Zahl; not read: Text",
    ]


def test_that_a_file_that_cannot_be_read_is_named_once(editor: Cli, file: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 nothing")
    said = editor("import", file, tmp_path / "bad.xlsx", *HERE, "--dry-run", as_json=False).out
    (line,) = [one for one in said.splitlines() if "bad.xlsx" in one]
    assert line.count("bad.xlsx") == 1


def test_that_a_folder_is_one_import_and_a_bad_file_in_it_is_told(
    editor: Cli, tmp_path: Path, seeds: list[dict[str, Any]]
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    write(folder, [["Keyword", "Volume"], [seeds[0]["keyword"], 5]], "a.csv")
    write(folder, [["Keyword", "Volume"], [seeds[0]["keyword"], 5], [seeds[1]["keyword"], 5]], "b.csv")
    (folder / "c.csv").write_bytes(b"\x89PNG")
    told = editor.ok("import", folder, *HERE)
    assert told["counts"] == {"add": 2, "duplicate": 1}
    assert [one.get("error", {}).get("code") for one in told["files"]] == [None, None, "not_a_list"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-such-file.csv", *HERE], "no_file"),
        (["FILE", "--site", SITE, "--sector", "nowhere"], "unknown_sector"),
        (["FILE", *HERE, "--map", "colour=Volume"], "unknown_field"),
        (["FILE", *HERE, "--map", "volume"], "usage"),
        (["FILE", *HERE, "--on-duplicate", "sum"], "usage"),
        (["EMPTY", *HERE], "empty"),
    ],
)
def test_that_what_cannot_be_imported_ends_with_2_and_changes_nothing(
    editor: Cli, file: Path, tmp_path: Path, arguments: list[str], code: str
) -> None:
    (tmp_path / "empty.csv").touch()
    places = {"FILE": str(file), "EMPTY": str(tmp_path / "empty.csv")}
    done = editor("import", *(places.get(word, word) for word in arguments))
    assert (done.code, done.error["code"]) == (2, code)
    assert editor("imports", "list").rows == []
    assert editor.ok("status")["waiting"] == 0


def test_that_people_read_what_was_recognised_and_what_was_left_out(editor: Cli, file: Path) -> None:
    done = editor("import", file, *HERE, "--dry-run", as_json=False)
    assert "list.csv: semrush keyword-magic, 8 rows, utf-8" in done.out
    assert "Nothing was changed" in done.out
    assert "line 9" in done.out
    done = editor("import", file, *HERE, as_json=False)
    assert done.out.startswith("Import 1 of list.csv: 2 keywords added")
    assert "2 added" in done.out


def test_that_cells_which_say_nothing_are_told_with_their_first_line(editor: Cli, tmp_path: Path) -> None:
    path = write(tmp_path, [["Keyword", "Volume"], ["a desk", 5], ["b desk", "many"], ["c desk", "=1+1"]])
    told = editor.ok("import", path, *HERE, "--dry-run")
    assert told["files"][0]["notes"] == [{"column": "Volume", "count": 2, "line": 3, "example": "many"}]
    said = editor("import", path, *HERE, "--dry-run", as_json=False).out
    assert "2 cells of Volume say nothing there (first in line 3: many)" in said


def test_that_an_import_is_called_after_a_file_with_keywords(
    editor: Cli, tmp_path: Path, seeds: list[dict[str, Any]]
) -> None:
    path = tmp_path / "report.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("Chart.csv", table([["Date", "Clicks", "Impressions"], ["2026-11-01", 3, 9]]))
        archive.writestr(
            "Queries.csv", table([["Top queries", "Clicks", "Impressions"], [seeds[0]["keyword"], 3, 9]])
        )
    editor.ok("import", path, *HERE)
    assert (
        editor("history").rows[0]["label"] == "Import 1 of report.zip/Queries.csv and 1 more: 1 keyword added"
    )


def test_that_a_query_asks_for_what_an_import_named(
    editor: Cli, file: Path, seeds: list[dict[str, Any]]
) -> None:
    editor("import", str(file), *HERE)
    there = next(iter(keywords(editor)))
    named = {row["keyword"] for row in editor("keywords", "list", "--where", "import:1").rows}
    assert named >= {seeds[0]["keyword"], seeds[1]["keyword"]}
    assert editor("keywords", "list", "--where", "import:2").rows == []
    said = editor("export", "keywords", "-o", file.with_name("out.csv"), "--where", "import:1", as_json=False)
    assert (said.code, "No import is called" in said.err) == (0, False)
    others = {row["keyword"] for row in editor("keywords", "list", "--where", "import:none").rows}
    assert not named & others
    assert there in named | others


def test_that_candidates_are_queried_looked_up_again_and_removed(editor: Cli, file: Path) -> None:
    editor.ok("import", file, *HERE)
    assert [row["volume"] for row in editor(*CANDIDATES, "--where", "volume:>=10").rows] == [50]
    assert editor(*CANDIDATES, "--where", "is:candidate import:2").rows == []
    bad = editor(*CANDIDATES, "--where", "volume:many")
    assert (bad.code, bad.error["code"]) == (2, "bad_query")
    told = editor.ok("candidates", "match", "--add")
    assert (told["candidates"], told["found"], told["added"]) == (2, 0, False)
    assert editor.ok("candidates", "remove", "--where", "volume:>=10")["removed"] == 1
    assert [row["reason"] for row in editor(*CANDIDATES).rows] == ["no_seed"]
    assert editor.ok("candidates", "restore", "--site", SITE, "--sector", "lighting")["restored"] == 0
    assert editor.ok("candidates", "restore", *HERE)["restored"] == 1
    assert len(editor(*CANDIDATES).rows) == 2


def test_that_a_column_of_an_import_becomes_overrides_as_one_step(editor: Cli, file: Path) -> None:
    there = next(iter(keywords(editor)))
    before = keywords(editor)[there]["volume_override"]
    editor.ok("import", file, *HERE)
    where = ("keywords", "set", "--where", "", *HERE, "--from-import", 1)
    told = editor.ok(*where, "--field", "volume", "--dry-run")
    assert (told["asked"], told["would_change"]) == (len(keywords(editor)), 3)
    assert keywords(editor)[there]["volume_override"] == before
    done = editor.ok(*where, "--field", "volume")
    assert done["changed"] == 3
    assert keywords(editor)[there]["volume_override"] == 4321
    assert editor("history").rows[0]["label"] == "Volume of import 1 for 3 keywords"
    assert editor.ok(*where, "--field", "volume", "--dry-run")["same"] == 3
    editor.ok("undo")
    assert keywords(editor)[there]["volume_override"] == before
    assert editor(*where, "--field", "position").code == 2
    assert editor(*where[:-1], 9).error["code"] == "unknown_import"
