"""The lines of one delivery, each handed to the writer of its entity."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from planner_core.entities import ENTITIES
from sync.replica.absorb.decoding import LineDecoder, Row
from sync.replica.absorb.delivery import Delivery
from sync.replica.absorb.keywords import KeywordRows
from sync.replica.absorb.seeds import SeedRows
from sync.replica.absorb.small import SmallRows

_UNFIT = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What says that values do not fit the tables. Everything else (a full disk, damage, a kill) ends the apply."""

Aside = tuple[Sequence[str], bytes, str]
"""Columns, raw row and reason of a row that is put aside."""


class Absorber:
    """Writes delivered rows of one scope within the caller's transaction."""

    def __init__(self, delivery: Delivery) -> None:
        self._to = delivery
        self._keywords = KeywordRows(delivery)
        self._seeds = SeedRows(delivery)
        self._small = SmallRows(delivery)
        self._decoders: dict[tuple[str, ...], LineDecoder] = {}

    def rows(self, entity: str, columns: Sequence[str], raw: bytes, *, fresh: bool, keep_seen: bool) -> None:
        """Write one line of rows. `fresh`: none of them can be here yet. `keep_seen`: note the ids in the table `seen`.

        A row that cannot be read, or that the tables do not take, is put aside; the others go on.
        """
        if entity not in ENTITIES:
            for piece in _pieces(raw):
                self._to.unknown(entity, columns, piece, "unknown entity")
            return
        aside: list[Aside] = []
        rows = self._decoder(entity, columns).rows(
            raw, lambda piece, reason: aside.append((columns, piece, reason))
        )
        seen = [row[0] for row in rows]
        if rows:
            self._to.now_read(entity, seen)
            try:
                with self._whole():
                    self._write(entity, rows, fresh=fresh)
            except _UNFIT:
                aside += self._one_by_one(entity, rows)
        for names, piece, reason in aside:
            uid = self._to.unknown(entity, names, piece, reason)
            self._to.unfit.add(uid or reason)
            seen.append(uid)
        if keep_seen:
            self._to.store.many("INSERT OR IGNORE INTO temp.seen (uid) VALUES (?)", ((uid,) for uid in seen))

    def _write(self, entity: str, rows: list[Row], *, fresh: bool) -> None:
        dead = [] if fresh else [row[0] for row in rows if row[2]]
        if dead:
            self._to.gone(entity, dead)
        if entity == "keyword":
            self._keywords.write(rows, fresh=fresh)
        elif entity == "seed":
            self._seeds.write(rows, fresh=fresh)
        else:
            for row in rows:
                self._small.write(entity, row)

    def _one_by_one(self, entity: str, rows: Iterable[Row]) -> Iterator[Aside]:
        """Write each row by itself; yield those that do not go in."""
        for row in rows:
            try:
                with self._whole():
                    self._write(entity, [row], fresh=False)
            except _UNFIT as error:
                more = json.loads(row[-1] or "{}")
                values = [*row[:-1], *more.values()]
                yield (*ENTITIES[entity].columns, *more), json.dumps(values).encode(), str(error)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Keep everything inside or nothing."""
        store = self._to.store
        store.run("SAVEPOINT line")
        try:
            yield
        except _UNFIT:
            store.run("ROLLBACK TO line")
            self._to.forget_keys()
            self._seeds.forget_countries()
            raise
        finally:
            if store.connection.in_transaction:
                store.run("RELEASE line")

    def _decoder(self, entity: str, columns: Sequence[str]) -> LineDecoder:
        key = (entity, *columns)
        if key not in self._decoders:
            self._decoders[key] = LineDecoder(entity, columns)
        return self._decoders[key]

    def remove_absent(self, entities: Iterable[str]) -> None:
        """Remove what a snapshot no longer has: delivered rows of the scope that are not in the table `seen`."""
        self._to.keep_lost()
        for entity in entities:
            if entity == "keyword":
                self._keywords.remove_absent()
            elif entity == "seed":
                self._seeds.remove_absent()
            else:
                self._small.remove_absent(entity)

    def finish(self) -> None:
        """Bring keywords up to date with the seeds that came."""
        self._seeds.refresh_keywords()


def _pieces(raw: bytes) -> list[bytes]:
    """Return the rows of a line one by one; the whole line where it cannot be cut."""
    try:
        return [bytes(piece) for piece in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return [raw]
