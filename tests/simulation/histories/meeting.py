"""Severity 1 and 2: people, jobs and undo meeting on one row."""

from __future__ import annotations

import httpx

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    CreateCluster,
    DeleteRows,
    SetOverride,
)
from tests.simulation import pictures
from tests.simulation.histories.pages import unreadable
from tests.simulation.histories.restores import no_route
from tests.simulation.histories.scene import Scene


def own_row_carries_a_colleagues_field(scene: Scene) -> None:
    """P61: a delivered row is taken whole, whoever wrote it last."""
    scene.volume(scene.a, 1)

    def colleague() -> None:
        scene.edit(scene.c, SetOverride("difficulty", [scene.k], 7))
        scene.sync(scene.c)

    with scene.on_request("push", colleague):
        scene.sync(scene.a)
    scene.rest()
    assert pictures.of_machine(scene.a)["keyword"][scene.k]["difficulty_override"] == 7


def a_job_writes_another_field_of_the_row(scene: Scene) -> None:
    """P62: who wrote last is known by field, not by row."""
    scene.volume(scene.c, 2)
    scene.sync(scene.c)
    scene.job(SetOverride("difficulty", [scene.k], 7))
    scene.volume(scene.a, 1)
    scene.rest()
    assert scene.there() == 2
    assert scene.codes(scene.a) == ["conflict"]


def an_import_is_undone_that_found_a_colleagues_row(scene: Scene) -> None:
    """P69: an undo takes away what its action made, and nothing else."""
    seed = scene.shop.seeds[4]
    theirs, mine = scene.c.ids.uid(), scene.a.ids.uid()
    scene.edit(scene.c, AddKeywordsFromSeeds(scene.shop.sector, [seed], [theirs]))
    scene.sync(scene.c)
    scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, [seed], [mine]))
    scene.undo(scene.a)
    scene.rest()
    assert scene.live_there("keyword", theirs)


def an_undo_after_a_colleague_wrote_the_same(scene: Scene) -> None:
    """P70: an undo leaves a value that somebody else has wanted, too."""
    action = scene.volume(scene.a, 1).action
    scene.volume(scene.c, 1)
    scene.sync(scene.a, scene.c)
    scene.undo(scene.a, action)
    scene.rest()
    assert scene.there() == 1


def an_undo_after_a_colleague_wrote_something_else(scene: Scene) -> None:
    """P70: where the value is another by now, an undo leaves the row alone and says so."""
    action = scene.volume(scene.a, 1).action
    scene.rest()
    scene.volume(scene.c, 2)
    scene.rest()
    outcome = scene.undo(scene.a, action)
    assert (outcome.changed, outcome.skipped) == (0, 1)
    assert scene.here(scene.a) == 2
    scene.rest()
    assert not scene.asked(scene.a)


def a_cluster_is_deleted_with_a_keyword_nobody_had_seen(scene: Scene) -> None:
    """P71: who deletes a cluster is told of what others had put into it meanwhile, and can have it back."""
    scene.assign(scene.c, scene.x, scene.k2)
    scene.sync(scene.c)
    scene.edit(scene.a, DeleteRows("cluster", [scene.x]))
    scene.rest()
    assert scene.asked(scene.a)
    scene.decide(scene.a, "theirs")
    scene.rest()
    assert scene.place_there(scene.k2) == (scene.x, "mapped")
    assert not scene.asked(scene.a)


def a_decision_on_an_old_picture(scene: Scene) -> None:
    """P72: mine was chosen against what was shown; what came since is asked about."""
    scene.volume(scene.c, 2)
    scene.volume(scene.a, 1)
    scene.sync(scene.c, scene.a, scene.c)
    scene.volume(scene.c, 3)
    scene.sync(scene.c)
    scene.decide(scene.a, "mine")
    scene.rest()
    assert scene.there() == 3
    assert scene.codes(scene.a) == ["conflict"]


