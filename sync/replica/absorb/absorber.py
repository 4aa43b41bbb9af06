"""The lines of one delivery, each handed to the writer of its entity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner_core.entities import ENTITIES
from sync.replica.absorb.decoding import LineDecoder
from sync.replica.absorb.delivery import Delivery
from sync.replica.absorb.keywords import KeywordRows
from sync.replica.absorb.seeds import SeedRows
from sync.replica.absorb.small import SmallRows


class Absorber:
    """Writes delivered rows of one scope within the caller's transaction."""

    def __init__(self, delivery: Delivery) -> None:
        self._to = delivery
        self._keywords = KeywordRows(delivery)
        self._seeds = SeedRows(delivery)
        self._small = SmallRows(delivery)
        self._decoders: dict[tuple[str, ...], LineDecoder] = {}

    def rows(self, entity: str, columns: Sequence[str], raw: bytes, *, fresh: bool, keep_seen: bool) -> None:
        """Write one line of rows. `fresh`: none of them can be here yet. `keep_seen`: note the ids in the table `seen`."""
        if entity not in ENTITIES:
            self._to.unknown(entity, columns, raw, "unknown entity")
            return
        rows = self._decoder(entity, columns).rows(
            raw, lambda piece, reason: self._to.unknown(entity, columns, piece, reason)
        )
        if not rows:
            return
        if keep_seen:
            self._to.store.many(
                "INSERT OR IGNORE INTO temp.seen (uid) VALUES (?)", ((row[0],) for row in rows)
            )
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

    def _decoder(self, entity: str, columns: Sequence[str]) -> LineDecoder:
        key = (entity, *columns)
        if key not in self._decoders:
            self._decoders[key] = LineDecoder(entity, columns)
        return self._decoders[key]

    def remove_absent(self, entities: Iterable[str]) -> None:
        """Remove what a snapshot no longer has: delivered rows of the scope that are not in the table `seen`."""
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
