"""A mutation counts once, whatever happens to requests and answers."""

import hashlib
import json

import pytest

from planner_core.wire.feed import Told
from planner_server import clock
from planner_server.feed import hooks
from planner_server.feed.models import FailedTry, MutationResult, Scope
from planner_server.planning.models import Keywords
from planner_server.planning.services import apply_operation
from planner_server.sync_api import judging, pushing
from planner_server.sync_api.ledger import Ledger
from tests.planner_server.world import Desk, Team, make_team, reply_of, set_of


def volume_of(uid: str) -> int | None:
    return Keywords.objects.get(uid=uid).volume_override


def test_a_push_that_comes_twice_gets_the_stored_verdicts_and_changes_nothing(team: Team, anna: Desk) -> None:
    one, two = team.keywords(2)
    lines = [anna.mutation(set_of("volume_override", [None], [n], [uid])) for n, uid in ((1, one), (2, two))]
    first = reply_of(anna.send(*lines))
    version = team.scope.version
    again = reply_of(anna.send(*lines))
    assert again.results == first.results
    assert [result.verdict for result in first.results] == ["applied", "applied"]
    assert (again.last_seq, again.version) == (2, version) == (first.last_seq, first.version)
    assert MutationResult.objects.count() == 2


def test_a_repeat_may_carry_new_mutations_behind_the_known_ones(team: Team, anna: Desk) -> None:
    one, two = team.keywords(2)
    known = anna.mutation(set_of("volume_override", [None], [1], [one]))
    reply_of(anna.send(known))
    fresh = anna.mutation(set_of("volume_override", [None], [2], [two]))
    reply = reply_of(anna.send(known, fresh))
    assert [result.seq for result in reply.results] == [1, 2]
    assert (volume_of(one), volume_of(two)) == (1, 2)


def test_a_gap_in_the_sequence_is_refused_and_names_what_comes_next(team: Team, anna: Desk) -> None:
    """P16, P83."""
    (one,) = team.keywords(1)
    response = anna.send(anna.mutation(set_of("volume_override", [None], [1], [one]), seq=3), first=3)
    assert response.status_code == 409
    assert response.json()["code"] == "gap"
    assert response.json()["details"] == {"expected": 1}
    assert volume_of(one) is None


def test_another_operation_under_a_used_number_is_a_copied_replica(team: Team, anna: Desk) -> None:
    """P82."""
    (one,) = team.keywords(1)
    anna.push(set_of("volume_override", [None], [1], [one]))
    copy = Desk(anna.user, anna.scope, replica=anna.replica)
    response = copy.send(copy.mutation(set_of("volume_override", [None], [2], [one])))
    assert (response.status_code, response.json()["code"]) == (409, "replica_forked")
    assert volume_of(one) == 1


def test_a_known_operation_from_another_replica_gets_its_verdict_and_is_not_applied_again(
    team: Team, anna: Desk
) -> None:
    (one,) = team.keywords(1)
    op = clock.new_uid()
    line = anna.mutation(set_of("volume_override", [None], [1], [one]), op_id=op)
    first = reply_of(anna.send(line)).results[0]
    Desk(team.colleague, anna.scope).push(set_of("volume_override", [1], [7], [one]))
    fork = Desk(anna.user, anna.scope, next_seq=2)
    again = reply_of(fork.send(line)).results[0]
    assert (again.verdict, again.ver) == (first.verdict, first.ver)
    assert volume_of(one) == 7
    assert reply_of(fork.send(line)).results == [again]


