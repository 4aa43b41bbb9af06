"""The journal on a disk that fails: no edit is refused or unsaid for its sake, and it is whole again as soon as it can be."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import Any

import pytest

from planner_core.commands import SetOverride
from sync.replica.journal import journal_path
from tests.sync.replica.images import journaled, unsettled
from tests.sync.replica.world import World, keyword


def test_a_disk_that_does_not_take_the_journal_stops_no_edit(
    claimed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P56: the edit is in the database; the journal is named as behind, and is complete again with the next commit."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("sync.replica.journal._write", full)
        for volume in (5, 6):
            assert claimed.replica.run([SetOverride("volume", [keyword(2)], volume)]).changed == 1
        assert os.strerror(errno.ENOSPC) in claimed.replica.journal_trouble
        assert journaled(claimed) == {}
    claimed.replica.run([SetOverride("volume", [keyword(2)], 7)])
    assert claimed.replica.journal_trouble == ""
    assert journaled(claimed) == unsettled(claimed)
    assert len(journaled(claimed)) == 3


def test_a_database_that_gives_nothing_after_the_commit_does_not_unsay_it(
    claimed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P56: the edit is committed; what fails while the journal is written is the journal's trouble, not the edit's."""

    def broken(*_: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr("sync.replica.journaling.Journaling._records", broken)
        assert claimed.replica.run([SetOverride("volume", [keyword(2)], 5)]).changed == 1
    assert "disk I/O" in claimed.replica.journal_trouble
    claimed.replica.run([SetOverride("volume", [keyword(2)], 6)])
    assert journaled(claimed) == unsettled(claimed)


def test_half_a_frame_is_never_followed_by_another(claimed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write

    def half(descriptor: int, raw: Any) -> int:
        whole(descriptor, bytes(raw)[: len(raw) // 2])
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("sync.replica.journal.os.write", half)
        claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    claimed.replica.run([SetOverride("volume", [keyword(2)], 6)])
    assert journaled(claimed) == unsettled(claimed)


def test_a_journal_that_says_nothing_is_moved_aside(claimed: World) -> None:
    claimed.close()
    path = journal_path(claimed.path)
    path.write_bytes(b"something else entirely, and longer than a header")
    claimed.open()
    assert path.with_name(f"{path.name}.unreadable").read_bytes().startswith(b"something else")
    assert journaled(claimed) == unsettled(claimed)


def test_the_frames_of_the_last_second_alone_may_be_missing_from_the_disk(
    claimed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The promise for a loss of power: synced once a second at most, before the next frame, and at the end."""
    order: list[str] = []
    write, sync = os.write, os.fsync

    def noted_write(descriptor: int, raw: bytes) -> int:
        order.append("write")
        return write(descriptor, raw)

    def noted_sync(descriptor: int) -> None:
        order.append("sync")
        sync(descriptor)

    monkeypatch.setattr("sync.replica.journal.os.write", noted_write)
    monkeypatch.setattr("sync.replica.journal.os.fsync", noted_sync)
    for volume in (5, 6, 7):
        claimed.replica.run([SetOverride("volume", [keyword(2)], volume)])
    assert order == ["write", "write", "write"]
    claimed.clock.advance(1)
    claimed.replica.run([SetOverride("volume", [keyword(2)], 8)])
    assert order[3:] == ["sync", "write"]
    claimed.replica.flush()
    assert order[5:] == []
    claimed.clock.advance(1)
    for _ in range(2):
        claimed.replica.flush()
    assert order[5:] == ["sync"], "shown, and nothing else to do"
    claimed.replica.run([SetOverride("volume", [keyword(2)], 9)])
    claimed.close()
    assert order[6:] == ["write", "sync"]


def test_opening_a_file_with_a_good_journal_writes_neither(claimed: World) -> None:
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    claimed.close()
    path = journal_path(claimed.path)
    before = (path.stat().st_ino, path.stat().st_size)
    claimed.open()
    assert (path.stat().st_ino, path.stat().st_size) == before
    claimed.replica.run([SetOverride("volume", [keyword(2)], 6)])
    assert path.stat().st_ino == before[0]
    assert journaled(claimed) == unsettled(claimed)


def test_a_journal_somebody_else_wrote_to_is_replaced(claimed: World) -> None:
    path = journal_path(claimed.path)
    with path.open("ab") as file:
        file.write(b"stray")
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    claimed.replica.run([SetOverride("volume", [keyword(2)], 6)])
    assert journaled(claimed) == unsettled(claimed)
