"""The oracle complains: each invariant is shown a history in which it does not hold, made by hand, and one in which it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.invariants_platform import i6_progress, i7_tokens
from tests.simulation.invariants_replica import (
    i5_cursor,
    i6_dense,
)
from tests.simulation.ledger import Ledger, entry_of
from tests.simulation.oracle import equal_at_rest, shut_out_and_let_go
from tests.simulation.sight import (
    MEMBERS,
    Item,
    Kept,
    Platform,
    row_of,
)
from tests.simulation.stories import (
    C1,
    CEM,
    EVE,
    K,
    Story,
    body,
    cluster,
    deletes,
    edit,
    keyword,
    laid,
    mutation,
    picture,
    sets,
    standing,
    view,
    volume,
)
from tests.simulation.view import Shared
from tests.simulation.witness import Broken

NEW = "n" * 32

# ---------------------------------------------------------------- I1


def test_i1_an_edit_that_nobody_has_any_more_is_missed() -> None:
    ledger = Ledger()
    ledger.enter(entry_of("x", edit(None, 1), "A", EVE))
    assert ledger.balance({}, [], frozenset()).lost == ("x",)
    assert ledger.balance({"x": "rejected"}, [], frozenset()).lost == ("x",)
    assert ledger.balance({"x": "rejected"}, [], frozenset({"x"})).review == 1
    assert ledger.balance({"x": "applied"}, [], frozenset()).applied == 1


def test_i1_the_ledger_counts_every_operation_once() -> None:
    ledger = Ledger()
    for name in ("applied", "cancelled", "excused"):
        ledger.enter(entry_of(name, edit(None, 1), "A", EVE))
    ledger.enter(entry_of("void", body(), "A", EVE))
    ledger.enter(entry_of("again", edit(None, 1, supersedes=["former"]), "A", EVE))
    ledger.enter(entry_of("former", edit(None, 1), "A", EVE))
    ledger.cancelled.add("cancelled")
    ledger.excused.add("excused")
    balance = ledger.balance({"applied": "applied", "again": "applied"}, [], frozenset())
    assert (balance.total, balance.lost) == (6, ())
    assert (balance.applied, balance.superseded, balance.cancelled, balance.void) == (2, 1, 1, 1)


def test_i1_a_later_form_that_was_let_go_ends_the_former_one() -> None:
    """P89: also where the platform was put back since and has no verdict on it any more."""
    ledger = Ledger()
    ledger.enter(entry_of("former", edit(None, 1), "A", EVE))
    ledger.enter(entry_of("again", edit(None, 1, supersedes=["former"]), "A", EVE))
    assert set(ledger.balance({}, [], frozenset({"again"})).lost) == {"former", "again"}
    closed = ledger.balance({}, [], frozenset({"again"}), frozenset({"again"}))
    assert (closed.superseded, closed.review, closed.lost) == (1, 1, ())


def test_i1_refused_work_that_was_taken_back_needs_no_review() -> None:
    """P91: nor does its undo, which had nothing to take back; what was done again after it does, and so does the undo of what stands."""
    ledger = Ledger()
    ledger.enter(entry_of("work", edit(None, 1), "A", EVE))
    refused = {"work": "rejected"}
    assert ledger.balance(refused, [], frozenset()).lost == ("work",)
    ledger.enter(entry_of("undo", edit(1, None, undo_of="work"), "A", EVE))
    assert ledger.balance(refused | {"undo": "applied"}, [], frozenset()).lost == ()
    assert ledger.balance({"work": "applied", "undo": "rejected"}, [], frozenset()).lost == ("undo",)
    ledger.refused.add("work")
    assert ledger.balance(refused | {"undo": "rejected"}, [], frozenset()).lost == ()
    ledger.enter(entry_of("redo", edit(None, 1, undo_of="undo"), "A", EVE))
    ledger.refused.add("undo")
    everything = refused | {"undo": "rejected", "redo": "rejected"}
    assert ledger.balance(everything, [], frozenset()).lost == ("redo",)
    ledger.cancelled.add("undo")
    assert ledger.balance(refused | {"redo": "applied"}, [], frozenset()).lost == ("work",)
    ledger.taken_back.add("work")
    assert ledger.balance(refused | {"redo": "applied"}, [], frozenset()).lost == ()


@pytest.mark.parametrize("other", [False, True])
def test_i1_an_undo_of_what_was_left_alone_needs_no_review(other: bool) -> None:
    """P91: also where it was refused in a later form, and by a platform that has forgotten it; not what another row was to get back."""
    story = Story(volume(1, 3), keyword(NEW, volume_override=1))
    story.makes("work", body(sets("volume_override", [None], [1]), sets("volume_override", [1], [2], NEW)))
    held = {"code": "conflict", "e": "keyword", "ids": [K], "group": "volume_override", "mine": [1]}
    story.shows([keyword(NEW, ver=2, volume_override=2)], "work", listed=[held], verdict="applied_with")
    story.makes("undo", body(sets("volume_override", [1], [None]), undo_of="work"))
    wanted = [sets("volume_override", [None], [None])] + [sets("volume_override", [2], [1], NEW)] * other
    story.makes("again", body(*wanted, undo_of="work", supersedes=["undo"]))
    ledger = story.books.ledger
    assert set(ledger.balance({"work": "applied_with"}, [], frozenset()).lost) == {"undo", "again"}
    ledger.refused.add("again")
    lost = ledger.balance({"work": "applied_with"}, [], frozenset()).lost
    assert set(lost) == ({"undo", "again"} if other else set())


def test_i1_applied_means_that_it_is_there() -> None:
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    with pytest.raises(Broken, match="I1"):
        story.shows([volume(2, None)], "x")
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.shows([volume(2, 7)], "x")


def test_i1_a_change_that_is_nobodys_is_noticed() -> None:
    story = Story(volume(1, None))
    with pytest.raises(Broken, match="I1"):
        story.shows([volume(2, 7)])


def test_i1_a_live_row_does_not_vanish() -> None:
    story = Story(volume(1, None))
    with pytest.raises(Broken, match="without a tombstone"):
        story.books.writes.judge(Platform(2, "epoch", "token", {}, {}, {}, {}), [])


def test_i1_work_is_not_passed_over_for_work_that_knew_nothing_of_it() -> None:
    story = Story(volume(1, 3), author=CEM)
    story.makes("x", edit(None, 7), seen=())
    with pytest.raises(Broken, match="superseded"):
        story.shows([], "x", verdict="superseded")


@pytest.mark.parametrize("went_after_it", ["before it was seen", "only later", "never"])
def test_i1_work_is_passed_over_for_what_was_made_on_a_value_that_had_followed_it(went_after_it: str) -> None:
    """P66: whoever reads a version of the platform has seen all that led to it, as far as that goes."""
    story, cell = Story(volume(1, None)), (K, "volume_override")
    ancestry = story.books.ancestry
    story.makes("x", edit(None, 2), user=CEM)
    story.makes("on it", edit(2, 1), seen=())
    if went_after_it == "before it was seen":
        ancestry.follows("on it", ancestry.tag("x"), cell)
    story.makes("reset", edit(1, None), seen=("on it",))
    if went_after_it == "only later":
        ancestry.follows("on it", ancestry.tag("x"), cell)
    story.books.branch.tags[cell] = 0
    story.shows([], "reset")
    if went_after_it == "before it was seen":
        story.shows([], "x", verdict="superseded")
        return
    with pytest.raises(Broken, match="superseded"):
        story.shows([], "x", verdict="superseded")


@pytest.mark.parametrize("decided", ["theirs", "resent"])
def test_i1_work_that_was_shut_out_is_let_go_by_its_users_word_alone(decided: str) -> None:
    """P79: also where the program ended after the decision was on the disk, so that nobody was told."""
    asked = Item("item", "parked", "no_access", K, (K,), "", "open", "", ("x",), 0)
    ended = replace(asked, state="closed", decided=decided)
    let_go = shut_out_and_let_go({"item": asked}, {"item": ended})
    assert let_go == ({"x"} if decided == "theirs" else set())
    assert not shut_out_and_let_go({"item": ended}, {"item": ended})


@pytest.mark.parametrize("held_elsewhere", [False, True])
def test_i1_what_was_let_go_in_one_copy_of_a_folder_comes_from_another_only(held_elsewhere: bool) -> None:
    """P9, P64: work that a platform which was put back has forgotten waits again in every copy of its file."""
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.books.ledger.discarded(frozenset({"x"}), [frozenset({"x"} if held_elsewhere else {"y"})])
    if held_elsewhere:
        story.shows([volume(2, 7)], "x")
        return
    with pytest.raises(Broken, match="discarded by its user"):
        story.shows([volume(2, 7)], "x")


@pytest.mark.parametrize("seen", [(), ("x",)])
def test_i1_a_member_is_not_passed_over_for_work_that_knew_nothing_of_it(seen: tuple[str, ...]) -> None:
    """P66: neither had come after the other anywhere; where the one that stands had seen the other, it may."""
    change = {"k": "items", "e": "idea", "id": C1, "g": MEMBERS}
    story = Story(row_of("idea", C1, 1, {MEMBERS: ()}))
    story.makes("x", body({**change, "remove": [K]}), seen=())
    story.makes("y", body({**change, "add": [K]}), user=CEM, seen=seen)
    story.shows([row_of("idea", C1, 2, {MEMBERS: (K,)})], "y")
    said = [{"code": "same", "e": "idea", "ids": [C1], "group": f"-{K}"}]
    if seen:
        story.shows([], "x", listed=said)
        return
    with pytest.raises(Broken, match="passed over"):
        story.shows([], "x", listed=said)


def test_i1_what_was_discarded_before_it_was_sent_is_not_applied() -> None:
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.books.ledger.cancelled.add("x")
    with pytest.raises(Broken, match="discarded"):
        story.shows([volume(2, 7)], "x")


def test_i1_an_outbox_does_not_forget() -> None:
    with pytest.raises(Broken, match="gone"):
        view(mutation("x"))._check_kept([])
    with pytest.raises(Broken, match="discarded by nobody"):
        view(mutation("x"))._check_kept([mutation("x", state="cancelled")])
    with pytest.raises(Broken, match="counts as unsent"):
        view(mutation("x", state="sending"))._check_kept([mutation("x")])
    with pytest.raises(Broken, match="on its way"):
        view(mutation("x", state="sending"), doing="cancel")._check_kept([mutation("x", state="cancelled")])
    view(mutation("x"), doing="cancel")._check_kept([mutation("x", state="cancelled")])


# ---------------------------------------------------------------- I2


def test_i2_nothing_is_carried_out_twice() -> None:
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.shows([volume(2, 7)], "x")
    with pytest.raises(Broken, match="I2"):
        story.shows([volume(3, 7)], "x")


def test_i2_the_same_work_under_another_id_is_noticed_by_what_it_writes() -> None:
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.shows([volume(2, 7)], "x")
    story.makes("back", edit(7, None), seen=("x",))
    story.shows([volume(3, None)], "back")
    story.books.ledger.enter(entry_of("x again", edit(None, 7, supersedes=["x"]), "A", EVE, fresh=False))
    story.books.ancestry.is_another_form("x again", "x")
    with pytest.raises(Broken, match=r"I13|I2"):
        story.shows([volume(4, 7)], "x again")


# ---------------------------------------------------------------- I3


def test_i3_a_row_that_differs_or_is_missing_at_rest_is_noticed() -> None:
    here, there = {K: volume(1, 3)}, {K: volume(1, 4)}
    assert not list(equal_at_rest("A", here, here, "shown"))
    assert "I3" in next(equal_at_rest("A", there, here, "shown"))
    assert "I3" in next(equal_at_rest("A", {}, here, "shown"))
    assert "I3" in next(equal_at_rest("A", there, {}, "shown"))
    assert not list(equal_at_rest("A", {K: keyword(deleted=True)}, {}, "shown"))


# ---------------------------------------------------------------- I4


def test_i4_what_is_shown_is_the_base_with_pending_work_on_top() -> None:
    assert not laid(picture([volume(1, 3)], [volume(1, 9)]), edit(3, 9))
    assert "I4" in laid(picture([volume(1, 3)], [volume(1, 3)]), edit(3, 9))[0]
    assert "I4" in laid(picture([volume(1, 3)], [volume(1, 9)]))[0]
    assert "is not shown" in laid(picture([volume(1, 3)], []))[0]
    assert "neither" in laid(picture([], [volume(1, 3)]))[0]


def test_i4_a_pending_deletion_of_a_cluster_takes_all_out_that_came_into_it() -> None:
    """P94: rows that were delivered into the cluster since are no exception."""
    inside = keyword(cluster=C1, status="mapped")
    delete = body(deletes({"name": [C1[:3]]}, C1, "cluster", kids={C1: []}))
    assert not laid(picture([cluster(), inside], [cluster(deleted=True), keyword()]), delete)
    assert "placement" in laid(picture([cluster(), inside], [cluster(deleted=True), inside]), delete)[0]


def test_i4_a_waiting_creation_is_shown_as_the_delivered_row_of_its_key() -> None:
    """P87: once, not twice."""
    create = {"k": "create", "e": "keyword", "f": {"sector": "sector"}, "cols": ["seed"]}
    raw = body(
        create | {"rows": [["n" * 32, f"seed of {K}"]]}, sets("volume_override", [None], [5], "n" * 32)
    )
    assert not laid(picture([volume(1, None)], [volume(1, 5)]), raw)
    twice = replace(volume(0, 5), uid="n" * 32)
    assert "I4" in laid(picture([volume(1, None)], [volume(1, None), twice]), raw)[0]


# ---------------------------------------------------------------- I5


def test_i5_a_cursor_is_not_ahead_of_the_rows() -> None:
    there, live = {K: 3}, frozenset({K})
    assert not list(i5_cursor(picture([volume(3, 1)], []), there, live))
    assert "never came" in next(i5_cursor(picture([], []), there, live))
    assert "in version 3" in next(i5_cursor(picture([volume(2, 1)], []), there, live))
    assert "the cursor stands at 5" in next(i5_cursor(picture([volume(9, 1)], []), None, frozenset()))
    assert "no such row" in next(i5_cursor(picture([volume(3, 1)], []), {}, frozenset()))
    assert not list(i5_cursor(picture([], [], unread=frozenset({f'["{K}",3]'})), there, live))


def test_i5_a_row_is_kept_in_a_form_the_platform_had() -> None:
    """P61: a row whose version is new and whose content is old is nobody's row."""
    books = Shared()
    books.branch.rows = {K: volume(2, 7)}
    books.remember_platform()
    books.tags_of(volume(2, 7))
    with pytest.raises(Broken, match="I5"):
        books.tags_of(volume(2, None))
    with pytest.raises(Broken, match="no such version"):
        books.tags_of(volume(3, 7))


