"""Work that comes again after the platform was put back from a backup (P66): in whatever order its machines come back."""

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from planner_core.entities import Value
from planner_core.operations import Delete, ItemsChange, Operation, Resolve, Restore, Seen
from planner_core.wire.feed import MutationResult
from planner_server import clock
from planner_server.accounts.models import User
from planner_server.feed import epochs
from planner_server.planning.models import ContentIdeas, Keywords
from tests.planner_server.world import Desk, Team, keyword, reply_of, set_of

GROUP = "volume_override"


@dataclass
class Machine:
    """A machine with one operation of the history that was lost, and the version it had there."""

    user: User
    operation: Operation
    was: int | None
    made: int | None = None

    def comes_back(self, team: Team) -> MutationResult:
        desk = Desk(self.user, team.site.uid)
        return reply_of(desk.send(desk.mutation(self.operation, was=self.was, made=self.made))).results[0]


def restored(team: Team) -> None:
    """The platform begins a new epoch, as it does when it was put back."""
    epochs.renew(team.scope, lost=team.scope.epoch)


def volume(old: Value, new: Value, uid: str) -> Operation:
    return set_of(GROUP, [old], [new], [uid])


@pytest.fixture
def one(team: Team) -> str:
    (uid,) = team.keywords(1)
    restored(team)
    return uid


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_every_order_the_edit_that_had_seen_the_others_stands(
    order: tuple[int, ...], team: Team, one: str
) -> None:
    """P66: None->1 (11), 1->None by somebody who saw it (12), None->1 by somebody who saw that (13)."""
    machines = [
        Machine(team.owner, volume(None, 1, one), 11),
        Machine(team.colleague, volume(1, None, one), 12),
        Machine(team.owner, volume(None, 1, one), 13),
    ]
    for number in order:
        result = machines[number].comes_back(team)
        assert result.verdict in {"applied", "superseded"}, result
    assert keyword(one).volume_override == 1


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_an_older_value_never_returns_over_an_edit_that_had_seen_it(
    order: tuple[int, ...], team: Team, one: str
) -> None:
    """P66: nothing to do is a place in the history, too."""
    machines = [
        Machine(team.owner, volume(None, 1, one), 11),
        Machine(team.colleague, volume(1, None, one), 12),
    ]
    for number in order:
        machines[number].comes_back(team)
    assert keyword(one).volume_override is None


def test_work_that_is_superseded_is_history_and_no_question(team: Team, one: str) -> None:
    """P66: the verdict and the row both say superseded; nothing is written and nobody is asked."""
    Machine(team.colleague, volume(1, None, one), 12).comes_back(team)
    version = Keywords.objects.get(uid=one).ver
    result = Machine(team.owner, volume(None, 1, one), 11).comes_back(team)
    assert result.verdict == "superseded"
    assert [(row.code, row.ids, row.group) for row in result.rows] == [("superseded", [one], GROUP)]
    assert Keywords.objects.get(uid=one).ver == version
    assert Desk(team.owner, team.site.uid).pull().conflicts == {}


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_deletion_and_the_restoring_that_had_seen_it_end_live(
    order: tuple[int, ...], team: Team, one: str
) -> None:
    """P66: the trash is a field like others."""
    machines = [
        Machine(team.owner, Delete("keyword", [Seen({}, [one])]), 11),
        Machine(team.colleague, Restore("keyword", [one]), 12),
    ]
    for number in order:
        machines[number].comes_back(team)
    assert keyword(one).deleted_at is None


def test_an_edit_that_a_deletion_had_seen_does_not_ask_about_the_deleted_row(team: Team, one: str) -> None:
    """P66: the deletion came after the edit and had seen it."""
    seen = {GROUP: (None,)}
    Machine(team.colleague, Delete("keyword", [Seen(seen, [one])]), 12).comes_back(team)
    assert Machine(team.owner, volume(None, 1, one), 11).comes_back(team).verdict == "superseded"
    assert Machine(team.owner, volume(None, 1, one), 13).comes_back(team).rows[0].code == "target_deleted"


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_member_added_and_then_taken_out_stays_out(order: tuple[int, ...], team: Team) -> None:
    """P66: members of a set are marked one by one."""
    (one,) = team.keywords(1)
    idea = team.idea("An idea")
    restored(team)
    machines = [
        Machine(team.owner, ItemsChange("idea", idea, "keyword_objects", add=[one]), 11),
        Machine(team.colleague, ItemsChange("idea", idea, "keyword_objects", remove=[one]), 12),
    ]
    for number in order:
        machines[number].comes_back(team)
    assert not ContentIdeas.objects.get(uid=idea).keyword_objects.exists()


