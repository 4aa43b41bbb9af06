"""P56, P57: what only one of the two copies of unsettled work holds is said by whoever looks, without opening anything for writing."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from planner_core.commands import SetOverride
from sync.replica.beside import Beside, look
from sync.replica.journal import journal_path
from sync.replica.journaling import owner_of
from tests.sync.replica.world import OWNER, SITE, World, keyword, results

WHOSE = (OWNER.server, OWNER.account, OWNER.user)


def beside(world: World) -> Beside:
    return look(world.path, WHOSE)


def volume(world: World, *numbers: int) -> None:
    world.replica.run([SetOverride("volume", [keyword(number) for number in numbers], 5)])


def test_two_whole_copies_have_nothing_to_say(claimed: World) -> None:
    assert owner_of(claimed.replica._store) == WHOSE
    volume(claimed, 1, 2)
    assert beside(claimed) == Beside()
    claimed.replica.store_results(SITE, results(claimed.send(), version=2))
    assert beside(claimed) == Beside()
    claimed.close()
    assert beside(claimed) == Beside()


@pytest.mark.parametrize("emptied", [False, True])
def test_work_of_a_database_that_is_gone_is_counted_from_the_journal(claimed: World, emptied: bool) -> None:
    """P57: deleted, or of no length: what comes back is said before anything is opened, and comes back then."""
    volume(claimed, 1, 2)
    volume(claimed, 3)
    claimed.close()
    claimed.path.unlink()
    if emptied:
        claimed.path.touch()
    assert beside(claimed) == Beside(returning=3)
    claimed.open()
    assert beside(claimed) == Beside(returning=3), "put by until its owner comes"
    claimed.replica.claim(OWNER)
    assert beside(claimed) == Beside()
    assert claimed.replica.counts().waiting_rows == 3


def test_work_of_somebody_else_is_not_announced(claimed: World) -> None:
    """P50"""
    volume(claimed, 1)
    claimed.close()
    claimed.path.unlink()
    assert look(claimed.path, (OWNER.server, OWNER.account, "f" * 32)) == Beside()


def test_a_journal_that_could_not_be_written_is_behind_until_it_can(
    claimed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P56: counted in rows, by another process than the one that writes, too."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    volume(claimed, 1)
    with monkeypatch.context() as patch:
        patch.setattr("sync.replica.journal._write", full)
        volume(claimed, 2, 3)
        assert beside(claimed) == Beside(uncopied=2)
    volume(claimed, 4)
    assert beside(claimed) == Beside()


def test_a_journal_that_cannot_be_read_is_named_with_the_reason(claimed: World) -> None:
    """P56"""
    volume(claimed, 1)
    path = journal_path(claimed.path)
    path.unlink()
    path.mkdir()
    found = beside(claimed)
    assert (found.uncopied, found.reason) == (1, os.strerror(errno.EISDIR))