def a_keyword_is_moved_and_taken_out(scene: Scene) -> None:
    """P73: cluster and status are decided as one."""
    scene.assign(scene.c, scene.y)
    scene.assign(scene.a, None)
    scene.sync(scene.c, scene.a)
    assert scene.place_there() == (scene.y, "mapped")
    scene.rest()


def a_pending_creation_meets_a_delivered_row(scene: Scene) -> None:
    """P87: what waits to be created is shown as the row that a colleague had created before."""
    seed = scene.shop.seeds[4]
    theirs, mine = scene.c.ids.uid(), scene.a.ids.uid()
    scene.edit(scene.c, AddKeywordsFromSeeds(scene.shop.sector, [seed], [theirs]))
    scene.sync(scene.c)
    scene.edit(scene.a, AddKeywordsFromSeeds(scene.shop.sector, [seed], [mine]))
    with scene.on_request("push", no_route):
        assert scene.try_sync(scene.a) is not None
    keywords = pictures.of_machine(scene.a)["keyword"]
    assert [uid for uid, row in keywords.items() if row["seed"] == seed] == [theirs]
    scene.rest()


def a_question_of_someone_who_may_only_read_by_now(scene: Scene) -> None:
    """P91: keeping theirs ends a question without the right to write."""
    scene.volume(scene.c, 2)
    scene.volume(scene.a, 1)
    scene.sync(scene.c, scene.a, scene.b)
    scene.platform.set_access(1, "ro")
    scene.sync(scene.a, scene.b)
    scene.decide(scene.a, "theirs")
    scene.rest()
    assert not scene.asked(scene.a)
    assert not scene.asked(scene.b)


def a_row_that_cannot_be_read(scene: Scene) -> None:
    """P92: one unreadable row is put aside; the others are taken."""
    scene.job(SetOverride("volume", [scene.k], 1))
    with scene.answers(f"{scene.shop.site}/pull", lambda response: unreadable(response, scene.k2)):
        scene.try_sync(scene.c)
    assert scene.here(scene.c) == 1


def a_row_comes_into_a_cluster_that_is_about_to_go(scene: Scene) -> None:
    """P94: rows delivered into a cluster whose deletion waits are shown as being in none."""
    scene.edit(scene.a, DeleteRows("cluster", [scene.x]))
    scene.assign(scene.c, scene.x, scene.k2)
    scene.sync(scene.c)
    with scene.on_request("push", no_route):
        assert scene.try_sync(scene.a) is not None
    assert scene.place_here(scene.a, scene.k2) == (None, "new")


def a_dry_run_of_work_that_builds_on_itself(scene: Scene) -> None:
    """P98: a dry run says what the run then does, each edit upon those before it."""
    cluster = scene.a.ids.uid()
    scene.edit(scene.a, CreateCluster(cluster, scene.shop.sector, "Gamma"))
    scene.edit(scene.a, AssignCluster([scene.k2], cluster))
    told = scene.a.engine.dry_run()
    foreseen = [result.verdict for scope in told.scopes for result in scope.results]
    assert foreseen == ["applied", "applied"]
    scene.rest()
    assert scene.place_there(scene.k2) == (cluster, "mapped")


def an_answer_comes_back_that_is_no_page(scene: Scene) -> None:
    """P19, P46: an answer of another shape changes nothing."""
    scene.volume(scene.a, 1)
    scene.job(SetOverride("volume", [scene.k2], 1))
    with scene.instead_of("pull", httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<p>")):
        assert scene.try_sync(scene.a) is not None
    scene.rest()
    assert (scene.there(), scene.here(scene.a, scene.k2)) == (1, 1)


def a_plain_edit_answers_a_question(scene: Scene) -> None:
    """P72: who writes a field again has decided the question about it, on all his machines."""
    scene.volume(scene.c, 2)
    scene.volume(scene.a, 1)
    scene.sync(scene.c, scene.a, scene.b)
    assert scene.codes(scene.b) == ["conflict"]
    scene.volume(scene.a, 3)
    scene.rest()
    assert scene.there() == 3
    assert not scene.asked(scene.a)
    assert not scene.asked(scene.b)
