"""Files that are no lists, damaged, or made to hurt: a clear answer for each, and the rows that can be saved are saved."""

import gzip
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from planner_desktop.importing import (
    Cancelled,
    Choices,
    ImportPlan,
    Origin,
    Progress,
    UnreadableFile,
    Watch,
    plan_import,
    source,
)
from planner_desktop.importing import workbook as books
from tests.planner_desktop.importing.made import plan_of, table, workbook

HEAD = "Keyword,Volume\n"


def trouble(plan: ImportPlan) -> UnreadableFile:
    found = plan.files[0].trouble
    assert found is not None
    assert found.remedy
    assert len(plan) == 0
    plan.close()
    return found


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\xef\xbb\xbf \r\n\r\n", "empty"),
        ("wide-blank.csv", "\ufeff\n\n".encode("utf-16-le"), "empty"),
        ("document.csv", b"%PDF-1.7\n1 0 obj", "not_a_list"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_list"),
        ("page.csv", b"<!DOCTYPE html><html><body>Keyword</body></html>", "markup"),
        ("data.csv", b'[{"keyword": "desk"}]', "markup"),
        ("program.csv", b"MZ\x90\x00" + bytes(range(256)), "not_a_list"),
        ("binary.csv", b"Keyword,Volume\ndesk,\x00\x01\x02\n", "binary"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_workbook"),
        ("text.txt", ("This is a long sentence about desks that nobody would ever take for a list of keywords.\n" * 9).encode(), "no_keywords"),
        ("unknown.csv", b"Alpha,Beta,Gamma\nred oak,small chair,3\nblue pine,large chair,4\n", "no_keyword_column"),
        ("figures.csv", b"1,2\n3,4\n", "no_keywords"),
        ("cut.csv.gz", gzip.compress(HEAD.encode() * 999, mtime=0)[:-20], "damaged"),
        ("notabook.xlsx", b"PK\x03\x04 and nothing more", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    found = trouble(plan_of(content, tmp_path, name))
    assert found.code == code
    assert name in found.message


def test_a_missing_file_and_a_folder_without_lists(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert trouble(plan_import([Origin.file(tmp_path / "none.csv")])).code == "no_file"
    with plan_import([Origin.file(tmp_path / "empty")]) as plan:
        assert plan.files == ()


def test_one_bad_file_does_not_hold_up_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "b.csv").write_text(f"{HEAD}desk,10\n")
    (tmp_path / "~$b.xlsx").write_bytes(b"lock")
    with plan_import([Origin.file(tmp_path)]) as plan:
        assert [one.trouble is None for one in plan.files] == [False, True]
        assert [row.file for row in plan.rows()] == [1]


# ---------------------------------------------------------------- text


@pytest.mark.parametrize("rows_between", [3, 300, 20_000])
def test_an_unclosed_quote_costs_its_own_line(tmp_path: Path, rows_between: int) -> None:
    rest = "".join(f"desk {number},{number}\n" for number in range(rows_between))
    with plan_of(f'{HEAD}first,1\n"never closed,2\n{rest}last,3\n', tmp_path) as plan:
        assert plan.counts == {"keyword": rows_between + 2, "unreadable": 1}
        left = next(plan.left_out())
        assert (left.line, left.text) == (3, '"never closed,2')
        assert "quotation mark" in left.reason
        assert [row.line for row in plan.rows()][-1] == rows_between + 4


def test_a_quote_that_is_closed_far_below_does_not_swallow_the_rows_between(tmp_path: Path) -> None:
    with plan_of(f'{HEAD}"never closed,2\none,1\n"two",2\nthree,3\n', tmp_path) as plan:
        assert [row.keyword for row in plan.rows()] == ["one", "two", "three"]
        assert [one.line for one in plan.left_out()] == [2]


def test_inches_are_no_quotes(tmp_path: Path) -> None:
    with plan_of(f'{HEAD}24" monitor,10\n"24"" monitor stand",20\n', tmp_path) as plan:
        assert [row.keyword for row in plan.rows()] == ['24" monitor', '24" monitor stand']


def test_rows_that_are_too_long_or_too_short_are_told_apart(tmp_path: Path) -> None:
    text = "Keyword,Volume,KD\ndesk,1,300,5\nchair\nstool,7,\ntable,8,,\n"
    with plan_of(text, tmp_path) as plan:
        assert [(row.keyword, row.volume) for row in plan.rows()] == [
            ("chair", None),
            ("stool", 7),
            ("table", 8),
        ]
        left = list(plan.left_out())
        assert [(one.line, one.reason) for one in left] == [(2, "has 4 columns where the headings are 3")]


def test_duplicate_headings_take_the_one_with_cells(tmp_path: Path) -> None:
    with plan_of("Keyword,Volume,Volume,Keyword\ndesk,,40,x\nchair,,50,y\n", tmp_path) as plan:
        assert [(row.keyword, row.volume) for row in plan.rows()] == [("desk", 40), ("chair", 50)]
        assert [column.field for column in plan.files[0].columns] == ["keyword", None, "volume", None]
        assert "another column" in plan.files[0].columns[1].why


def test_letters_of_another_encoding_far_down_are_read_by_it(tmp_path: Path) -> None:
    rows = "".join(f"plain {number},1\n" for number in range(60_000))
    with plan_of(f"{HEAD}{rows}Stühle,2\n".encode("cp1252"), tmp_path) as plan:
        assert plan.files[0].encoding == "cp1252"
        assert plan.counts == {"keyword": 60_001}
        assert list(plan.rows())[-1].keyword == "Stühle"


def test_single_bytes_that_are_no_utf_8_cost_their_rows_only(tmp_path: Path) -> None:
    rows = "".join(f"Stühle {number},1\n" for number in range(60_000)).encode()
    with plan_of(HEAD.encode() + rows + b"St\xfchle,2\n", tmp_path) as plan:
        assert plan.counts == {"keyword": 60_000, "unreadable": 1}
        assert "no text in this encoding" in next(plan.left_out()).reason


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_and_line_end(tmp_path: Path, codec: str, end: str) -> None:
    rows: list[list[object]] = [
        ["Keyword", "Volume"],
        *([f"Stuhl für Büro {number}", number] for number in range(40)),
    ]
    with plan_of(table(rows, end=end).encode(codec), tmp_path) as plan:
        assert plan.counts == {"keyword": 40}
        last = list(plan.rows())[-1]
        assert (last.keyword, last.volume, last.line) == ("Stuhl für Büro 39", 39, 41)


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        (
            "cp1252",
            ["Tische für Büro", "Stühle für Küche", "Bänke groß", "mobilier élégant", "canapé à côté"],
        ),
        (
            "cp1250",
            [
                "biurko do pokoju dzieciństwa",
                "krzesło biurowe źródło",
                "stół drewniany tanio dąb",
                "łóżko piętrowe",
            ],
        ),
        (
            "cp1250",
            [
                "psací stůl levně",
                "kancelářské židle",
                "dřevěný stůl",
                "skříň do ložnice bílá",
                "čalouněná postel",
            ],
        ),
        ("cp1251", ["купить стол", "стол письменный недорого", "стулья для кухни", "компьютерный стол"]),
        ("cp1253", ["γραφείο ξύλινο", "καρέκλα γραφείου", "τραπέζι κουζίνας", "έπιπλα σπιτιού"]),
        ("cp1254", ["çalışma masası fiyatları", "ahşap sandalye", "ofis koltuğu ucuz", "kitaplık beyaz şık"]),
        ("cp932", ["机 おしゃれ", "オフィスチェア 安い", "木製テーブル ダイニング", "本棚 白い おすすめ"]),
        ("gb18030", ["办公桌", "木制餐桌 价格", "电脑椅 推荐 排行", "书架 白色 便宜 淘宝"]),
    ],
)
def test_what_a_spreadsheet_saves_in_other_countries_is_read_and_told(
    tmp_path: Path, codec: str, words: list[str]
) -> None:
    rows: list[list[object]] = [["Keyword", "Volume"], *([word, 10] for word in words)]
    with plan_of(table(rows, delimiter=";").encode(codec), tmp_path) as plan:
        assert [row.keyword for row in plan.rows()] == words
        assert plan.files[0].encoding == codec
        assert any(f"Read as {codec}" in warning for warning in plan.warnings)


def test_the_wrong_encoding_can_be_set_right(tmp_path: Path) -> None:
    raw = f"{HEAD}крем,1\n".encode("koi8-r")
    with plan_of(raw, tmp_path, encoding="koi8-r") as plan:
        assert plan.preview()[0].keyword == "крем"
    assert trouble(plan_of(raw, tmp_path, encoding="base64")).code == "unknown_encoding"


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    assert trouble(plan_of(HEAD + "x" * (3 * source.LONGEST_LINE), tmp_path)).code == "no_lines"


def test_a_packed_file_made_to_fill_the_memory(tmp_path: Path) -> None:
    rows = b"".join(b"desk %d,1,%s\n" % (number, b"x" * 100_000) for number in range(900))
    bomb = gzip.compress(b"Keyword,Volume,Notes\n" + rows, 9)
    assert trouble(plan_of(bomb, tmp_path, "list.csv.gz")).code == "bomb"


def test_more_rows_than_an_import_takes(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "".join(f"desk {number},1\n" for number in range(30_001)))
    found = trouble(plan_import([Origin.file(path)], most_rows=30_000))
    assert found.code == "too_many_rows"
    assert "Split" in found.remedy


@pytest.mark.slow
def test_as_many_rows_as_a_spreadsheet_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "".join(f"desk {number},1\n" for number in range(1_048_577)))
    with plan_import([Origin.file(path)]) as plan:
        assert plan.counts == {"keyword": 1_048_577}


