"""Facets with the other filters, near-duplicates with a survivor, patterns, and what the profile says of keywords."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.query import FieldTerm, Query, parse, parse_sort
from planner_desktop.columns import KeywordColumns, Scope
from planner_desktop.columns.facets import FACETS, Facet, without
from planner_desktop.columns.members import Group
from planner_desktop.columns.spelling import canonical

from .reference import Row, RowSource
from .strategies import QUERIES, SCOPES, rows

EVERYWHERE = Scope()


def columns_of(*texts: str, **same: object) -> KeywordColumns:
    return KeywordColumns.load(
        RowSource.of(*(Row(key, text, **same) for key, text in enumerate(texts)))  # type: ignore[arg-type]
    )


def found(columns: KeywordColumns, query: str) -> list[int]:
    keys: list[int] = columns.select(parse(query)).tolist()
    return keys


@given(st.lists(rows(), max_size=20), QUERIES, SCOPES)
def test_each_line_of_a_facet_counts_what_a_click_on_it_would_find(
    some: list[Row], query: Query, scope: Scope
) -> None:
    columns = KeywordColumns.load(RowSource.of(*some))
    fields = [field for field in FACETS if field not in {"word", "tag", "import"}]
    for facet in columns.asking.facets(query, scope, fields=fields, most=50)():
        others = without(query, facet.field)
        for line in facet.rows:
            asked = Query((*others.terms, FieldTerm(facet.field, (line.value,))))
            assert line.count == columns.count(asked, scope), (facet.field, line)


def test_a_facet_leaves_its_own_filter_out_and_keeps_the_excluding_ones() -> None:
    columns = KeywordColumns.load(
        RowSource.of(Row(1, status=0, country="US"), Row(2, status=1, country="US"), Row(3, status=1))
    )
    status, country = _facets(columns, "status:new -country:unknown", "status", "country")
    assert [line.count for line in status.rows] == [1, 1]
    assert [(line.name, line.count) for line in country.rows] == [("US", 1)]


def test_clusters_of_one_name_are_one_line_the_largest_first_and_the_rest_is_counted() -> None:
    columns = KeywordColumns.load(
        RowSource.of(Row(1, cluster=1), Row(2, cluster=4), Row(3, cluster=2), Row(4), Row(5))
    )
    (facet,) = columns.asking.facets(Query(), EVERYWHERE, fields=["cluster"], most=1)()
    assert [(line.name, line.count) for line in facet.rows] == [("", 2), ("Standing desks", 2)]
    assert facet.more == 1


def test_words_that_say_something_are_counted() -> None:
    columns = columns_of("desk for kids", "oak desk", "lamp for the desk")
    (facet,) = _facets(columns, "-oak", "word")
    assert next((line.name, line.count) for line in facet.rows) == ("desk", 2)
    assert "for" not in [line.name for line in facet.rows]
    assert found(columns, "word:desk word:kids") == [0]
    assert found(columns, "word:des") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("standing desk", "desk standing"),
        ("standing desk", "standing desks"),
        ("grey desk", "gray desk"),
        ("coloured glass", "colored glass"),
        ("organiser", "organizer"),
        ("travelling bags", "traveling bag"),
        ("standing desk", "standingdesk"),
        ("stand-up desk", "stand up desk"),
        ("café table", "cafe tables"),
        ("baby's cot", "babys cot"),
        ("kids' shelves", "shelf kids"),
        ("gaming pc boxes", "box pc gaming"),
    ],
)
def test_near_duplicates_are_found(one: str, other: str) -> None:
    assert found(columns_of(one, other, "something else"), "is:duplicate") == [0, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("desk", "desk desk"),
        ("filing cabinet", "filling cabinet"),
        ("glass", "glas"),
        ("four", "for"),
        ("4k tv", "5k tv"),
    ],
)
def test_others_are_not(one: str, other: str) -> None:
    assert found(columns_of(one, other), "is:duplicate") == []


def test_the_largest_volume_survives_then_the_shortest_then_the_oldest() -> None:
    source = RowSource.of(
        Row(1, "desk standing", seed_volume=10),
        Row(2, "standing desks", seed_volume=20),
        Row(3, "standing desk", seed_volume=20, created=50),
        Row(4, "desk  standin g", seed_volume=20, created=5),
        Row(5, "standing desk", seed_volume=20, created=9),
    )
    columns = KeywordColumns.load(source)
    assert found(columns, "is:survivor") == [5]
    assert found(columns, "is:spare") == [1, 2, 3, 4]
    source.edit(1, volume_override=99)
    columns.apply(source, [1])
    assert found(columns, "is:survivor") == [1]
    source.edit(1, deleted=True)
    columns.apply(source, [1])
    assert found(columns, "is:survivor") == [5]


def test_other_countries_and_sectors_are_other_searches() -> None:
    columns = KeywordColumns.load(
        RowSource.of(Row(1, "desk", country="US"), Row(2, "desks", country="DE"), Row(3, "desks", sector=2))
    )
    assert found(columns, "is:duplicate") == []


def test_what_was_prepared_elsewhere_answers_until_texts_change() -> None:
    source = RowSource.of(Row(1, "oak desk"), Row(2, "desk oak"), Row(3, "lamp"))
    columns = KeywordColumns.load(source)
    query = parse("is:duplicate /oa.$/,/^o/")
    prepared = columns.asking.preparation(query)
    assert prepared is not None
    assert columns.asking.adopt(prepared())
    assert columns.asking.preparation(query) is None
    assert found(columns, "is:duplicate /oa.$/,/^o/") == [1, 2]
    late = columns.asking.preparation(parse("/lam/"))
    assert late is not None
    source.edit(3, keyword="desk  oak")
    columns.apply(source, [3])
    assert not columns.asking.adopt(late())
    assert found(columns, "is:duplicate") == [1, 2, 3]
    assert found(columns, "/lam/") == []


def test_patterns_stay_within_a_keyword_and_ignore_case() -> None:
    columns = columns_of("Oak desk", "lamp", "oak\nlamp", "Ähre")
    assert found(columns, "/OAK.DESK$/") == [0]
    assert found(columns, "/^lamp/") == [1]
    assert found(columns, r"/desk\s+lamp/") == []
    assert found(columns, "/oak lamp/") == [2]
    assert found(columns, "/ähre/") == [3]
    assert found(columns, "-/a/") == [3]


def test_a_pattern_that_would_take_for_ever_elsewhere_ends() -> None:
    assert found(columns_of("a" * 5_000, "b"), "/^(a+)+$/ -/(a|a)*c/") == [0]


def test_tags_imports_and_notes_are_what_was_told() -> None:
    columns = columns_of("a", "b", "c")
    members = columns.asking.members
    members.set_groups("tag", [Group("To check", np.array([0, 2, 77]))])
    members.set_groups("import", [Group("semrush.csv", np.array([1]), ("12",))])
    members.set_notes({1: "Ask  Mira", 2: " "})
    assert found(columns, 'tag:"to  CHECK"') == [0, 2]
    assert found(columns, "tag:none") == found(columns, "tag:empty") == [1]
    assert found(columns, "import:12") == found(columns, "import:Semrush.csv") == [1]
    assert found(columns, 'note:"ask mira"') == found(columns, "-note:none") == [1]
    assert members.offered("tag") == ["To check"]
    assert members.offered("import") == ["12", "semrush.csv"]
    assert members.offered("note") == ["Ask Mira"]
    assert members.offered("word") == []
    tag, imported = _facets(columns, "", "tag", "import")
    assert [(line.name, line.count) for line in tag.rows] == [("To check", 2)]
    assert [(line.name, line.count) for line in imported.rows] == [("semrush.csv", 1)]


def test_length_counts_characters_not_bytes() -> None:
    columns = columns_of("äöü", "abc", "日本", "abcd")
    assert found(columns, "length:3") == [0, 1]
    assert found(columns, "length:<3") == [2]


@given(st.text(max_size=12))
def test_what_a_word_is_compared_by_does_not_change_when_compared_again(word: str) -> None:
    steps = [word.casefold()]
    for _ in range(6):
        steps.append(canonical(steps[-1]))
    assert any(one == other for one, other in pairwise(steps))


def _facets(columns: KeywordColumns, query: str, *fields: str) -> list[Facet]:
    return columns.asking.facets(parse(query), EVERYWHERE, fields=fields)()


def test_what_came_since_a_day_or_the_last_sync() -> None:
    columns, day = columns_of("a", "b", "c"), 86_400
    columns.asking.members.set_changed(np.array([0, 1, 77]), np.array([day * 3, day * 5 + 7, 9]), day * 5)
    assert found(columns, "changed:>last-sync") == found(columns, "changed:last-sync") == [1]
    assert found(columns, "changed:<=last-sync") == [0]
    assert found(columns, "changed:1970-01-04") == [0]
    assert found(columns, "changed:>=1970-01-04") == [0, 1]
    assert found(columns, "changed:never") == found(columns, "changed:empty") == [2]
    assert found(columns, "-changed:>last-sync") == [0, 2]


def test_near_duplicates_stand_together_where_the_best_of_them_would() -> None:
    texts = {
        "standing desk": 50,
        "lamp": 900,
        "desk standing": 700,
        "oak lamps": 5,
        "oak lamp": 8,
        "chair": 6,
    }
    columns = KeywordColumns.load(
        RowSource.of(*(Row(key, text, seed_volume=texts[text]) for key, text in enumerate(texts)))
    )

    def ordered(sort: str, query: str = "") -> list[int]:
        return [int(key) for key in columns.select(parse(query), parse_sort(sort))]

    assert ordered("duplicates,-volume") == ordered("duplicates") == [2, 0, 4, 3, 1, 5]
    assert ordered("duplicates,volume") == [3, 4, 0, 2, 5, 1]
    assert ordered("-duplicates,-volume") == [4, 3, 2, 0, 1, 5]
    assert ordered("duplicates,-volume", "-volume:50") == [4, 3, 1, 2, 5], "of a group one row is left"
    assert ordered("duplicates", "volume:>1000") == []
