"""What putting a backup back would change, and what would wait to be sent afterwards."""

from __future__ import annotations

from pathlib import Path

from planner_core.commands import SetOverride
from sync.replica.comparing import compare
from tests.sync.replica.images import image, put_back
from tests.sync.replica.world import SITE, World, keyword, keyword_row, results


def edit(world: World, number: int) -> str:
    return str(world.replica.run([SetOverride("volume", [keyword(number)], number)]).action)


def test_what_would_wait_is_open_work_and_nothing_that_was_discarded_or_answered_since(
    world: World, tmp_path: Path
) -> None:
    """P81: the backup still holds as waiting what was sent since, and what was discarded since."""
    _, discarded, kept = (edit(world, number) for number in (1, 2, 3))
    backup = put_back(tmp_path / "then", image(world), claim=False)
    backup.close()
    world.replica.cancel(discarded)
    first, *_ = world.send()
    world.replica.store_results(SITE, results([first], version=2))
    world.deliver(SITE, {"keyword": [keyword_row(1, ver=2, volume_override=1)]}, version=2)
    later = edit(world, 4)
    found = compare(world.path, backup.path)
    assert [one.action for one in found.pending] == [kept, later]
    assert found.kinds["keyword"].changed == 2
