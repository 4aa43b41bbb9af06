"""Recipes as texts: every mistake names file, line, key and remedy, and what is written is read as it was."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_desktop.recipes.document import BadRecipe, compose, read_file, read_recipe
from planner_desktop.recipes.model import (
    Add,
    Cluster,
    Dedupe,
    Disable,
    Drop,
    Exclude,
    Keep,
    Lower,
    Note,
    Source,
    Status,
    Step,
    Tag,
    Trim,
    Volume,
    When,
    Words,
)
from planner_desktop.recipes.writing import text_of
from sync.errors import InvalidUsage

HEAD = 'recipe = 1\nname = "Weekly"\n'
ADD = '[[step]]\ndo = "add"\n'


def test_a_recipe_is_read_with_its_steps_in_order() -> None:
    found = read_recipe(
        HEAD + '[import]\nsite = "Shop"\n[import.columns]\nkeyword = "Wort"\n'
        "[[step]]\ndo = 'drop'\npattern = '\\bfree\\b'\n" + ADD + '[[step]]\ndo = "tag"\ntags = ["a"]\n'
        "[step.when]\nmin_volume = 10\n",
        "weekly.toml",
    )
    assert found.source.site == "Shop"
    assert found.source.columns == {"keyword": "Wort"}
    assert found.steps == (Drop(pattern=r"\bfree\b"), Add(), Tag(tags=("a",), when=When(min_volume=10)))


@pytest.mark.parametrize(
    ("text", "line", "key", "said", "remedy"),
    [
        (HEAD + ADD + '[[step]]\ndo = "tagg"\n', 6, "step 2, do", "no step is called 'tagg'", "mean tag?"),
        (HEAD + ADD + "[[step]]\ntags = ['a']\n", 5, "step 2", "do", "Say what the step does"),
        (HEAD + '[[step]]\ndo = "drop"\npattern = "("\n' + ADD, 5, "step 1, pattern", "cannot be read", "query line"),
        (HEAD + "[[step]]\ndo = 'drop'\npattern = '(?=a)'\n" + ADD, 5, "step 1, pattern", "look ahead", "query line"),
        (HEAD + '[[step]]\ndo = "drop"\npatern = "a"\n' + ADD, 5, "step 1, patern", "nothing is called", "pattern?"),
        (HEAD + '[[step]]\ndo = "words"\nmin = "3"\n' + ADD, 5, "step 1, min", "integer", "without quotation marks"),
        (HEAD + '[[step]]\ndo = "words"\nmin = 5\nmax = 2\n' + ADD, 3, "step 1", "min 5 is above max 2", "min"),
        (HEAD + '[[step]]\ndo = "volume"\nmin = -1\n' + ADD, 5, "step 1, min", "greater than or equal", ""),
        (HEAD + '[[step]]\ndo = "exclude"\n' + ADD, 3, "step 1", "no list is named", "lists ="),
        (HEAD + ADD + '[[step]]\ndo = "tag"\ntags = []\n', 7, "step 2, tags", "at least 1", "at least one"),
        (HEAD + ADD + '[[step]]\ndo = "status"\nstatus = "old"\n', 7, "step 2, status", "'old'", "'new' or 'mapped'"),
        (HEAD + ADD + '[[step]]\ndo = "disable"\non = "some"\n', 7, "step 2, on", "'some'", "'new' or 'all'"),
        (HEAD + ADD + '[[step]]\ndo = "disable"\nwhen = { min_vol = 3 }\n', 7, "step 2, when.min_vol", "nothing is called", "min_volume?"),
        (HEAD + ADD + '[[step]]\ndo = "disable"\nwhen = { }\n', 7, "step 2, when", "nothing is asked for", "leave when out"),
        (HEAD + ADD + '[[step]]\ndo = "lower"\n', 6, "step 2, do", "too late behind add", "before add"),
        (HEAD + '[[step]]\ndo = "note"\ntext = "x"\n' + ADD, 4, "step 1, do", "only behind add", "behind add"),
        (HEAD + ADD + ADD, 6, "step 2, do", "adds once", "out"),
        (HEAD + '[[step]]\ndo = "lower"\n', None, "step", "no step adds", "add"),
        (HEAD, None, "step", "missing", "Add steps"),
        ("recipe = 1\n" + ADD, None, "name", "missing", "name ="),
        ('name = "a"\n' + ADD, None, "recipe", "missing", "recipe = 1"),
        ('recipe = 2\nname = "a"\n' + ADD, 1, "recipe", "format 2", "wrote it"),
        (HEAD + "nam = 1\n" + ADD, 3, "nam", "nothing is called", "name?"),
        (HEAD + '[import]\nsit = "a"\n' + ADD, 4, "import.sit", "nothing is called", "site?"),
        (HEAD + '[import.columns]\nkeywords = "a"\n' + ADD, 4, "import.columns.keywords", "no column", "keyword?"),
        (HEAD + 'x = "\\b"\ny = \n', 4, "", "not TOML", "quotation marks"),
        (HEAD + "[[step]\n", 3, "", "not TOML", "TOML"),
        ("recipe = " + "[" * 5_000, None, "", "", ""),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_key_and_remedy(
    text: str, line: int | None, key: str, said: str, remedy: str
) -> None:
    with pytest.raises(BadRecipe) as caught:
        read_recipe(text, "weekly.toml")
    first = caught.value.problems[0]
    assert caught.value.message.startswith("weekly.toml")
    assert first.line == line or not said
    assert first.key == key
    assert said in first.message
    assert remedy in first.remedy
    assert first.remedy


def test_all_mistakes_are_told_at_once() -> None:
    text = HEAD + '[[step]]\ndo = "words"\nmin = "3"\n[[step]]\ndo = "tagg"\n'
    with pytest.raises(BadRecipe, match="1 more problem") as caught:
        read_recipe(text, "weekly.toml")
    assert [(one.line, one.key) for one in caught.value.problems] == [(5, "step 1, min"), (7, "step 2, do")]


def test_lines_are_not_misled_by_texts_of_several_lines() -> None:
    text = 'recipe = 1\nname = "a"\ndescription = """\n[[step]]\ndo = 1\n"""\n' + ADD + '[[step]]\ndo = "x"\n'
    with pytest.raises(BadRecipe) as caught:
        read_recipe(text, "a.toml")
    assert caught.value.problems[0].line == 10


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a" * 2_000_001])
def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidUsage, match=r"a\.toml"):
        read_file(path)
    with pytest.raises(InvalidUsage, match="cannot be read"):
        read_file(tmp_path)


LINES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)
NUMBERS = st.integers(0, 1_000_000)
WHEN = st.none() | st.builds(When, min_volume=NUMBERS, max_words=NUMBERS)
WHICH = st.sampled_from(("new", "all"))
CLEANING: st.SearchStrategy[Step] = st.one_of(
    st.builds(Trim, characters=st.text(max_size=5)),
    st.builds(Lower),
    st.sampled_from((Drop(pattern=r"\bfree's \"x\"\b"), Keep(pattern="[a-z]+'\\d"))),
    st.builds(Words, min=NUMBERS),
    st.builds(Volume, max=NUMBERS, unknown=st.sampled_from(("keep", "drop"))),
    st.builds(
        Exclude,
        lists=st.lists(LINES, max_size=2).map(tuple),
        keywords=st.lists(LINES, min_size=1, max_size=30).map(tuple),
        match=st.sampled_from(("word", "whole", "text")),
    ),
    st.builds(Dedupe, against=st.sampled_from(("files", "sector"))),
)
MARKS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Tag, tags=st.lists(LINES, min_size=1, max_size=3).map(tuple), on=WHICH, when=WHEN),
    st.builds(Note, text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip() != ""), on=WHICH),
    st.builds(Status, status=st.sampled_from(("new", "mapped")), when=WHEN),
    st.builds(Cluster, cluster=LINES, create=st.booleans(), on=WHICH),
    st.builds(Disable, on=WHICH),
)  # fmt: skip


@given(
    LINES,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.builds(Source, site=st.none() | LINES, on_duplicate=st.sampled_from(("skip", "fill", "update"))),
    st.lists(CLEANING, max_size=3),
    st.lists(MARKS, max_size=3),
)
def test_what_is_written_is_read_as_it_was(
    name: str, description: str, source: Source, cleaning: list[Step], marks: list[Step]
) -> None:
    recipe = compose(name, (*cleaning, Add(), *marks), source, description)
    remarks = {1: ["why\n[[step]]"], len(recipe.steps) + 1: ["the end"]}
    assert read_recipe(text_of(recipe, head=("# hello",), remarks=remarks), "a.toml") == recipe
