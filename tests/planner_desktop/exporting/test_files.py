"""Files that are whole or not there, and what is said when the disk will not have them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from planner_desktop.exporting import Cancelled, csvfile, replacing, xlsxfile
from planner_desktop.exporting.siteplan import plain
from sync.errors import DiskFull, InvalidUsage


def told(_rows: int) -> None:
    """Nobody waits."""


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o640)
    with replacing(file) as path:
        path.write_text("new", encoding="utf-8")
        assert file.read_text(encoding="utf-8") == "old"
    assert file.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt(), ValueError("a fault")])
def test_whatever_ends_the_writing_leaves_the_folder_as_it_was(tmp_path: Path, error: BaseException) -> None:
    file = tmp_path / "a.csv"
    file.write_text("old", encoding="utf-8")

    def write() -> None:
        with replacing(file) as path:
            path.write_text("half", encoding="utf-8")
            raise error

    with pytest.raises(type(error)):
        write()
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_full_disk_is_said_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    file = tmp_path / f"a.{form}"
    monkeypatch.setattr(os, "fsync", full)

    def write() -> None:
        with replacing(file) as path:
            if form == "csv":
                csvfile.write_rows(path, ["A"], [["b"]], told)
            else:
                xlsxfile.write(path, [xlsxfile.Sheet("S", ["A"], [["b"]])], told)

    with pytest.raises(DiskFull) as caught:
        write()
    assert caught.value.code == "disk_full"
    assert str(file) in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_while_a_workbook_is_packed_is_said_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)

    def write() -> None:
        with replacing(tmp_path / "a.xlsx") as path:
            xlsxfile.write(path, [xlsxfile.Sheet("S", ["A"], [["b"]])], told)

    with pytest.raises(DiskFull):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_open_elsewhere_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.csv"

    def held(_self: Path, _target: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", held)

    def write() -> None:
        with replacing(file) as path:
            path.write_text("new", encoding="utf-8")

    with pytest.raises(InvalidUsage, match="open in another program") as caught:
        write()
    assert caught.value.code == "file_in_use"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_one_may_not_write_in_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InvalidUsage, match="You may not write"), replacing(tmp_path / "a.csv"):
        pass


def test_what_a_killed_process_left_is_swept_away_and_younger_work_is_not(tmp_path: Path) -> None:
    old, young = tmp_path / ".a[1].csv.old", tmp_path / ".a[1].csv.young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "a.csv").write_text("half", encoding="utf-8")
    os.utime(old, (0, 0))
    with replacing(tmp_path / "a[1].csv") as path:
        path.write_text("whole", encoding="utf-8")
    assert not old.exists()
    assert young.exists()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    with replacing(link) as path:
        path.write_text("new", encoding="utf-8")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"


def test_rows_that_do_not_fit_a_sheet_go_on_in_the_next(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    rows = ([number, f"={number}"] for number in range(25))
    assert xlsxfile.write(file, [xlsxfile.Sheet("Keywords", ["N", "T"], rows)], told, most_rows=10) == 25
    book = CalamineWorkbook.from_path(str(file))
    assert book.sheet_names == ["Keywords", "Keywords 2", "Keywords 3"]
    sheets: list[list[list[Any]]] = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [sheet[0] for sheet in sheets] == [["N", "T"]] * 3
    assert [row for sheet in sheets for row in sheet[1:]] == [[float(n), f"={n}"] for n in range(25)]
    assert xlsxfile.MOST_ROWS + 1 == 1_048_576


def test_a_workbook_is_told_of_while_it_grows_and_stops_when_told(tmp_path: Path) -> None:
    seen: list[int] = []

    def enough(rows: int) -> None:
        seen.append(rows)
        if rows >= 3_000:
            raise Cancelled

    def endless() -> Iterator[list[int]]:
        while True:
            yield [1]

    def write() -> None:
        with replacing(tmp_path / "a.xlsx") as path:
            xlsxfile.write(path, [xlsxfile.Sheet("S", ["A"], endless())], enough)

    with pytest.raises(Cancelled):
        write()
    assert seen == [1_000, 2_000, 3_000]
    assert list(tmp_path.iterdir()) == []


def test_markdown_shows_a_text_as_it_is() -> None:
    assert plain("a|b\n*c* _d_ <e> [f](g) `h` \\") == r"a\|b \*c\* \_d\_ \<e\> \[f\](g) \`h\` \\"
