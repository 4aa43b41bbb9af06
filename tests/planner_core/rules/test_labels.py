"""What history says was done: by name and value where there is one, in a line."""

from __future__ import annotations

import pytest

from planner_core import commands as c
from planner_core.rules.labels import NAMED, label

MOVED = c.AssignCluster(["k"], "c")
LONG = "a name " * 30


@pytest.mark.parametrize(
    ("command", "changed", "named", "said"),
    [
        (MOVED, 1, "Running shoes", "Set cluster “Running shoes” on 1 keyword"),
        (MOVED, 1_200, "", "Set cluster on 1,200 keywords"),
        (c.AssignCluster(["k"], None), 2, "", "Take 2 keywords out of their cluster"),
        (c.AssignClusters({"k": "c", "l": "c"}), 2, "Desks", "Set cluster “Desks” on 2 keywords"),
        (c.AssignClusters({"k": "c", "l": "d"}), 2, "", "Set cluster on 2 keywords"),
        (c.AssignClusters({"k": None}), 1, "", "Take 1 keyword out of its cluster"),
        (c.SetStatus("keyword", ["k"], "mapped"), 3, "", "Set status to mapped on 3 keywords"),
        (c.SetOverride("volume", ["k"], 1_000), 1, "", "Set volume to 1,000 on 1 keyword"),
        (c.SetOverrides("volume", {"k": 1, "l": 2}), 2, "", "Set volume on 2 keywords"),
        (c.CreateCluster("c", "s", "It's"), 1, "", "Create cluster “It's”"),
        (c.EditRow("cluster", "c", {"name": "Boots"}), 1, "", "Set name of 1 cluster to “Boots”"),
        (c.EditRow("cluster", "c", {"description": "a\nb"}), 1, "", "Change description of 1 cluster"),
        (c.EditRow("idea", "i", {"cluster": "c"}), 1, "", "Change cluster of 1 idea"),
        (c.EditRow("idea", "i", {"title": "A", "status": "new"}), 1, "", "Change title, status of 1 idea"),
    ],
)
def test_a_label_names_what_rows_were_set_to(command: c.Command, changed: int, named: str, said: str) -> None:
    assert label(command, changed, named) == said


def test_a_long_name_is_cut_to_stay_in_a_line() -> None:
    said = label(c.CreateCluster("c", "s", LONG), 1)
    assert len(said) <= len("Create cluster “”") + NAMED
    assert said.endswith("…”")
