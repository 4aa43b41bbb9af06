"""Images of a replica's files, as a copy, a loss of power or a restored backup leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sync.replica.journal import Kept, journal_path, read
from tests.sync.replica.world import OWNER, World

DATABASE, LOG, JOURNAL = "replica.db", "replica.db-wal", "outbox.journal"

Image = dict[str, bytes]
"""Name of a file beside the replica, itself included, to its bytes."""

Open = dict[str, tuple[bytes, str]]
"""Op id of an unsettled mutation to its body and state; what waits and what is on its way are one."""


def image(world: World) -> Image:
    """Return the files as they are now, whoever has them open."""
    files = {name: world.folder / name for name in (DATABASE, LOG, JOURNAL)}
    return {name: path.read_bytes() for name, path in files.items() if path.exists()}


def put_back(folder: Path, files: Image, *, claim: bool = True) -> World:
    """Open a replica of such files in a folder of its own."""
    folder.mkdir(parents=True)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    world = World(folder)
    if claim:
        world.replica.claim(OWNER)
    return world


def frame_ends(log: bytes) -> Iterator[int]:
    """Return where the frames of a write-ahead log end."""
    page_size = int.from_bytes(log[8:12], "big")
    yield from range(32, len(log) + 1, 24 + page_size)


def unsettled(world: World) -> Open:
    """Return what the database holds as unsettled."""
    rows = world.replica._store.all(
        "SELECT op_id, body, state FROM mutation WHERE void = 0 AND (confirmed = 0 OR EXISTS (SELECT 1 FROM review r"
        " WHERE r.state = 'open' AND r.kind <> 'conflict' AND instr(r.ops, op_id) > 0)) ORDER BY id"
    )
    return {op_id: (body, _open_state(state)) for op_id, body, state in rows}


def journaled(world: World) -> Open:
    """Return what the journal holds as unsettled."""
    kept = journal(world)
    return {op_id: (edit.body, _open_state(edit.state)) for op_id, edit in kept.edits.items()}


def journal(world: World) -> Kept:
    """Return what the journal says; it must be whole."""
    kept = read(journal_path(world.path))
    assert kept is not None
    assert kept.whole
    return kept


def _open_state(state: str) -> str:
    return "open" if state in ("waiting", "sending") else state
