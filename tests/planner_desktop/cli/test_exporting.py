"""`planner export`: what a list shows, as a file; nothing half written, nothing calculated, and back again through import."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from planner_desktop.app.contract import CLUSTER_FIELDS, KEYWORD_FIELDS
from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow

SITE = "northlight-office"
HERE = ("--site", SITE, "--sector", "desks")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_that_json_has_the_rows_of_the_list(editor: Cli, tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    told = editor.ok("export", "keywords", "-o", file, "--sort", "-volume,keyword")
    listed = editor("keywords", "list", "--sort", "-volume,keyword").document
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written == listed
    assert tuple(written["rows"][0]) == KEYWORD_FIELDS
    assert told == {"file": str(file), "what": "keywords", "format": "json", "rows": listed["total"]}


def test_that_csv_has_the_chosen_columns_of_what_matches(editor: Cli, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    wanted = "keyword,volume,cluster,disabled,id"
    editor.ok(
        "export", "keywords", "-o", file, "--where", "volume:>=100", "--sort", "keyword", "--columns", wanted
    )
    listed = editor("keywords", "list", "--where", "volume:>=100", "--sort", "keyword").rows
    assert listed
    rows = table(file)
    assert list(rows[0]) == ["Keyword", "Volume", "Cluster", "Disabled", "Id"]
    assert rows == [
        {
            "Keyword": row["keyword"],
            "Volume": str(row["volume"]),
            "Cluster": row["cluster"] or "",
            "Disabled": "yes" if row["disabled"] else "no",
            "Id": row["id"],
        }
        for row in listed
    ]
    assert not file.read_bytes().startswith(b"\xef\xbb\xbf")
    editor.ok("export", "keywords", "-o", file, "--bom")
    assert file.read_bytes().startswith(b"\xef\xbb\xbfKeyword,Volume,")


def test_that_a_workbook_has_numbers_as_numbers(editor: Cli, tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    editor.ok("export", "keywords", "-o", file, *HERE, "--sort", "keyword")
    head, *rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("Keywords").to_python()
    listed = editor("keywords", "list", *HERE, "--sort", "keyword").rows
    assert head[:3] == ["Keyword", "Volume", "Difficulty"]
    assert [row[:3] for row in rows] == [
        [row["keyword"], *("" if row[name] is None else row[name] for name in ("volume", "difficulty"))]
        for row in listed
    ]


def test_that_clusters_and_ideas_are_written_in_their_own_shapes(editor: Cli, tmp_path: Path) -> None:
    editor.ok("clusters", "create", "=Sums, and more", *HERE, "--description", "two\nlines")
    file = tmp_path / "clusters.json"
    editor.ok("export", "clusters", "-o", file, *HERE)
    written = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert written == editor("clusters", "list", *HERE).rows
    assert tuple(written[0]) == CLUSTER_FIELDS
    sheet = tmp_path / "clusters.csv"
    editor.ok(
        "export", "clusters", "-o", sheet, *HERE, "--sort", "-keywords,name", "--columns", "name,keywords"
    )
    rows = table(sheet)
    assert {"Name": "'=Sums, and more", "Keywords": "0"} in rows
    assert [int(row["Keywords"]) for row in rows] == sorted(
        (int(row["Keywords"]) for row in rows), reverse=True
    )
    editor.ok("export", "ideas", "-o", tmp_path / "ideas.csv")
    assert (tmp_path / "ideas.csv").read_text(encoding="utf-8").startswith("Id,Title,Description,Cluster,")


def test_that_where_leaves_the_clusters_that_hold_a_match(editor: Cli, tmp_path: Path) -> None:
    for name, where in (("Large ones", "volume:>=500"), ("Small ones", "volume:<500")):
        editor.ok("clusters", "create", name, *HERE)
        editor.ok("keywords", "set", "--where", where, *HERE, "--cluster", name)
    file = tmp_path / "clusters.csv"
    editor.ok("export", "clusters", "-o", file, *HERE, "--where", "volume:>=500")
    assert [row["Name"] for row in table(file)] == ["Large ones"]


def test_that_a_plan_lists_every_keyword_once_under_its_cluster(editor: Cli, tmp_path: Path) -> None:
    listed = editor("keywords", "list", *HERE).rows
    editor.ok("clusters", "create", "Top_of|all", *HERE, "--description", "What *matters*")
    editor.ok("keywords", "set", "--where", "volume:>=100", *HERE, "--cluster", "Top_of|all")
    file = tmp_path / "plan.md"
    assert editor.ok("export", "plan", "-o", file, *HERE)["rows"] == len(listed)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Site plan: ")
    assert "### Top\\_of\\|all\n\nWhat \\*matters\\*\n" in text
    # A heading, a table and a list begin after an empty line, or they are none.
    lines = text.splitlines()
    begins = [at for at, line in enumerate(lines) if line.startswith(("#", "| Keyword |", "Ideas:")) and at]
    assert all(not lines[at - 1] for at in begins)
    assert "\n\n\n" not in text
    section = text.split("### Top")[1].split("\n### ")[0]
    in_it = {row["keyword"] for row in listed if (row["volume"] or 0) >= 100}
    assert {line.split(" | ")[0][2:] for line in section.splitlines() if line.startswith("| ")} - {
        "Keyword"
    } == in_it
    assert (
        sum(line.startswith("| ") for line in text.splitlines())
        == len(listed) + text.count("| Keyword |") + 2
    )
    book = tmp_path / "plan.xlsx"
    editor.ok("export", "plan", "-o", book, *HERE)
    sheets = CalamineWorkbook.from_path(str(book))
    assert sheets.sheet_names == ["Plan", "Clusters", "Keywords", "Ideas"]
    assert len(sheets.get_sheet_by_name("Keywords").to_python()) == len(listed) + 1


def test_that_an_exported_table_imports_as_what_is_there(editor: Cli, tmp_path: Path) -> None:
    for name in ("round.csv", "round.xlsx"):
        file = tmp_path / name
        editor.ok("export", "keywords", "-o", file, *HERE)
        counts = editor.ok("import", file, *HERE, "--dry-run")["counts"]
        assert counts == {"already_there": len(editor("keywords", "list", *HERE).rows)}


CURATED = ("keyword", "volume", "difficulty", "intent", "country", "cluster", "status", "disabled")


def curated(editor: Cli) -> list[dict[str, Any]]:
    """Every keyword of the sector with all that was made of it, not its id."""
    fields = (*CURATED, "volume_override", "difficulty_override")
    return [
        {name: row[name] for name in fields}
        for row in editor("keywords", "list", *HERE, "--sort", "keyword").rows
    ]


def test_that_what_was_exported_deleted_and_imported_is_as_it_was(editor: Cli, tmp_path: Path) -> None:
    keywords = editor("keywords", "list", *HERE, "--sort", "keyword").rows
    first, second, third = (f"/^{row['keyword']}$/" for row in keywords[:3])
    editor.ok("clusters", "create", "n/a", *HERE)
    for where, *change in (
        (first, "--cluster", "n/a", "--volume", 0),
        (second, "--cluster", "n/a", "--status", "new", "--difficulty", 7),
        (third, "--cluster", "none", "--status", "mapped", "--disable"),
    ):
        editor.ok("keywords", "set", "--where", where, *HERE, *change)
    before = curated(editor)
    files = [tmp_path / name for name in ("round.csv", "round.xlsx", "round.json")]
    for file in files:
        editor.ok("export", "keywords", "-o", file, *HERE)
    for file in files:
        editor.ok("keywords", "delete", "--where", "", *HERE)
        editor.ok("clusters", "delete", "n/a", *HERE)
        planned = editor.ok("import", file, *HERE, "--dry-run")
        assert planned["counts"] == {"add": len(before)}, file.name
        assert planned["new_clusters"] == ["n/a"]
        done = editor.ok("import", file, *HERE)
        assert {name: done[name] for name in planned if name != "dry_run"} == {
            name: planned[name] for name in planned if name != "dry_run"
        }
        assert done["sets"]["overrides"] >= 2
        assert curated(editor) == before, file.name
        again = editor.ok("import", file, *HERE, "--on-duplicate", "update")
        assert (again["counts"], again["changed"]) == ({"already_there": len(before)}, 0)


def test_that_update_takes_rows_back_to_what_our_own_export_says_and_fill_only_what_is_empty(
    editor: Cli, tmp_path: Path
) -> None:
    before, file = curated(editor), tmp_path / "round.csv"
    editor.ok("export", "keywords", "-o", file, *HERE)
    placed = next(row for row in before if row["cluster"])
    loose = next(row for row in before if not row["cluster"])
    editor.ok("keywords", "set", "--where", f"/^{loose['keyword']}$/", *HERE, "--volume", 12, "--disable")
    editor.ok("keywords", "set", "--where", f"/^{placed['keyword']}$/", *HERE, "--cluster", "none")
    changed = {row["keyword"]: row for row in curated(editor)}
    filled = editor.ok("import", file, *HERE, "--on-duplicate", "fill")
    assert filled["counts"]["fill"] == 1
    now = {row["keyword"]: row for row in curated(editor)}
    assert now == changed | {placed["keyword"]: placed}
    editor.ok("import", file, *HERE, "--on-duplicate", "update")
    assert curated(editor) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("keywords", "-o", "{}/nowhere/x.csv"), "no_folder"),
        (("keywords", "-o", "{}"), "unknown_format"),
        (("keywords", "-o", "{}", "--format", "csv"), "is_folder"),
        (("keywords", "-o", "{}/x.md"), "unknown_format"),
        (("plan", "-o", "{}/x.csv"), "unknown_format"),
        (("keywords", "-o", "{}/x.csv", "--columns", "keyword,nothing"), "unknown_column"),
        (("keywords", "-o", "{}/x.csv", "--columns", "keyword,keyword"), "unknown_column"),
        (("clusters", "-o", "{}/x.csv", "--sort", "nothing"), "unknown_column"),
        (("keywords", "-o", "{}/x.xlsx", "--bom"), "bom_only_csv"),
        (("keywords", "-o", "{}/x.csv", "--where", "volume:>="), "bad_query"),
        (("keywords", "-o", "{}/x.csv", "--sort", "nothing"), "bad_query"),
    ],
)
def test_that_what_cannot_be_is_said_and_leaves_no_file(
    editor: Cli, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    done = editor("export", *(one.format(folder) for one in arguments))
    assert (done.code, done.error["code"]) == (2, code)
    assert list(folder.iterdir()) == []


def test_that_an_empty_result_is_a_file_with_headings(editor: Cli, tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    said: dict[str, Any] = editor.ok("export", "keywords", "-o", file, "--where", "qzxqzxqzx")
    assert said["rows"] == 0
    assert len(list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))) == 1
    editor.ok("export", "keywords", "-o", tmp_path / "none.json", "--where", "qzxqzxqzx")
    assert json.loads((tmp_path / "none.json").read_text(encoding="utf-8")) == {"rows": [], "total": 0}
    editor.ok("export", "plan", "-o", tmp_path / "none.md", "--where", "qzxqzxqzx")
