"""P8, P64: a platform that was put back is no secret: noticed once, with figures, and kept until somebody has seen it."""

from __future__ import annotations

from contextlib import closing

from planner_core.wire.feed import RowResult
from sync.replica import Reader, Restoration
from tests.sync.replica.test_recovery import OTHER, THIRD, answer, sent, volume
from tests.sync.replica.world import EPOCH, SITE, World, hello, keyword, keyword_row, results


def notices(world: World) -> list[Restoration]:
    with closing(Reader.open(world.path)) as reader:
        return reader.restorations()


def put_back(
    world: World, unknown: list[str], known: dict[str, int] | None = None, epoch: str = OTHER
) -> None:
    world.replica.adopt_hello(hello(epoch=epoch))
    world.replica.reconcile(SITE, answer(known, unknown, epoch=epoch))


def test_what_a_restored_platform_had_forgotten_is_counted(world: World) -> None:
    """P64: what it had taken before, not what never was there."""
    first, second, third = sent(world, 1, 2, 3)
    volume(world, 4, 4)
    noticed = world.clock.now_ms()
    put_back(world, [second, third], {first: 1})
    (notice,) = notices(world)
    assert (notice.scope, notice.site, notice.epoch, notice.at) == (SITE, "Alpha", OTHER, noticed)
    assert (notice.again, notice.waiting, notice.asks, notice.lost) == (2, 2, 0, 0)


def test_the_notice_follows_what_becomes_of_the_work(world: World) -> None:
    """P64: answered work waits no more; what is refused now, and rows that are gone, are in Review."""
    first, second = sent(world, 1, 2)
    put_back(world, [first, second])
    again = world.send()
    said = [RowResult(code="invalid", e="keyword", ids=[keyword(2)], group="volume_override")]
    taken, refused = again
    world.replica.store_results(SITE, results([taken], version=2, epoch=OTHER))
    world.replica.store_results(
        SITE, results([refused], version=2, epoch=OTHER, verdict="rejected", rows=said)
    )
    world.snapshot(SITE, {"keyword": [keyword_row(n) for n in (1, 2)]}, epoch=OTHER, version=2)
    (notice,) = notices(world)
    assert (notice.again, notice.waiting) == (2, 0)
    assert (notice.asks, notice.lost) == (3, 6), (
        "one refusal, one question each about four keywords and two clusters"
    )


def test_the_notice_stays_until_it_was_seen_and_then_goes_for_good(world: World) -> None:
    (first,) = sent(world, 1)
    put_back(world, [first])
    world.crash()
    assert len(notices(world)) == 1
    assert world.replica.restorations_seen().kinds == {"scope"}
    assert notices(world) == []
    world.replica.reconcile(SITE, answer(unknown=[first]))
    assert notices(world) == [], "the same history, read again"
    assert not world.replica.restorations_seen().kinds


def test_two_restores_before_anybody_looked_are_one_notice(world: World) -> None:
    """P64: of the later moment, with the work of both."""
    first, second = sent(world, 1, 2)
    put_back(world, [first, second])
    world.clock.advance(60)
    put_back(world, [first], {second: 5}, epoch=THIRD)
    (notice,) = notices(world)
    assert (notice.epoch, notice.at, notice.again) == (THIRD, world.clock.now_ms(), 2)


def test_a_copied_folder_is_no_restored_platform(world: World) -> None:
    """P9: the operations are compared, the history is the same."""
    (first,) = sent(world, 1)
    world.replica.new_replica_id()
    world.replica.reconcile(SITE, answer({first: 2}, epoch=EPOCH, version=2))
    assert notices(world) == []


def test_a_first_sync_is_no_restored_platform(empty: World) -> None:
    empty.fill()
    assert notices(empty) == []


def test_a_site_without_access_meanwhile_is_told_of_when_it_comes_back(world: World) -> None:
    """P51, P64: the platform was put back while nobody here could see the site."""
    (first,) = sent(world, 1)
    world.replica.drop_scope(SITE)
    put_back(world, [first])
    (notice,) = notices(world)
    assert notice.again == 1
