"""`outbox.journal`: a second copy of the work that is not settled yet, in a file of its own beside the replica.

An edit survives the loss of the database or of this file. The format is a chain of frames::

    frame    length (4 bytes, little endian) | CRC-32 of the payload, started with the CRC of the frame before | payload
    payload  first frame: `Header`; every other: `Batch`, the records of one committed transaction (MessagePack)

A frame is whole or it is absent, and nothing after a broken one is believed. The file only grows; when too much of it is settled it
is replaced by a new one that holds what is open: written aside, synced, renamed.

Durability: a frame is handed to the operating system right after the commit it belongs to, so the end of the process loses nothing.
Waiting for the disk costs as much as the commit did, so it is done at most once a second, and by a writer that flushes after an edit
was shown: a cut of power takes the frames of the last second at most, whose commits are on the disk in the database.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from sync.replica.hooks import AFTER_ROTATION, BEFORE_ROTATION

FORMAT = 1
_FRAME = struct.Struct("<II")
_LONGEST_FRAME = 1 << 30

Owner = tuple[str, str, str]
"""Server, account, user."""


class Header(msgspec.Struct, array_like=True):
    """Which database file the journal belongs to, and whose work it holds; `owner` is empty before the file was claimed."""

    format: int
    file: str
    owner: tuple[str, ...] = ()


class Edit(msgspec.Struct, tag="edit", array_like=True):
    """A mutation as it is kept: when it is made, and when it is queued again.

    `number` orders it among the mutations of its file; `scope` is the scope's uid, because keys are of one file only.
    """

    op_id: str
    number: int
    scope: str
    action: str
    label: str
    origin: str
    undoes: str | None
    at: int
    part: int
    parts: int
    body: bytes
    sha256: str
    rows: int
    creates: int
    supersedes: str
    was: int | None
    made: int | None
    epoch: str
    undo_of: str | None
    user: str
    state: str
    confirmed: int
    verdict: str | None
    ver: int | None
    results: str | None


class Verdict(msgspec.Struct, tag="verdict", array_like=True):
    """What the platform said of a mutation; it stays open."""

    op_id: str
    state: str
    confirmed: int
    verdict: str | None
    ver: int | None
    results: str | None


class Void(msgspec.Struct, tag="void", array_like=True):
    """The mutation was cancelled or gave way to another one before it was sent."""

    op_id: str


class Confirmed(msgspec.Struct, tag="confirmed", array_like=True):
    """The platform has it, and its rows came back."""

    op_id: str


class Decided(msgspec.Struct, tag="decided", array_like=True):
    """What the platform had not taken was decided by the user."""

    op_id: str


Record = Edit | Verdict | Void | Confirmed | Decided


class Batch(msgspec.Struct, array_like=True):
    """The records of one transaction. `commit` is its number in the database file."""

    commit: int
    records: list[Record]


@dataclass(slots=True)
class Kept:
    """What a journal says: `edits` are open, in the order they were made, each with its latest state."""

    file: str = ""
    owner: tuple[str, ...] = ()
    commit: int = 0
    edits: dict[str, Edit] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    length: int = 0
    """Bytes up to the end of the last whole frame."""
    crc: int = 0
    whole: bool = True
    """Whether the file ends there."""

    def take(self, batch: Batch) -> None:
        """Carry out the records of a batch."""
        self.commit = max(self.commit, batch.commit)
        for record in batch.records:
            match record:
                case Edit():
                    self.edits[record.op_id] = record
                    self.settled.discard(record.op_id)
                case Verdict():
                    self._told(record)
                case Void():
                    self.edits.pop(record.op_id, None)
                    self.voided.add(record.op_id)
                case Confirmed() | Decided():
                    self.edits.pop(record.op_id, None)
                    self.settled.add(record.op_id)

    def _told(self, record: Verdict) -> None:
        edit = self.edits.get(record.op_id)
        if edit is not None:
            edit.state, edit.confirmed = record.state, record.confirmed
            edit.verdict, edit.ver, edit.results = record.verdict, record.ver, record.results


def owner_in(text: str) -> tuple[str, ...]:
    """Return server, account and user of an owner as a replica keeps it."""
    if not text:
        return ()
    owner = json.loads(text)
    return owner["server"], owner["account"], owner["user"]


def journal_path(replica: Path) -> Path:
    """Return where the journal of a replica file is."""
    return replica.with_name(
        "outbox.journal" if replica.stem == "replica" else f"{replica.stem}.outbox.journal"
    )


def read(path: Path) -> Kept | None:
    """Return what a journal holds up to its first broken frame; None if there is no such file or not even a header.

    Raises OSError if it cannot be read.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    batches = msgspec.msgpack.Decoder(Batch)
    kept: Kept | None = None
    at = crc = 0
    while (payload := _frame(raw, at, crc)) is not None:
        try:
            if kept is None:
                header = msgspec.msgpack.decode(payload, type=Header)
                if header.format != FORMAT:
                    return None
                kept = Kept(header.file, header.owner)
            else:
                kept.take(batches.decode(payload))
        except msgspec.MsgspecError:
            break
        at += _FRAME.size + len(payload)
        crc = zlib.crc32(payload, crc)
        kept.length, kept.crc = at, crc
    if kept is not None:
        kept.whole = at == len(raw)
        kept.edits = dict(sorted(kept.edits.items(), key=lambda one: one[1].number))
    return kept


