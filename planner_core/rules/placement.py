"""References inside a sector: a keyword's or an idea's cluster, an idea's keywords."""

from __future__ import annotations

from collections.abc import Sequence

from planner_core.decision import Refused
from planner_core.facts import Facts, RefFact


def cluster_trouble(cluster: RefFact | None, sector: str, ids: Sequence[str]) -> Refused | None:
    """Return why rows of a sector cannot refer to the cluster, or None if they can."""
    if cluster is None:
        return Refused("unknown_cluster", "There is no such cluster.", ids, "cluster")
    if cluster.deleted:
        return Refused("deleted_cluster", "The cluster is in the trash. Restore it first.", ids, "cluster")
    if cluster.sector != sector:
        return Refused("other_sector", "The cluster belongs to another sector.", ids, "cluster")
    return None


def split_members(facts: Facts, sector: str, keywords: Sequence[str]) -> tuple[list[str], list[Refused]]:
    """Return which keywords may belong to an idea of the sector, and refusals for the rest."""
    known = facts.references("keyword", keywords)
    usable = {uid for uid, fact in known.items() if not fact.deleted and fact.sector == sector}
    fitting = [uid for uid in dict.fromkeys(keywords) if uid in usable]
    unfit = [uid for uid in dict.fromkeys(keywords) if uid not in usable]
    if not unfit:
        return fitting, []
    message = "Keywords of an idea must be live keywords of its sector."
    return fitting, [Refused("foreign_keyword", message, unfit, "keyword_objects")]
