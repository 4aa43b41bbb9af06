"""Which clusters and keywords a keyword is like: shared words, the rare ones saying more, within its sector."""

import math
import random

import numpy as np
import pytest

from planner_core.text import fold
from planner_desktop.columns import KeywordColumns, likeness
from planner_desktop.columns.likeness import LEAST, NAME_COUNTS, Likeness, NamedCluster
from planner_desktop.columns.spelling import canonical

from .reference import Row, RowSource

DESKS, CHAIRS = 1, 2
CLUSTERS = (
    NamedCluster(1, "Standing desks", DESKS),
    NamedCluster(2, "Gaming chairs", CHAIRS),
    NamedCluster(3, "Lamps", DESKS),
)
ROWS = (
    Row(1, "standing desk", cluster=1, status=1),
    Row(2, "electric standing desk", cluster=1, status=1),
    Row(3, "desk lamp", cluster=3, status=1),
    Row(4, "led lamp", cluster=3, status=1),
    Row(5, "gaming chair", sector=CHAIRS, cluster=2, status=1),
    Row(6, "small standing desks"),
    Row(7, "gaming desk"),
    Row(8, "Walnut   DESK"),
    Row(9, "deleted walnut", deleted=True),
)


def built(*rows: Row, clusters: tuple[NamedCluster, ...] = CLUSTERS) -> Likeness:
    columns = KeywordColumns.load(RowSource.of(*rows))
    return Likeness.build(columns.asking.words(), clusters)


def test_the_cluster_with_the_rarer_shared_words_comes_first_and_says_which_words() -> None:
    found = built(*ROWS).suggest(["standing desks LAMP"], DESKS, 5)
    assert [one.cluster for one in found] == [1, 3]
    assert found[0].words == ("standing", "desks")
    assert found[1].words == ("desks", "lamp")
    assert 1 >= found[0].score > found[1].score >= LEAST


def test_clusters_and_keywords_of_other_sectors_are_never_suggested() -> None:
    index = built(*ROWS)
    assert [one.cluster for one in index.suggest(["gaming chair"], CHAIRS, 5)] == [2]
    assert index.suggest(["gaming chair"], DESKS, 5) == []
    assert index.suggest(["gaming chair"], 77, 5) == []
    near = index.neighbours("gaming chair", DESKS, 5)
    assert [one.key for one in near] == [7]


def test_a_cluster_without_keywords_is_known_by_its_name() -> None:
    index = built(*ROWS, clusters=(*CLUSTERS, NamedCluster(4, "Walnut things", DESKS)))
    assert index.suggest(["walnut shelf"], DESKS, 1)[0].cluster == 4


def test_neighbours_share_most_are_never_the_keyword_itself_nor_in_the_trash() -> None:
    index = built(*ROWS)
    near = index.neighbours("small standing desks", DESKS, 3, [6])
    assert [one.key for one in near][:2] == [1, 2]
    assert all(0 < one.score <= 1 for one in near)
    assert 9 not in [one.key for one in index.neighbours("deleted walnut", DESKS, 9)]
    assert index.neighbours("standing desk", DESKS, 1)[0].score == pytest.approx(1)


def test_nothing_is_like_signs_empty_texts_or_words_nobody_has() -> None:
    index = built(*ROWS)
    for text in ("", "  ", "!!! ???", "zzz yyy"):
        assert index.suggest([text], DESKS, 5) == []
        assert index.neighbours(text, DESKS, 5) == []
    empty = built(clusters=())
    assert empty.suggest(["desk"], DESKS, 5) == []
    assert empty.neighbours("desk", DESKS, 5) == []
    assert empty.best(np.array([1, 2])).tolist() == [-1, -1]


def test_of_several_keywords_what_speaks_for_all_speaks_loudest() -> None:
    index = built(*ROWS)
    alone = index.suggest(["led lamp"], DESKS, 1)
    together = index.suggest(["led lamp", "standing desk", "adjustable standing desk"], DESKS, 1)
    assert alone[0].cluster == 3
    assert together[0].cluster == 1


def test_what_was_assigned_since_is_learned_also_for_clusters_made_since() -> None:
    index = built(*ROWS)
    assert index.suggest(["walnut shelf"], DESKS, 5) == []
    index.learn(["walnut desk"], DESKS, 3)
    assert index.suggest(["walnut shelf"], DESKS, 5)[0].cluster == 3
    fresh = NamedCluster(9, "Bamboo", DESKS)
    assert not index.knows_cluster(9)
    index.know(fresh)
    assert index.knows_cluster(9)
    assert index.suggest(["bamboo board"], DESKS, 1)[0].cluster == 9
    assert index.suggest(["bamboo board"], CHAIRS, 1) == []
    index.know(CLUSTERS[0])
    assert index.suggest(["standing"], DESKS, 1)[0].score <= 1


def chance_rows(count: int) -> list[Row]:
    chance = random.Random(5)
    words = ["desk", "desks", "lamp", "oak", "Büro", "x-1", "chair", "standing", "for", "a"]
    return [
        Row(
            key,
            " ".join(chance.choices(words, weights=range(1, 11), k=chance.randint(1, 5))),
            sector=chance.choice([DESKS, CHAIRS]),
            cluster=chance.choice([None, 1, 2, 3]),
            deleted=chance.random() < 0.1,
        )
        for key in range(1, count)
    ]


def slow_scores(rows: list[Row], text: str, sector: int) -> dict[int, float]:
    """The same by the book: a loop over everything."""
    live = [row for row in rows if row.sector == sector and not row.deleted]

    def of(words: str) -> set[str]:
        return {found for found in map(canonical, fold(words).split()) if found}

    weights = {
        word: math.log1p(len(live) / max(1, sum(word in of(row.keyword) for row in live)))
        for word in of(text)
    }
    scores: dict[int, float] = {}
    for cluster in CLUSTERS:
        inside = [row for row in rows if not row.deleted and row.cluster == cluster.key]
        for word, weight in weights.items():
            having = sum(word in of(row.keyword) for row in inside if row.sector == sector)
            named = NAME_COUNTS * (cluster.sector == sector and word in of(cluster.name))
            if having + named:
                share = (having + named) / (len(inside) + NAME_COUNTS)
                scores[cluster.key] = scores.get(cluster.key, 0) + weight * share / sum(weights.values())
    return {key: score for key, score in scores.items() if score >= LEAST}


def clear_of_least(scores: dict[int, float]) -> dict[int, float]:
    """What is at the border may be on either side, by rounding."""
    return {key: score for key, score in scores.items() if abs(score - LEAST) > 1e-4}


def test_hundreds_of_rows_agree_with_a_loop() -> None:
    rows = chance_rows(300)
    index = built(*rows)
    for row in rows[:60]:
        found = {one.cluster: one.score for one in index.suggest([row.keyword], row.sector, 9)}
        expected = slow_scores(rows, row.keyword, row.sector)
        assert clear_of_least(found) == pytest.approx(clear_of_least(expected), abs=1e-5)


@pytest.mark.parametrize("batch", [7, 1_000_000])
def test_many_at_once_find_what_each_finds_alone(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "_BATCH", batch)
    rows = chance_rows(200)
    index = built(*rows)
    live = [row for row in rows if not row.deleted]
    random.Random(1).shuffle(live)
    found = index.best(np.array([*(row.key for row in live), 9_999])).tolist()
    assert found[-1] == -1
    for row, cluster in zip(live, found, strict=False):
        scores = slow_scores(rows, row.keyword, row.sector)
        if cluster < 0:
            assert not clear_of_least(scores)
        else:
            assert scores[cluster] == pytest.approx(max(scores.values()), abs=1e-5)
