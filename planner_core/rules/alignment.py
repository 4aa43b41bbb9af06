"""Alignment: a keyword's seed must come from the site's own branch of the library.

The seed's industry is the site's industry, and the seed's sector is the industry sector its site sector stands for.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner_core.decision import Refused
from planner_core.facts import Facts, SectorFact, SeedsAlike


def sector_trouble(sector: SectorFact | None, uid: str) -> Refused | None:
    """Return why nothing may be created in a sector, or None if it may."""
    if sector is None:
        return Refused(
            "unknown_sector",
            "This site has no such sector. Choose one of its sectors.",
            field="sector",
            details={"value": uid},
        )
    if not sector.active:
        return Refused(
            "inactive_sector",
            f"The sector {sector.name!r} is switched off for this site. Select it again first.",
            field="sector",
        )
    return None


def misaligned(sector: SectorFact, seeds: SeedsAlike) -> Refused | None:
    """Return why seeds of one class cannot become keywords of the sector, or None if they can."""
    if seeds.industry != sector.industry:
        return Refused(
            "industry_mismatch",
            "The seed keyword belongs to another industry than the site.",
            seeds.ids,
            "seed",
        )
    if seeds.industry_sector != sector.industry_sector:
        message = f"The seed keyword belongs to another sector of the industry than {sector.name!r}."
        return Refused("sector_mismatch", message, seeds.ids, "seed")
    if not seeds.active:
        return Refused("inactive_seed", "The seed keyword was withdrawn from the library.", seeds.ids, "seed")
    return None


def align(facts: Facts, sector: SectorFact, seeds: Sequence[str]) -> tuple[frozenset[str], list[Refused]]:
    """Return which seeds fit the sector, and refusals (their ids are seed uids) for the rest."""
    fitting: set[str] = set()
    refused: list[Refused] = []
    known: set[str] = set()
    for alike in facts.seeds(seeds):
        known.update(alike.ids)
        trouble = misaligned(sector, alike)
        if trouble is None:
            fitting.update(alike.ids)
        else:
            refused.append(trouble)
    missing = [seed for seed in seeds if seed not in known]
    if missing:
        refused.append(Refused("unknown_seed", "The library has no such seed keyword.", missing, "seed"))
    return frozenset(fitting), refused
