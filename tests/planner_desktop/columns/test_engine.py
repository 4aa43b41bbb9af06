"""What KeywordColumns promises beyond answering queries: rows, sums, names, chunks that are wrong, and what stays as it is."""

from array import array
from dataclasses import replace

import numpy as np
import pytest

from planner_core.query import parse, parse_sort
from planner_desktop.columns import ChunkError, KeywordColumns, Scope
from planner_desktop.columns.unpack import unpack

from .reference import Row, RowSource, pack


def shop() -> RowSource:
    return RowSource.of(
        Row(
            4,
            "Standing Desk",
            cluster=1,
            status=1,
            seed_volume=100,
            seed_difficulty=30,
            intent=2,
            country="US",
            created=50,
        ),
        Row(
            9,
            "desk lamp",
            seed_volume=10,
            volume_override=70,
            seed_difficulty=90,
            difficulty_override=0,
            disabled=True,
        ),
        Row(2, "Schreibtisch höhenverstellbar", sector=2, mark=1),
        Row(7, "old desk", deleted=True, seed_volume=5),
    )


def test_a_row_comes_back_as_it_went_in() -> None:
    source = shop()
    columns = KeywordColumns.load(source)
    standing, absent, lamp = columns.rows([4, 1, 9])
    assert absent is None
    assert standing is not None
    assert lamp is not None
    assert standing._asdict() == {
        "key": 4,
        "keyword": "Standing Desk",
        "volume": 100,
        "difficulty": 30,
        "intent": 2,
        "country": "US",
        "cluster": 1,
        "cluster_name": "Standing desks",
        "status": 1,
        "sector": 1,
        "sector_name": "Desks",
        "site": 1,
        "site_name": "My shop",
        "disabled": False,
        "deleted": False,
        "mark": 0,
        "created": 50,
        "volume_override": None,
        "difficulty_override": None,
        "seed_volume": 100,
        "seed_difficulty": 30,
    }
    assert (lamp.volume, lamp.difficulty, lamp.disabled) == (70, 0, True)
    assert (lamp.cluster, lamp.cluster_name, lamp.country, lamp.created) == (None, None, None, None)


def test_rows_of_thousands_of_keys_are_found_in_the_order_asked_for() -> None:
    columns = KeywordColumns.load(RowSource.of(*(Row(key, f"k{key}") for key in range(0, 4000, 2))))
    keys = list(range(4001, -1, -1))
    found = [row.key if row else None for row in columns.rows(keys)]
    assert found == [key if key % 2 == 0 and key < 4000 else None for key in keys]


def test_sums_leave_out_what_is_unknown_and_say_how_many_are_known() -> None:
    columns = KeywordColumns.load(shop())
    keys = columns.select(order=parse_sort("keyword"))
    assert [row.keyword for row in columns.rows(keys) if row] == [
        "desk lamp",
        "Schreibtisch höhenverstellbar",
        "Standing Desk",
    ]
    everything = columns.sums(keys)
    assert (everything.count, everything.volume, everything.volume_known) == (3, 170, 2)
    assert (everything.difficulty, everything.difficulty_known) == (15.0, 2)
    assert columns.sums(keys, [(0, 0), (2, 2)]).volume == 170
    middle = columns.sums(keys, [(1, 1)])
    assert (middle.count, middle.volume, middle.volume_known, middle.difficulty) == (1, 0, 0, None)
    assert columns.sums(keys, []).count == 0


def test_sums_do_not_overflow_and_leave_out_keys_that_are_gone() -> None:
    source = RowSource.of(*(Row(key, seed_volume=2**31 - 1) for key in range(1000)))
    columns = KeywordColumns.load(source)
    keys = columns.select()
    assert columns.sums(keys).volume == 1000 * (2**31 - 1)
    columns.apply(source, [], [3, 4])
    assert columns.sums(keys).count == 998


def test_rows_in_the_trash_match_only_when_asked_for() -> None:
    columns = KeywordColumns.load(shop())
    assert columns.select(parse("desk")).tolist() == [4, 9]
    assert columns.select(parse("desk"), scope=Scope(trash=True)).tolist() == [7]
    assert len(columns) == 4


def test_a_mask_is_in_the_order_of_keys() -> None:
    columns = KeywordColumns.load(shop())
    mask = columns.evaluate(parse("desk"))
    assert columns.keys().tolist() == [2, 4, 7, 9]
    assert mask.tolist() == [False, True, False, True]
    assert columns.keys(mask).tolist() == [4, 9]


