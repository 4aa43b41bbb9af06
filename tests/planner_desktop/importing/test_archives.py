"""Lists inside a ZIP archive."""

import zipfile
from pathlib import Path

import pytest

from planner_desktop.importing import Choices, Origin, plan_import
from planner_desktop.importing.archive import MOST_MEMBERS
from tests.planner_desktop.importing.made import workbook

QUERIES = "Top queries,Clicks,Impressions,CTR,Position\nstanding desk,120,3400,3.53%,4.2\nstool,3,20,15%,8\n"


def packed(path: Path, files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return path


def test_each_list_of_an_archive_is_a_file_of_the_plan(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "site.zip",
        {
            "Queries.csv": QUERIES,
            "Filters.csv": "Filter,Value\nSearch type,Web\n",
            "readme.md": "no list",
            "__MACOSX/._Queries.csv": b"\x00\x05",
        },
    )
    with plan_import([Origin.file(path)]) as plan:
        assert [one.name for one in plan.files] == ["site.zip/Filters.csv", "site.zip/Queries.csv"]
        assert [one.tool for one in plan.files] == ["google-search-console"] * 2
        assert [row.keyword for row in plan.rows()] == ["standing desk", "stool"]


def test_an_archive_in_a_folder_is_looked_into(tmp_path: Path) -> None:
    packed(tmp_path / "site.zip", {"deep/Queries.csv": QUERIES})
    (tmp_path / "more.csv").write_text("Keyword\nlamp\n")
    with plan_import([Origin.file(tmp_path)]) as plan:
        assert [one.name for one in plan.files] == ["more.csv", "site.zip/deep/Queries.csv"]
        assert sorted(row.keyword for row in plan.rows()) == ["lamp", "standing desk", "stool"]


def test_what_an_editor_says_of_a_list_in_an_archive_holds_for_that_one(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.csv": "x,Volume\ndesk,5\n", "b.csv": "Keyword,Volume\nlamp,6\n"})
    choices = {"a.zip/a.csv": Choices(columns={"keyword": "x"})}
    with plan_import([Origin.file(path)], choices=choices) as plan:
        assert [(row.keyword, row.volume) for row in plan.rows()] == [("desk", 5), ("lamp", 6)]


def test_a_list_far_larger_than_its_archive_is_not_unpacked(tmp_path: Path) -> None:
    blown_up = "Keyword,Volume\n" + ("desk" + " " * 1_000_000 + ",1\n") * 80
    path = packed(tmp_path / "bomb.zip", {"a.csv": blown_up, "b.csv": "Keyword\nlamp\n"})
    with plan_import([Origin.file(path)]) as plan:
        first, second = plan.files
        assert first.trouble is not None
        assert first.trouble.code == "bomb"
        assert second.counts["keyword"] == 1


def test_a_damaged_list_in_an_archive_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "cut.zip", {"a.csv": QUERIES}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"stool", b"stood"))
    with plan_import([Origin.file(path)]) as plan:
        (only,) = plan.files
        assert only.trouble is not None
        assert only.trouble.code == "damaged"
        assert "cut.zip/a.csv" in only.trouble.message


@pytest.mark.parametrize("size", [20, 40, 150])
def test_an_archive_that_is_cut_off_is_named(tmp_path: Path, size: int) -> None:
    path = packed(tmp_path / "cut.zip", {"a.csv": QUERIES})
    path.write_bytes(path.read_bytes()[:size])
    with plan_import([Origin.file(path)]) as plan:
        assert all(one.trouble is not None for one in plan.files)


def test_a_list_with_a_password_says_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "locked.zip", {"a.csv": QUERIES}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)
    with plan_import([Origin.file(path)]) as plan:
        (only,) = plan.files
        assert only.trouble is not None
        assert only.trouble.code == "password"


def test_a_workbook_in_an_archive_asks_to_be_unpacked(tmp_path: Path) -> None:
    inside = workbook(tmp_path / "book.xlsx", {"S": [["Keyword"], ["desk"]]}).read_bytes()
    path = packed(tmp_path / "b.zip", {"book.xlsx": inside, "a.csv": "Keyword\nlamp\n"})
    with plan_import([Origin.file(path)]) as plan:
        trouble = {one.name: one.trouble and one.trouble.code for one in plan.files}
        assert trouble == {"b.zip/a.csv": None, "b.zip/book.xlsx": "archive"}


def test_an_archive_of_a_crowd_of_lists_is_refused_whole(tmp_path: Path) -> None:
    path = packed(tmp_path / "many.zip", {f"{n}.csv": "Keyword\n" for n in range(MOST_MEMBERS + 1)})
    with plan_import([Origin.file(path)]) as plan:
        (only,) = plan.files
        assert only.trouble is not None
        assert only.trouble.code == "archive"
        assert str(MOST_MEMBERS) in only.trouble.message
