"""Group C: edits, deletions and identities that meet."""

from __future__ import annotations

import json
import zlib

import httpx

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    DeleteRows,
    EditRow,
    RestoreRows,
    SetOverride,
    SetStatus,
)
from planner_core.text import fold
from tests.simulation.histories.pages import again
from tests.simulation.histories.scene import Scene
from tests.simulation.machine import Machine

DAY = 86_400


def an_edit_of_a_row_in_the_trash(scene: Scene) -> None:
    """P27: an edit of a row that was deleted meanwhile is asked about."""
    scene.edit(scene.c, DeleteRows("keyword", [scene.k]))
    scene.sync(scene.c)
    scene.volume(scene.a, 1)
    scene.rest()
    assert not scene.live_there("keyword", scene.k)
    assert scene.codes(scene.a) == ["target_deleted"]
    scene.decide(scene.a, "mine")
    scene.rest()
    assert scene.there() == 1
    assert scene.live_there("keyword", scene.k)


def a_deletion_of_a_row_somebody_has_edited(scene: Scene) -> None:
    """P28: a deletion asks where a person wrote something its author had not seen."""
    scene.volume(scene.c, 1)
    scene.sync(scene.c)
    scene.edit(scene.a, DeleteRows("keyword", [scene.k]))
    scene.rest()
    assert scene.live_there("keyword", scene.k)
    assert scene.codes(scene.a) == ["delete"] or scene.asked(scene.a)


def a_question_about_a_row_that_goes_to_the_trash(scene: Scene) -> None:
    """P29: keeping theirs ends a question, whatever became of the row."""
    scene.volume(scene.c, 2)
    scene.volume(scene.a, 1)
    scene.sync(scene.c, scene.a, scene.c)
    assert scene.asked(scene.a)
    scene.edit(scene.c, DeleteRows("keyword", [scene.k]))
    scene.sync(scene.c, scene.a)
    if scene.asked(scene.a):
        scene.decide(scene.a, "theirs")
    scene.rest()
    assert not scene.asked(scene.a)
    assert not scene.asked(scene.b)


def a_cluster_with_keywords_is_deleted(scene: Scene) -> None:
    """P30: everybody hears of the rows that a deletion takes along."""
    scene.edit(scene.c, DeleteRows("cluster", [scene.x]))
    scene.rest()
    assert scene.place_there() == (None, "new")
    assert scene.place_here(scene.a) == (None, "new")


def one_seed_is_added_by_two_people(scene: Scene) -> None:
    """P32: two keywords of one seed become one, with what both did to it."""
    seed = scene.shop.seeds[4]
    theirs, mine = scene.c.ids.uid(), scene.a.ids.uid()
    scene.edit(scene.c, AddKeywordsFromSeeds(scene.shop.sector, [seed], [theirs]))
    scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, [seed], [mine]))
    scene.assign(scene.a, scene.y, mine)
    scene.volume(scene.c, 2, theirs)
    scene.rest()
    assert not scene.asked(scene.a)
    kept = mine if scene.live_there("keyword", mine) else theirs
    assert scene.place_there(kept) == (scene.y, "mapped")
    assert scene.there(kept) == 2


def two_names_that_are_one_after_folding(scene: Scene) -> None:
    """P33: names are compared by one function everywhere."""
    scene.new_cluster(scene.a, "Straße")
    scene.new_cluster(scene.c, "STRASSE")
    scene.rest()
    folded = [fold(name) for name in scene.names_there()]
    assert len(folded) == len(set(folded)), scene.names_there()


def a_machine_comes_back_after_tombstones_were_cleared(scene: Scene) -> None:
    """P34: what was deleted and cleared away meanwhile does not stay, and is not sent again."""
    scene.sync(scene.c)
    scene.edit(scene.a, DeleteRows("keyword", [scene.k3]))
    scene.sync(scene.a, scene.b)
    scene.wait(200 * DAY)
    scene.sync(scene.a, scene.b)
    scene.sweep()
    assert scene.gone("keyword", scene.k3)
    scene.volume(scene.c, 5, scene.k2)
    scene.rest()
    assert scene.here(scene.c, scene.k3) == "absent"
    assert scene.there(scene.k2) == 5


def an_empty_answer_to_a_snapshot(scene: Scene) -> None:
    """P35: an answer that would remove everything is asked about, and nothing is removed meanwhile."""

    scene.platform.new_epochs()
    site = scene.shop.site
    with scene.answers(f"{site}/snapshot", _emptied), scene.answers(f"{site}/pull", _emptied):
        scene.try_sync(scene.c)
        scene.try_sync(scene.c)
    assert scene.here(scene.c, scene.k2) is None
    guards = [row for row in scene.c.replica.scopes() if row.guard is not None]
    assert [row.id for row in guards] == [scene.shop.site]


