"""The oracle complains: each invariant is shown a history in which it does not hold, made by hand, and one in which it does."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.simulation.history import Writer
from tests.simulation.invariants_platform import i6_progress, i7_tokens, i11_asked, i17_closed
from tests.simulation.invariants_replica import (
    i4_effective,
    i5_cursor,
    i6_dense,
    i8_access,
    i10_unique,
    i15_coupled,
)
from tests.simulation.ledger import Ledger, entry_of, wishes
from tests.simulation.oracle import Oracle, equal_at_rest
from tests.simulation.sight import (
    DELETED,
    Item,
    Kept,
    Mark,
    Platform,
    Question,
    Replica,
    Row,
    Standing,
    Verdict,
    row_of,
)
from tests.simulation.view import Shared, View
from tests.simulation.witness import Broken

EVE, CEM = "eve", "cem"
K, C1, C2 = "k" * 32, "c" * 32, "d" * 32


def keyword(
    uid: str = K, ver: int = 1, *, deleted: bool = False, pending: bool = False, **values: Any
) -> Row:
    """A keyword of its own seed, as one side has it."""
    fields = {"cluster": None, "status": "new"} | values
    return row_of(
        "keyword", uid, ver, fields, deleted=deleted, key=("sector", f"seed of {uid}"), pending=pending
    )


def cluster(uid: str = C1, ver: int = 1, *, deleted: bool = False, **values: Any) -> Row:
    """A cluster, as one side has it."""
    fields = {"name": uid[:3], "description": "", "status": "new", "origin": "hand"} | values
    return row_of("cluster", uid, ver, fields, deleted=deleted, key=("sector", fields["name"]))


def body(*ops: Mapping[str, Any], action: str = "a" * 32, **more: Any) -> bytes:
    """A mutation's body as it travels."""
    return json.dumps({"schema": 1, "action": action, "label": "", "at": 0, **more, "ops": ops}).encode()


def sets(
    group: str, old: Sequence[Any], new: Sequence[Any], *ids: str, entity: str = "keyword"
) -> dict[str, Any]:
    """A Set of one group."""
    return {"k": "set", "e": entity, "g": group, "changes": [[list(old), list(new), list(ids or (K,))]]}


def deletes(
    seen: Mapping[str, Sequence[Any]], uid: str = K, entity: str = "keyword", **more: Any
) -> dict[str, Any]:
    """A Delete of one row."""
    return {
        "k": "delete",
        "e": entity,
        "rows": [[{name: list(one) for name, one in seen.items()}, [uid]]],
        **more,
    }


class Story:
    """A platform that is told by hand: what was made, who had seen what, and what the platform then shows."""

    def __init__(self, *rows: Row, author: str = EVE) -> None:
        self.books = Shared()
        self.number = 0
        branch = self.books.branch
        branch.version = 1
        for row in rows:
            branch.put(row)
            for group in (*row.groups, DELETED):
                branch.tags[row.uid, group] = self.books.ancestry.tag("the beginning")
                branch.writers[row.uid, group] = Writer(author, "the beginning")
        branch.rows = {row.uid: row for row in rows}

    def makes(
        self, op: str, raw: bytes, *, user: str = EVE, seen: Sequence[str] = ("the beginning",)
    ) -> None:
        """Somebody makes an operation, having seen the operations named in all cells it touches."""
        entry = entry_of(op, raw, f"machine of {user}", user)
        self.books.ledger.enter(entry)
        for cell in set(entry.cells):
            shown = 0
            for one in seen:
                shown |= self.books.ancestry.tag(one)
            self.books.ancestry.made(op, cell, shown)

    def shows(
        self,
        rows: Sequence[Row],
        *ops: str,
        marks: Mapping[tuple[str, str], str] | None = None,
        listed: Sequence[Mapping[str, Any]] = (),
        verdict: str = "applied",
        aliases: Mapping[str, str] | None = None,
        sha256: str = "",
    ) -> None:
        """The platform carried operations out and holds these rows now (others as before)."""
        branch = self.books.branch
        version = max([branch.version, *(row.ver for row in rows)])
        now = dict(branch.rows) | {row.uid: row for row in rows}
        signs: dict[str, dict[str, Mark]] = {uid: {} for uid in now}
        for (uid, group), op in (marks or {}).items():
            signs[uid][group] = Mark("user", EVE, op, version)
        entries = self.books.ledger.entries
        verdicts = []
        for op in ops:
            self.number += 1
            body_hash = sha256 or entries[op].sha256 if op in entries else sha256
            verdicts.append(
                Verdict(self.number, 1, self.number, op, body_hash, verdict, version, tuple(listed))
            )
        picture = Platform(version, "epoch", f"token {version}", now, signs, {}, aliases or {})
        self.books.writes.judge(picture, verdicts)


def volume(ver: int, value: int | None) -> Row:
    """The keyword with a volume."""
    return keyword(ver=ver, volume_override=value)


def edit(old: int | None, new: int | None, **more: Any) -> bytes:
    """Set the volume."""
    return body(sets("volume_override", [old], [new]), **more)


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


def test_i1_what_was_discarded_before_it_was_sent_is_not_applied() -> None:
    story = Story(volume(1, None))
    story.makes("x", edit(None, 7))
    story.books.ledger.cancelled.add("x")
    with pytest.raises(Broken, match="discarded"):
        story.shows([volume(2, 7)], "x")


def view(*kept: Kept, doing: str = "step") -> View:
    """A view of a machine whose file held these mutations at the last look."""
    made = View(cast("Any", SimpleNamespace(name="A")), EVE, Shared())
    made._kept = {one.op: one for one in kept}
    made.doing = doing
    return made


def standing(**more: Any) -> Standing:
    """A replica that is in order at version 5."""
    usual: dict[str, Any] = {
        "access": "rw",
        "epoch": "e",
        "server_epoch": "e",
        "version": 5,
        "told_version": 5,
    }
    usual |= {"told_token": "t", "need_snapshot": False, "next_seq": 1, "last_ack_seq": 0, "last_ack_op": ""}
    return Standing(**usual | more)


def mutation(op: str, seq: int = 1, state: str = "waiting", **more: Any) -> Kept:
    """A mutation as a replica keeps it."""
    plain: dict[str, Any] = dict.fromkeys(("verdict", "ver", "undo_of", "results"))
    flags = dict.fromkeys(("confirmed", "void"), False)
    return Kept(
        **{**plain, **flags, "supersedes": (), "id": seq, "action": "a", "replica": "replica", "seq": seq}
        | {"op": op, "sha256": "", "state": state}
        | more
    )


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


def picture(base: Sequence[Row], shown: Sequence[Row], **more: Any) -> Replica:
    """A replica that stands in order."""
    usual = Replica("replica", standing(), {row.uid: row for row in base}, {row.uid: row for row in shown})
    return replace(usual, **more)


def laid(replica: Replica, *raw: bytes) -> list[str]:
    return list(i4_effective(replica, [wishes(one) for one in raw]))


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
