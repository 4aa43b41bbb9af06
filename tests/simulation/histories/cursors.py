"""Group A: what a reader may pass by without having it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import httpx
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from planner_core.commands import AddKeywordsFromSeeds, DeleteRows, EditRow, SetOverride
from planner_server.feed import hooks as server_hooks
from planner_server.feed import reading
from sync.replica import hooks
from tests.simulation.histories.pages import cut, resealed
from tests.simulation.histories.scene import Scene
from tests.simulation.machine import Machine


@contextmanager
def _connections_kept() -> Iterator[None]:
    """A request inside another's transaction does not close its connection."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def a_reader_meets_a_writer_that_has_not_committed(scene: Scene) -> None:
    """P1: what a transaction in progress writes is passed by no cursor."""
    scene.job(SetOverride("volume", [scene.k], 1))
    carry = scene.world.network.carry
    answers: list[httpx.Response] = []

    def in_the_middle(machine: Machine, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/pull") or answers:
            return carry(machine, request)

        def read() -> None:
            if not answers:
                with patch.object(reading, "reader_alias", lambda: "reader"), _connections_kept():
                    answers.append(carry(machine, request))

        with server_hooks.at("P1", read):
            scene.job(SetOverride("volume", [scene.k2], 2))
        return answers[0]

    scene.world.network.carry = in_the_middle  # type: ignore[method-assign]
    scene.sync(scene.c)
    scene.world.network.carry = carry  # type: ignore[method-assign]
    assert answers
    scene.rest()
    assert scene.here(scene.c, scene.k2) == 2


def two_people_edit_on_the_same_picture(scene: Scene) -> None:
    """P2: of two edits on one picture the second is asked about."""
    scene.volume(scene.a, 1)
    scene.volume(scene.c, 2)
    scene.sync(scene.c, scene.a)
    assert scene.there() == 2
    assert scene.codes(scene.a) == ["conflict"]


def many_rows_of_one_version_in_small_pages(scene: Scene) -> None:
    """P3: rows of one version are told apart by kind and id at the edge of a page."""
    scene.job(SetOverride("volume", [scene.k, scene.k2, scene.k3], 2))
    scene.world.network.rows_a_page = 1
    scene.rest()
    assert [scene.here(scene.c, one) for one in scene.shop.keywords] == [2, 2, 2]


def pages_smaller_than_asked_for(scene: Scene) -> None:
    """P4: the platform says whether more follows, not the number of rows."""
    scene.job(SetOverride("volume", [scene.k], 1))
    scene.job(SetOverride("volume", [scene.k2], 2))
    scene.world.network.rows_a_page = 1
    scene.rest()


def a_crash_inside_an_apply(scene: Scene) -> None:
    """P5: rows and cursor are kept together or not at all."""
    scene.job(SetOverride("volume", [scene.k], 1))
    scene.crash(scene.c, hooks.INSIDE_APPLY, lambda: scene.sync(scene.c))
    scene.rest()
    assert scene.here(scene.c) == 1


def a_row_of_a_kind_nobody_knows_yet(scene: Scene) -> None:
    """P6, P92: what this version cannot read is kept raw, and the rest is taken."""
    scene.job(SetOverride("volume", [scene.k], 1))
    line = b'{"t":"rows","e":"headline","rows":[["%s",9,0,"text"]]}' % (b"7" * 32)
    with scene.answers("pull", lambda response: resealed(response, line)):
        scene.sync(scene.c)
    assert scene.here(scene.c) == 1
    (count,) = scene.c.rows("SELECT count(*) FROM unknown_rows WHERE entity = 'headline'")[0]
    assert count == 1


def a_page_that_was_cut(scene: Scene) -> None:
    """P7: half a page counts for nothing."""
    scene.job(SetOverride("volume", [scene.k, scene.k2], 1))
    with scene.answers("pull", cut):
        scene.try_sync(scene.c)
    scene.rest()
    assert scene.here(scene.c) == 1


def a_line_that_was_lost_on_the_way(scene: Scene) -> None:
    """P7: a page whose rows are not those its end line speaks of counts for nothing."""
    scene.job(SetOverride("volume", [scene.k], 1))

    def without_rows(response: httpx.Response) -> httpx.Response:
        lines = [line for line in response.content.split(b"\n") if b'"t":"rows"' not in line]
        return httpx.Response(
            200, headers={"Content-Type": response.headers["content-type"]}, content=b"\n".join(lines)
        )

    with scene.answers("pull", without_rows):
        assert scene.try_sync(scene.c) is not None
    scene.rest()
    assert scene.here(scene.c) == 1


def the_platform_is_restored(scene: Scene) -> None:
    """P8: what the platform had confirmed and forgot comes back by itself, once."""
    scene.volume(scene.a, 1)
    scene.sync(scene.a)
    with scene.forgotten(announced=True):
        scene.volume(scene.a, 2)
        cluster = scene.new_cluster(scene.a, "Gamma")
        scene.sync(scene.a, scene.a)
    scene.rest()
    assert scene.there() == 2
    assert scene.live_there("cluster", cluster)
    assert scene.names_there() == ["Alpha", "Beta", "Gamma"]


def a_profile_is_copied_and_both_go_on(scene: Scene) -> None:
    """P9: two copies of one replica use the same numbers for different work; neither's is taken for the other's."""
    twin = scene.clone(scene.a)
    scene.volume(scene.a, 1, scene.k)
    scene.volume(twin, 2, scene.k2)
    scene.sync(scene.a)
    scene.sync(twin)
    scene.rest()
    assert (scene.there(scene.k), scene.there(scene.k2)) == (1, 2)


def a_base_row_goes_wrong(scene: Scene) -> None:
    """P10, P93: a difference is found by content and cured with the platform's rows."""
    scene.c.database.execute("UPDATE keyword_hot SET base_volume_override = 9, volume_override = 9")
    assert scene.c.engine.verify_now() is True
    assert scene.here(scene.c) is None


def own_work_comes_back_under_newer_work(scene: Scene) -> None:
    """P11: a row that was sent, delivered again and deleted meanwhile stays deleted."""
    scene.volume(scene.a, 1)
    with scene.on_request("push", lambda: None, after=True):
        scene.sync(scene.a)
    scene.volume(scene.b, 2, scene.k2)
    scene.sync(scene.b)
    scene.edit(scene.a, DeleteRows("keyword", [scene.k2]))
    scene.volume(scene.a, 5, scene.k3)
    scene.job(SetOverride("difficulty", [scene.k2, scene.k3], 2))
    with scene.on_request("pull", lambda: None, after=True):
        scene.steps(scene.a, 3)
    while scene.a.replica.scopes()[-1].staged is not None:
        scene.steps(scene.a, 1)
    assert scene.here(scene.a, scene.k2) == "absent"
    assert scene.here(scene.a, scene.k3) == 5
    scene.rest()


def a_site_is_taken_away_and_given_back(scene: Scene) -> None:
    """P12: what is granted anew is fetched from its beginning, however old its rows are."""
    scene.world.platform.set_access(2, "none")
    scene.sync(scene.c)
    assert scene.here(scene.c) == "absent"
    scene.world.platform.set_access(2, "rw")
    scene.rest()


def somebody_writes_between_any_two_pages(scene: Scene) -> None:
    """P13: a reader gets to the end although the feed moves faster than he reads."""
    scene.world.network.rows_a_page = 1
    scene.job(SetOverride("volume", [scene.k, scene.k2], 1))
    writes = 0

    def write() -> None:
        nonlocal writes
        writes += 1
        scene.job(SetOverride("volume", [scene.k], writes % 3))

    def keep_writing() -> None:
        write()
        assert writes < 40, "the reader never gets to the end"

    with scene.on_request("pull", keep_writing, times=100, exactly=False):
        scene.sync(scene.c)
    scene.world.network.rows_a_page = 0
    scene.rest()


def a_keyword_comes_before_its_cluster(scene: Scene) -> None:
    """P31: a row may name another that is delivered after it."""
    newcomer = scene.newcomer()
    scene.world.network.rows_a_page = 1

    def rename() -> None:
        scene.browser(EditRow("cluster", scene.x, {"name": "Later"}))

    # Another cluster has been delivered; the keyword's leaves the range of the snapshot.
    with scene.on_request(f"{scene.shop.site}/snapshot", rename, after=True):
        scene.sync(newcomer)
    scene.world.network.rows_a_page = 0
    scene.rest()
    assert scene.place_here(newcomer) == (scene.x, "mapped")


def seeds_are_added_while_a_snapshot_runs(scene: Scene) -> None:
    """P13, P78: a snapshot taken while others write ends as the platform is."""
    scene.world.network.rows_a_page = 1
    newcomer = scene.newcomer()

    def add() -> None:
        ids = [scene.b.ids.uid()]
        scene.browser(AddKeywordsFromSeeds(scene.shop.sector, [scene.shop.seeds[4]], ids))
        scene.browser(DeleteRows("keyword", [scene.k3]))

    with scene.on_request("snapshot", add, times=1):
        scene.sync(newcomer)
    scene.rest()
