"""What edits changed is read in pieces, and comes to what one question would have answered."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from planner_core.commands import SetStatus
from planner_desktop.columns import edited
from planner_desktop.columns.unpack import HOT, unpack_hot
from sync.replica import Reader
from tests.sync.replica.world import World, keyword


@pytest.mark.parametrize("piece", [1, 2, 100])
def test_pieces_come_to_the_whole(tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edited, "_PIECE", piece)
    world = World(tmp_path).fill()
    try:
        ids = [keyword(number) for number in range(1, 7)]
        world.replica.run([SetStatus("keyword", ids[:3], "mapped")])
        with closing(Reader.open(world.path)) as reader:
            keys = sorted(reader.keyword_keys(ids).values())
            whole = unpack_hot(reader.hot_columns(keys))
            found, missing = edited.read_edited(reader, [keys[3:], [keys[0], 999], keys[:4]])
    finally:
        world.close()
    assert found.keys.tolist() == keys
    assert missing == [999]
    assert {name: found.columns[name].tolist() for name in HOT} == {
        name: whole.columns[name].tolist() for name in HOT
    }
