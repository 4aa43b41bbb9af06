"""The oracle on which rows come home with a restored cluster; each shown whole and broken."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.sight import Row
from tests.simulation.stories import C1, CEM, K, Story, body, cluster, deletes, keyword, sets
from tests.simulation.witness import Broken

NONE = [None, "new"]
INSIDE = [C1, "mapped"]
PLACEMENT = (K, "placement")


def at(ver: int, values: list[Any], *, deleted: bool = False) -> Row:
    return keyword(ver=ver, deleted=deleted, cluster=values[0], status=values[1])


def restores(entity: str, uid: str) -> bytes:
    kids = {"kids": {uid: [K]}} if entity == "cluster" else {}
    return body({"k": "restore", "e": entity, "rows": [uid], **kids})


def emptied() -> Story:
    """The cluster was deleted with the keyword that its deleter had seen in it; a restoring of it is made that names the keyword."""
    story = Story(at(1, INSIDE), cluster())
    story.makes("delete", body(deletes({"name": [C1[:3]]}, C1, "cluster", kids={C1: [K]})))
    story.makes("restore", restores("cluster", C1), seen=("delete",))
    story.shows([cluster(ver=2, deleted=True), at(2, NONE)], "delete", marks={PLACEMENT: "delete"})
    return story


@pytest.mark.parametrize("comes_home", [True, False])
def test_i1_what_a_deletion_put_out_comes_home(comes_home: bool) -> None:
    """P71."""
    story = emptied()
    after = [cluster(ver=3), at(3, INSIDE)] if comes_home else [cluster(ver=3)]
    if comes_home:
        story.shows(after, "restore", marks={PLACEMENT: "restore"})
    else:
        with pytest.raises(Broken, match="I1"):
            story.shows(after, "restore")


@pytest.mark.parametrize("comes_home", [False, True])
@pytest.mark.parametrize("is_first", [True, False])
def test_i1_what_a_colleague_put_into_none_stays_there(is_first: bool, comes_home: bool) -> None:
    """P71: before the deletion or after it, unseen by who restores, and named by him."""
    out = body(sets("placement", INSIDE, NONE))
    if is_first:
        story = Story(at(1, NONE), cluster(), author=CEM)
        story.makes("delete", body(deletes({"name": [C1[:3]]}, C1, "cluster", kids={C1: [K]})))
        story.makes("restore", restores("cluster", C1), seen=("delete",))
        story.shows([cluster(ver=2, deleted=True)], "delete")
    else:
        story = emptied()
        story.makes("out", out, user=CEM)
        story.shows([at(3, NONE)], "out", marks={PLACEMENT: "out"})
    if comes_home:
        with pytest.raises(Broken, match="I1"):
            story.shows([cluster(ver=4), at(4, INSIDE)], "restore", marks={PLACEMENT: "restore"})
    else:
        story.shows([cluster(ver=4)], "restore")


@pytest.mark.parametrize("comes_home", [True, False])
def test_i1_a_row_out_of_the_trash_comes_home_with_its_cluster(comes_home: bool) -> None:
    story = Story(at(1, INSIDE, deleted=True), cluster())
    story.makes("delete", body(deletes({"name": [C1[:3]]}, C1, "cluster", kids={C1: []})))
    story.makes("take out", restores("keyword", K))
    story.makes("restore", restores("cluster", C1))
    story.shows([cluster(ver=2, deleted=True)], "delete")
    story.shows([at(3, NONE)], "take out", marks={PLACEMENT: "take out"})
    if comes_home:
        story.shows([cluster(ver=4), at(4, INSIDE)], "restore", marks={PLACEMENT: "restore"})
    else:
        with pytest.raises(Broken, match="I1"):
            story.shows([cluster(ver=4)], "restore")


@pytest.mark.parametrize("placer_had_seen_it", [False, True])
def test_i13_a_row_that_came_home_is_there_by_the_work_of_who_had_placed_it(placer_had_seen_it: bool) -> None:
    """P71, P66: who restored the cluster had seen the other work, too, but has said nothing of the row."""
    story = Story(at(1, NONE), cluster())
    story.makes("out", body(sets("placement", INSIDE, NONE)))
    seen = ("the beginning", "out") if placer_had_seen_it else ("the beginning",)
    story.makes("place", body(sets("placement", NONE, INSIDE)), user=CEM, seen=seen)
    story.makes("delete", body(deletes({"name": [C1[:3]]}, C1, "cluster", kids={C1: [K]})), seen=("place",))
    story.makes("restore", restores("cluster", C1), seen=("delete", "out"))
    story.shows([at(2, INSIDE)], "place", marks={PLACEMENT: "place"})
    story.shows([cluster(ver=3, deleted=True), at(3, NONE)], "delete", marks={PLACEMENT: "delete"})
    story.shows([cluster(ver=4), at(4, INSIDE)], "restore", marks={PLACEMENT: "restore"})
    if placer_had_seen_it:
        with pytest.raises(Broken, match="I13"):
            story.shows([at(5, NONE)], "out", marks={PLACEMENT: "out"})
    else:
        story.shows([at(5, NONE)], "out", marks={PLACEMENT: "out"})
