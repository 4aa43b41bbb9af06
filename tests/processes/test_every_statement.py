"""Each statement of one call fails in turn: what belongs together is one transaction, and every error names its remedy."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from planner_core.commands import SetOverride
from sync.errors import PlannerError
from sync.replica import Replica
from tests.processes.failing import LAYERS, Failing, failing
from tests.sync.replica.world import SITE, World, keyword, results

MOST = 300


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A replica with rows, and with edits in every state: answered, on their way, waiting."""
    made = World(tmp_path).fill()
    made.replica.run([SetOverride("volume", [keyword(1)], 10)])
    made.replica.store_results(SITE, results(made.send(), version=2))
    made.replica.run([SetOverride("volume", [keyword(2)], 20)])
    made.send()
    made.replica.run([SetOverride("volume", [keyword(3)], 30)])
    made.close()
    yield made
    made.close()


def held(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


def fails(call: Callable[[], object], at: int, state: Failing) -> bool:
    """Return whether a call failed; it may only by remedy."""
    try:
        call()
    except PlannerError as error:
        found = error
    else:
        return False
    assert found.remedy, (at, state.failed)
    assert found.code != "internal", (at, state.failed)
    return True


def each_failure(
    world: World, call: Callable[[Replica], object], after: Callable[[int, bool], None], kind: str
) -> int:
    """Let the k-th statement of the call fail, for every k there is, each time from the same file; return how many there are.

    `after(k, failed)` is told whether the call failed with the statement; it may go on without it.
    """
    files = {path: path.read_bytes() for path in world.folder.iterdir() if path.is_file()}
    for at in range(1, MOST):
        for path, content in files.items():
            path.write_bytes(content)
        # The connection has to be one whose statements can fail, so the file is opened inside.
        with failing("sql", 0, kind) as state:
            replica = world.open()
            state.counts.clear()
            state.layer, state.at = "sql", at
            failed = fails(partial(call, replica), at, state)
            state.layer = ""
            replica.close()
        if not state.failed:
            return at - 1
        after(at, failed)
    raise AssertionError("it does not end")


WIPED = {"keyword", "keyword_hot", "cluster", "scope_state"}


@pytest.mark.parametrize("kind", LAYERS["sql"])
def test_a_wiped_scope_is_gone_with_its_cursor_or_whole(world: World, kind: str) -> None:
    """C29, P79: rows, shadow, stage, aliases, questions and cursor go in one transaction: after a failure nothing has."""
    before = held(world.path)

    def nothing_or_all(at: int, failed: bool) -> None:
        now = held(world.path)
        changed = {name for name in now if now[name] != before[name]}
        # The mark of an orderly end changes with each opening.
        assert changed - {"meta"} == set() if failed else changed >= WIPED, (at, changed)

    statements = each_failure(world, lambda replica: replica.drop_scope(SITE), nothing_or_all, kind)
    assert statements > 10
    now = held(world.path)
    assert not now["keyword"]
    assert not now["cluster"]
    assert [row[:4] for row in now["mutation"]] == [row[:4] for row in before["mutation"]], "edits stay"
    (row,) = (row for row in now["scope_state"] if SITE in row)
    kept = dict(zip(_columns(world.path, "scope_state"), row, strict=True))
    assert (kept["cursor"], kept["epoch"], kept["version"], kept["need_snapshot"]) == ("", "", 0, 1)


def _columns(path: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]


@pytest.mark.parametrize("kind", LAYERS["sql"])
def test_an_edit_that_failed_is_not_there_and_one_that_did_not_is_whole(world: World, kind: str) -> None:
    """C4, P56: rows, record and number are one transaction, and the answer says what became of it."""
    before = held(world.path)

    def as_answered(at: int, failed: bool) -> None:
        now = held(world.path)
        changed = {
            name for name in ("keyword_hot", "mutation", "action", "scope_state") if now[name] != before[name]
        }
        assert len(changed) == (0 if failed else 4), (at, failed, changed)

    edit = SetOverride("volume", [keyword(4)], 100)
    assert each_failure(world, lambda replica: replica.run([edit]), as_answered, kind) > 5


@pytest.mark.parametrize("layer", ["sql", "file"])
def test_opening_fails_with_a_remedy_and_succeeds_the_next_time(world: World, layer: str) -> None:
    """P56: whatever statement or file call fails while a file is opened, edits in it are whole and the error has a remedy."""
    edits = held(world.path)["mutation"]
    for kind in LAYERS[layer]:
        for at in range(1, MOST):
            with failing(layer, at, kind) as state:
                fails(lambda: world.open().close(), at, state)
            if not state.failed:
                break
            world.open().close()
            assert held(world.path)["mutation"] == edits, (at, state.failed)
        assert at > 3