def test_a_known_operation_with_another_body_is_refused(team: Team, anna: Desk) -> None:
    """P67."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    anna.push(set_of("volume_override", [None], [1], [one]), op_id=op)
    for desk in (Desk(anna.user, anna.scope), Desk(anna.user, anna.scope, replica=anna.replica)):
        response = desk.send(desk.mutation(set_of("volume_override", [None], [2], [one]), op_id=op))
        assert (response.status_code, response.json()["code"]) == (409, "op_reused")
    assert volume_of(one) == 1


def test_an_operation_that_a_later_one_replaced_gets_superseded(team: Team, anna: Desk, carl: Desk) -> None:
    (one,) = team.keywords(1)
    old, new = clock.new_uid(), clock.new_uid()
    reply_of(
        anna.send(anna.mutation(set_of("volume_override", [None], [2], [one]), op_id=new, supersedes=(old,)))
    )
    late = Desk(anna.user, anna.scope)
    result = reply_of(
        late.send(late.mutation(set_of("volume_override", [None], [1], [one]), op_id=old))
    ).results[0]
    assert result.verdict == "superseded"
    assert volume_of(one) == 2


def test_a_mutation_changed_on_the_way_is_refused_as_a_whole_request(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    line = anna.mutation(set_of("volume_override", [None], [1], [one]))
    response = anna.send(line.replace(b'"test"', b'"tess"'))
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


def test_a_body_nobody_can_read_costs_its_own_mutation_only(team: Team, anna: Desk) -> None:
    one, two = team.keywords(2)
    good = anna.mutation(set_of("volume_override", [None], [1], [one]))
    bad = anna.mutation(set_of("volume_override", [None], [1], [two]))
    head, body, _ = bad.split(b"\n")
    broken = body.replace(b'"k":"set"', b'"k":"sit"')
    fixed = json.loads(head) | {"sha256": hashlib.sha256(broken).hexdigest()}
    bad = json.dumps(fixed).encode() + b"\n" + broken + b"\n"
    last = anna.mutation(set_of("difficulty_override", [None], [9], [two]))
    results = reply_of(anna.send(good, bad, last)).results
    assert [result.verdict for result in results] == ["applied", "rejected", "applied"]
    assert results[1].rows[0].code == "bad_body"
    kept = MutationResult.objects.get(seq=2).body
    assert kept is not None
    assert bytes(kept) == broken


def test_a_mutation_the_server_fails_on_is_parked_and_the_rest_goes_on(
    team: Team, anna: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """P17, P18."""
    one, two = team.keywords(2)
    real = apply_operation
    tries = []

    def poisoned(work: object, operation: object) -> None:
        real(work, operation)  # type: ignore[arg-type]
        if one in operation.ids:  # type: ignore[attr-defined]
            tries.append(1)
            raise RuntimeError("poison")

    monkeypatch.setattr(judging, "apply_operation", poisoned)
    lines = [anna.mutation(set_of("volume_override", [None], [1], [uid])) for uid in (one, two)]
    results = reply_of(anna.send(*lines)).results
    assert [result.verdict for result in results] == ["rejected", "applied"]
    assert results[0].rows[0].code == "internal"
    assert len(tries) == 3
    assert (volume_of(one), volume_of(two)) == (None, 1)
    held = FailedTry.objects.get()
    assert (held.op_id, held.tries, held.error) == (results[0].op_id, 3, "RuntimeError('poison')")


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_failures_are_counted_outside_of_what_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """P17: the count survives the end of the server between two tries, so a third request gives the mutation up."""
    team = make_team()
    anna = Desk(team.owner, team.site.uid)
    (one,) = team.keywords(1)

    def poisoned(*_: object) -> None:
        raise RuntimeError("poison")

    monkeypatch.setattr(judging, "apply_operation", poisoned)
    line = anna.mutation(set_of("volume_override", [None], [1], [one]))

    def die(*_: object, **__: object) -> None:
        count(*_, **__)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    count = pushing._count_failure
    monkeypatch.setattr(pushing, "_count_failure", die)
    for tries in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            anna.send(line)
        assert FailedTry.objects.get().tries == tries
        assert not MutationResult.objects.exists()
    monkeypatch.setattr(pushing, "_count_failure", count)
    assert reply_of(anna.send(line)).results[0].rows[0].code == "internal"
    assert reply_of(anna.send(line)).results[0].verdict == "rejected"


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_a_failure_that_names_no_mutation_is_found_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """P17: what fails only when the transaction is closed is counted against a mutation that is alone in it."""
    team = make_team()
    anna = Desk(team.owner, team.site.uid)
    ids = team.keywords(3)
    ops = [clock.new_uid() for _ in ids]
    real = Ledger.write

    def poisoned(self: Ledger) -> None:
        if any(row.op_id == ops[1] and row.verdict == "applied" for row in self._fresh):
            raise RuntimeError("poison")
        real(self)

    monkeypatch.setattr(Ledger, "write", poisoned)
    lines = [
        anna.mutation(set_of("volume_override", [None], [1], [uid]), op_id=op)
        for uid, op in zip(ids, ops, strict=True)
    ]
    assert [one.verdict for one in reply_of(anna.send(*lines)).results] == ["applied", "rejected", "applied"]
    assert [volume_of(uid) for uid in ids] == [1, None, 1]


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_a_failure_that_names_no_mutation_behind_known_ones_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """P17, P14: the answer to the first two was lost; the third fails where nobody says which it was, and is given up."""
    team = make_team()
    anna = Desk(team.owner, team.site.uid)
    ids = team.keywords(4)
    ops = [clock.new_uid() for _ in ids]
    lines = [
        anna.mutation(set_of("volume_override", [None], [1], [uid]), op_id=op)
        for uid, op in zip(ids, ops, strict=True)
    ]
    reply_of(anna.send(*lines[:2], first=1))
    real = Ledger.write
    tries = []

    def poisoned(self: Ledger) -> None:
        if any(row.op_id == ops[2] and row.verdict == "applied" for row in self._fresh):
            tries.append(1)
            assert len(tries) < 10, "it is tried for ever"
            raise RuntimeError("poison")
        real(self)

    monkeypatch.setattr(Ledger, "write", poisoned)
    verdicts = [one.verdict for one in reply_of(anna.send(*lines, first=1)).results]
    assert verdicts == ["applied", "applied", "rejected", "applied"]
    assert FailedTry.objects.get().op_id == ops[2]


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_a_failure_before_the_first_mutation_is_counted_against_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """P17: what fails for the whole site is no edit's fault; the request fails and the queue stays as it is."""
    team = make_team()
    anna = Desk(team.owner, team.site.uid)
    (one,) = team.keywords(1)

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(pushing, "_open_lane", broken)
    response = anna.send(anna.mutation(set_of("volume_override", [None], [1], [one])))
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert not FailedTry.objects.exists()


