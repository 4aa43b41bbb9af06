"""Keywords that wait to be created and meet another of their seed: one is shown, however they came to be here."""

from __future__ import annotations

from pathlib import Path

from planner_core.commands import AddKeywordsFromSeeds, CreateIdea, DeleteRows, SetOverride
from planner_core.wire.feed import RowResult
from tests.sync.replica.images import JOURNAL, image, put_back
from tests.sync.replica.test_access import shut_out
from tests.sync.replica.world import (
    SECTOR,
    SITE,
    World,
    cluster_row,
    hello,
    keyword,
    keyword_row,
    results,
    seed,
    uid,
)


def live(world: World) -> list[str]:
    """Return the keywords that are shown of the seventh seed."""
    rows = world.replica._store.all(
        "SELECT w.uid FROM keyword w JOIN keyword_hot h ON h.k = w.k JOIN seed s ON s.k = w.seed"
        " WHERE h.deleted = 0 AND s.uid = ? ORDER BY 1",
        seed(7),
    )
    return [found for (found,) in rows]


def add(world: World, number: int) -> None:
    world.replica.run([AddKeywordsFromSeeds(SECTOR, [seed(7)], [keyword(number)])])


def test_a_creation_that_waited_while_its_site_was_lost_meets_the_row_that_came_back_with_it(
    world: World,
) -> None:
    """P51, P32, P80: the rows went, the one to be created too; a colleague made the same keyword meanwhile."""
    add(world, 7)
    world.replica.run([SetOverride("volume", [keyword(7)], 5)])
    shut_out(world)
    world.replica.adopt_hello(hello(only=[SITE]))
    world.snapshot(SITE, {"cluster": [cluster_row(1)], "keyword": [keyword_row(70, of_seed=7)]})
    assert live(world) == [keyword(70)]
    assert world.row(70)["volume_override"] == 5


def test_a_creation_from_the_journal_meets_the_row_that_the_older_file_has(
    claimed: World, tmp_path: Path
) -> None:
    """P9, P32, P80: the row was delivered, deleted and added anew; the file put back knows the first of that only."""
    claimed.deliver(SITE, {"keyword": [keyword_row(70, ver=2, of_seed=7)]}, version=2)
    old = image(claimed)
    claimed.deliver(SITE, {"keyword": [keyword_row(70, ver=3, of_seed=7, deleted=1)]}, version=3)
    add(claimed, 7)
    again = put_back(tmp_path / "old", old | {JOURNAL: image(claimed)[JOURNAL]})
    assert live(again) == [keyword(70)]
    again.deliver(SITE, {"keyword": [keyword_row(70, ver=3, of_seed=7, deleted=1)]}, version=3)
    assert live(again) == [keyword(7)]
    again.close()


def _with_two_creations(claimed: World, folder: Path) -> World:
    """Return a file that was put back with a journal of other work: each of them creates the seventh seed's keyword."""
    before = image(claimed)
    add(claimed, 7)
    first = image(claimed)
    other = put_back(folder / "other", before)
    other.clock.advance(60)
    other.ids.uid()
    idea = uid(9, 7)
    add(other, 8)
    other.replica.run([CreateIdea(idea, SECTOR, {"title": "One"}, [keyword(8)])])
    files = image(other)
    other.close()
    return put_back(folder / "both", first | {JOURNAL: files[JOURNAL]})


def test_of_two_creations_that_wait_the_first_is_shown(claimed: World, tmp_path: Path) -> None:
    """P9, P32, P80: an older file and the journal of a later one hold a creation of the same seed each; the platform will merge them."""
    both = _with_two_creations(claimed, tmp_path)
    assert both.replica.counts().waiting == 3
    assert live(both) == [keyword(7)]
    assert both.dump()["idea"][0][4] == f'["{keyword(7)}"]'
    both.replica.store_results(SITE, results(both.send(), version=2))
    both.deliver(
        SITE,
        {"keyword": [keyword_row(7, ver=2)]},
        version=2,
        aliases=[(keyword(8), keyword(7), 2)],
    )
    assert live(both) == [keyword(7)]
    both.close()


def test_a_creation_after_the_deletion_of_the_first_is_a_row_of_its_own(
    claimed: World, tmp_path: Path
) -> None:
    """P80."""
    both = _with_two_creations(claimed, tmp_path)
    both.replica.run([DeleteRows("keyword", [keyword(7)])])
    assert live(both) == []
    add(both, 9)
    both.deliver(SITE, {"keyword": [keyword_row(70, ver=2, of_seed=7, deleted=1)]}, version=2)
    assert live(both) == [keyword(9)]
    both.close()


def test_a_refused_creation_that_is_sent_again_is_shown_as_it_will_be_made(world: World) -> None:
    """P80, P91: what was set on the refused one, and its deletion, went with it, though all of that is still to be delivered."""
    add(world, 7)
    world.replica.run([SetOverride("volume", [keyword(7)], 5)])
    world.replica.run([DeleteRows("keyword", [keyword(7)])])
    for number, one in enumerate(world.send(), 1):
        code = "limit" if number == 1 else "missing"
        said = RowResult(code=code, e="keyword", ids=[keyword(7)], conflict=uid(99, number))
        world.replica.store_results(SITE, results([one], version=3, verdict="applied_with", rows=[said]))
    assert live(world) == []
    world.replica.resolve([uid(99, 1)], "mine")
    assert live(world) == [keyword(7)]
    assert world.row(7)["volume_override"] is None
