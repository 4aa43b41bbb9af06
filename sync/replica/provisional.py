"""Which keywords that wait to be created are, until the platform has answered, shown as another of the same seed and sector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner_core.operations import Create, Delete, Operation, Restore
from sync.replica.aliases import Aliases
from sync.replica.bodies import decode, touching
from sync.replica.effects import Effects
from sync.replica.outbox import OVERLAY
from sync.replica.store import ChangeLog, Store, json_list

_RIVALS = (
    "SELECT w.uid, o.uid, g.ver > 0 FROM keyword_hot h JOIN keyword w ON w.k = h.k"
    " JOIN keyword o ON o.seed = w.seed AND o.sector = w.sector AND o.k <> w.k"
    " JOIN keyword_hot g ON g.k = o.k AND (g.ver = 0 OR g.base_deleted = 0)"
    " WHERE h.ver = 0 AND NOT EXISTS (SELECT 1 FROM alias a WHERE a.old = w.uid AND a.ver > 0)"
    " ORDER BY g.ver = 0, o.k"
)


class Provisional:
    """Finds merges that the platform is going to make, from the rows that are here and the work that waits."""

    def __init__(self, store: Store, log: ChangeLog) -> None:
        self._store = store
        self._log = log

    def make_rows(self, ids: Iterable[str]) -> None:
        """Make the rows of waiting creations among `ids` that are not here.

        A site that was lost took them along, and work that comes from a journal never had any in this file. Without a row nothing
        shows that a creation has met another of its seed.
        """
        missing = {
            uid
            for (uid,) in self._store.all(
                "SELECT j.value FROM json_each(?) j WHERE NOT EXISTS (SELECT 1 FROM keyword w WHERE w.uid = j.value)",
                json_list(ids),
            )
        }
        if not missing or not self.is_waiting:
            return
        effects = Effects(self._store, self._log, replaying=True)
        for scope, operation in self._pending():
            if isinstance(operation, Create):
                piece = touching(operation, missing.__contains__)
                if piece is not None:
                    effects.apply(piece, scope)

    @property
    def is_waiting(self) -> bool:
        """Return whether any creation waits."""
        return bool(self._store.value("SELECT 1 FROM mutation WHERE confirmed = 0 AND creates > 0 LIMIT 1"))

    def merges(self) -> dict[str, str]:
        """Return keyword -> the one it is shown as: that which the platform delivered, else the first that waits to be created.

        A creation that came after a waiting deletion of the other row is meant as a new one. Which row a deletion means is said by
        the platform's merges and by those found here so far, never by what was found before: that may have been other rows.
        """
        rivals: dict[str, list[tuple[str, bool]]] = {}
        for uid, other, is_delivered in self._store.all(_RIVALS):
            rivals.setdefault(uid, []).append((other, bool(is_delivered)))
        if not rivals:
            return {}
        found: dict[str, str] = {}
        dead: set[str] = set()
        made: set[str] = set()
        aliases = Aliases(self._store, provisional=False)
        for _, operation in self._pending():
            if isinstance(operation, Delete):
                dead.update(map(aliases.one, operation.ids))
            elif isinstance(operation, Restore):
                dead.difference_update(map(aliases.one, operation.ids))
            elif isinstance(operation, Create):
                for uid in operation.ids:
                    if uid in aliases:
                        continue
                    standing = (one for one, is_there in rivals.get(uid, ()) if is_there or one in made)
                    holder = next((one for one in standing if one not in dead), None)
                    if holder is not None:
                        found[uid] = holder
                        aliases.add(uid, holder)
                    else:
                        made.add(uid)
        return found

    def _pending(self) -> Iterator[tuple[int, Operation]]:
        for _, scope, body in self._store.connection.execute(OVERLAY).fetchall():
            for operation in decode(body).operations:
                if operation.entity == "keyword":
                    yield scope, operation
