"""What can be typed or chosen in a cell, and what becomes of it: one command for one column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from planner_core.commands import AssignCluster, Command, CreateCluster, SetEnabled, SetOverride, SetStatus
from planner_core.entities import VOLUME_LIMIT
from planner_desktop.screens import words
from planner_desktop.screens.keywords.cells import STATUSES, status_word, tr
from planner_desktop.screens.standing import ClusterName, Places
from planner_desktop.widgets.roles import Choice, Editor, NewName
from sync.replica import SectorRow

if TYPE_CHECKING:  # NumPy comes after the first paint
    from planner_desktop.columns import KeywordRow

DIFFICULTY_LIMIT = 100
_NO_SUCH_KEY = 2**31 - 1


class Wish(Protocol):
    """A value for a column of all selected rows."""

    @property
    def column(self) -> str: ...

    @property
    def value(self) -> object: ...


class CellEditors:
    """Editors for the cells of one account's keywords. Lists of clusters are made once for each sector."""

    def __init__(self, new_uid: Callable[[], str]) -> None:
        self._new_uid = new_uid
        self._places = Places()
        self._sectors: dict[int, SectorRow] = {}
        self._choices: dict[str, Sequence[Choice]] = {}

    def show_places(self, places: Places) -> None:
        """Take the sectors and clusters there are."""
        self._places = places
        self._sectors = {sector.key: sector for sector in places.sectors}
        self._choices.clear()

    def sector(self, key: int) -> SectorRow | None:
        """Return a sector by row key."""
        return self._sectors.get(key)

    def cluster_choices(self, sector: int) -> Sequence[Choice]:
        """Return the clusters of a sector (its row key), with "none" first."""
        found = self._sectors.get(sector)
        if found is None:
            return (Choice(None, tr("None")),)
        known = self._choices.get(found.id)
        if known is None:
            clusters: Sequence[ClusterName] = self._places.clusters.get(found.id, ())
            known = (Choice(None, tr("None")), *(Choice(one.id, one.name) for one in clusters))
            self._choices[found.id] = known
        return known

    def cluster_id(self, row: KeywordRow) -> str | None:
        """Return the id of a keyword's cluster."""
        found = self._sectors.get(row.sector)
        clusters = self._places.clusters.get(found.id, ()) if found is not None else ()
        return next((one.id for one in clusters if one.key == row.cluster), None)

    def editor(self, row: KeywordRow, column: str) -> Editor | None:
        """Return what a cell offers, None where it cannot be edited."""
        maker = {
            "volume": lambda: Editor(
                row.volume_override,
                minimum=0,
                maximum=VOLUME_LIMIT,
                placeholder=words.figure(row.seed_volume),
                start="" if row.seed_volume is None else str(row.seed_volume),
            ),
            "difficulty": lambda: Editor(
                row.difficulty_override,
                minimum=0,
                maximum=DIFFICULTY_LIMIT,
                placeholder=words.figure(row.seed_difficulty),
                start="" if row.seed_difficulty is None else str(row.seed_difficulty),
            ),
            "status": lambda: Editor(status_word(row.status), choices=status_choices()),
            "cluster": lambda: Editor(
                self.cluster_id(row),
                choices=self.cluster_choices(row.sector),
                searchable=True,
                creates=tr("New cluster “{name}”"),
                placeholder=tr("Find or name a cluster"),
            ),
            "enabled": lambda: Editor(
                not row.disabled,
                choices=(Choice(value=True, label=tr("on")), Choice(value=False, label=tr("off"))),
            ),
        }.get(column)
        return maker() if maker is not None and not row.deleted else None

    def commands(self, ids: Sequence[str], column: str, value: object, sector: int | None) -> list[Command]:
        """Return the commands that put a value into a column of rows; `sector` is where a new cluster is made."""
        if column in {"volume", "difficulty"}:
            return [SetOverride(column, ids, value if isinstance(value, int) else None)]
        if column == "status":
            return [SetStatus("keyword", ids, str(value))]
        if column == "enabled":
            return [SetEnabled("keyword", ids, bool(value))]
        return self._placing(ids, value, sector)

    def wanted(self, wishes: Sequence[Wish]) -> dict[str, int | None]:
        """Return what rows hold once wishes are fulfilled, by column of the store. A new cluster is one that no row has yet."""
        found: dict[str, int | None] = {}
        for wish in wishes:
            if wish.column == "cluster":
                found["cluster"] = self._cluster_key(wish.value)
            elif wish.column == "status":
                found["status"] = STATUSES.index(str(wish.value))
            elif wish.column == "enabled":
                found["disabled"] = int(not wish.value)
            else:
                found[f"{wish.column}_override"] = wish.value if isinstance(wish.value, int) else None
        return found

    def _cluster_key(self, value: object) -> int | None:
        if value is None:
            return None
        known = (one.key for each in self._places.clusters.values() for one in each if one.id == value)
        return next(known, _NO_SUCH_KEY)

    def _placing(self, ids: Sequence[str], value: object, sector: int | None) -> list[Command]:
        if not isinstance(value, NewName):
            return [AssignCluster(ids, None if value is None else str(value))]
        home = self._sectors.get(sector) if sector is not None else None
        if home is None:
            return []
        uid = self._new_uid()
        return [CreateCluster(uid, home.id, value.text), AssignCluster(ids, uid)]


def status_choices() -> tuple[Choice, ...]:
    """Return the statuses a keyword can have."""
    return tuple(Choice(word, tr(word.capitalize()), word) for word in STATUSES)
