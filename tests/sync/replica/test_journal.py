"""The journal: an edit survives the loss of the database or of the journal, at whatever byte either of them ends."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from planner_core.commands import AssignCluster, CreateCluster, SetOverride, SetStatus
from planner_core.wire.feed import KnownReply, RowResult
from sync.errors import ReplicaCorrupt
from sync.replica import OwnerRow, hooks
from sync.replica.journal import Journal, journal_path, read
from sync.replica.salvage import put_by_journals
from tests.sync.replica.images import (
    JOURNAL,
    LOG,
    Image,
    frame_ends,
    image,
    journal,
    journaled,
    put_back,
    unsettled,
)
from tests.sync.replica.world import (
    OWNER,
    SECTOR,
    SITE,
    Killed,
    World,
    cluster,
    keyword,
    keyword_row,
    results,
)


def _some_work(world: World) -> list[Image]:
    """Edit, send, be answered, cancel; return an image of the files after each step."""
    steps: list[Image] = [image(world)]

    def done(_result: Any = None) -> None:
        steps.append(image(world))

    run = world.replica.run
    done(run([SetStatus("keyword", [keyword(1)], "mapped")]))
    done(run([SetOverride("volume", [keyword(2), keyword(3)], 70)]))
    done(world.replica.store_results(SITE, results(world.send(), version=2)))
    done(run([AssignCluster([keyword(4)], cluster(1))]))
    cancelled = run([SetOverride("volume", [keyword(5)], 9)])
    done()
    done(world.replica.cancel(str(cancelled.action)))
    done(run([CreateCluster(world.ids.uid(), SECTOR, "Named by hand")]))
    refused = [RowResult(code="poison", e="keyword", ids=[keyword(4)], message="Not today.")]
    sent = world.send()
    done(world.replica.store_results(SITE, results(sent[:1], version=3, verdict="rejected", rows=refused)))
    rows = {"keyword": [keyword_row(1, ver=2, status="mapped"), keyword_row(2, ver=2, volume_override=70)]}
    done(world.deliver(SITE, rows, version=2))
    done(run([SetOverride("difficulty", [keyword(1)], 5)]))
    return steps


def test_the_journal_says_what_the_database_says_after_every_step(claimed: World, tmp_path: Path) -> None:
    steps = _some_work(claimed)
    assert journaled(claimed) == unsettled(claimed)
    assert [state for _, state in unsettled(claimed).values()] == ["refused", "open", "open"]
    for number, files in enumerate(steps):
        (tmp_path / "alone").mkdir(exist_ok=True)
        there = tmp_path / "alone" / f"{number}.journal"
        there.write_bytes(files[JOURNAL])
        kept = read(there)
        again = put_back(tmp_path / f"step{number}", files)
        assert kept is not None
        assert {op: edit.body for op, edit in kept.edits.items()} == {
            op: body for op, (body, _) in unsettled(again).items()
        }
        again.close()


def test_an_edit_whose_process_ends_before_the_journal_hears_of_it_is_in_both_afterwards(
    claimed: World,
) -> None:
    """C2: killed between the commit and the append."""
    claimed.kill_at = hooks.AFTER_EDIT_COMMIT
    with pytest.raises(Killed):
        claimed.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    assert journaled(claimed) == {}
    name = claimed.replica.replica_id
    claimed.crash()
    assert journaled(claimed) == unsettled(claimed)
    assert len(journaled(claimed)) == 1
    assert claimed.replica.replica_id == name, "the database was ahead: nothing could be numbered twice"


@pytest.mark.parametrize("kept_log", ["frames", "bytes"])
def test_no_edit_is_lost_with_the_tail_of_the_log(claimed: World, tmp_path: Path, kept_log: str) -> None:
    """C23, P54: the write-ahead log ends at every frame and at random bytes; every edit that stood is there, once."""
    steps = _some_work(claimed)
    files, wanted = steps[-1], unsettled(claimed)
    log = files[LOG]
    cuts = list(frame_ends(log)) if kept_log == "frames" else Random(5).sample(range(len(log)), 40)
    forked = 0
    for cut in cuts:
        again = put_back(tmp_path / f"cut{cut}", files | {LOG: log[:cut]})
        found = unsettled(again)
        assert set(wanted) <= set(found)
        assert {op: found[op][0] for op in wanted} == {op: body for op, (body, _) in wanted.items()}
        assert [op for op in found if op in wanted] == list(wanted), "in the order they were made"
        assert journaled(again) == found
        numbers = [one.seq for one in again.replica.peek(SITE)]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        forked += again.replica.replica_id != claimed.replica.replica_id
        again.close()
    assert forked, "a replica that lost commits goes on under a new name"


def test_no_edit_is_lost_with_the_end_of_the_journal(claimed: World, tmp_path: Path) -> None:
    """C2, C27: the journal ends at any byte, or is gone; the database has everything, and the journal is whole again."""
    steps = _some_work(claimed)
    files, wanted = steps[-1], unsettled(claimed)
    raw = files[JOURNAL]
    for cut in sorted({*range(120), *Random(6).sample(range(len(raw)), 60), len(raw)}):
        again = put_back(tmp_path / f"cut{cut}", files | {JOURNAL: raw[:cut]})
        assert unsettled(again) == wanted
        assert journaled(again) == wanted
        assert again.replica.replica_id == claimed.replica.replica_id
        again.close()
    del files[JOURNAL]
    again = put_back(tmp_path / "gone", files)
    assert (unsettled(again), journaled(again)) == (wanted, wanted)
    again.close()


def test_a_journal_is_believed_up_to_its_first_wrong_byte(claimed: World, tmp_path: Path) -> None:
    _some_work(claimed)
    raw = journal_path(claimed.path).read_bytes()
    whole = journal(claimed)
    for at in Random(7).sample(range(len(raw)), 80):
        spoilt = bytearray(raw)
        spoilt[at] ^= 0x20
        path = tmp_path / "spoilt.journal"
        path.write_bytes(spoilt)
        kept = read(path)
        assert kept is None or not kept.whole
        assert kept is None or kept.length <= at
        assert kept is None or kept.commit <= whole.commit


def test_every_edit_survives_the_loss_of_the_database(claimed: World, tmp_path: Path) -> None:
    """P57: the database is gone; its journal waits until the owner claims the new file, and goes on under the old op ids."""
    steps = _some_work(claimed)
    wanted = unsettled(claimed)
    again = put_back(tmp_path / "rebuilt", {JOURNAL: steps[-1][JOURNAL]}, claim=False)
    assert unsettled(again) == {}
    again.replica.claim(OWNER)
    assert unsettled(again) == wanted
    assert again.replica.recovered == len(wanted)
    assert journaled(again) == wanted
    assert again.replica.replica_id != claimed.replica.replica_id
    assert put_by_journals(again.path) == []
    assert [one.message for one in _review(again)] == ["Not today."]
    assert {one.body for one in again.send()} == {body for body, state in wanted.values() if state == "open"}

    again.fill()
    assert again.row(4)["cluster"] is None, "what was refused is not shown"
    assert again.row(1)["difficulty_override"] == 5
    assert any(name == "Named by hand" for _, name, *_ in again.dump()["cluster"])
    again.close()


def _review(world: World) -> list[Any]:
    from sync.replica import Reader  # noqa: PLC0415 - only here

    reader = Reader.open(world.path)
    try:
        return reader.review("open")
    finally:
        reader.close()


def test_an_old_file_put_back_gets_its_missing_edits_and_a_new_name(claimed: World, tmp_path: Path) -> None:
    """P9, P67: the file is of before two edits; they are in the journal only, and no number is used for something else."""
    claimed.replica.run([SetStatus("keyword", [keyword(1)], "mapped")])
    old = image(claimed)
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    claimed.replica.run([SetOverride("volume", [keyword(3)], 6)])
    wanted = unsettled(claimed)
    sent = {one.seq: one.op_id for one in claimed.send()}
    again = put_back(tmp_path / "old", old | {JOURNAL: image(claimed)[JOURNAL]})
    assert unsettled(again) == wanted
    assert again.replica.replica_id != claimed.replica.replica_id
    assert again.replica._store.meta("file_id") != claimed.replica._store.meta("file_id")
    assert [one.op_id for one in again.send()] == list(sent.values())
    assert (again.row(2)["volume_override"], again.row(3)["volume_override"]) == (5, 6)
    before = unsettled(again)
    again.close()
    again.open()
    assert unsettled(again) == before, "taken in once"
    again.close()


def test_what_was_cancelled_is_not_sent_by_a_file_that_forgot_it(claimed: World, tmp_path: Path) -> None:
    """P68: the cancellation is in the journal only."""
    unwanted = claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    old = image(claimed)
    claimed.replica.cancel(str(unwanted.action))
    again = put_back(tmp_path / "old", old | {JOURNAL: image(claimed)[JOURNAL]})
    assert again.send() == []
    assert again.row(2)["volume_override"] is None
    again.close()


def test_an_older_journal_takes_nothing_back(claimed: World, tmp_path: Path) -> None:
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    old = image(claimed)[JOURNAL]
    claimed.replica.store_results(SITE, results(claimed.send(), version=2))
    claimed.deliver(SITE, {"keyword": [keyword_row(2, ver=2, volume_override=5)]}, version=2)
    claimed.replica.run([SetOverride("volume", [keyword(2)], 6)])
    wanted = unsettled(claimed)
    again = put_back(tmp_path / "mixed", image(claimed) | {JOURNAL: old})
    assert (unsettled(again), journaled(again)) == (wanted, wanted)
    assert again.row(2)["volume_override"] == 6
    again.close()


def test_refused_work_stays_until_it_is_decided(claimed: World) -> None:
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    refused = [RowResult(code="poison", e="keyword", ids=[keyword(2)], message="No.")]
    claimed.replica.store_results(SITE, results(claimed.send(), version=2, verdict="rejected", rows=refused))
    assert [state for _, state in journaled(claimed).values()] == ["refused"]
    claimed.close()
    claimed.open()
    assert len(journaled(claimed)) == 1
    (item,) = _review(claimed)
    (refused_op,) = journaled(claimed)
    claimed.replica.resolve([item.id], "theirs")
    assert refused_op not in journaled(claimed)
    assert journaled(claimed) == unsettled(claimed)


def test_what_a_restored_platform_forgot_is_open_again(claimed: World) -> None:
    """P64: confirmed work that is queued again is in the journal again."""
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    sent = claimed.send()
    claimed.replica.store_results(SITE, results(sent, version=2))
    claimed.deliver(SITE, {"keyword": [keyword_row(2, ver=2, volume_override=5)]}, version=2)
    assert journaled(claimed) == {}
    known = {"epoch": "f" * 32, "version": 1, "token": "t1", "known": [], "too_old": []}
    claimed.replica.reconcile(SITE, KnownReply(**known, unknown=[sent[0].op_id]))  # type: ignore[arg-type]
    assert journaled(claimed) == unsettled(claimed)
    assert list(journaled(claimed)) == [sent[0].op_id]


@pytest.mark.parametrize("point", [hooks.BEFORE_ROTATION, hooks.AFTER_ROTATION])
def test_a_kill_in_a_rotation_leaves_a_journal_that_holds_all_that_is_open(
    claimed: World, tmp_path: Path, point: str
) -> None:
    """C27: the old journal or the new one, never a part of either."""
    _some_work(claimed)
    wanted = unsettled(claimed)
    claimed.kill_at = point
    with pytest.raises(Killed):
        claimed.replica._settling.journaling.rotate()
    left = read(journal_path(claimed.path))
    assert left is not None
    assert left.whole
    assert {op: edit.body for op, edit in left.edits.items()} == {
        op: body for op, (body, _) in wanted.items()
    }
    again = put_back(tmp_path / "rebuilt", {JOURNAL: image(claimed)[JOURNAL]})
    assert unsettled(again) == wanted
    again.close()


def test_a_journal_of_settled_work_is_rotated_and_never_cut(
    claimed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.replica.journaling.SMALL", 4_000)
    path, longest, inodes = journal_path(claimed.path), 0, set()
    for turn in range(2, 42):
        length, inode = path.stat().st_size, path.stat().st_ino
        claimed.replica.run([SetOverride("volume", [keyword(2)], turn)])
        claimed.replica.store_results(SITE, results(claimed.send(), version=turn))
        claimed.deliver(SITE, {"keyword": [keyword_row(2, ver=turn, volume_override=turn)]}, version=turn)
        longest = max(longest, path.stat().st_size)
        inodes.add(path.stat().st_ino)
        assert path.stat().st_size >= length or path.stat().st_ino != inode, "shortened in place"
    assert longest < 8_000
    assert len(inodes) > 1
    assert journaled(claimed) == {}


def test_somebody_elses_journal_is_put_by_and_not_taken(claimed: World, tmp_path: Path) -> None:
    """P49, P50: work of another user never goes out under this one's name."""
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    foreign = image(claimed)[JOURNAL]
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / JOURNAL).write_bytes(foreign)
    other = World(folder)
    other.replica.claim(OwnerRow(OWNER.server, OWNER.account, "f" * 32, "bob@example.com"))
    assert unsettled(other) == {}
    (kept,) = put_by_journals(other.path)
    assert kept.read_bytes() == foreign
    other.close()
    other.open()
    assert unsettled(other) == {}
    other.close()


