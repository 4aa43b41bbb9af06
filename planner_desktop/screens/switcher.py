"""The site and sector switcher: one searchable list."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from planner_desktop.screens.standing import Places
from planner_desktop.widgets.roles import Choice


def tr(text: str) -> str:
    return QCoreApplication.translate("Switcher", text)


@dataclass(frozen=True, slots=True)
class Place:
    """What the pages show, by id: a site with one of its sectors, or with all (None); no site is all sites."""

    site: str | None = None
    sector: str | None = None


def choices(places: Places) -> list[Choice]:
    """Return every place, sites with their sectors in order; "All sectors" of each site comes first."""
    found = []
    for site in places.sites:
        sectors = places.sectors_of(site.id)
        if len(sectors) != 1:
            found.append(Choice(Place(site.id), f"{site.name} · {tr('All sectors')}"))
        found += [Choice(Place(site.id, sector.id), f"{site.name} · {sector.name}") for sector in sectors]
    if len(places.sites) > 1:
        found.append(Choice(Place(), tr("All sites · All sectors")))
    return found


def kept(places: Places, site: str | None, sector: str | None) -> Place:
    """Return the place that was shown last, or the first one where it is gone."""
    wanted = Place(site, sector)
    known = [choice.value for choice in choices(places)]
    if wanted in known and (site is not None or not known or known == [wanted]):
        return wanted
    return next((value for value in known if isinstance(value, Place)), Place())


def names(places: Places, place: Place) -> tuple[str, str]:
    """Return what the tile says: the site, and the sector or "All sectors"."""
    site = next((one for one in places.sites if one.id == place.site), None)
    sector = next((one for one in places.sectors if one.id == place.sector), None)
    site_name = site.name if site is not None else tr("All sites")
    return site_name, sector.name if sector is not None else tr("All sectors")


def keys(places: Places, place: Place) -> tuple[int | None, int | None]:
    """Return the row keys the columns know the place by."""
    site = next((one.key for one in places.sites if one.id == place.site), None)
    sector = next((one.key for one in places.sectors if one.id == place.sector), None)
    return site, sector
