"""The platform's seed keywords, as far as the sectors of the account's sites reach."""

from __future__ import annotations

from typing import Any

from planner_desktop.app import shapes
from planner_desktop.app.store import Store


class Library:
    """Seed keywords on this computer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def search(
        self, text: str, *, site: str, sector: str | None = None, limit: int = 100
    ) -> tuple[list[dict[str, Any]], int]:
        """Return seeds of a sector's library (or of all the site's sectors) that contain the text, largest volume first.

        The second figure is how many there are without the limit.
        """
        places = self._store.places
        homes = [places.sector(sector, site=site)] if sector else places.sectors(str(places.site(site)["id"]))
        rows = [
            {**shapes.seed(row), "sector": home["name"], "sector_id": home["id"]}
            for home in homes
            for row in self._store.reader.library_search(text, str(home["id"]), limit=limit)
        ]
        rows.sort(key=lambda row: (-(row["volume"] or 0), row["keyword"]))
        # Below the limit everything found is here already.
        counts = (
            [self._store.reader.library_count(text, str(home["id"])) for home in homes]
            if len(rows) >= limit
            else [len(rows)]
        )
        return rows[:limit], sum(counts)