def test_damage_found_at_opening_costs_no_edit(claimed: World) -> None:
    """P57: the table of edits itself is spoilt; the journal has them."""
    for volume in (5, 6):
        claimed.replica.run([SetOverride("volume", [keyword(2)], volume)])
    wanted = unsettled(claimed)
    (root,) = claimed.replica._store.one("SELECT rootpage FROM sqlite_master WHERE name = 'mutation'")
    claimed.close()
    size = int.from_bytes(claimed.path.read_bytes()[16:18], "big")
    with claimed.path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x99" * 64)
    with pytest.raises(ReplicaCorrupt) as caught:
        claimed.open()
    assert "2 changes that had not been settled were saved" in caught.value.remedy
    claimed.open()
    claimed.replica.claim(OWNER)
    assert unsettled(claimed) == wanted


def test_rotation_writes_beside_and_renames(claimed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """C27: while the new file is written the old one is untouched."""
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    path = journal_path(claimed.path)
    before = path.read_bytes()
    seen: list[bytes] = []
    monkeypatch.setattr(
        claimed.replica._settling.journaling._journal, "_reach", lambda _name: seen.append(path.read_bytes())
    )
    claimed.replica._settling.journaling.rotate()
    assert seen[0] == before
    assert isinstance(claimed.replica._settling.journaling._journal, Journal)
    assert seen[1] == path.read_bytes()


def test_a_rotated_journal_is_on_the_disk_before_it_takes_the_place_of_the_old_one(
    claimed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P54: a name that power lets point to bytes never written would be neither of the two."""
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    on_disk: list[int] = []
    fsync = os.fsync

    def flushed(descriptor: int) -> None:
        on_disk.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", flushed)
    claimed.replica._settling.journaling.rotate()
    assert journal_path(claimed.path).stat().st_ino in on_disk


def test_an_older_file_that_lacks_no_edit_takes_a_new_name_all_the_same(
    claimed: World, tmp_path: Path
) -> None:
    """P9, P82: it has forgotten that its number was used and answered; its journal has not."""
    claimed.replica.run([SetOverride("volume", [keyword(2)], 5)])
    old = image(claimed)
    name = claimed.replica.replica_id
    claimed.replica.store_results(SITE, results(claimed.send(), version=2))
    again = put_back(tmp_path / "old", old | {JOURNAL: image(claimed)[JOURNAL]})
    assert again.replica.recovered == 0
    assert again.replica.replica_id != name
    again.close()
