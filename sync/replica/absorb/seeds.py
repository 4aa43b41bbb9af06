"""Delivered seeds of a library, and what they mean for the keywords that copied them."""

from __future__ import annotations

from collections.abc import Sequence

from planner_core.figures import intent_mask
from planner_core.text import fold
from sync.replica import arrivals
from sync.replica.absorb.decoding import Row
from sync.replica.absorb.delivery import Delivery
from sync.replica.figures import copy_figures
from sync.replica.store import MANY, json_list

_NAMES = (
    "uid",
    "scope",
    "ver",
    "deleted",
    "keyword",
    "folded",
    "volume",
    "difficulty",
    "intent",
    "mask",
    "country",
    "is_active",
    "extra",
)
# Numbers for NULL: see the keywords. `folded` is NULL where it equals the text.
# An upsert for fresh ones too: a keyword that came first may have made the hidden row of its seed.
_UPSERT = (
    f"INSERT INTO seed ({', '.join(_NAMES)}) VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, ?5), nullif(?7, -1), nullif(?8, -1), ?9, ?10,"
    " ?11, ?12, nullif(?13, '')) ON CONFLICT (uid) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])
)


class SeedRows:
    """Rows are (uid, ver, deleted, keyword, volume, difficulty, intent, country, is_active, extra)."""

    def __init__(self, delivery: Delivery) -> None:
        self._to = delivery
        self._store = delivery.store
        self._countries: set[str] = set()
        self._masks: dict[str | None, int] = {}

    def write(self, rows: Sequence[Row], *, fresh: bool) -> None:
        """Write rows. `fresh`: none of them is here yet, other than as a hidden one that a keyword names."""
        scope = self._to.scope
        self._note_countries({row[7] for row in rows if row[7] is not None})
        self._store.many(
            _UPSERT,
            [
                (
                    uid,
                    scope,
                    ver,
                    1 if deleted else 0,
                    text,
                    fold(text),
                    -1 if volume is None else volume,
                    -1 if difficulty is None else difficulty,
                    intent,
                    self._mask(intent),
                    country,
                    1 if active else 0,
                    extra or "",
                )
                for uid, ver, deleted, text, volume, difficulty, intent, country, active, extra in rows
            ],
        )
        if fresh and not self._store.value("SELECT 1 FROM keyword LIMIT 1"):
            self._to.log.rows("seed", None)
            return
        found = self._store.all(
            "SELECT s.k FROM json_each(?) j CROSS JOIN seed s ON s.uid = j.value",
            json_list(row[0] for row in rows),
        )
        keys = [key for (key,) in found]
        self._to.seeds.update(keys)
        self._to.log.rows("seed", keys)

    def _note_countries(self, codes: set[str]) -> None:
        new = codes - self._countries
        self._countries |= new
        self._store.many("INSERT OR IGNORE INTO country (code) VALUES (?)", [(code,) for code in sorted(new)])

    def forget_countries(self) -> None:
        """List countries again: some of them were taken back."""
        self._countries.clear()

    def _mask(self, intent: str | None) -> int:
        if intent not in self._masks:
            self._masks[intent] = intent_mask(intent)
        return self._masks[intent]

    def refresh_keywords(self) -> None:
        """Bring what keywords copied of the delivered seeds up to date and announce them."""
        if not self._to.seeds:
            return
        seeds = json_list(self._to.seeds)
        arrivals.note_figures(self._store, self._to.seeds, self._to.now_ms)
        copy_figures(self._store, "seed", seeds)
        if len(self._to.seeds) > MANY:
            self._to.log.rows("keyword", None)
            return
        found = self._store.all(
            "SELECT w.k FROM json_each(?) j CROSS JOIN keyword w ON w.seed = j.value", seeds
        )
        if found:
            self._to.log.rows("keyword", (key for (key,) in found))

    def remove_absent(self) -> None:
        """Withdraw seeds that are not in the table `seen`. Their keywords keep their text: withdrawn, not forgotten."""
        absent = self._store.all(
            "SELECT k, uid FROM seed WHERE scope = ? AND deleted = 0 AND ver > 0 AND uid NOT IN (SELECT uid FROM temp.seen)",
            self._to.scope,
        )
        if absent:
            self._to.gone("seed", [uid for _, uid in absent])
            keys = [key for key, _ in absent]
            self._store.run(
                "UPDATE seed SET deleted = 1 WHERE k IN (SELECT value FROM json_each(?))", json_list(keys)
            )
            self._to.log.rows("seed", keys)