@pytest.mark.parametrize("adds", [True, False], ids=["add", "remove"])
def test_a_member_that_left_unanswered_asks_instead_of_being_passed_over(adds: bool, team: Team) -> None:
    """P66: was=0: what came first may have seen it, or it may never have arrived; it is neither dropped nor does it return."""
    one, other = team.keywords(2)
    idea = team.idea("An idea", keywords=[one] if adds else [])
    restored(team)
    theirs = (
        ItemsChange("idea", idea, "keyword_objects", remove=[one])
        if adds
        else ItemsChange("idea", idea, "keyword_objects", add=[one])
    )
    assert Machine(team.colleague, theirs, 12).comes_back(team).verdict == "applied"
    mine = (
        ItemsChange("idea", idea, "keyword_objects", add=[one, other])
        if adds
        else ItemsChange("idea", idea, "keyword_objects", add=[other], remove=[one])
    )

    result = Machine(team.owner, mine, 0, made=10).comes_back(team)

    members = ContentIdeas.objects.get(uid=idea).keyword_objects
    assert (result.verdict, [row.code for row in result.rows]) == ("rejected", ["undo_overtaken"])
    assert {member.uid for member in members.all()} == (set() if adds else {one})
    (asked,) = Desk(team.owner, team.site.uid).pull().conflicts.values()
    assert (asked["kind"], asked["state"]) == ("refused", "open")
    # Sent again, it is plain work of the present.
    assert Desk(team.owner, team.site.uid).push(mine).verdict == "applied"
    assert {member.uid for member in members.all()} == ({one, other} if adds else {other})


def test_own_member_changes_that_left_without_an_answer_never_ask(team: Team) -> None:
    """P66: added (11, answered) and taken out again (not answered) by one machine, which sends both again."""
    (one,) = team.keywords(1)
    idea = team.idea("An idea")
    restored(team)
    desk = Desk(team.owner, team.site.uid)
    first = desk.mutation(ItemsChange("idea", idea, "keyword_objects", add=[one]), was=11)
    second = desk.mutation(ItemsChange("idea", idea, "keyword_objects", remove=[one]), was=0, made=10)
    verdicts = [result.verdict for result in reply_of(desk.send(first, second)).results]
    assert verdicts == ["applied", "applied"]
    assert not ContentIdeas.objects.get(uid=idea).keyword_objects.exists()


def test_an_undo_of_a_member_that_was_passed_over_takes_nobodys(team: Team) -> None:
    """P66, P70: the addition was superseded; a third person's later addition is not its doing."""
    (one,) = team.keywords(1)
    idea = team.idea("An idea", keywords=[one])
    restored(team)
    Machine(team.colleague, ItemsChange("idea", idea, "keyword_objects", remove=[one]), 12).comes_back(team)
    desk = Desk(team.owner, team.site.uid)
    added = desk.mutation(ItemsChange("idea", idea, "keyword_objects", add=[one]), was=11)
    (result,) = reply_of(desk.send(added)).results
    assert not ContentIdeas.objects.get(uid=idea).keyword_objects.exists()
    Desk(team.colleague, team.site.uid).push(ItemsChange("idea", idea, "keyword_objects", add=[one]))
    desk.push(ItemsChange("idea", idea, "keyword_objects", remove=[one]), undo_of=result.op_id)
    assert [row.uid for row in ContentIdeas.objects.get(uid=idea).keyword_objects.all()] == [one]