FLAT = """
import resource, sys
from itertools import pairwise
from pathlib import Path
from planner_desktop.importing import Origin, plan_import
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with plan_import([Origin.file(Path(sys.argv[1]))]) as plan:
    print(len(plan), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is asked of the POSIX kernel")
def test_a_wide_file_costs_no_more_memory_than_its_keywords(tmp_path: Path) -> None:
    """Memory follows the keywords, not the bytes: 80 MB of wide rows."""
    path = tmp_path / "wide.csv"
    filler = "x" * 4_000
    with path.open("w") as out:
        out.write("Keyword,Volume,Notes of ours\n")
        out.writelines(f"desk {number},{number},{filler}\n" for number in range(20_000))
    done = subprocess.run([sys.executable, "-c", FLAT, str(path)], capture_output=True, text=True, check=True)
    rows, megabytes = map(int, done.stdout.split())
    assert rows == 20_000
    assert megabytes < 50


# ---------------------------------------------------------------- workbooks


def test_two_cells_far_apart_are_no_grid(tmp_path: Path) -> None:
    sheet = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert trouble(plan_import([Origin.file(workbook(tmp_path / "far.xlsx", {"S": sheet}))])).code == "bomb"


@pytest.mark.parametrize(
    "reference",
    ['r="A1048577"', "r='A1048577'", 'r="ZZZZ1"', 'r="A999999999"', 'r = "XFD1048576"', '\nr="XFE1"'],
)
def test_cells_where_no_sheet_reaches(tmp_path: Path, reference: str) -> None:
    sheet = f'<row r="1"><c r="A1"><v>1</v></c></row><row><c {reference}><v>1</v></c></row>'
    assert trouble(plan_import([Origin.file(workbook(tmp_path / "far.xlsx", {"S": sheet}))])).code in {
        "damaged",
        "bomb",
    }


def test_a_sheet_at_an_unusual_place_is_looked_at_all_the_same(tmp_path: Path) -> None:
    book = workbook(tmp_path / "odd.xlsx", {"S": ""})
    far = '<worksheet><sheetData><row r="9"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    with zipfile.ZipFile(book, "a") as package:
        package.writestr("xl/else/where.bin", far)
    assert trouble(plan_import([Origin.file(book)])).code == "bomb"


@pytest.mark.parametrize(
    "part", ["xl/sharedStrings.xml", "xl/worksheets/sheet9.xml", "docProps/thumbnail.png"]
)
def test_parts_that_grow_out_of_all_bounds(tmp_path: Path, part: str) -> None:
    book = workbook(
        tmp_path / "bomb.xlsx", {"S": [["Keyword"], ["desk"]]}, more={part: b"<sst>" + bytes(80 << 20)}
    )
    assert trouble(plan_import([Origin.file(book)])).code == "bomb"


def test_a_size_that_is_a_lie_is_not_believed(tmp_path: Path) -> None:
    """The headers say 10 bytes, the stream holds 80 MB."""
    book = workbook(tmp_path / "lie.xlsx", {"S": [["Keyword"]]}, more={"xl/big.xml": bytes(80 << 20)})
    raw = bytearray(book.read_bytes())
    size = (80 << 20).to_bytes(4, "little")
    while (place := raw.find(size)) >= 0:
        raw[place : place + 4] = (10).to_bytes(4, "little")
    book.write_bytes(raw)
    assert trouble(plan_import([Origin.file(book)])).code == "bomb"


def test_millions_of_cells_without_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_CELLS", 100_000)
    book = workbook(tmp_path / "cells.xlsx", {"S": "<row>" + "<c><v>1</v></c>" * 100_001 + "</row>"})
    assert trouble(plan_import([Origin.file(book)])).code == "bomb"


def test_a_claimed_dimension_is_not_believed(tmp_path: Path) -> None:
    book = workbook(tmp_path / "dim.xlsx", {"S": [["Keyword", "Volume"], ["desk", 5]]})
    with zipfile.ZipFile(book) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>'
    )
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    with plan_import([Origin.file(book)]) as plan:
        assert [(row.keyword, row.volume) for row in plan.rows()] == [("desk", 5)]


def test_formulas_count_by_their_stored_value(tmp_path: Path) -> None:
    sheet = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Keyword</t></is></c><c r="B1" t="inlineStr"><is><t>Volume</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>desk</t></is></c><c r="B2"><f>20*2</f><v>40</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>chair</t></is></c><c r="B3"><f>20*3</f></c></row>'
        '<row r="4"><c r="A4" t="inlineStr"><is><t>stool</t></is></c><c r="B4" t="e"><v>#N/A</v></c></row>'
    )
    with plan_import([Origin.file(workbook(tmp_path / "f.xlsx", {"S": sheet}))]) as plan:
        assert [(row.keyword, row.volume) for row in plan.rows()] == [
            ("desk", 40),
            ("chair", None),
            ("stool", None),
        ]
        assert any("formulas have no stored value" in warning for warning in plan.warnings)


@pytest.mark.parametrize("inside", ["xl/workbook.bin", "content.xml", "notes.md"])
def test_other_archives_are_named(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(inside, "Keyword")
    assert trouble(plan_import([Origin.file(path)])).code in {"other_workbook", "not_a_list"}


def test_damaged_workbooks_never_end_the_program(tmp_path: Path) -> None:
    whole = workbook(
        tmp_path / "whole.xlsx", {"S": [["Keyword", "Volume"], *((f"desk {n}", n) for n in range(50))]}
    ).read_bytes()
    chance = random.Random(5)
    for number in range(60):
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(raw[: chance.randint(len(raw) // 2, len(raw))] if number % 2 else raw)
        with plan_import([Origin.file(path)]) as plan:
            assert plan.files[0].trouble is not None or plan.files[0].rows <= 50


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    book = workbook(tmp_path / "b.xlsx", {"S": [["Keyword"], ["desk"]]})
    found = trouble(plan_import([Origin.file(book)], choices={"": Choices(sheet="T")}))
    assert (found.code, found.remedy) == ("no_such_sheet", "Its sheets are S.")


# ---------------------------------------------------------------- telling and stopping


def big(folder: Path) -> Path:
    path = folder / "big.csv"
    path.write_text(HEAD + "".join(f"desk number {number},{number}\n" for number in range(200_000)))
    return path


def test_progress_tells_bytes_and_rows_and_ends_at_the_end(tmp_path: Path) -> None:
    path, told = big(tmp_path), list[Progress]()
    ticks = iter(range(10**9))
    with plan_import([Origin.file(path)], watch=Watch(told.append, clock=lambda: float(next(ticks)))):
        pass
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert {one.total for one in told} == {path.stat().st_size} == {told[-1].done}
    assert 0 < told[len(told) // 2].rows < 200_000
    # Steps of some ten milliseconds: no more than half a megabyte each.
    assert max(after.done - before.done for before, after in pairwise(told)) <= source.BLOCK


def test_reports_do_not_come_faster_than_a_screen_needs(tmp_path: Path) -> None:
    told = list[Progress]()
    with plan_import([Origin.file(big(tmp_path))], watch=Watch(told.append, clock=lambda: 1.0)):
        pass
    assert len(told) == 1


@pytest.mark.parametrize(
    "make", [big, lambda folder: workbook(folder / "b.xlsx", {"S": [["Keyword"], ["desk"]]})]
)
def test_cancelling_ends_the_reading_and_keeps_nothing(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    asked = iter(range(10))
    with pytest.raises(Cancelled):
        plan_import([Origin.file(make(tmp_path))], watch=Watch(is_cancelled=lambda: next(asked) > 1))
    assert next(asked) == 3, "it was asked again after it had said stop"
