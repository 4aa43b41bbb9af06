from itertools import islice

import pytest

from planner_core.figures import INTENTS
from planner_core.text import fold
from planner_server.cli.vocabulary import FAMILIAR, capacity, load_vocabulary, make_seeds

VOCABULARY = load_vocabulary()


@pytest.mark.parametrize("words", VOCABULARY.sectors, ids=lambda words: words.name)
def test_a_sectors_seeds_differ_and_have_figures_a_keyword_tool_could_show(words: object) -> None:
    sector = next(one for one in VOCABULARY.sectors if one is words)
    made = list(make_seeds(VOCABULARY, sector, 8_000))
    assert len(made) == 8_000
    assert len({fold(one.keyword) for one in made}) == 8_000
    for one in made:
        assert one.topic in one.keyword
        assert "{" not in one.keyword
        assert one.keyword == " ".join(one.keyword.split())
        assert one.difficulty is None or 0 <= one.difficulty <= 100
        assert one.intent is None or set(one.intent.split(",")) <= set(INTENTS)
        assert one.volume is None or one.volume in FAMILIAR or one.volume % 100 == 0
    assert {one.intent is None for one in made} == {True, False}
    assert {one.difficulty is None for one in made} == {True, False}
    assert {one.volume is None for one in made} == {True, False}
    assert max(one.volume or 0 for one in made) > 5_000
    assert sum(1 for one in made if (one.volume or 0) < 100) > 2_000


def test_a_longer_list_begins_with_the_shorter_one() -> None:
    words = VOCABULARY.sectors[0]
    assert list(make_seeds(VOCABULARY, words, 500)) == list(islice(make_seeds(VOCABULARY, words, 3_000), 500))


def test_the_words_give_a_million_seeds() -> None:
    assert sum(capacity(VOCABULARY, words) for words in VOCABULARY.sectors) > 2_000_000
