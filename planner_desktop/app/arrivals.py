"""What came from the platform since when, told to the columns: `changed:` of the query line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # with NumPy, which comes with the first query
    from planner_desktop.columns import KeywordColumns
    from planner_desktop.columns.telling import Changed
    from sync.replica import Reader


def arrived(reader: Reader) -> Changed:
    """Return when rows last came with other values than were shown, as the columns take it. Any thread may ask."""
    from planner_desktop.columns.telling import changed  # noqa: PLC0415 - see above

    found = reader.arrivals()
    return changed(found.keys, found.at, found.before)


def tell(columns: KeywordColumns, reader: Reader) -> None:
    """Have queries find it. For the thread that the columns belong to."""
    arrived(reader).tell(columns)
