"""`planner recipe`: the same plan for looking and for doing, one step of undo, nothing done twice."""

from pathlib import Path
from typing import Any

import pytest

from planner_desktop.app.labels import Labels
from planner_desktop.app.store import Store
from tests.planner_desktop.cli.conftest import Cli
from tests.planner_desktop.cli.test_imports import HERE, SITE, keywords, write

pytestmark = pytest.mark.slow

SAID = ("recipe", "site", "sector", "files", "counts", "warnings", "steps", "adds", "new_candidates")


@pytest.fixture
def seeds(editor: Cli) -> list[str]:
    """Seeds of the sector that are no keywords yet."""
    found = [row["keyword"] for row in editor("library", "search", "desk", *HERE).rows if not row["added"]]
    assert len(found) >= 6
    return found


def recipe(folder: Path, steps: str, name: str = "Weekly", **more: str) -> Path:
    path = folder / f"{name}.toml"
    extra = "".join(f"{key} = {value}\n" for key, value in more.items())
    head = f'recipe = 1\nname = "{name}"\n\n[import]\nsite = "{SITE}"\nsector = "desks"\n{extra}\n'
    path.write_text(head + steps, encoding="utf-8")
    return path


def step(do: str, **keys: object) -> str:
    # What Python shows of whole numbers and lists of texts is TOML, and so is a text between single quotation marks.
    lines = "".join(
        f"{name} = '{value}'\n" if isinstance(value, str) else f"{name} = {value}\n"
        for name, value in keys.items()
    )
    return f'[[step]]\ndo = "{do}"\n{lines}\n'


def tags(editor: Cli) -> dict[str, int]:
    return {row["tag"]: row["keywords"] for row in editor("tags", "list").rows}


@pytest.fixture
def file(tmp_path: Path, seeds: list[str]) -> Path:
    """Four seeds, one of them twice in other words' order, a brand, a job offer, a keyword nobody has a seed for."""
    rows: list[list[object]] = [
        ["Keyword", "Volume"],
        [seeds[0], 900],
        [seeds[1], 20],
        [seeds[2], 500],
        [f"{seeds[3]} ikea", 700],
        ["desk jobs nobody heard of", 50],
        ["desk nobody heard of", 60],
        [seeds[4], ""],
    ]
    return write(tmp_path, rows)


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    """Every kind of step."""
    (tmp_path / "brands.txt").write_text("# rivals\nikea\n\nwayfair\n", encoding="utf-8")
    steps = [
        step("trim", characters="?!"),
        step("lower"),
        step("drop", pattern=r"\bjobs?\b"),
        step("words", min=1, max=9),
        step("volume", min=30),
        step("exclude", files=["brands.txt"]),
        step("dedupe"),
        step("add"),
        step("tag", tags=["weekly", "to check"]),
        step("note", text="From the weekly export"),
        '[[step]]\ndo = "cluster"\ncluster = "Big ones"\ncreate = true\nwhen = { min_volume = 800 }\n\n',
        step("disable", on="new") + "when = { max_volume = 600 }\n",
    ]
    return recipe(tmp_path, "".join(steps))


def test_that_a_run_does_what_its_dry_run_said_as_one_step(
    editor: Cli, file: Path, weekly: Path, seeds: list[str]
) -> None:
    before = keywords(editor)
    told = editor.ok("recipe", "run", weekly, file, "--dry-run")
    assert keywords(editor) == before
    assert tags(editor) == {}
    assert editor("recipe", "runs").rows == []
    assert told["counts"] == {"add": 3, "no_seed": 1, "excluded": 3}
    assert {one["do"]: one.get("left_out", one.get("changed")) for one in told["steps"]} == {
        "trim ?!": 0, "lower": 0, "drop /\\bjobs?\\b/": 1, "words from 1 to 9": 0, "volume from 30": 1, "exclude brands.txt": 1,
        "dedupe": 0, "tag weekly, to check": 3, "note": 3, "cluster Big ones": 1, "disable": 1,
    }  # fmt: skip
    done = editor.ok("recipe", "run", weekly, file)
    assert {name: done[name] for name in SAID} == {name: told[name] for name in SAID}
    after = keywords(editor)
    assert after.keys() - before.keys() == {seeds[0], seeds[2], seeds[4]}
    assert tags(editor) == {"weekly": 3, "to check": 3}
    assert len(editor("notes", "list").rows) == 3
    assert after[seeds[0]]["cluster"] == "Big ones"
    assert after[seeds[0]]["status"] == "mapped"
    assert [after[text]["disabled"] for text in (seeds[0], seeds[2], seeds[4])] == [False, True, False]
    (action,) = editor("history").rows
    assert action["label"] == "Recipe “Weekly” on list.csv: 3 keywords added"