def test_work_made_on_rows_of_the_lost_history_counts_as_just_above_what_it_saw(team: Team, one: str) -> None:
    """P66: made=12 has seen 12 and everything before; it is never itself superseded, because it had not left."""
    assert Machine(team.colleague, volume(None, 5, one), None, made=12).comes_back(team).verdict == "applied"
    assert Machine(team.owner, volume(5, 4, one), 12).comes_back(team).verdict == "superseded"
    assert keyword(one).volume_override == 5
    late = Machine(team.owner, volume(5, 6, one), None, made=3).comes_back(team)
    assert (late.verdict, keyword(one).volume_override) == ("applied", 6)


def test_work_of_the_present_epoch_has_no_place_among_it(team: Team, one: str) -> None:
    """P66: what was made on rows of this epoch compares by values alone, and costs no mark."""
    made = team.scope.version
    assert (
        Machine(team.colleague, volume(None, 5, one), None, made=made).comes_back(team).verdict == "applied"
    )
    assert not team.scope.marks.exists()


def test_work_that_left_and_was_never_answered_asks_instead_of_returning(team: Team, one: str) -> None:
    """P66: was=0: it may have been seen by the edit that came first, or never have arrived."""
    Machine(team.colleague, volume(1, None, one), 12).comes_back(team)
    result = Machine(team.owner, volume(None, 1, one), 0, made=10).comes_back(team)
    assert [row.code for row in result.rows] == ["conflict"]
    assert keyword(one).volume_override is None


def test_an_edit_that_left_unanswered_is_not_passed_over_for_a_deletion_that_came_first(
    team: Team, one: str
) -> None:
    """P66: the deletion may never have seen it, so its author is asked about the row in the trash."""
    Machine(team.colleague, Delete("keyword", [Seen({}, [one])]), 12).comes_back(team)
    result = Machine(team.owner, volume(None, 1, one), 0, made=5).comes_back(team)
    assert [row.code for row in result.rows] == ["target_deleted"]


def test_a_deletion_that_left_unanswered_asks_about_a_row_that_was_restored_first(
    team: Team, one: str
) -> None:
    """P66: the restoring may have seen it; it neither returns over that nor is dropped."""
    Machine(team.colleague, Restore("keyword", [one]), 12).comes_back(team)
    result = Machine(team.owner, Delete("keyword", [Seen({}, [one])]), 0, made=5).comes_back(team)
    assert [row.code for row in result.rows] == ["conflict"]
    assert keyword(one).deleted_at is None


def test_a_restoring_that_left_unanswered_is_listed_if_a_deletion_came_first(team: Team, one: str) -> None:
    """P66: the deletion may have seen it; it neither returns over that nor is dropped."""
    Machine(team.colleague, Delete("keyword", [Seen({}, [one])]), 12).comes_back(team)
    result = Machine(team.owner, Restore("keyword", [one]), 0, made=5).comes_back(team)
    assert [row.code for row in result.rows] == ["undo_overtaken"]
    assert keyword(one).deleted_at is not None


def test_a_value_that_was_kept_in_a_decision_comes_back_after_the_decision(team: Team, one: str) -> None:
    """P66: "theirs" writes nothing, so it stands in nobody's way, least of all in that of the value it was for."""
    kept = Resolve("0" * 32, "theirs", "keyword", one, GROUP, (5,), (5,))
    Machine(team.owner, kept, None, made=13).comes_back(team)
    result = Machine(team.colleague, volume(None, 5, one), 12).comes_back(team)
    assert (result.verdict, keyword(one).volume_override) == ("applied", 5)


def test_own_work_in_a_row_that_left_without_an_answer_never_asks(team: Team, one: str) -> None:
    """P66: None->1 was answered, 1->2 was not; one machine sends both again."""
    desk = Desk(team.owner, team.site.uid)
    first = desk.mutation(volume(None, 1, one), was=11)
    second = desk.mutation(volume(1, 2, one), was=0, made=10)
    verdicts = [result.verdict for result in reply_of(desk.send(first, second)).results]
    assert (verdicts, keyword(one).volume_override) == (["applied", "applied"], 2)