def test_selected_keys_are_32_bit_and_the_caller_s_own() -> None:
    columns = KeywordColumns.load(shop())
    for order in ("", "keyword", "-volume"):
        keys = columns.select(order=parse_sort(order))
        assert keys.dtype == np.int32
        keys[:] = 0
        assert columns.select(order=parse_sort(order)).tolist() != [0, 0, 0]


def test_ids_and_slugs_that_were_told_mean_the_same_as_names() -> None:
    columns = KeywordColumns.load(shop())
    query = parse("site:my-shop")
    assert columns.count(query) == 0
    named = columns.count(parse('site:"my shop"'))
    source = shop()
    (key,) = (key for key, name in source.names("site").items() if name.casefold() == "my shop")
    columns.recognise("site", {"my-shop": [key]})
    assert columns.unknown_names(query) == []
    assert columns.count(query) == named > 0
    columns.apply(source, [], renamed=["site"])
    assert columns.count(query) == named


def test_names_that_nothing_has_are_told() -> None:
    columns = KeywordColumns.load(shop())
    query = parse(
        'cluster:"standing  DESKS",Sofas,none country:us,FR site:"my shop" -sector:Lamps difficulty:5'
    )
    assert [(field, name.text) for field, name in columns.unknown_names(query)] == [
        ("cluster", "Sofas"),
        ("country", "FR"),
        ("sector", "Lamps"),
    ]


def test_names_are_listed_once_each_for_completion() -> None:
    columns = KeywordColumns.load(shop())
    assert columns.names("sector") == ["Chairs", "Desks", "desks"]
    assert columns.countries() == ["US"]
    assert columns.name("cluster", 2) == "Stools"
    assert columns.name("cluster", 99) == ""


def test_the_name_of_a_new_cluster_is_read_with_the_first_row_in_it() -> None:
    source = shop()
    columns = KeywordColumns.load(source)
    source.tables["cluster"][77] = "Lamps"
    source.edit(9, cluster=77)
    columns.apply(source, [9])
    assert columns.select(parse("cluster:lamps")).tolist() == [9]


def test_a_renamed_cluster_is_found_and_sorted_by_its_new_name() -> None:
    source = RowSource.of(Row(1, cluster=1), Row(2, cluster=2))
    columns = KeywordColumns.load(source)
    order = parse_sort("cluster")
    assert columns.select(order=order).tolist() == [1, 2]
    source.tables["cluster"][1] = "Zebras"
    columns.apply(source, [], renamed=["cluster"])
    assert columns.select(order=order).tolist() == [2, 1]
    assert columns.select(parse("cluster:zebras")).tolist() == [1]


def test_a_changed_key_that_the_source_no_longer_has_is_removed() -> None:
    source = shop()
    columns = KeywordColumns.load(source)
    source.change(remove=[4])
    columns.apply(source, [4, 4, 9])
    assert columns.select().tolist() == [2, 9]
    assert columns.stamp == source.stamp()


def test_a_removed_row_may_come_back_with_another_text() -> None:
    source = shop()
    columns = KeywordColumns.load(source)
    source.change(remove=[4])
    columns.apply(source, [], [4])
    assert columns.count(parse("standing")) == 0
    source.change([Row(4, "sofa")])
    columns.apply(source, [4])
    assert columns.select(parse("sofa")).tolist() == [4]
    assert columns.count(parse("standing")) == 0
    assert columns.differences(source) == []


def test_every_row_may_go_and_others_may_come() -> None:
    source = RowSource.of(*(Row(key, f"desk {key}") for key in range(6000)))
    columns = KeywordColumns.load(source)
    columns.select(order=parse_sort("keyword"))
    source.change([Row(7000, "sofa")], range(6000))
    columns.apply(source, [], range(6000))
    assert columns.select(parse("desk")).tolist() == []
    columns.apply(source, [7000])
    assert columns.select(order=parse_sort("keyword")).tolist() == [7000]
    assert columns.differences(source) == []