def test_that_the_same_files_again_change_nothing_and_that_is_said(
    editor: Cli, file: Path, weekly: Path
) -> None:
    editor.ok("recipe", "run", weekly, file)
    before, worn = editor("keywords", "list").out, tags(editor)
    again = editor.ok("recipe", "run", weekly, file)
    assert again["nothing_to_do"] is True
    assert (again["changed"], again["action"], again["run"]) == (0, None, 0)
    assert editor("keywords", "list").out == before
    assert tags(editor) == worn
    assert len(editor("history").rows) == 1
    assert len(editor("imports", "list").rows) == 1
    said = editor("recipe", "run", weekly, file, as_json=False).out
    assert "All of it is there already: these files were run before." in said


@pytest.mark.parametrize(("how", "overrides"), [("fill", 0), ("update", 2)])
def test_that_figures_are_taken_once_also_on_the_keywords_a_run_adds(
    editor: Cli, tmp_path: Path, seeds: list[str], how: str, overrides: int
) -> None:
    there = next(iter(keywords(editor)))
    file = write(tmp_path, [["Keyword", "Volume"], [seeds[0], 4321], [there, 4322]])
    path = recipe(tmp_path, step("add"), on_duplicate=f'"{how}"')
    done = editor.ok("recipe", "run", path, file)
    assert done["sets"] == ({"overrides": overrides} if overrides else {})
    said = "1 keyword added" + (f", {overrides} overrides set" if overrides else "")
    assert editor("history").rows[0]["label"] == f"Recipe “Weekly” on list.csv: {said}"
    assert editor.ok("recipe", "run", path, file)["nothing_to_do"] is True


def test_that_an_export_of_ours_and_a_step_share_the_cluster_they_make(
    editor: Cli, tmp_path: Path, seeds: list[str]
) -> None:
    head = ["Keyword", "Cluster", "Status", "Disabled", "Sector"]
    rows = [[seeds[0], "Fresh desks", "mapped", "no", "Desks"], [seeds[1], "", "new", "no", "Desks"]]
    put = '[[step]]\ndo = "cluster"\ncluster = "fresh DESKS"\ncreate = true\n\n'
    path = recipe(tmp_path, step("add") + put)
    done = editor.ok("recipe", "run", path, write(tmp_path, [head, *rows]))
    assert done["new_clusters"] == ["Fresh desks"]
    after = keywords(editor)
    assert [after[seed]["cluster"] for seed in seeds[:2]] == ["Fresh desks", "Fresh desks"]


@pytest.mark.parametrize("how", [("undo",), ("recipe", "undo"), ("imports", "undo", 1)])
def test_that_one_undo_takes_keywords_clusters_candidates_tags_and_notes_back_and_redo_brings_them(
    editor: Cli, file: Path, weekly: Path, how: tuple[object, ...]
) -> None:
    before, clusters = keywords(editor), editor("clusters", "list", *HERE).out
    editor.ok("recipe", "run", weekly, file)
    after, notes = keywords(editor), editor("notes", "list").rows
    editor.ok(*how)
    assert keywords(editor) == before
    assert editor("clusters", "list", *HERE).out == clusters
    assert tags(editor) == {}
    assert editor("notes", "list").rows == []
    assert editor("candidates", "list").rows == []
    assert editor("recipe", "runs").rows[0]["undone"] is True
    assert editor("recipe", "undo").code == 2
    editor.ok("redo")
    assert keywords(editor) == after
    assert tags(editor) == {"weekly": 3, "to check": 3}
    assert editor("notes", "list").rows == notes
    editor.ok("undo")
    assert tags(editor) == {}


