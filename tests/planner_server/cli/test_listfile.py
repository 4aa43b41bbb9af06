import gzip
import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from planner_server.library.listfile import BadList, BadRow, ListedSeed, open_list, read_list


def read(text: str | bytes, **headings: str) -> tuple[list[ListedSeed], list[BadRow]]:
    raw = text.encode() if isinstance(text, str) else text
    bad: list[BadRow] = []
    return list(read_list(io.BytesIO(raw), headings, on_bad=bad.append)), bad


def figures(seed: ListedSeed) -> tuple[str, int | None, int | None, str | None, str]:
    return seed.keyword, seed.volume, seed.difficulty, seed.intent, seed.country


@pytest.mark.parametrize(
    "heading",
    [
        "keyword,volume,difficulty,intent,country",
        "Keyword,Search Volume,Keyword Difficulty,Intent,Country",
        "\ufeffKEYWORDS,search_volume,KD %,search  intent,Country Code",
        "keyword;volume;difficulty;intent;country",
        "keyword\tvolume\tdifficulty\tintent\tcountry",
        "Query,Avg. monthly searches,KD,Intents,COUNTRY",
    ],
)
def test_usual_headings_and_separators_are_recognised(heading: str) -> None:
    separator = max(",\t;", key=heading.count)
    rows, bad = read(
        heading + "\n" + separator.join(["standing desk", "100", "20", "Commercial", "us"]) + "\n"
    )
    assert [figures(row) for row in rows] == [("standing desk", 100, 20, "commercial", "US")]
    assert not bad


def test_a_named_heading_wins_over_the_guess() -> None:
    rows, _ = read("keyword,volume,Other,Word\na,1,2,b\n", keyword="word", volume="OTHER")
    assert figures(rows[0])[:2] == ("b", 2)


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        ({"keyword": "Nope"}, "no column 'Nope'"),
        ({"colour": "keyword"}, "no field 'colour'"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_columns_there_are(
    headings: Mapping[str, str], message: str
) -> None:
    with pytest.raises(BadList, match=message):
        read("keyword,volume\na,1\n", **headings)


def test_a_list_without_a_keyword_column_says_how_to_name_it() -> None:
    with pytest.raises(BadList, match="Its columns are 'a', 'b'") as refused:
        read("a,b\n1,2\n")
    assert refused.value.remedy == "Name it: --map keyword=HEADING"


@pytest.mark.parametrize("text", ["", "\n", "   \nkeyword\n"])
def test_an_empty_list_is_refused(text: str) -> None:
    with pytest.raises(BadList, match="empty"):
        read(text)


@pytest.mark.parametrize("cell", ["", "-", "n/a", "N/A", " - ", "–"])
def test_empty_figures_are_unknown_and_never_zero(cell: str) -> None:
    rows, bad = read(f"keyword,volume,difficulty,intent\na,{cell},{cell},{cell}\n")
    assert figures(rows[0]) == ("a", None, None, None, "")
    assert not bad


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0", 0),
        ("12", 12),
        ('"1,234"', 1234),
        ('"1,234,567"', 1234567),
        ("12.4", 12),
        ("12.5", 13),
        (" 7 ", 7),
    ],
)
def test_numbers_are_read_as_tools_write_them(cell: str, number: int) -> None:
    rows, _ = read(f"keyword,volume\na,{cell}\n")
    assert rows[0].volume == number


@pytest.mark.parametrize(
    ("cell", "intent"),
    [
        ('"Informational, Transactional"', "informational,transactional"),
        ('"Transactional, Informational"', "informational,transactional"),
        ('"I,C"', "informational,commercial"),
        ("navigational", "navigational"),
    ],
)
def test_several_intents_are_kept_in_one_order(cell: str, intent: str) -> None:
    rows, _ = read(f"keyword,intent\na,{cell}\n")
    assert rows[0].intent == intent


def test_an_intent_nobody_knows_is_noted_and_the_row_taken() -> None:
    rows, bad = read("keyword,intent\na,Dreamy\n")
    assert rows[0].intent is None
    assert [(one.line, one.is_note) for one in bad] == [(2, True)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",1,1", "empty"),
        ("  ,1,1", "empty"),
        (f"{'x' * 256},1,1", "256 characters"),
        ("a,many,1", "volume 'many'"),
        ("a,-5,1", "volume '-5'"),
        ("a,10 - 100,1", "not a number"),
        ("a,99999999999,1", "above"),
        ("a,1,101", "difficulty 101"),
        ("a,1", "2 columns"),
        ("a\x07,1,1", "control"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_on(row: str, reason: str) -> None:
    rows, bad = read(f"keyword,volume,difficulty\nfirst,1,1\n{row}\nlast,1,1\n")
    assert [one.keyword for one in rows] == ["first", "last"]
    assert [one.line for one in bad] == [3]
    assert reason in bad[0].reason


def test_lines_are_counted_through_quoted_line_breaks_and_blank_lines() -> None:
    rows, bad = read('keyword,volume\n"a\nb",1\n\nc,x\nd,2\n')
    assert [(row.keyword, row.line) for row in rows] == [("a b", 2), ("d", 6)]
    assert bad[0].line == 5


def test_bytes_that_are_no_utf8_make_one_bad_row() -> None:
    rows, bad = read(b"keyword,volume\ngood,1\ncaf\xe9,2\nalso good,3\n")
    assert [row.keyword for row in rows] == ["good", "also good"]
    assert (bad[0].line, bad[0].reason) == (3, "the keyword is not UTF-8 text")


@pytest.mark.parametrize("country", ["USA", "1", "U"])
def test_a_country_that_is_no_code_is_a_bad_row(country: str) -> None:
    rows, bad = read(f"keyword,country\na,{country}\n")
    assert not rows
    assert country in bad[0].reason


def test_namibia_is_a_country_and_not_unknown() -> None:
    assert read("keyword,country\na,NA\n")[0][0].country == "NA"


def test_gzip_is_recognised_by_its_bytes_and_a_cut_file_is_said_so(tmp_path: Path) -> None:
    packed = gzip.compress(b"keyword,volume\n" + b"".join(b"k%d,%d\n" % (n, n) for n in range(20_000)))
    whole, cut = tmp_path / "list.csv", tmp_path / "cut.csv.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[:-2_000])
    with open_list(whole) as stream:
        assert sum(1 for _ in read_list(stream, {}, on_bad=print)) == 20_000
    with open_list(cut) as stream, pytest.raises(BadList, match="cut off"):
        list(read_list(stream, {}, on_bad=print))


def test_a_missing_file_a_folder_and_utf16_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadList, match="no file"), open_list(tmp_path / "nope.csv"):
        pass
    with pytest.raises(BadList, match="cannot be read"), open_list(tmp_path):
        pass
    (tmp_path / "wide.csv").write_bytes("keyword\n".encode("utf-16"))
    with pytest.raises(BadList, match="UTF-16"), open_list(tmp_path / "wide.csv"):
        pass
