"""The oracle complains, I8 to I17: what people are allowed, asked, and keep of their work; each shown broken and whole."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.simulation.invariants_platform import i11_asked, i17_closed
from tests.simulation.invariants_replica import (
    i8_access,
    i10_unique,
    i15_coupled,
)
from tests.simulation.ledger import Ledger, entry_of
from tests.simulation.oracle import PUSHES, Oracle
from tests.simulation.sight import (
    DELETED,
    Item,
    Question,
    Verdict,
    row_of,
)
from tests.simulation.stories import (
    C1,
    C2,
    CEM,
    EVE,
    K,
    Story,
    body,
    cluster,
    deletes,
    edit,
    keyword,
    mutation,
    picture,
    sets,
    standing,
    view,
    volume,
)
from tests.simulation.witness import Broken

# ---------------------------------------------------------------- I8, I9, I10


def test_i8_nothing_of_a_lost_site_stays() -> None:
    lost = standing(access="none", epoch="", version=0, need_snapshot=True)
    assert not list(i8_access(picture([], [], standing=lost)))
    assert "I8" in next(i8_access(picture([volume(1, 1)], [], standing=lost)))


@pytest.mark.parametrize(("due", "complains"), [(14 * 60_000, False), (16 * 60_000, True)])
def test_i9_waiting_work_is_looked_at_within_a_quarter_of_an_hour(due: int, complains: bool) -> None:
    status = SimpleNamespace(waiting=1, state="backoff")
    engine = SimpleNamespace(status=lambda: status, _stopped=False, _schedule=SimpleNamespace(due=due))
    machine = cast("Any", SimpleNamespace(engine=engine, clock=SimpleNamespace(monotonic=lambda: 0.0)))
    if complains:
        with pytest.raises(Broken, match="I9"):
            Oracle().check_deadline(machine)
    else:
        Oracle().check_deadline(machine)


def test_i10_two_live_rows_do_not_share_a_key() -> None:
    twin = replace(cluster(C2), key=cluster().key)
    assert not list(i10_unique({C1: cluster(), C2: cluster(C2)}, "here"))
    assert "I10" in next(i10_unique({C1: cluster(), C2: twin}, "here"))
    assert not list(i10_unique({C1: cluster(), C2: replace(twin, deleted=True)}, "here"))
    assert not list(i10_unique({C1: cluster(), C2: replace(twin, pending=True)}, "here"))


# ---------------------------------------------------------------- I11


def test_i11_a_persons_unseen_value_is_not_overwritten() -> None:
    """P62: whoever wrote last is asked by field."""
    story = Story(volume(1, 5), author=CEM)
    story.makes("x", edit(None, 7), seen=())
    with pytest.raises(Broken, match="I11"):
        story.shows([volume(2, 7)], "x")


def test_i11_a_jobs_value_gives_way() -> None:
    story = Story(volume(1, 5), author="")
    story.makes("x", edit(None, 7), seen=())
    story.shows([volume(2, 7)], "x")


def test_i11_a_delete_does_not_take_an_unseen_edit_along() -> None:
    """P63."""
    story = Story(volume(1, 5), author=CEM)
    story.makes("x", body(deletes({"volume_override": [None]})), seen=())
    with pytest.raises(Broken, match="I11"):
        story.shows([keyword(ver=2, deleted=True, volume_override=5)], "x")


def test_i11_children_nobody_saw_are_not_taken_out_silently() -> None:
    """P71."""
    inside = keyword(cluster=C1, status="mapped")
    raw = body(deletes({"name": [C1[:3]]}, C1, "cluster", kids={C1: []}))
    after = [cluster(ver=2, deleted=True), keyword(ver=2)]
    story = Story(cluster(), inside, author=CEM)
    story.makes("x", raw, seen=())
    with pytest.raises(Broken, match="told nobody"):
        story.shows(after, "x")
    story = Story(cluster(), inside, author=CEM)
    story.makes("x", raw, seen=())
    told = {"code": "unseen_children", "e": "keyword", "ids": [K], "group": "placement"}
    story.shows(after, "x", listed=[told], verdict="applied_with")


def test_i11_a_mark_names_who_wrote() -> None:
    """P62: a mark that names somebody else decides the next conflict wrongly."""
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.makes("y", body(sets("difficulty_override", [None], [1])))
    with pytest.raises(Broken, match="did not write it"):
        story.shows([volume(2, 7)], "x", marks={(K, "volume_override"): "y"})


def test_i11_a_listed_conflict_is_a_question() -> None:
    ledger = Ledger()
    ledger.enter(entry_of("x", edit(None, 7), "A", EVE))
    listed = {"code": "conflict", "ids": [K], "group": "volume_override", "conflict": "q", "mine": [7]}
    verdict = Verdict(1, 1, 1, "x", "", "applied_with", 2, (listed,))
    question = Question("q", EVE, K, "volume_override", "conflict", "open", (7,), ("x",), 2)
    assert not list(i11_asked(ledger, [verdict], {"q": question}))
    assert "nobody is asked" in next(i11_asked(ledger, [verdict], {}))
    assert "does not speak" in next(i11_asked(ledger, [verdict], {"q": replace(question, user=CEM)}))
    assert "wanted [7]" in next(i11_asked(ledger, [verdict], {"q": replace(question, mine=(8,))}))


# ---------------------------------------------------------------- I12


def test_i12_the_same_is_not_asked_again_and_again() -> None:
    oracle = Oracle()
    machine = SimpleNamespace(name="A", clock=SimpleNamespace(monotonic=lambda: 1.0))
    message = SimpleNamespace(target="/hello", body=b"{}")
    answer = SimpleNamespace(status=200)
    exchange = cast(
        "Any", SimpleNamespace(late=False, answer=answer, machine=machine, message=message, kind="hello")
    )
    for _ in range(5):
        oracle.count_request(exchange)
    with pytest.raises(Broken, match="I12"):
        oracle.count_request(exchange)
    oracle._asked = {key: deque([-20_000] * 9) for key in oracle._asked}
    oracle.count_request(exchange)


def test_i12_nobody_pushes_without_end() -> None:
    """P91: an answer that makes new work, whose answer makes new work."""
    oracle = Oracle()
    machine = SimpleNamespace(name="A", clock=SimpleNamespace(monotonic=lambda: 1.0))

    def push(number: int) -> Any:
        message = SimpleNamespace(target="/push", body=b"%d" % number)
        answer = SimpleNamespace(status=200)
        return SimpleNamespace(late=False, answer=answer, machine=machine, message=message, kind="push")

    for number in range(PUSHES):
        oracle.count_request(push(number))
    with pytest.raises(Broken, match="I12"):
        oracle.count_request(push(PUSHES))


# ---------------------------------------------------------------- I13


def test_i13_a_value_does_not_return_over_an_edit_that_had_seen_it() -> None:
    """P66: f=a; A: a->b; C saw it: b->a; both are lost; C's comes back first and finds a; A's must not win now."""
    story = Story(volume(1, 1))
    story.makes("a to b", edit(1, 2))
    story.makes("b to a", edit(2, 1), user=CEM, seen=("a to b",))
    story.shows([volume(2, 1)], "b to a", marks={(K, "volume_override"): "b to a"})
    with pytest.raises(Broken, match="I13"):
        story.shows([volume(3, 2)], "a to b")


def test_i13_work_that_was_passed_over_for_it_is_in_order() -> None:
    story = Story(volume(1, 1))
    story.makes("a to b", edit(1, 2))
    story.makes("b to a", edit(2, 1), user=CEM, seen=("a to b",))
    story.shows([volume(2, 1)], "b to a")
    story.shows([], "a to b", verdict="superseded")


@pytest.mark.parametrize("had_seen", [False, True])
def test_i1_an_edit_is_passed_over_for_a_deletion_only_if_its_author_had_seen_it(had_seen: bool) -> None:
    """P66: of an edit that somebody saw and then deleted the row, nobody is asked any more."""
    story = Story(volume(1, 1))
    story.makes("edit", edit(1, 2))
    story.makes("delete", body(deletes({})), user=CEM, seen=("edit",) if had_seen else ())
    story.shows([keyword(ver=2, deleted=True, volume_override=1)], "delete")
    if had_seen:
        story.shows([], "edit", verdict="superseded")
        return
    with pytest.raises(Broken, match="superseded"):
        story.shows([], "edit", verdict="superseded")


def test_i1_work_whose_value_stands_may_be_passed_over_by_whoever_did_not_know_of_it() -> None:
    """P66: an undo found the value there already, so it is nobody's work; what stands there now wants the same."""
    story = Story(volume(1, 2))
    story.makes("undo", edit(1, 2, undo_of="gone"), user=CEM, seen=())
    story.shows([], "undo", verdict="superseded")