def test_that_a_recipe_is_recorded_from_history_and_does_the_same_to_a_new_file(
    editor: Cli, tmp_path: Path, seeds: list[str]
) -> None:
    rows: list[list[object]] = [["Wort", "Zahl"], [seeds[0], 5], [seeds[1], 6], [seeds[2], 7]]
    first = write(tmp_path, rows)
    done = editor.ok("import", first, *HERE, "--map", "keyword=Wort", "--map", "volume=Zahl")
    deleted = editor.ok("keywords", "delete", "--where", f"import:1 /^{seeds[2]}$/")
    placed = editor.ok("keywords", "set", "--where", "import:1", "--new-cluster", "From exports")
    part = editor.ok("keywords", "set", "--where", f"/^{seeds[0]}$/", "--disable")
    figure = editor.ok("keywords", "set", "--where", f"/^{seeds[0]}$/", "--volume", 77)
    editor.ok("tags", "add", "fresh", "--where", "import:1")
    actions = [one["action"] for one in (done, deleted, placed, part, figure)]
    from_there = [word for action in actions for word in ("--from", action)]
    made = editor.ok("recipe", "record", "Mine", *from_there, "--labels")
    assert made["steps"] == ["exclude 1 named here", "add", "cluster From exports", "tag fresh"]
    reasons = {one["id"]: one["reason"] for one in made["not_recorded"]}
    assert "1 of the 2 keywords" in reasons[part["action"]]
    assert "figures of files are taken with on_duplicate" in reasons[figure["action"]]
    assert editor("recipe", "check", "Mine").rows == []
    assert "# [[step]]\n# do = \"disable\"\n# when = { pattern = '...' }\n" in made["text"]

    rows = [["Zahl", "Wort"], [1, seeds[2]], [2, seeds[3]], [3, seeds[4]]]
    second = write(tmp_path, rows, "new.csv")
    before = keywords(editor)
    told = editor.ok("recipe", "run", "mine", second, "--dry-run")
    assert told["counts"] == {"add": 2, "excluded": 1}
    done = editor.ok("recipe", "run", "mine", second)
    assert {name: done[name] for name in SAID} == {name: told[name] for name in SAID}
    after = keywords(editor)
    assert after.keys() - before.keys() == {seeds[3], seeds[4]}
    assert {after[text]["cluster"] for text in (seeds[3], seeds[4])} == {"From exports"}
    assert tags(editor)["fresh"] == 4
    editor.ok("undo")
    assert keywords(editor) == before
    assert tags(editor)["fresh"] == 2


def test_that_the_run_of_a_recipe_is_recorded_with_its_cleaning(
    editor: Cli, file: Path, weekly: Path
) -> None:
    weekly.with_name("brands.txt").write_text("ikea\n", encoding="utf-8")
    weekly.write_text(
        weekly.read_text().replace("files = ['brands.txt']", "lists = ['brands']"), encoding="utf-8"
    )
    editor.ok("recipe", "lists", "set", "brands", weekly.with_name("brands.txt"))
    editor.ok("recipe", "new", "Weekly", "--from", weekly)
    done = editor.ok("recipe", "run", "Weekly", file)
    made = editor.ok("recipe", "record", "Copy", "--from", done["action"], "--labels")
    assert made["steps"][:8] == [
        *("trim ?!", "lower", "drop /\\bjobs?\\b/", "words from 1 to 9", "volume from 30"),
        *("exclude brands", "dedupe", "add"),
    ]
    assert {"tag weekly", "tag to check", "note"} <= set(made["steps"])
    editor.ok("undo")
    assert editor.ok("recipe", "run", "Copy", file, "--dry-run")["counts"] == done["counts"]


def test_that_what_cannot_be_repeated_makes_no_recipe(editor: Cli, seeds: list[str]) -> None:
    done = editor.ok("keywords", "set", "--where", "", *HERE, "--volume", 5)
    undone = editor.ok("undo")
    told = editor("recipe", "record", "Mine", "--from", undone["action"], "--from", done["action"])
    assert (told.code, told.error["code"]) == (2, "nothing_to_record")
    assert "it was undone" in told.error["message"]
    assert editor("recipe", "record", "Mine", "--from", "x").error["code"] == "bad_action_id"
    assert editor("recipe", "list").rows == []