def _frame(raw: bytes, at: int, crc: int) -> bytes | None:
    if at + _FRAME.size > len(raw):
        return None
    length, told = _FRAME.unpack_from(raw, at)
    payload = raw[at + _FRAME.size : at + _FRAME.size + length]
    if length > _LONGEST_FRAME or len(payload) != length or zlib.crc32(payload, crc) != told:
        return None
    return payload


class Journal:
    """The journal of one open replica. Raises OSError for what the disk does not take; then call `replace` before `append`."""

    def __init__(self, path: Path, reach: Callable[[str], None]) -> None:
        self.path = path
        self.length = 0
        self._crc = 0
        self._reach = reach
        self._encoder = msgspec.msgpack.Encoder()
        self.is_synced = True
        """Whether every frame is on the disk."""

    def go_on(self, kept: Kept) -> None:
        """Append after what was read."""
        self.length, self._crc = kept.length, kept.crc

    def append(self, commit: int, records: Sequence[Record]) -> None:
        """Add the records of a committed transaction."""
        frame, crc = self._framed(Batch(commit, list(records)), self._crc)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            if os.fstat(descriptor).st_size != self.length:
                raise OSError(0, "the journal was changed by somebody else", str(self.path))
            _write(descriptor, frame)
        finally:
            os.close(descriptor)
        self.is_synced = False
        self.length += len(frame)
        self._crc = crc

    def replace(self, header: Header, commit: int, records: Sequence[Record]) -> None:
        """Rotate: put a new file in the place of the old one, all at once."""
        first, crc = self._framed(header, 0)
        second, crc = self._framed(Batch(commit, list(records)), crc)
        aside = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        try:
            try:
                _write(descriptor, first + second)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        self._reach(BEFORE_ROTATION)
        aside.replace(self.path)
        sync_folder(self.path.parent)
        self._reach(AFTER_ROTATION)
        self.length, self._crc, self.is_synced = len(first) + len(second), crc, True

    def sync(self) -> None:
        """Put every frame on the disk."""
        if self.is_synced:
            return
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.is_synced = True

    def _framed(self, content: Header | Batch, crc: int) -> tuple[bytes, int]:
        payload = self._encoder.encode(content)
        crc = zlib.crc32(payload, crc)
        return _FRAME.pack(len(payload), crc) + payload, crc


def _write(descriptor: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Put a folder's names on the disk; where the system has no way to (Windows), renaming is all there is."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