def test_versions_of_a_new_epoch_lie_above_all_of_the_lost_one(team: Team, one: str) -> None:
    """P66: a machine tells how far the lost history went; the same backup put back twice gives later versions still."""
    desk = Desk(team.owner, team.site.uid)
    far = team.scope.version + 5_000
    reply = desk.client.get(desk.url("pull"), {"told": f"{far}.{clock.new_token()}"})
    assert (reply.status_code, reply.json()["code"]) == (409, "epoch")
    scope = team.scope
    assert scope.version == scope.epoch_ver > far
    assert scope.tokens.get(version=scope.version).token == scope.token
    restored(team)
    assert team.scope.epoch_ver > scope.version


@pytest.mark.parametrize("group", ["same", "other"])
def test_a_row_set_by_a_colleague_before_is_listed_so_that_no_undo_takes_it(
    group: str, team: Team, anna: Desk, carl: Desk
) -> None:
    """P70, I16: anna found the value there; undoing her edit leaves it. After her own edit the undo takes it back."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    if group == "same":
        carl.push(volume(None, 7, one))
    result = anna.push(volume(None, 7, one), op_id=op)
    codes: list[Any] = ["same"] if group == "same" else []
    assert (result.verdict, [row.code for row in result.rows]) == ("applied", codes)
    anna.push(volume(7, None, one), undo_of=op)
    assert keyword(one).volume_override == (7 if group == "same" else None)


def test_undoing_an_addition_leaves_members_that_were_there(team: Team, anna: Desk, carl: Desk) -> None:
    """P70, I16: the same for the keywords of an idea."""
    one, two = team.keywords(2)
    idea = team.idea("An idea")
    op = clock.new_uid()
    carl.push(ItemsChange("idea", idea, "keyword_objects", add=[one]))
    assert (
        anna.push(ItemsChange("idea", idea, "keyword_objects", add=[one, two]), op_id=op).verdict == "applied"
    )
    anna.push(ItemsChange("idea", idea, "keyword_objects", remove=[one, two]), undo_of=op)
    held = ContentIdeas.objects.get(uid=idea).keyword_objects.values_list("uid", flat=True)
    assert list(held) == [one]


def test_a_row_set_on_another_machine_of_the_same_person_is_listed_as_well(team: Team, anna: Desk) -> None:
    """P70, I16: two machines of one person are two."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    Desk(team.owner, team.site.uid).push(volume(None, 7, one))
    assert [row.code for row in anna.push(volume(None, 7, one), op_id=op).rows] == ["same"]
    anna.push(volume(7, None, one), undo_of=op)
    assert keyword(one).volume_override == 7


def test_work_of_two_lost_histories_is_asked_about(team: Team, one: str) -> None:
    """P66: the later epoch's edit was made where the earlier one's had been forgotten: neither had seen the other."""
    later = team.scope.version
    Machine(team.colleague, volume(None, 5, one), later).comes_back(team)
    Machine(team.colleague, volume(5, None, one), later + 1).comes_back(team)
    result = Machine(team.owner, volume(None, 1, one), 11).comes_back(team)
    assert [row.code for row in result.rows] == ["conflict"]
    assert keyword(one).volume_override is None


@pytest.mark.parametrize("deletes_first", [True, False])
def test_a_deletion_and_a_restoring_of_two_lost_histories_never_return_over_each_other(
    deletes_first: bool, team: Team, one: str
) -> None:
    """P66: the later one may have seen the earlier one, so that is asked about, whichever of the two it is."""
    far = 1_000_000_000
    delete, restore = Delete("keyword", [Seen({}, [one])]), Restore("keyword", [one])
    if deletes_first:
        Machine(team.colleague, delete, far).comes_back(team)
        result = Machine(team.owner, restore, 12).comes_back(team)
        assert [row.code for row in result.rows] == ["undo_overtaken"]
    else:
        Machine(team.colleague, restore, far).comes_back(team)
        result = Machine(team.owner, delete, 12).comes_back(team)
        assert [row.code for row in result.rows] == ["conflict"]
    assert (keyword(one).deleted_at is not None) is deletes_first