PASSED_OVER = {"code": "superseded", "e": "keyword", "ids": [K], "group": DELETED}


def test_i1_a_part_of_an_edit_that_went_with_its_row_is_not_applied_though_it_finds_what_it_saw() -> None:
    """P66: the row was deleted by somebody who had seen the edit; the edit comes again after a restore, to the value from before it."""
    story = Story(volume(1, 1))
    story.makes("edit", edit(1, 2))
    story.makes("delete", body(deletes({})), user=CEM, seen=("edit",))
    story.shows([keyword(ver=2, deleted=True, volume_override=1)], "delete")
    story.shows([], "edit", listed=[PASSED_OVER], verdict="applied_with")


def test_i1_an_edit_of_a_live_row_is_not_passed_over_for_a_deletion() -> None:
    story = Story(volume(1, 1))
    story.makes("edit", edit(1, 2))
    with pytest.raises(Broken, match="I1"):
        story.shows([], "edit", listed=[PASSED_OVER], verdict="applied_with")


@pytest.mark.parametrize("was_there_once", [False, True])
def test_i13_what_was_discarded_in_one_copy_of_a_folder_may_come_from_the_other(was_there_once: bool) -> None:
    """P9: what was built upon it here had seen it on the screen; but not where it was carried out and seen, in a history that was lost."""
    story = Story(volume(1, 1))
    story.makes("a to b", edit(1, 2))
    story.makes("b to a", edit(2, 1), seen=("a to b",))
    story.books.ledger.cancelled.add("a to b")
    story.books.ledger.shared.add("a to b")
    if was_there_once:
        story.books.ancestry.follows("a to b", 0, (K, "volume_override"))
    story.shows([volume(2, 1)], "b to a")
    if was_there_once:
        with pytest.raises(Broken, match="I13"):
            story.shows([volume(3, 2)], "a to b")
    else:
        story.shows([volume(3, 2)], "a to b", marks={(K, "volume_override"): "a to b"})