def test_an_operation_whose_later_form_was_replaced_again_gets_superseded(
    team: Team, anna: Desk, carl: Desk
) -> None:
    """P67: first, second and third form of one edit; the third comes first."""
    (one,) = team.keywords(1)
    first, second, third = (clock.new_uid() for _ in range(3))
    anna.push(set_of("volume_override", [None], [3], [one]), op_id=third, supersedes=(second,))
    carl.push(set_of("difficulty_override", [None], [1], [one]), op_id=clock.new_uid())
    late = Desk(team.owner, team.site.uid)
    assert (
        late.push(set_of("volume_override", [None], [2], [one]), op_id=second, supersedes=(first,)).verdict
        == "superseded"
    )
    assert late.push(set_of("volume_override", [None], [1], [one]), op_id=first).verdict == "superseded"
    assert volume_of(one) == 3


def test_an_operation_whose_later_form_was_refused_is_carried_out(team: Team, anna: Desk) -> None:
    """P67, P86: only what was carried out can stand for its former form."""
    (one,) = team.keywords(1)
    old, new = clock.new_uid(), clock.new_uid()
    wrong = set_of("difficulty_override", [None], [500], [one])
    assert anna.push(wrong, op_id=new, supersedes=(old,)).verdict == "rejected"
    late = Desk(team.owner, team.site.uid)
    assert late.push(set_of("volume_override", [None], [1], [one]), op_id=old).verdict == "applied"
    assert volume_of(one) == 1


def test_a_later_form_replaces_what_its_former_form_wrote(team: Team, anna: Desk) -> None:
    """P67, P68: the former form had left from a copy and was carried out after all."""
    (one,) = team.keywords(1)
    first = clock.new_uid()
    copy = Desk(team.owner, team.site.uid)
    copy.push(set_of("volume_override", [None], [1], [one]), op_id=first)
    result = anna.push(set_of("volume_override", [None], [2], [one]), supersedes=(first,))
    assert (result.verdict, volume_of(one)) == ("applied", 2)


def test_a_second_successor_is_an_ordinary_edit(team: Team, anna: Desk) -> None:
    """P67: two copies fixed one refused edit differently: neither is dropped, the later is compared."""
    (one,) = team.keywords(1)
    first = clock.new_uid()
    refused = anna.push(set_of("difficulty_override", [None], [500], [one]), op_id=first)
    assert refused.verdict == "rejected"
    copy = Desk(team.colleague, team.site.uid)
    assert anna.push(set_of("volume_override", [None], [2], [one]), supersedes=(first,)).verdict == "applied"
    second = copy.push(set_of("volume_override", [None], [3], [one]), supersedes=(first,))
    assert [row.code for row in second.rows] == ["conflict"]