def _emptied(response: httpx.Response) -> httpx.Response:
    """Return a page without its rows, sealed anew."""
    lines = response.content.split(b"\n")[:-1]
    end = json.loads(lines[-1])
    kept = [line for line in lines[:-1] if b'"t":"rows"' not in line]
    content = b"".join(line + b"\n" for line in kept)
    end |= {"crc32": zlib.crc32(content), "n": 0}
    return again(response, content + json.dumps(end).encode() + b"\n")


def a_clock_that_is_set_back_between_two_edits(scene: Scene) -> None:
    """P36: later is what was done later, whatever the clock said."""
    scene.a.clock.skew_ms = 10 * 365 * DAY * 1000
    scene.volume(scene.a, 1)
    scene.a.clock.skew_ms = -10 * 365 * DAY * 1000
    scene.volume(scene.a, 2)
    scene.job(SetOverride("difficulty", [scene.k], 2))
    assert _after_a_pull(scene, scene.a) == 2
    scene.rest()
    assert scene.there() == 2


def _after_a_pull(scene: Scene, machine: Machine) -> object:
    """What a machine shows of the keyword once something was delivered under its waiting work."""

    def stop() -> None:
        raise httpx.ConnectError("no route")

    with scene.on_request("push", stop, exactly=False):
        scene.try_sync(machine)
    return scene.here(machine)


def a_refused_edit_and_later_ones_of_the_same_row(scene: Scene) -> None:
    """P37: a refusal takes one edit out; what was done to the row after it is carried out."""
    idea = scene.shop.ideas[0]
    scene.finish_task(idea)
    scene.edit(scene.a, SetStatus("idea", [idea], "new"))
    with scene.on_request("push", lambda: scene.edit(scene.a, EditRow("idea", idea, {"title": "Two"}))):
        scene.sync(scene.a)
    scene.rest()
    assert scene.codes(scene.a) == ["transition"]
    assert scene.title_there(idea) == "Two"


def a_figure_nobody_knows(scene: Scene) -> None:
    """P38: unknown is not nought, on the way there and back."""
    scene.volume(scene.a, 0)
    scene.volume(scene.a, 3, scene.k2)
    scene.rest()
    scene.volume(scene.c, None, scene.k2)
    scene.rest()
    assert scene.here(scene.b, scene.k2) is None
    assert scene.here(scene.b) == 0
    assert scene.here(scene.b, scene.k3) is None


def a_field_of_a_later_version(scene: Scene) -> None:
    """P39: a field this version does not know is kept with its row."""
    scene.job(SetOverride("volume", [scene.k], 1))

    def with_colour(response: httpx.Response) -> httpx.Response:
        *body, end = [json.loads(line) for line in response.content.split(b"\n")[:-1]]
        for line in body:
            if line["t"] == "begin" and "keyword" in line["columns"]:
                line["columns"]["keyword"].append("colour")
            if line["t"] == "rows" and line["e"] == "keyword":
                line["rows"] = [[*row, "red"] for row in line["rows"]]
        content = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in body)
        return again(response, content + json.dumps(end | {"crc32": zlib.crc32(content)}).encode() + b"\n")

    with scene.answers("pull", with_colour):
        scene.sync(scene.c)
    assert scene.here(scene.c) == 1
    extra = scene.c.rows("SELECT extra FROM keyword WHERE uid = ?", scene.k)[0][0]
    assert json.loads(extra or "{}") == {"colour": "red"}


def a_cluster_is_deleted_and_restored(scene: Scene) -> None:
    """P71: what the deletion took out comes back with the cluster."""
    scene.assign(scene.a, scene.x, scene.k2)
    scene.rest()
    scene.edit(scene.a, DeleteRows("cluster", [scene.x]))
    scene.rest()
    assert scene.place_there(scene.k2) == (None, "new")
    scene.edit(scene.b, RestoreRows("cluster", [scene.x]))
    scene.rest()
    assert scene.place_there(scene.k2) == (scene.x, "mapped")
    assert scene.place_there() == (scene.x, "mapped")


def keywords_are_put_into_a_cluster_that_goes(scene: Scene) -> None:
    """P30: an assignment to a cluster that was deleted meanwhile leaves the keyword alone, and says so."""
    scene.edit(scene.c, DeleteRows("cluster", [scene.y]))
    scene.sync(scene.c)
    scene.edit(scene.a, AssignCluster([scene.k2], scene.y))
    scene.rest()
    assert scene.place_there(scene.k2) == (None, "new")


def an_edit_of_a_merged_keyword_is_undone(scene: Scene) -> None:
    """P32, P69: work done under an identity that was lost is taken back on the row that stands for it."""
    seed = scene.shop.seeds[4]
    theirs, mine = scene.c.ids.uid(), scene.a.ids.uid()
    scene.edit(scene.c, AddKeywordsFromSeeds(scene.shop.sector, [seed], [theirs]))
    scene.sync(scene.c)
    scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, [seed], [mine]))
    action = scene.volume(scene.a, 2, mine).action
    scene.rest()
    assert scene.there(theirs) == 2
    assert scene.undo(scene.a, action).changed == 1
    scene.rest()
    assert scene.there(theirs) is None