def test_an_order_that_does_not_look_at_the_change_is_kept() -> None:
    source = RowSource.of(*(Row(key, f"k{key}", seed_volume=key) for key in range(200)))
    columns = KeywordColumns.load(source)
    orders = [parse_sort("-volume"), parse_sort("keyword"), parse_sort("status")]
    for order in orders:
        columns.select(order=order)
    source.edit(5, status=1)
    columns.apply(source, [5])
    kept = columns._orders.kept()
    assert list(kept) == [(("volume", True),)]
    assert columns._orders.kept_text() is not None
    assert columns.select(order=orders[2])[-1] == 5


def test_differences_name_column_count_and_first_key() -> None:
    source = shop()
    columns = KeywordColumns.load(source)
    assert columns.differences(source) == []
    source.change([replace(source.rows[9], status=1, country="DE"), replace(source.rows[2], keyword="Tisch")])
    source.tables["site"][1] = "Your shop"
    assert columns.differences(source) == [
        "status differs in 1 keywords, the first has the key 9",
        "country differs in 1 keywords, the first has the key 9",
        "text differs in 1 keywords, the first has the key 2",
        "the names of kind site differ",
    ]
    source.change(remove=[2])
    assert columns.differences(source)[0] == "1 keywords are on one side only, the first has the key 2"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"status": array("i", [0])}, "Column 'status' holds 1 entries where 'key' holds 4"),
        ({"status": array("i", [0, 0, 3, 0])}, "Column 'status' must hold numbers from 0 to 2"),
        ({"deleted": "0,0,0,-1"}, "Column 'deleted' must hold numbers from 0 to 1"),
        ({"mark": "0004"}, "Column 'mark' must hold numbers from 0 to 3"),
        ({"key": array("i", [1, 2, 3, 1])}, "Column 'key' holds a key twice"),
        ({"key": array("i", [1, 2, 3, -1])}, "Column 'key' must hold numbers from 0 to 2147483646"),
        ({"key": array("d", [1, 2, 3, 4])}, "Column 'key' is an array of type 'd', not i, l or q"),
        ({"site": b"\0" * 15}, "Column 'site' is cut off: its bytes are not a multiple of 4"),
        ({"site": "1,2,x,4"}, "Column 'site' is no list of integers separated by commas"),
        ({"country": "0,0,0,1"}, "Column 'country' points past the end of the list of countries"),
        ({"text_offsets": array("i", [0, 1])}, "Column 'text_offsets' holds 2 entries, not 5"),
        (
            {"text_offsets": array("i", [0, 5, 3, 6, 7])},
            "Column 'text_offsets' does not rise from 0 to the end of the text",
        ),
        ({"text": b"a\nb", "text_offsets": None}, "Column 'text' holds 2 lines where 'key' holds 4 entries"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore:string or file could not be read:DeprecationWarning")
def test_a_chunk_that_breaks_the_contract_is_refused_by_name(wrong: dict[str, object], message: str) -> None:
    rows = [replace(row, country="US") for row in shop().rows.values()]

    with pytest.raises(ChunkError, match=f"^{message}$"):
        unpack(replace(pack(rows), **wrong))  # type: ignore[arg-type]


def test_a_refused_chunk_leaves_the_columns_as_they_were() -> None:
    source = shop()
    columns = KeywordColumns.load(source)
    wrong = replace(pack([Row(4, "changed")]), status=array("i", [9]))
    with pytest.raises(ChunkError):
        columns.apply_chunk(wrong, [9], stamp=("one", 2))
    assert columns.differences(source) == []
    assert columns.stamp == source.stamp()


def test_numbers_beyond_what_a_column_holds_are_cut_to_its_largest() -> None:
    source = RowSource.of(Row(1, seed_volume=2**40, seed_difficulty=10**6), packing="wide")
    (row,) = KeywordColumns.load(source).rows([1])
    assert row is not None
    assert (row.volume, row.difficulty) == (2**31 - 1, 2**15 - 1)


def test_an_empty_profile_answers_everything_with_nothing() -> None:
    columns = KeywordColumns.load(RowSource())
    query = parse('desk "a b" volume:>5 cluster:none -status:new')
    assert columns.select(query, parse_sort("keyword,-volume")).tolist() == []
    assert columns.count() == 0
    assert columns.sums(columns.select()).count == 0
    assert columns.rows([1]) == [None]
    source = RowSource()
    source.change([Row(3, "first")])
    columns.apply(source, [3])
    assert columns.select(parse("first"), parse_sort("keyword")).tolist() == [3]
