"""Uniqueness: one live keyword per (sector, seed), one live cluster per (sector, folded name)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner_core.decision import Refused
from planner_core.entities import Value
from planner_core.facts import Facts
from planner_core.operations import Create
from planner_core.text import fold


def name_trouble(facts: Facts, sector: str, name: str, *, but: str) -> Refused | None:
    """Return why a cluster of the sector cannot take the name, or None if it can. `but` is the cluster itself."""
    holder = facts.live_clusters(sector, [fold(name)]).get(fold(name))
    if holder is None or holder == but:
        return None
    message = f"The sector already has a cluster named {name!r}."
    return Refused("duplicate_name", message, [but], "name", {"holder": holder, "value": name})


def free_seeds(facts: Facts, sector: str, seeds: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the seeds no live keyword of the sector has, without repeats, and seed -> keyword for those taken."""
    taken = dict(facts.live_keywords(sector, seeds))
    return [seed for seed in dict.fromkeys(seeds) if seed not in taken], taken


def creation_trouble(facts: Facts, operation: Create) -> list[Refused]:
    """Return a refusal, naming the live row, for each new keyword or cluster whose place is taken."""
    refused: list[Refused] = []
    for row in operation.rows:
        values = dict(operation.common) | dict(zip(("id", *operation.columns), row, strict=True))
        uid, sector = str(values["id"]), str(values.get("sector"))
        holder = _holder(facts, operation.entity, sector, values)
        if holder is not None and holder != uid:
            message = f"Another live {operation.entity} has taken its place since. Delete that one first, or keep it."
            refused.append(Refused("taken", message, [uid], details={"holder": holder}))
    return refused


def _holder(facts: Facts, entity: str, sector: str, values: Mapping[str, Value]) -> str | None:
    if entity == "keyword":
        return facts.live_keywords(sector, [str(values["seed"])]).get(str(values["seed"]))
    if entity == "cluster":
        return facts.live_clusters(sector, [fold(str(values["name"]))]).get(fold(str(values["name"])))
    return None


def restore_trouble(facts: Facts, entity: str, ids: Sequence[str]) -> list[Refused]:
    """Return a refusal, naming the live row, for each deleted row whose natural key is live again (or twice in `ids`)."""
    refused: list[Refused] = []
    claimed: dict[tuple[str, str], str] = {}
    by_sector: dict[str, dict[str, str]] = {}
    keys = facts.natural_keys(entity, ids)
    for sector in {sector for sector, _ in keys.values()}:
        wanted = [key for where, key in keys.values() if where == sector]
        live = (
            facts.live_keywords(sector, wanted)
            if entity == "keyword"
            else facts.live_clusters(sector, wanted)
        )
        by_sector[sector] = dict(live)
    for uid in ids:
        if uid not in keys:
            continue
        sector, key = keys[uid]
        holder = by_sector[sector].get(key) or claimed.get((sector, key))
        if holder is None:
            claimed[sector, key] = uid
        elif holder != uid:
            message = f"Another live {entity} has taken its place since. Delete that one first, or keep it."
            refused.append(Refused("taken", message, [uid], details={"holder": holder}))
    return refused
