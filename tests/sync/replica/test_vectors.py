"""The shared rule vectors, decided over the replica's database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from planner_core.entities import ENTITIES
from planner_core.rules import decide
from planner_core.wire.feed import HelloReply
from sync.replica.facts import SqliteFacts
from tests.sync.replica.world import ACCOUNT, EPOCH, USER
from tests.sync.replica.world import World as Bench
from tests.vectors import Vector, expected, load, shown, uid_of

WORLD, VECTORS = load()
SECTORS = [one for one in WORLD.sectors if one["site"] == WORLD.site]
"""A replica holds the sites its user may see: here the one, so that rows of the other are unknown."""


def _rows(entity: str, given: list[dict[str, Any]]) -> list[list[Any]]:
    fields = ENTITIES[entity].fields
    return [
        [
            one["id"],
            1,
            int(one.get("deleted", False)),
            *(one.get(field.name, field.default) for field in fields),
        ]
        for one in given
    ]


def _account() -> dict[str, list[list[Any]]]:
    branches = {one["industry_sector"]: one["industry"] for one in (*SECTORS, *WORLD.seeds)}
    industries = [{"id": uid, "name": "I", "slug": "i"} for uid in sorted(set(branches.values()))]
    libraries = [
        {"id": uid, "industry": industry, "name": "L", "slug": "l"} for uid, industry in branches.items()
    ]
    sites = {
        one["site"]: {"id": one["site"], "name": "S", "slug": "s", "domain": "", "industry": one["industry"]}
        for one in WORLD.sectors
    }
    sectors = [{**one, "slug": "s", "is_active": one.get("active", True)} for one in SECTORS]
    return {
        "industry": _rows("industry", industries),
        "industry_sector": _rows("industry_sector", libraries),
        "site": _rows("site", list(sites.values())),
        "sector": _rows("sector", sectors),
    }


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteFacts]:
    bench = Bench(tmp_path_factory.mktemp("vectors"))
    libraries = sorted({str(one["industry_sector"]) for one in WORLD.seeds})
    sites = sorted({str(one["site"]) for one in SECTORS})
    kinds = {ACCOUNT: "account"} | dict.fromkeys(libraries, "library") | dict.fromkeys(sites, "site")
    scopes = [
        {
            "id": uid,
            "kind": kind,
            "epoch": EPOCH,
            "version": 1,
            "token": "t",
            "access": "rw",
            "action": "pull",
        }
        for uid, kind in kinds.items()
    ]
    user = {"id": USER, "email": "e@example.com", "role": "editor"}
    hello = {
        "protocol": 1,
        "server_time": 0,
        "replica": "ok",
        "account": ACCOUNT,
        "user": user,
        "scopes": scopes,
    }
    bench.replica.adopt_hello(HelloReply.model_validate(hello))
    bench.snapshot(ACCOUNT, _account())
    for library in libraries:
        seeds = [
            {**one, "is_active": one.get("active", True)}
            for one in WORLD.seeds
            if one["industry_sector"] == library
        ]
        bench.snapshot(library, {"seed": _rows("seed", seeds)})
    place = {one["id"]: one["site"] for one in SECTORS}
    for site in sites:
        inside: dict[str, list[Any]] = {
            "cluster": [one for one in WORLD.clusters if place.get(one["sector"]) == site],
            "keyword": [one for one in WORLD.keywords if place.get(one["sector"]) == site],
            "idea": [
                {**one, "keyword_objects": one.get("keywords", [])}
                for one in WORLD.ideas
                if place.get(one["sector"]) == site
            ],
        }
        bench.snapshot(
            site, {entity: _rows(entity, [dict(one) for one in given]) for entity, given in inside.items()}
        )
    yield SqliteFacts(bench.replica._store)
    bench.close()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_command_comes_to_what_the_vector_says(vector: Vector, facts: SqliteFacts) -> None:
    assert shown(decide(vector.command, facts, by_person=vector.by_person)) == expected(vector)


def test_the_vectors_world_is_here(facts: SqliteFacts) -> None:
    assert set(facts.references("keyword", [uid_of("@k1"), uid_of("@nobody")])) == {uid_of("@k1")}
