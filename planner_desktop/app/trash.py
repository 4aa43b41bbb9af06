"""The trash: what lies in it, and taking rows out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from planner_core.commands import Command, RestoreRows
from planner_core.text import fold
from planner_core.uid import canonical
from planner_desktop.app.outcomes import NOTHING
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage, NotFound
from sync.replica import Outcome

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader

KINDS = ("cluster", "keyword", "idea")
"""In the order they are restored: a cluster takes its rows home only where they are alive or come back after it."""

Row = dict[str, Any]


def look_into(
    reader: Reader,
    *,
    kind: str | None = None,
    match: str = "",
    site: str | None = None,
    sector: str | None = None,
) -> list[Row]:
    """Return the trashed rows (entity, id, name, site, sector) whose name contains a text; `site` and `sector` are ids."""
    rows = reader.trash(site=site, sector=sector, entity=kind)
    wanted = fold(match)
    return [row for row in rows if wanted in fold(str(row["name"] or ""))] if wanted else rows


def restoring(rows: Sequence[Row]) -> list[Command]:
    """Return the commands that take rows out of the trash, clusters first."""
    ids = {kind: [str(row["id"]) for row in rows if row["entity"] == kind] for kind in KINDS}
    return [RestoreRows(kind, found) for kind, found in ids.items() if found]


def label_of(rows: Sequence[Row]) -> str | None:
    """Return what history calls the restoring of rows of several kinds; one kind names itself."""
    if len({row["entity"] for row in rows}) < 2:
        return None
    return f"Restore {len(rows):,} rows from the trash"


class Trash:
    """The trash of one account. Sites and sectors are given by id, slug or name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(
        self,
        *,
        kind: str | None = None,
        match: str = "",
        site: str | None = None,
        sector: str | None = None,
    ) -> list[Row]:
        """Return the trashed rows that match. Raises InvalidUsage for an unknown kind, NotFound, Ambiguous."""
        if kind is not None and kind not in KINDS:
            raise InvalidUsage(
                "unknown_kind", f"{kind!r} is no kind of row.", f"Give one of {', '.join(KINDS)}."
            )
        site_id, sector_id = self._store.places.scope(site, sector)
        return look_into(self._store.reader, kind=kind, match=match, site=site_id, sector=sector_id)

    def restore(self, rows: Sequence[Row], *, partial: bool = False) -> Outcome:
        """Take rows (as `list` has them) out of the trash, as one action."""
        if not rows:
            return NOTHING
        return self._store.run(restoring(rows), partial=partial, label=label_of(rows))

    def chosen(self, ids: Sequence[str]) -> Sequence[Row]:
        """Return the trashed rows with these ids. Raises InvalidUsage for what is no id, NotFound for what is not in the trash."""
        wanted = {text: canonical(text) for text in ids}
        wrong = next((text for text, uid in wanted.items() if uid is None), None)
        if wrong is not None:
            raise InvalidUsage("bad_id", f"{wrong!r} is not the id of a row.", "See: planner trash list")
        found = {row["id"]: row for row in self._store.reader.trash()}
        missing = next((text for text, uid in wanted.items() if uid not in found), None)
        if missing is not None:
            raise NotFound(
                "not_in_trash", f"No row {missing} lies in the trash.", "See what does: planner trash list"
            )
        return [found[uid] for uid in dict.fromkeys(wanted.values())]