def test_that_recipes_and_lists_are_made_listed_shown_and_removed(editor: Cli, tmp_path: Path) -> None:
    made = editor.ok("recipe", "new", "Weekly", "--site", SITE, "--sector", "desks")
    path = Path(made["file"])
    assert path.name == "Weekly.toml"
    assert path.parent.name == "recipes"
    assert editor("recipe", "check", "weekly").rows == []
    assert editor("recipe", "new", "WEEKLY").error["code"] == "recipe_exists"
    for name in ("a/b", ".hidden", "x" * 61, "Nul", "weekly.toml", " "):
        assert editor("recipe", "new", name).code == 2, name
    assert [one["do"] for one in editor.ok("recipe", "show", "weekly")["recipe"]["step"]] == ["add", "tag"]
    (row,) = editor("recipe", "list").rows
    assert (row["name"], row["steps"], row["site"]) == ("Weekly", ["add", "tag Weekly"], SITE)
    copy = editor.ok("recipe", "new", "Copy", "--from", path)
    assert "# Every step and its keys" in Path(copy["file"]).read_text(encoding="utf-8")
    (tmp_path / "b.txt").write_text("ikea\n\nikea\n# rivals\nwayfair\n", encoding="utf-8")
    assert editor.ok("recipe", "lists", "set", "brands", tmp_path / "b.txt")["entries"] == 2
    assert editor.ok("recipe", "lists", "show", "Brands")["entries"] == ["ikea", "wayfair"]
    path.write_text(path.read_text() + "\n[[step]]\ndo = 'exclude'\nlists = ['nosuch']\n", encoding="utf-8")
    assert editor("recipe", "list").rows[1]["trouble"]
    editor.ok("recipe", "remove", "weekly")
    editor.ok("recipe", "lists", "remove", "brands")
    assert [row["name"] for row in editor("recipe", "list").rows] == ["Copy"]
    assert editor("recipe", "lists", "list").rows == []
    assert editor("recipe", "remove", "weekly").code == 2


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (step("add") + step("exclude", lists=["nosuch"]), "too late behind add"),
        (step("exclude", lists=["nosuch"]) + step("add"), "nosuch"),
        (step("exclude", files=["nosuch.txt"]) + step("add"), "nosuch.txt"),
        (step("add") + step("cluster", cluster="Nobody"), "Nobody"),
        (step("drop", pattern="(") + step("add"), "step 1, pattern"),
    ],
)
def test_that_a_recipe_that_cannot_be_done_changes_nothing_and_says_why(
    editor: Cli, tmp_path: Path, file: Path, steps: str, said: str
) -> None:
    done = editor("recipe", "run", recipe(tmp_path, steps), file)
    assert done.code == 2
    assert said in done.error["message"]
    assert editor("imports", "list").rows == []


def test_that_near_duplicates_of_the_sectors_keywords_are_left_out(
    editor: Cli, tmp_path: Path, seeds: list[str]
) -> None:
    there = next(text for text in keywords(editor) if " " in text)
    turned = " ".join(reversed(there.split()))
    file = write(tmp_path, [["Keyword"], [turned], [there], [seeds[0]]])
    path = recipe(tmp_path, step("dedupe", against="sector") + step("add"))
    told = editor.ok("recipe", "run", path, file)
    assert told["counts"] == {"add": 1, "already_there": 1, "excluded": 1}
    assert editor.ok("recipe", "run", path, file)["nothing_to_do"] is True


def test_that_place_is_asked_for_where_neither_the_recipe_nor_the_line_names_it(
    editor: Cli, tmp_path: Path, file: Path
) -> None:
    path = tmp_path / "bare.toml"
    path.write_text(f'recipe = 1\nname = "Bare"\n{step("add")}', encoding="utf-8")
    assert editor("recipe", "run", path, file).error["code"] == "no_site"
    told: dict[str, Any] = editor.ok("recipe", "run", path, file, *HERE, "--dry-run")
    assert told["adds"] == 4


def test_that_a_run_cut_off_before_its_tags_is_finished_by_the_next_call(
    editor: Cli, file: Path, weekly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Labels, "mark", cut_off)
        assert editor("recipe", "run", weekly, file).code == 130
    assert tags(editor) == {}
    (run,) = editor("recipe", "runs").rows
    assert run["import"] == 1
    assert tags(editor) == {"weekly": 3, "to check": 3}
    editor.ok("undo")
    assert tags(editor) == {}


def test_that_a_run_cut_off_before_its_action_leaves_nothing(
    editor: Cli, file: Path, weekly: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = keywords(editor)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "run", cut_off)
        assert editor("recipe", "run", weekly, file).code == 130
    assert keywords(editor) == before
    assert editor("recipe", "runs").rows == []
    assert editor("imports", "list").rows == []
