"""Sites, sectors and clusters by what people call them: id, slug or name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner_core.text import fold
from planner_core.uid import canonical
from sync.errors import Ambiguous, NotFound

Row = Mapping[str, Any]
CANDIDATES = 20
"""So many candidates are named in a message; a longer list helps nobody."""


def choose(kind: str, rows: Sequence[Row], text: str, *, where: str = "", remedy: str = "") -> Row:
    """Return the one row that `text` means: by id, else by slug, else by name under the shared normalisation.

    Raises NotFound or Ambiguous, both naming the candidates.
    """
    uid, key = canonical(text), fold(text)
    found = (
        [row for row in rows if row["id"] == uid]
        or [row for row in rows if row.get("slug") and row["slug"] == key]
        or [row for row in rows if fold(str(row["name"])) == key]
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise Ambiguous(
            f"ambiguous_{kind}",
            f"{text!r} means {len(found)} {kind}s{where}: {listed(found)}.",
            f"Give the id of the {kind}.",
        )
    there = f"There are: {listed(rows)}." if rows else f"There is no {kind}{where} yet."
    raise NotFound(
        f"unknown_{kind}",
        f"There is no {kind} {text!r}{where}. {there}",
        remedy or f"Give one of them, or its id: planner {kind}s",
    )


def listed(rows: Sequence[Row]) -> str:
    """Return rows as a text of names and ids."""
    names = [_named(row) for row in rows[:CANDIDATES]]
    return ", ".join(names) + (f" and {len(rows) - CANDIDATES} more" if len(rows) > CANDIDATES else "")


def _named(row: Row) -> str:
    place = [str(row[name]) for name in ("site", "sector") if row.get(name)]
    return f"{row['name']} ({', '.join([*place, row['id']])})"


class Places:
    """The sites and sectors of one account."""

    def __init__(
        self, sites: Callable[[], Sequence[Row]], sectors: Callable[[str | None], Sequence[Row]]
    ) -> None:
        self._sites = sites
        self._sectors = sectors

    def sites(self) -> Sequence[Row]:
        """Return all sites: id, name, slug, domain, industry."""
        return self._sites()

    def sectors(self, site: str | None) -> Sequence[Row]:
        """Return the sectors of a site (its id), or of all sites: id, name, site, site_id."""
        return self._sectors(site)

    def site(self, text: str) -> Row:
        """Return the site that `text` means. Raises NotFound, Ambiguous."""
        return choose("site", self.sites(), text)

    def sector(self, text: str, *, site: str | None = None) -> Row:
        """Return the sector that `text` means, in a site (named) or in all. Raises NotFound, Ambiguous."""
        home = self.site(site) if site is not None else None
        where = f" in {home['name']}" if home else ""
        return choose("sector", self.sectors(home["id"] if home else None), text, where=where)

    def scope(self, site: str | None, sector: str | None) -> tuple[str | None, str | None]:
        """Return the ids of a site and a sector as filters; each may be left out."""
        if sector is not None:
            found = self.sector(sector, site=site)
            return str(found["site_id"]), str(found["id"])
        return (str(self.site(site)["id"]) if site is not None else None), None