def test_an_edit_on_a_value_that_was_refused_is_compared_with_what_stood_before(
    team: Team, anna: Desk
) -> None:
    """P37: nobody but the rule stood in the way, so nobody is asked."""
    (one,) = team.keywords(1)
    wrong = anna.mutation(set_of("difficulty_override", [None], [500], [one]))
    still = anna.mutation(set_of("difficulty_override", [500], [501], [one]))
    right = anna.mutation(set_of("difficulty_override", [501], [50], [one]))
    results = reply_of(anna.send(wrong, still, right)).results
    assert [result.verdict for result in results] == ["rejected", "rejected", "applied"]
    assert Keywords.objects.get(uid=one).difficulty_override == 50


def test_edits_of_another_user_are_not_taken(team: Team, anna: Desk) -> None:
    """P49, P50."""
    (one,) = team.keywords(1)
    response = anna.send(
        anna.mutation(set_of("volume_override", [None], [1], [one])), user=team.colleague.uid
    )
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


def test_a_replica_of_another_user_cannot_push(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    anna.push(set_of("volume_override", [None], [1], [one]))
    thief = Desk(team.colleague, anna.scope, replica=anna.replica)
    response = thief.send(thief.mutation(set_of("volume_override", [1], [2], [one])))
    assert response.status_code == 403
    assert response.json()["details"] == {"replica": "owner_mismatch"}


def test_a_push_of_another_epoch_is_refused(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    response = anna.send(anna.mutation(set_of("volume_override", [None], [1], [one])), epoch="f" * 32)
    assert (response.status_code, response.json()["code"]) == (409, "epoch")
    assert response.json()["details"] == {"epoch": team.scope.epoch}


def test_a_version_the_platform_never_gave_starts_a_new_epoch(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    before = team.scope
    response = anna.send(
        anna.mutation(set_of("volume_override", [None], [1], [one])),
        told=Told(version=before.version, token="f" * 32),
    )
    assert (response.status_code, response.json()["code"]) == (409, "epoch")
    assert team.scope.epoch != before.epoch
    assert response.json()["details"] == {"epoch": team.scope.epoch}
    assert volume_of(one) is None


def test_every_version_ever_told_is_remembered(team: Team, anna: Desk) -> None:
    (one,) = team.keywords(1)
    told = None
    for value in range(4):
        line = anna.mutation(set_of("volume_override", [value - 1 if value else None], [value], [one]))
        reply = reply_of(anna.send(line, told=told))
        told = told or Told(version=reply.version, token=reply.token)
    assert told is not None
    assert Scope.objects.get(uid=anna.scope).version > told.version


def test_a_push_is_cut_into_transactions_of_two_thousand_rows_with_a_version_each(
    team: Team, anna: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "BATCH_ROWS", 4)
    monkeypatch.setattr(pushing, "BATCH_SECONDS", 60)
    ids = team.keywords(10)
    before = team.scope.version
    lines = [anna.mutation(set_of("volume_override", [None], [1], ids[n : n + 2])) for n in range(0, 10, 2)]
    reached: list[int] = []
    with hooks.at("C6", lambda: reached.append(1)):
        results = reply_of(anna.send(*lines)).results
    assert [result.ver - before for result in results] == [1, 1, 2, 2, 3]
    assert len(reached) == 2
    assert team.scope.version == before + 3


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_a_crash_between_two_transactions_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    monkeypatch.setattr(pushing, "BATCH_ROWS", 1)
    team = make_team()
    anna = Desk(team.owner, team.site.uid)
    ids = team.keywords(3)
    lines = [anna.mutation(set_of("volume_override", [None], [n], [uid])) for n, uid in enumerate(ids, 1)]
    for point in ("C7", "C6", "C6", "C8"):
        with hooks.at(point, die), pytest.raises(Killed):
            anna.send(*lines)
        applied = [volume_of(uid) for uid in ids]
        assert applied == [1, 2, 3][: MutationResult.objects.count()] + [None] * (
            3 - MutationResult.objects.count()
        )
    assert [result.verdict for result in reply_of(anna.send(*lines)).results] == ["applied"] * 3
    assert [volume_of(uid) for uid in ids] == [1, 2, 3]
    assert MutationResult.objects.count() == 3
