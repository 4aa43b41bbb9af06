"""Verdicts that say nothing but "applied" are kept together, with what each would have brought about alone."""

from __future__ import annotations

from planner_core.commands import SetOverride
from planner_core.wire.feed import MutationResult, PushReply
from tests.sync.replica.world import EPOCH, OTHER_SITE, SITE, World, keyword, results, uid


def states(world: World) -> list[tuple[int, str, int | None]]:
    return world.replica._store.all(
        "SELECT seq, state, ver FROM mutation WHERE void = 0 AND state <> 'cancelled' ORDER BY id"
    )


def edit(world: World, number: int, value: int) -> str:
    action = world.replica.run([SetOverride("volume", [keyword(number)], value)]).action
    assert action is not None
    return action


def test_applied_work_of_one_answer_is_kept_together_and_once(world: World) -> None:
    """P14, P43: with the version each was told, the answer's own where none was; a repeat changes nothing."""
    for number in range(1, 5):
        edit(world, number, number)
    sent = world.send()
    told = [
        MutationResult(seq=one.seq, op_id=one.op_id, verdict="applied", ver=ver, rows=[])
        for one, ver in zip(sent, (7, 7, 8, 0), strict=True)
    ]
    reply = PushReply(epoch=EPOCH, version=9, token="t9", last_seq=sent[-1].seq, results=told)
    world.replica.store_results(SITE, reply)
    expected = [(1, "applied", 7), (2, "applied", 7), (3, "applied", 8), (4, "applied", 9)]
    assert states(world) == expected

    later = reply.model_copy(update={"results": [one.model_copy(update={"ver": 99}) for one in told]})
    world.replica.store_results(SITE, later)
    assert states(world) == expected
    assert world.replica.peek(SITE) == []


def test_an_applied_answer_speaks_of_its_own_scope_and_of_what_it_names(world: World) -> None:
    """P19: work of another scope and work nobody answered keep waiting; a void that was answered goes."""
    gone = edit(world, 1, 1)
    edit(world, 2, 2)
    edit(world, 3, 3)
    world.replica.cancel(gone)
    (void,) = world.replica._store.all("SELECT op_id FROM mutation WHERE void = 1")
    sent = world.send()
    assert void[0] in {one.op_id for one in sent}
    world.replica.store_results(OTHER_SITE, results(sent, version=3))
    assert {state for _, state, _ in states(world)} == {"sending"}

    reply = results(sent[:-1], version=3)
    reply.results.append(MutationResult(seq=99, op_id=uid(99, 9), verdict="applied", ver=3, rows=[]))
    world.replica.store_results(SITE, reply)
    assert [state for _, state, _ in states(world)] == ["applied", "sending"]
    assert not world.replica._store.all("SELECT 1 FROM mutation WHERE void = 1")