@pytest.mark.parametrize("was_there_once", [False, True])
@pytest.mark.parametrize("as_new", [False, True])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("sent_from", ["this file", "the other"])
def test_i13_a_copy_may_send_as_new_what_the_other_had_sent_to_a_platform_that_was_put_back(
    was_there_once: bool, as_new: bool, shared: bool, sent_from: str
) -> None:
    """P9, P81: it cannot know, and the platform has forgotten it. What nobody copied, or what left from this very file, may not."""
    story = Story(keyword())
    story.makes("delete", body(deletes({})))
    story.makes("restore", body({"k": "restore", "e": "keyword", "rows": [K]}), user=CEM, seen=("delete",))
    if shared:
        story.books.ledger.shared.add("delete")
    if was_there_once:
        story.books.ancestry.follows("delete", 0, (K, "deleted"))
    story.shows([], "restore")
    ledger = story.books.ledger
    if sent_from == "this file":
        ledger.arrived(["delete"], "a copy")
    ledger.file_copied("a copy", "the machine")
    ledger.arrived(["delete"], "a copy")
    ledger.sent("delete", "the machine", as_new=as_new)
    deleted = keyword(ver=2, deleted=True)
    if was_there_once and as_new and shared and sent_from == "the other":
        story.shows([deleted], "delete")
        return
    with pytest.raises(Broken, match="I13"):
        story.shows([deleted], "delete")


