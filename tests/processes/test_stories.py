"""What happens to agencies: the platform put back from an old copy, a copied profile, a platform that stands still, a thousand conflicts."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes.arena import Arena
from tests.processes.checks import check_books, check_values, values_of
from tests.processes.kills import tidy
from tests.processes.nursery import ROOT
from tests.processes.script import Author, Expected, Field
from tests.support.process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def authors(arena: Arena, number: int, seed: int) -> list[Author]:
    """Return authors whose rows are apart."""
    ground = Field.of(arena)
    chance = random.Random(seed)
    parts = (ground.keywords[start::number] for start in range(number))
    return [Author(Field(ground.sector, part, ground.seeds, ground.clusters), chance) for part in parts]


def some_work(author: Author) -> None:
    rows = author.chance.sample(author.ground.keywords, 6)
    author.value("volume", rows[:3])
    cluster = author.cluster()
    author.assign(rows[1:4], cluster)
    author.idea(cluster, rows[:1])
    author.value("difficulty", rows[3:])


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "silent"])
def test_a_platform_put_back_from_an_old_copy_while_two_hold_edits_loses_nobodys_work(
    arena: Arena, announced: bool
) -> None:
    """P64, P65, P81: what it forgot is sent again, what waited goes after it, nothing is there twice."""
    arena.settle("a", "b")
    mine, other = authors(arena, 2, seed=81)
    copy = arena.copy("old")
    for author in (mine, other):
        some_work(author)
    forgotten = len(mine.acts)
    for author in (mine, other):
        some_work(author)
    expected = Expected(values_of(arena, mine.written() | other.written()))
    for name, author in (("a", mine), ("b", other)):
        # Half of it is sent and will be forgotten, half is still held when the platform comes back.
        acts = [*author.acts[:forgotten], {"do": "sync"}, *author.acts[forgotten:]]
        expected.carried_out(author, arena.lived(name, acts).all("saved"))
    arena.down()
    arena.put_back(copy)
    if announced:
        assert arena.command("new-epoch").code == 0
    arena.up()
    arena.settle("b", "a", "b")
    check_values(arena, expected)
    check_books(arena, arena.replica("a"), arena.replica("b"))
    assert arena.ask("SELECT count(*) FROM feed_conflict WHERE state = 'open'") == [(0,)]
    tidy(arena, "a", mine, other)


@pytest.mark.parametrize("same_place", [True, False], ids=["put-back", "beside"])
def test_a_copied_profile_and_its_original_both_go_on(arena: Arena, same_place: bool) -> None:
    """P9, P67, P75: a copy made with work waiting, used beside the original or put back in its place; all work is there once."""
    waiting, original, copied = authors(arena, 3, seed=9)
    for author in (waiting, original, copied):
        some_work(author)
    expected = Expected(values_of(arena, waiting.written() | original.written() | copied.written()))
    # Signed in apart from the others: the copy uses the same tokens.
    arena.machine("source")
    arena.settle("source")
    expected.carried_out(waiting, arena.lived("source", waiting.acts).all("saved"))
    clone = arena.folder / ("source" if same_place else "clone")
    kept = shutil.copytree(arena.folder / "source", arena.folder / "kept", dirs_exist_ok=True)
    expected.carried_out(original, arena.lived("source", [*original.acts, {"do": "sync"}]).all("saved"))
    shutil.copytree(kept, clone, dirs_exist_ok=True)
    expected.carried_out(copied, arena.lived(clone.name, [*copied.acts, {"do": "sync"}]).all("saved"))
    names = ["source"] if same_place else ["source", "clone", "source"]
    arena.settle(*names)
    check_values(arena, expected)
    check_books(arena, *(arena.replica(name) for name in set(names)))
    for folder in {kept, clone} - {arena.folder / "source"}:
        shutil.rmtree(folder)
    tidy(arena, "a", waiting, copied)


def test_a_platform_that_stood_still_answers_late_and_nothing_happens_twice(arena: Arena) -> None:
    """P12, P68: requests given up by the machine are carried out when the platform wakes, after they were sent again."""
    (mine,) = authors(arena, 1, seed=12)
    some_work(mine)
    arena.settle("a")
    expected = Expected(values_of(arena, mine.written()))
    arena.server.signal(signal.SIGSTOP)
    try:
        tolerant: dict[str, Any] = {"stall": 0.7, "fails": {"layer": "", "at": 0, "kind": ""}}
        life = arena.lived("a", [*mine.acts, {"do": "sync"}, {"do": "sync"}], **tolerant)
        assert len(life.all("failed")) == 2, life.said
    finally:
        arena.server.signal(signal.SIGCONT)
    expected.carried_out(mine, life.all("saved"))
    arena.settle("a", "b", "a")
    check_values(arena, expected)
    check_books(arena, arena.replica("a"), arena.replica("b"))
    tidy(arena, "a", mine, mine)


# ---------------------------------------------------------------- as a person does it, with the installed commands


CONFLICTS = 1_000


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a profile folder and a terminal."""

    folder: Path

    def __call__(self, *words: str, typed: str = "", code: int = 0) -> dict[str, Any]:
        command = [sys.executable, "-m", "planner_desktop.cli.main", "--json", "--data-dir", str(self.folder)]
        done = subprocess.run(
            [*command, *words],
            cwd=ROOT,
            env=os.environ | {"XDG_STATE_HOME": str(self.folder.parent / "state")},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path / "platform")
    yield made
    made.stop()


def test_a_thousand_conflicts_are_made_and_decided_in_bulk(platform: ServerProcess, tmp_path: Path) -> None:
    """P72, P90, I17: one command decides all of them alike; both people see the same afterwards and nothing is asked again."""
    demo: dict[str, Any] = platform.demo(keywords=CONFLICTS, seeds=1_300)
    platform.start()
    owner, editor = (Person(tmp_path / name / "profile") for name in ("owner", "editor"))
    for person, who in ((owner, demo), (editor, demo["editor"])):
        person(
            "login",
            "--server",
            platform.url,
            "--email",
            who["email"],
            "--password-stdin",
            typed=who["password"],
        )
        person("sync")
    editor("keywords", "set", "--where", "", "--volume", "111")
    editor("sync")
    owner("keywords", "set", "--where", "", "--volume", "222")
    first = owner("sync", code=6)
    assert first["conflicts"] == CONFLICTS, first
    assert owner("review", "resolve", "--keep", "mine", "--all")["resolved"] == first["conflicts"]
    owner("sync")
    editor("sync")
    for person in (owner, editor):
        found = person("status")
        assert (found["waiting"], found["conflicts"], found["refused"]) == (0, 0, 0)
        changed = person("keywords", "list", "--where", "volume:=222", "--limit", "0")["total"]
        assert changed == CONFLICTS
    platform.stop()
    platform.command("verify")