# ---------------------------------------------------------------- I6, I7


def test_i6_open_numbers_have_no_hole() -> None:
    def complaints(*kept: Kept, next_seq: int, last_ack: int = 0) -> list[str]:
        numbers = standing(next_seq=next_seq, last_ack_seq=last_ack)
        return list(i6_dense(picture([], [], standing=numbers), kept))

    assert not complaints(mutation("x", 1), mutation("y", 2), next_seq=3)
    assert "I6" in complaints(mutation("x", 1), mutation("y", 3), next_seq=4)[0]
    assert "I6" in complaints(mutation("x", 1), next_seq=3)[0]
    assert "another replica" in complaints(mutation("x", 1, replica="other"), next_seq=2)[0]
    assert "last one answered" in complaints(mutation("x", 5), next_seq=6, last_ack=3)[0]


def test_i6_the_platform_counts_a_replicas_numbers_up_only() -> None:
    assert not list(i6_progress({"r": (3, "x")}, {"r": (4, "y")}))
    assert "went back" in next(i6_progress({"r": (3, "x")}, {"r": (2, "w")}))
    assert "was x" in next(i6_progress({"r": (3, "x")}, {"r": (3, "y")}))


def test_i7_each_version_is_given_once() -> None:
    now = Platform(3, "e", "c", {}, {}, {}, {})
    assert not list(i7_tokens({1: "a", 2: "b"}, {1: "a", 2: "b", 3: "c"}, now))
    assert "twice" in next(i7_tokens({2: "b"}, {2: "other", 3: "c"}, now))
    assert "last version" in next(i7_tokens({}, {4: "d"}, now))
    assert "not that of" in next(i7_tokens({}, {3: "d"}, now))


def test_i7_a_changed_row_carries_a_new_version() -> None:
    """P59: a write around the feed is seen by its version."""
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    with pytest.raises(Broken, match="I7"):
        story.shows([volume(1, 7)], "x")