def test_i13_what_a_copy_has_sent_once_as_known_to_have_left_is_not_new_any_more() -> None:
    story = Story(keyword())
    story.makes("delete", body(deletes({})))
    story.books.ledger.shared.add("delete")
    story.books.ledger.sent("delete", "the machine", as_new=True)
    assert story.books.ledger.unaware == {"delete"}
    story.books.ledger.sent("delete", "the machine", as_new=False)
    assert not story.books.ledger.unaware


def test_i13_a_deletion_does_not_return_over_a_restoring() -> None:
    story = Story(keyword())
    story.makes("delete", body(deletes({})))
    story.makes("restore", body({"k": "restore", "e": "keyword", "rows": [K]}), user=CEM, seen=("delete",))
    story.shows([], "restore")
    with pytest.raises(Broken, match="I13"):
        story.shows([keyword(ver=2, deleted=True)], "delete")


# ---------------------------------------------------------------- I14, I15, I16, I17


def test_i14_a_body_never_changes_under_its_id() -> None:
    """P67."""
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    with pytest.raises(Broken, match="I14"):
        story.shows([volume(2, 7)], "x", sha256="0" * 64)
    here = view()
    with pytest.raises(Broken, match="I14"):
        here._check_body(mutation("x"), story.books.ledger.entries["x"])


def test_i15_coupled_fields_are_not_torn() -> None:
    """P73: in a cluster but new, by nobody's wish."""
    torn = {K: keyword(cluster=C1, status="new")}
    assert "I15" in next(i15_coupled(torn, {}, "here"))
    assert not list(i15_coupled(torn, {(K, "placement"): {(C1, "new")}}, "here"))
    assert not list(i15_coupled({K: keyword(cluster=C1, status="mapped")}, {}, "here"))
    idea = row_of("idea", K, 1, {"content_type": "page", "content_structure": "article"})
    assert "I15" in next(i15_coupled({K: idea}, {}, "here"))


def test_i16_an_undo_leaves_what_a_colleague_wrote_since() -> None:
    """P70: also where the values are equal."""
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.shows([volume(2, 7)], "x")
    story.makes("y", edit(None, 7), user=CEM)
    story.shows([], "y")
    story.makes("undo", edit(7, None, undo_of="x"), seen=("x",))
    with pytest.raises(Broken, match="I16"):
        story.shows([volume(3, None)], "undo")


def test_i16_an_undo_takes_back_its_own() -> None:
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.shows([volume(2, 7)], "x")
    story.makes("undo", edit(7, None, undo_of="x"), seen=("x",))
    story.shows([volume(3, None)], "undo")


def test_i16_a_value_that_a_job_had_written_already_is_his_who_wanted_it_too() -> None:
    """P70: the job, whom its undo has not seen, is nobody."""
    story = Story(volume(1, 7), author="")
    story.books.branch.tags[K, "volume_override"] = story.books.ancestry.tag("job at 1")
    story.makes("x", edit(None, 7))
    story.makes("y", edit(None, 7))
    story.shows([], "x", "y")
    story.makes("undo", edit(7, None, undo_of="x"), seen=("x", "y"))
    story.shows([volume(2, None)], "undo")


def test_i16_an_undo_of_an_import_deletes_its_own_rows_only() -> None:
    """P69."""
    story = Story(keyword(), author=CEM)
    story.makes("undo", body(deletes({}), undo_of="x"))
    with pytest.raises(Broken, match="I16"):
        story.shows([keyword(ver=2, deleted=True)], "undo")


def test_i17_a_decided_question_is_closed_everywhere() -> None:
    question = Question("q", EVE, K, "volume_override", "conflict", "closed", (7,), ("x",), 2)
    item = Item("q", "conflict", "conflict", K, (K,), "volume_override", "open", "", ("x",), 1)
    assert "still open" in next(i17_closed("A", EVE, {"q": question}, {"q": item}))
    assert not list(i17_closed("A", EVE, {"q": question}, {"q": replace(item, state="closed")}))
    assert "not on A" in next(i17_closed("A", EVE, {"q": replace(question, state="open")}, {}))
    assert not list(i17_closed("A", CEM, {"q": question}, {"q": item}))
