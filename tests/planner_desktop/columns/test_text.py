"""Folding in bulk is folding one by one, and words are told apart exactly."""

import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner_core.text import fold
from planner_desktop.columns.runs import Runs
from planner_desktop.columns.text import OTHER_SPACES, fold_term, split_words
from planner_desktop.columns.vocabulary import Vocabulary, distinct, ranks_of

from .strategies import KEYWORDS


def pack(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    encoded = [text.encode() for text in texts]
    lengths = np.array([len(text) for text in encoded], np.int64)
    return np.frombuffer(b"".join(encoded), np.uint8), np.cumsum(lengths) - lengths, lengths


@given(st.lists(KEYWORDS, max_size=30))
def test_words_of_many_texts_are_the_words_of_each(texts: list[str]) -> None:
    words = split_words(*pack(texts))
    cut = [
        words.text[start : start + length].tobytes().decode()
        for start, length in zip(words.starts, words.lengths, strict=True)
    ]
    for row, text in enumerate(texts):
        first = words.row_starts[row]
        assert cut[first : first + words.row_counts[row]] == fold(text).split()
    assert len(cut) == sum(len(fold(text).split()) for text in texts)


def test_every_white_space_of_python_is_known() -> None:
    every = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    assert {space for space in every if ord(space) > 127} == set(OTHER_SPACES)
    texts = [f"a{space}B" for space in sorted(every)]
    assert split_words(*pack(texts)).row_counts.tolist() == [2] * len(texts)


def test_text_that_is_no_utf_8_is_read_with_a_mark_in_place_of_the_fault() -> None:
    raw = np.frombuffer(b"caf\xe9 bar", np.uint8)
    words = split_words(raw, np.array([0]), np.array([8]))
    assert words.row_counts.tolist() == [2]


def test_a_searched_text_keeps_a_space_at_its_ends() -> None:
    assert fold_term("Desk") == "desk"
    assert fold_term("  Standing \t Desk ") == " standing desk "
    assert fold_term("\u3000") == " "
    assert fold_term("") == ""


BYTES = st.lists(st.binary(min_size=1, max_size=20).filter(lambda word: b"\n" not in word), max_size=40)


def runs(words: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lengths = np.array([len(word) for word in words], np.int64)
    text = np.frombuffer(b"".join(words), np.uint8)
    return text, np.cumsum(lengths) - lengths, lengths


@given(BYTES)
def test_equal_words_get_equal_numbers_and_others_do_not(words: list[bytes]) -> None:
    numbers, firsts = distinct(*runs(words))
    assert [words[firsts[number]] for number in numbers] == words
    assert len(firsts) == len(set(words))


@given(BYTES)
def test_equal_numbers_survive_hashes_that_all_collide(words: list[bytes]) -> None:
    original = Runs.hashes
    Runs.hashes = lambda self: np.zeros(len(self.starts), np.uint64)  # type: ignore[method-assign]
    try:
        numbers, firsts = distinct(*runs(words))
    finally:
        Runs.hashes = original  # type: ignore[method-assign]
    assert [words[firsts[number]] for number in numbers] == words
    assert len(firsts) == len(set(words))


@given(BYTES, BYTES)
def test_a_vocabulary_finds_its_words_and_no_others(words: list[bytes], others: list[bytes]) -> None:
    known = list(dict.fromkeys(words))
    known_words = Vocabulary.of(*runs(known))
    found = known_words.find(*runs(others))
    assert found.tolist() == [known.index(word) if word in known else -1 for word in others]
    new = [word for word in dict.fromkeys(others) if word not in known]
    known_words.add(*runs(new))
    assert [known_words.word(number) for number in range(len(known_words))] == known + new
    assert known_words.find(*runs(others)).tolist() == [(known + new).index(word) for word in others]
    ranks = ranks_of(known_words.blob)
    assert sorted(range(len(known_words)), key=ranks.__getitem__) == sorted(
        range(len(known_words)), key=(known + new).__getitem__
    )


@given(BYTES, st.binary(min_size=1, max_size=3).filter(lambda part: b"\n" not in part))
def test_words_holding_a_part_are_found_by_place(words: list[bytes], part: bytes) -> None:
    known = list(dict.fromkeys([*words, part, part + b"x", b"x" + part]))
    known_words = Vocabulary.of(*runs(known))
    assert known_words.holding(part).tolist() == [part in word for word in known]
    assert known_words.holding(part, at_start=True).tolist() == [word.startswith(part) for word in known]
    assert known_words.holding(part, at_end=True).tolist() == [word.endswith(part) for word in known]
    assert known_words.holding(part, at_start=True, at_end=True).tolist() == [word == part for word in known]


@given(BYTES.filter(len), st.permutations(range(8)))
def test_runs_are_equal_when_their_bytes_are(words: list[bytes], order: list[int]) -> None:
    some = (words * 8)[:8]
    other = [some[place] for place in order]
    rows = np.arange(len(some))
    same = Runs(*runs(some)).equal(Runs(*runs(other)), rows)
    assert same.tolist() == [one == two for one, two in zip(some, other, strict=False)]


def test_hashes_of_different_words_differ() -> None:
    words = [f"w{number}".encode() for number in range(50_000)] + [b"x" * size for size in range(1, 40)]
    assert len(set(Runs(*runs(words)).hashes().tolist())) == len(words)
