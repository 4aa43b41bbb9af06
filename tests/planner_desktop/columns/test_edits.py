"""Edits followed by what they can change: memory is then what a fresh load would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from planner_core.commands import AssignCluster, Command, DeleteRows, SetEnabled, SetOverride, SetStatus
from planner_core.query import SortKey
from planner_desktop.columns import KeywordColumns
from planner_desktop.columns.engine import EVERYTHING
from planner_desktop.columns.unpack import ChunkError, unpack_hot
from sync.replica import Outcome, Reader, rows
from sync.replica.packing import HotChunk
from sync.replica.records import Patch
from tests.sync.replica.world import World, cluster, keyword

EDITS: dict[str, Callable[[Sequence[str]], Sequence[Command]]] = {
    "status": lambda ids: [SetStatus("keyword", ids, "mapped")],
    "cluster": lambda ids: [AssignCluster(ids, cluster(2))],
    "no cluster": lambda ids: [AssignCluster(ids, None)],
    "volume": lambda ids: [SetOverride("volume", ids, 77)],
    "difficulty": lambda ids: [SetOverride("difficulty", ids, 7)],
    "off": lambda ids: [SetEnabled("keyword", ids, enabled=False)],
    "trash": lambda ids: [DeleteRows("keyword", ids)],
    "several": lambda ids: [SetOverride("volume", ids, 0), SetStatus("keyword", ids, "mapped")],
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path).fill()
    yield made
    made.close()


@pytest.fixture
def reader(world: World) -> Iterator[Reader]:
    opened = Reader.open(world.path)
    yield opened
    opened.close()


def keys_of(reader: Reader) -> list[int]:
    return list(reader.keyword_keys([keyword(number) for number in range(1, 6)]).values())


def follow(columns: KeywordColumns, reader: Reader, keys: Sequence[int]) -> bool:
    stamp = reader.stamp()
    return columns.apply_hot(unpack_hot(reader.hot_columns(keys)), stamp=stamp)


@pytest.mark.parametrize("edit", EDITS)
def test_memory_equals_the_replica_after_each_kind_of_edit_and_its_undo(
    world: World, reader: Reader, edit: str
) -> None:
    keys = keys_of(reader)
    assert len(keys) >= 3
    if edit == "no cluster":
        world.replica.run_on_keywords(keys, EDITS["cluster"])
    columns = KeywordColumns.load(reader)
    by_volume = [SortKey("volume", descending=True)]
    columns.select(EVERYTHING, by_volume)
    outcome = world.replica.run_on_keywords(keys, EDITS[edit])
    assert outcome.changed
    assert columns.differences(reader), "nothing was there to follow"
    assert follow(columns, reader, keys)
    assert columns.differences(reader) == []
    fresh = KeywordColumns.load(reader)
    assert columns.select(EVERYTHING, by_volume).tolist() == fresh.select(EVERYTHING, by_volume).tolist()
    world.replica.undo()
    assert columns.differences(reader)
    assert follow(columns, reader, keys)
    assert columns.differences(reader) == []


@pytest.mark.parametrize("edit", EDITS)
def test_what_a_large_edit_says_of_itself_is_what_it_did(
    world: World, reader: Reader, edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "NAMED_KEYS", 1)
    keys = keys_of(reader)
    if edit == "no cluster":
        world.replica.run_on_keywords(keys, EDITS["cluster"])
    columns = KeywordColumns.load(reader)
    by_volume = [SortKey("volume", descending=True)]
    columns.select(EVERYTHING, by_volume)
    steps: list[Callable[[], Outcome]] = [
        lambda: world.replica.run_on_keywords(keys, EDITS[edit]),
        world.replica.undo,
    ]
    for step in steps:
        change = step().change
        assert change is not None
        assert bool(change.patches) == (edit != "trash")
        if change.patches:
            assert change.keys is None
            assert columns.apply_patches(change.patches, stamp=reader.stamp())
        else:
            follow(columns, reader, keys)
        assert columns.differences(reader) == []
        fresh = KeywordColumns.load(reader)
        assert columns.select(EVERYTHING, by_volume).tolist() == fresh.select(EVERYTHING, by_volume).tolist()


def test_a_row_in_conflict_keeps_its_mark_in_a_large_edit(
    world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "NAMED_KEYS", 1)
    keys = keys_of(reader)
    world.replica._store.run("UPDATE keyword_hot SET mark = 2 WHERE k = ?", keys[0])
    columns = KeywordColumns.load(reader)
    change = world.replica.run_on_keywords(keys, EDITS["volume"]).change
    assert change is not None
    assert columns.apply_patches(change.patches, stamp=reader.stamp())
    assert columns.differences(reader) == []


def test_an_edit_that_also_wrote_otherwise_does_not_speak_for_itself(
    world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "NAMED_KEYS", 1)
    change = world.replica.run_on_keywords(
        keys_of(reader), lambda ids: [SetOverride("volume", ids, 3), DeleteRows("keyword", ids[:1])]
    ).change
    assert change is not None
    assert change.patches == ()


def test_a_patch_of_a_row_or_a_column_that_memory_does_not_know_changes_nothing(
    world: World, reader: Reader
) -> None:
    columns, keys = KeywordColumns.load(reader), keys_of(reader)
    stamp, before = columns.stamp, columns.rows(keys)
    strange = [Patch([*keys, 10**6], {"volume_override": 3}), Patch(keys, {"name": "x"})]
    for patch in strange:
        assert not columns.apply_patches([Patch(keys, {"volume_override": 4}), patch], stamp=("x", 9))
    assert (columns.stamp, columns.rows(keys)) == (stamp, before)


def test_a_row_that_memory_does_not_know_is_not_guessed(world: World, reader: Reader) -> None:
    columns, keys = KeywordColumns.load(reader), keys_of(reader)
    columns.apply(reader, [], removed=keys[:1])
    before = columns.rows(keys)
    world.replica.run_on_keywords(keys, EDITS["volume"])
    assert not follow(columns, reader, keys)
    assert columns.rows(keys) == before


def test_keys_out_of_order_are_a_fault_of_the_source() -> None:
    chunk = HotChunk("3,2", "-1,-1", "00", "00", "00", "-1,-1", "-1,-1", "00")
    with pytest.raises(ChunkError, match="key"):
        unpack_hot(chunk)
