"""Figures of files become overrides: only where nothing is known, or wherever they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_desktop.app.rowvalues import (
    FILLED,
    ON_DUPLICATE,
    REPLACED,
    Clusters,
    Held,
    OnDuplicate,
    RowValues,
    Values,
)
from planner_desktop.app.store import Store
from planner_desktop.importing import Chunk, Range

FIGURE = st.none() | st.integers(0, 100)


class OneCluster:
    """A store whose sector has one cluster."""

    def cluster_rows(self, _site: str, _sector: str) -> list[dict[str, Any]]:
        return [{"name": "Running Shoes", "id": "c1"}]

    class ids:  # noqa: N801 - as the store has it
        @staticmethod
        def uid() -> str:
            return "made"


def held(volume: int | None = None, override: int | None = None, **more: Any) -> Held:
    """A keyword with the library's volume and an override."""
    known = volume if override is None else override
    return Held(
        **{
            "cluster": None,
            "status": "new",
            "disabled": False,
            "overrides": {"volume": override, "difficulty": None},
            "known": {"volume": known, "difficulty": 5},
            "library": {"volume": volume, "difficulty": 5},
            **more,
        }
    )


def decided(
    cells: Mapping[str, Any], keyword: Held, rule: OnDuplicate, *, ours: bool = False
) -> tuple[int, Values]:
    chunk = Chunk(0, "", [2], ["shoes"], {name: [cell] for name, cell in cells.items()})
    clusters = Clusters(cast("Store", OneCluster()), "s", "t")
    values = Values()
    return RowValues(chunk, rule, clusters, ours=ours).decide(0, "k1", keyword, values), values


@pytest.mark.parametrize(
    ("rule", "library", "override", "told", "wanted", "done"),
    [
        ("fill", None, None, 9, 9, FILLED),
        ("fill", 7, None, 9, None, 0),
        ("fill", None, 7, 9, 7, 0),
        ("fill", None, None, Range(10, 100), None, 0),
        ("fill", None, None, None, None, 0),
        ("update", None, None, 9, 9, FILLED),
        ("update", 7, None, 9, 9, REPLACED),
        ("update", 7, 8, 9, 9, REPLACED),
        ("update", 9, None, 9, None, 0),
        ("update", 7, 8, None, 8, 0),
        ("skip", None, None, 9, None, 0),
    ],
)
def test_a_figure_of_a_file_becomes_an_override_by_the_rule(
    rule: OnDuplicate, library: int | None, override: int | None, told: Any, wanted: int | None, done: int
) -> None:
    found, values = decided({"volume": told}, held(library, override), rule)
    assert found == done
    assert values.overrides.get("volume", {}).get("k1", override) == wanted


@given(FIGURE, FIGURE, FIGURE, st.sampled_from(ON_DUPLICATE), st.booleans())
def test_the_same_row_a_second_time_has_nothing_left_to_do(
    library: int | None, override: int | None, told: int | None, rule: OnDuplicate, ours: bool
) -> None:
    cells = {"volume": told, **({"volume_override": told} if ours else {})}
    _, values = decided(cells, held(library, override), rule, ours=ours)
    after = values.overrides.get("volume", {}).get("k1", override)
    done, again = decided(cells, held(library, after), rule, ours=ours)
    assert (done, dict(again.overrides)) == (0, {})


def test_a_row_of_our_own_export_places_a_new_keyword_and_a_missing_cluster_is_to_be_made() -> None:
    row = {"group": "running  SHOES", "status": "mapped", "disabled": True, "volume_override": 0}
    _, values = decided(row, held(7, is_new=True), "skip", ours=True)
    assert (values.clusters, values.statuses, values.enabled) == ({"k1": "c1"}, {}, {"k1": False})
    assert values.overrides == {"volume": {"k1": 0}}
    assert not values.new_clusters
    _, values = decided(row | {"group": "Boots", "status": "new"}, held(is_new=True), "skip", ours=True)
    assert (values.clusters, values.statuses) == ({"k1": "made"}, {"k1": "new"})
    assert values.new_clusters == {"made": "Boots"}


def test_of_a_keyword_that_is_there_skip_changes_nothing_and_fill_only_an_empty_cluster() -> None:
    row = {"group": "Running shoes", "status": "mapped", "disabled": True}
    assert decided(row, held(), "skip", ours=True) == (0, Values())
    done, values = decided(row, held(), "fill", ours=True)
    assert (done, values.clusters, values.enabled) == (FILLED, {"k1": "c1"}, {})
    placed = held(cluster="c2", status="mapped")
    assert decided(row, placed, "fill", ours=True) == (0, Values())
    done, values = decided({**row, "group": None, "status": "new"}, placed, "update", ours=True)
    assert (done, values.clusters, values.statuses) == (REPLACED, {"k1": None}, {})


def test_a_figure_written_anew_into_our_own_export_is_taken_by_update() -> None:
    cells = {"volume": 50, "volume_override": None}
    assert decided(cells, held(50, 8), "update", ours=True)[1].overrides == {"volume": {"k1": None}}
    assert decided(cells, held(7), "update", ours=True)[1].overrides == {"volume": {"k1": 50}}
