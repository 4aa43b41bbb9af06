"""Power cuts as file images: what a killed process left on the disk, with the end of its log missing."""

import random
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.replica.journal import journal_path
from tests.processes.arena import Arena
from tests.processes.checks import check_books, check_values, values_of
from tests.processes.kills import SMALL, tidy
from tests.processes.script import Author, Expected, Field

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Image = dict[Path, bytes]
WAL_HEADER, FRAME_HEADER = 32, 24
CUTS = 3


def image_of(*files: Path) -> Image:
    """Return the bytes of the files that are there."""
    return {path: path.read_bytes() for path in files if path.exists()}


def put(image: Image, *absent: Path) -> None:
    """Bring files back to what they were; those that were not there go."""
    for path in absent:
        if path not in image:
            path.unlink(missing_ok=True)
    for path, content in image.items():
        path.write_bytes(content)


def cuts(log: bytes, chance: random.Random) -> Iterator[int]:
    """Return places to cut a write-ahead log at: nothing left, boundaries of frames all over it, and bytes inside of frames."""
    (page,) = struct.unpack_from(">I", log, 8)
    boundaries = list(range(WAL_HEADER, len(log) + 1, FRAME_HEADER + page))
    yield 0
    for part in range(1, CUTS):
        yield boundaries[min(len(boundaries) - 1, part * len(boundaries) // CUTS)]
    yield chance.randrange(WAL_HEADER, len(log))


def write(author: Author) -> None:
    """Edits before and after a sync, so that the log ends in work the platform has and in work it has not."""
    rows = author.chance.sample(author.ground.keywords, 8)
    author.value("volume", rows[:4])
    cluster = author.cluster()
    author.assign(rows[2:5], cluster)
    author.sync()
    author.value("volume", rows[3:6])
    author.idea(cluster, rows[:2])
    author.value("difficulty", rows[5:])


@pytest.mark.parametrize("seed", [23])
def test_a_machine_that_lost_the_end_of_its_log_loses_no_saved_edit(arena: Arena, seed: int) -> None:
    """C23, P57: no number the platform knows is used for something else, no saved edit is lost, none is doubled."""
    arena.machine("cut")
    arena.settle("cut")
    author = Author(Field.of(arena), random.Random(seed))
    write(author)
    expected = Expected(values_of(arena, author.written()))
    last = [act["tag"] for act in author.acts if "tag" in act][-1]
    life = arena.live("cut", author.acts, kill_after=last, **SMALL)
    assert life.killed
    expected.carried_out(author, life.all("saved"))
    path = arena.replica("cut")
    log = path.with_name("replica.db-wal")
    files = [path, log, path.with_name("replica.db-shm"), journal_path(path)]
    image = image_of(*files, *(arena.folder / "state").iterdir())
    for at in cuts(image[log], random.Random(seed)):
        put(image | {log: image[log][:at]}, *files)
        arena.settle("cut")
        check_values(arena, expected)
        check_books(arena, path)
    # The other way round: the database is whole, its journal is not.
    journal = image[journal_path(path)]
    put(image | {journal_path(path): journal[: len(journal) // 2]}, *files)
    arena.settle("cut")
    check_values(arena, expected)
    check_books(arena, path)
    tidy(arena, "cut", author, author)


@pytest.mark.parametrize("seed", [65])
def test_a_platform_that_lost_the_end_of_its_log_gets_it_again(arena: Arena, seed: int) -> None:
    """C23, P65: machines notice by the names of versions that the platform forgot, and send again what it lacks."""
    mine, other = (Author(Field.of(arena), random.Random(seed + number)) for number in range(2))
    arena.settle("a", "b")
    arena.down()
    # The sign-ins are in the database; only what follows is in the log.
    with closing(sqlite3.connect(arena.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    arena.up()
    write(mine)
    other.value("volume", [uid for uid in other.ground.keywords if ("volume", uid) not in mine.written()][:3])
    other.cluster()
    expected = Expected(values_of(arena, mine.written() | other.written()))
    expected.carried_out(other, arena.lived("b", [*other.acts, {"do": "sync"}]).all("saved"))
    expected.carried_out(mine, arena.lived("a", [*mine.acts, {"do": "sync"}], **SMALL).all("saved"))
    arena.kill()
    log = arena.database.with_name("planner.db-wal")
    files = [arena.database, log, arena.database.with_name("planner.db-shm")]
    image = image_of(*files)
    del image[files[2]]
    for at in cuts(image[log], random.Random(seed)):
        put(image | {log: image[log][:at]}, *files)
        arena.up()
        arena.settle("a", "b", "a")
        check_values(arena, expected)
        check_books(arena, arena.replica("a"), arena.replica("b"))
        arena.kill()
    arena.up()
    tidy(arena, "a", mine, other)
