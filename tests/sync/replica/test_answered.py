"""A question that was answered while the verdict that raises it was lost: the verdict, read late, does not ask again."""

from __future__ import annotations

from typing import Any

from planner_core.commands import SetOverride
from planner_core.uid import conflict_id
from planner_core.wire.feed import RowResult
from tests.sync.replica.world import SITE, World, keyword, keyword_row, results


def test_a_late_verdict_does_not_ask_again_what_was_decided(world: World) -> None:
    """P14, P29: the feed brought the question, its user decided it, then the answer to the push came after all."""
    world.replica.run([SetOverride("volume", [keyword(1)], 20)])
    (sent,) = world.send()
    uid = conflict_id(sent.op_id, keyword(1), "volume_override")
    values: dict[str, Any] = {"base": [None], "mine": [20], "theirs": [7]}
    line = values | {"id": uid, "ver": 2, "e": "keyword", "row": keyword(1), "group": "volume_override"}
    line |= {"kind": "conflict", "by": "Cem", "at": 1, "state": "open", "ops": [sent.op_id]}
    rows = {"keyword": [keyword_row(1, ver=2, volume_override=7)]}
    world.deliver(SITE, rows, version=2, conflicts=[line])
    world.replica.resolve([uid], "theirs")

    said = RowResult(
        code="conflict", e="keyword", ids=[keyword(1)], group="volume_override", conflict=uid, **values
    )
    world.replica.store_results(SITE, results([sent], version=2, verdict="applied_with", rows=[said]))

    assert world.replica._store.value("SELECT state FROM review WHERE id = ?", uid) == "closed"
    world.deliver(SITE, {}, version=2)
    assert world.row(1)["volume_override"] == 7
