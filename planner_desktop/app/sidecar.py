"""The columns of an account, kept beside its replica. NumPy comes in with the first query."""
# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner_core.text import fold
from planner_desktop.app.profile import Paths
from sync.replica import SectorRow, SiteRow

if TYPE_CHECKING:
    from planner_desktop.columns import KeywordColumns, Scope
    from sync.replica import Reader


class SideCar:
    """The columns of one account, kept beside its replica from one start to the next."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.columns

    def open(self, reader: Reader) -> KeywordColumns:
        """Return the columns, from the side-car file where that is up to date."""
        from planner_desktop.columns import KeywordColumns

        columns = KeywordColumns.open(self._path, reader)
        columns.recognise("site", words_for(reader.sites()))
        columns.recognise("sector", words_for(reader.sectors()))
        return columns

    def keep(self, columns: KeywordColumns) -> None:
        """Write the side-car file unless it is up to date; a disk that does not take it costs the next start half a second."""
        from planner_desktop.columns.sidecar import read

        if read(self._path, columns.stamp) is None:
            columns.save(self._path)

    def scope(self, site: int | None, sector: int | None) -> Scope:
        """Return the rows of a site or sector."""
        from planner_desktop.columns import Scope

        return Scope(None if site is None else (site,), None if sector is None else (sector,))


def words_for(rows: Sequence[SiteRow] | Sequence[SectorRow]) -> dict[str, list[int]]:
    """Return what sites or sectors go by in the query line beside their names: id and slug, folded."""
    words: dict[str, list[int]] = {}
    for row in rows:
        for word in {fold(row.id), fold(row.slug)} - {""}:
            words.setdefault(word, []).append(row.key)
    return words
