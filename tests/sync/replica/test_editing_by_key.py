"""Edits of rows that are named by row key, as a window has them."""

from __future__ import annotations

from contextlib import closing

import pytest

from planner_core.commands import AssignCluster, DeleteRows, SetStatus
from sync.replica import Reader
from tests.sync.replica.world import World, cluster, keyword


@pytest.mark.parametrize("partial", [False, True])
def test_rows_named_by_key_are_decided_like_rows_named_by_uid(world: World, partial: bool) -> None:
    ids = [keyword(number) for number in range(1, 6)]
    with closing(Reader.open(world.path)) as reader:
        keys = list(reader.keyword_keys(ids).values())
        world.replica.run([AssignCluster(ids[:2], cluster(1)), DeleteRows("keyword", ids[4:5])])
        commands = [SetStatus("keyword", ids, "mapped")]
        named = world.replica.run(commands, partial=partial)
        by_uid = reader.keyword_page(keys)
        if named.action is not None:
            world.replica.undo(named.action)
        keyed = world.replica.run_on_keywords(
            [*keys, 999_999], lambda found: [SetStatus("keyword", found, "mapped")], partial=partial
        )
        assert (keyed.changed, keyed.unchanged) == (named.changed, named.unchanged)
        assert [(one.code, sorted(one.ids)) for one in keyed.refused] == [
            (one.code, sorted(one.ids)) for one in named.refused
        ]
        assert reader.keyword_page(keys) == by_uid
