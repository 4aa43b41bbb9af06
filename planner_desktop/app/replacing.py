"""Find and replace in the texts a person can edit: every row that would change is shown first, then all of them are one action."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from planner_core.commands import EditRow
from planner_core.entities import ENTITIES
from planner_core.rules.shape import misfit
from planner_core.text import fold, tidy
from planner_desktop.app.outcomes import NOTHING
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage
from sync.replica import Outcome

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader

PLACES = {
    "cluster-name": ("cluster", "name"),
    "cluster-description": ("cluster", "description"),
    "idea-title": ("idea", "title"),
    "idea-description": ("idea", "description"),
}
"""What can be searched, by the name people give it: entity and field."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to find, what to put in its place, and where."""

    find: str
    put: str
    places: tuple[str, ...] = tuple(PLACES)
    case: bool = False
    """Whether capitals count."""
    words: bool = False
    """Whether only whole words are meant."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """One text before and after. `trouble` says why a rule keeps it as it is; empty if none does."""

    entity: str
    id: str
    field: str
    before: str
    after: str
    site: str
    sector: str
    trouble: str = ""


def substitution(wanted: Wanted) -> Callable[[str], str]:
    """Return what makes the new text of an old one. Raises InvalidUsage if there is nothing to find."""
    text = unicodedata.normalize("NFC", wanted.find)
    if not text:
        raise InvalidUsage(
            "nothing_to_find", "There is no text to find.", "Say which text is to be replaced."
        )
    # The pattern is a plain text: it takes linear time whatever was typed.
    source = re.escape(text)
    if wanted.words:
        source = rf"(?<!\w){source}(?!\w)"
    pattern = re.compile(source, re.NOFLAG if wanted.case else re.IGNORECASE)
    return lambda before: pattern.sub(lambda _found: wanted.put, unicodedata.normalize("NFC", before))


def changes_in(
    reader: Reader, wanted: Wanted, *, site: str | None = None, sector: str | None = None
) -> list[TextChange]:
    """Return every text that would change, in order, with what a rule has against it. `site` and `sector` are ids.

    Raises InvalidUsage for a place that is not known and for an empty text.
    """
    unknown = next((place for place in wanted.places if place not in PLACES), None)
    if unknown is not None:
        raise InvalidUsage(
            "unknown_place", f"Nothing is called {unknown!r} here.", f"Search in {', '.join(PLACES)}."
        )
    change = substitution(wanted)
    fields = [PLACES[place] for place in PLACES if place in wanted.places]
    rows: dict[str, Sequence[Any]] = {}
    if any(entity == "cluster" for entity, _ in fields):
        rows["cluster"] = reader.clusters(site=site, sector=sector)
    if any(entity == "idea" for entity, _ in fields):
        rows["idea"] = reader.ideas(site=site, sector=sector)
    found = [one for entity, field in fields for one in _changed(rows[entity], entity, field, change)]
    return _without_clashes(found, rows.get("cluster", ()))


def _changed(rows: Sequence[Any], entity: str, field: str, change: Callable[[str], str]) -> list[TextChange]:
    found = []
    for row in rows:
        before = str(getattr(row, field))
        after = change(before)
        if field == "name":
            after = tidy(after)
        if after != before:
            trouble = misfit(ENTITIES[entity], field, after) or ""
            found.append(TextChange(entity, row.id, field, before, after, row.site, row.sector, trouble))
    return found


def _without_clashes(found: Sequence[TextChange], clusters: Sequence[Any]) -> list[TextChange]:
    """Say of which cluster the name would be another's, as the rules will: they look at one change after the other."""
    home = {row.id: row.sector_id for row in clusters}
    holders = {(row.sector_id, fold(row.name)): row.id for row in clusters}
    told = []
    for one in found:
        if one.field == "name" and not one.trouble:
            place = (home[one.id], fold(one.after))
            if holders.get(place, one.id) != one.id:
                told.append(replace(one, trouble=f"The sector already has a cluster named {one.after!r}."))
                continue
            holders.pop((home[one.id], fold(one.before)), None)
            holders[place] = one.id
        told.append(one)
    return told


def commands_of(changes: Sequence[TextChange]) -> list[EditRow]:
    """Return the commands that carry changes out."""
    return [EditRow(one.entity, one.id, {one.field: one.after}) for one in changes]


def label_of(wanted: Wanted, changes: Sequence[TextChange]) -> str:
    """Return what history calls it."""
    count = len(changes)
    return f"Replace “{_short(wanted.find)}” by “{_short(wanted.put)}” in {count:,} text{'s' * (count != 1)}"


def _short(text: str) -> str:
    line = tidy(text)
    return line if len(line) <= 40 else f"{line[:39]}…"


class Replacing:
    """Find and replace in one account. Sites and sectors are given by id, slug or name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def preview(
        self, wanted: Wanted, *, site: str | None = None, sector: str | None = None
    ) -> list[TextChange]:
        """Return every text that would change. Raises InvalidUsage, NotFound, Ambiguous."""
        site_id, sector_id = self._store.places.scope(site, sector)
        return changes_in(self._store.reader, wanted, site=site_id, sector=sector_id)

    def apply(self, wanted: Wanted, changes: Sequence[TextChange], *, partial: bool = False) -> Outcome:
        """Carry out what `preview` showed, as one action."""
        if not changes:
            return NOTHING
        chosen = [one for one in changes if not one.trouble] if partial else changes
        label = label_of(wanted, chosen)
        return self._store.run(commands_of(changes), partial=partial, label=label)
