"""The decision of sync with nothing around it: every history of two people and a job over one group, up to four actions long.

Whatever they do and whenever they sync, no accepted edit vanishes without a trace, all end equal, and every question ends.
`PLANNER_ALONE_DEPTH=5` walks all histories of five actions.
"""

import os
from collections.abc import Iterator

import pytest

from planner_core.entities import CLUSTER, IDEA, KEYWORD
from tests.planner_core.planner_alone import PEOPLE, Action, Case, Item, World

DEPTH = int(os.environ.get("PLANNER_ALONE_DEPTH", "4"))
X, Y = "x" * 32, "y" * 32
MOST_DECISIONS = 8

CASES = {
    "figure": Case(KEYWORD, KEYWORD.group("volume_override"), ((None,), (1,), (2,))),
    "placement": Case(KEYWORD, KEYWORD.group("placement"), ((None, "new"), (X, "mapped"), (Y, "mapped"))),
    "torn placement": Case(KEYWORD, KEYWORD.group("placement"), ((X, "mapped"), (X, "new"), (Y, "mapped"))),
    "idea status": Case(IDEA, IDEA.group("status"), (("new",), ("queued",), ("completed",))),
    "flag": Case(CLUSTER, CLUSTER.group("origin"), (("hand",), ("ai",), ("import",))),
}


def histories(case: Case, depth: int, *, deleted: bool = False) -> Iterator[tuple[tuple[Action, ...], World]]:
    """Every history of so many actions. The first person to act may as well be Anna: the two are alike."""
    paths: list[tuple[tuple[Action, ...], World]] = [((), World.of(case, deleted=deleted))]
    for length in range(depth):
        last = length == depth - 1
        onward: list[tuple[tuple[Action, ...], World]] = []
        for path, world in paths:
            has_anna = any(action.who == "anna" for action in path)
            for action in world.actions():
                if action.who == "carl" and not has_anna:
                    continue
                grown = ((*path, action), world.after(action))
                if last:
                    yield grown
                else:
                    onward.append(grown)
        paths = onward


def settled(world: World) -> World:
    for person in (*PEOPLE, *PEOPLE):
        world = world.synced(person)
    return world


def described(path: tuple[Action, ...]) -> str:
    return " | ".join(map(str, path))


def decided(world: World, choice: str) -> World:
    """Everybody answers everything in that way, with a sync after each answer, until nothing is asked."""
    for _ in range(MOST_DECISIONS):
        if not world.items:
            return world
        item: Item = world.items[0]
        world = settled(world.decided(item, "mine" if choice == "mine" else "theirs"))
    raise AssertionError(f"questions go on: {world.items}")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("deleted", [False, True], ids=["live", "in the trash"])
def test_no_history_of_two_people_and_a_job_loses_an_edit_or_ends_unequal(name: str, deleted: bool) -> None:
    """P27, P28, P60, P62, P69, P70, P73, I11, I16: exhaustive for two people, a job, three values, four actions."""
    walked = 0
    for path, world in histories(CASES[name], DEPTH, deleted=deleted):
        walked += 1
        rest = settled(world)
        assert not rest.told, f"{described(path)}: {rest.told}"
        shown = {client.effective for client in rest.clients}
        assert shown == {(rest.row.value, rest.row.deleted)}, described(path)
        for choice in ("mine", "theirs"):
            end = decided(rest, choice)
            assert not end.told, f"{described(path)}, all {choice}: {end.told}"
    assert walked > 200


def lost_edits(world: World, path: tuple[Action, ...]) -> Iterator[str]:
    """The ledger: of each person, the last value written stands, is asked about, or gave way to one that was written knowingly."""
    for person, client in zip(PEOPLE, world.clients, strict=True):
        values = [action.value for action in path if action.who == person and action.verb == "set"]
        is_taken_back = any(action.who == person and action.verb in {"undo", "delete"} for action in path)
        if not values or is_taken_back or world.row.deleted:
            continue
        asked = [item.mine for item in world.items if item.person == person]
        others = [action for action in path if action.who != person and action.verb in {"set", "undo"}]
        if world.row.value != values[-1] and values[-1] not in asked and not others:
            yield f"{person}'s {values[-1]} is nowhere ({client.effective})"


@pytest.mark.parametrize("name", ["figure", "placement", "torn placement"])
def test_what_only_one_person_wrote_stands_or_is_asked_about(name: str) -> None:
    """P60: a job never has the last word over a person, and a delete of a colleague asks."""
    for path, world in histories(CASES[name], DEPTH):
        if any(action.verb in {"delete", "restore"} for action in path):
            continue
        after_job = [number for number, action in enumerate(path) if action.verb == "job"]
        if after_job and after_job[-1] > max(
            (number for number, action in enumerate(path) if action.verb == "sync"), default=-1
        ):
            continue  # A job that read what the person had sent may go on from it.
        lost = [] if after_job else list(lost_edits(settled(world), path))
        assert not lost, f"{described(path)}: {lost}"


@pytest.mark.parametrize("name", ["figure", "placement"])
def test_a_later_decision_is_the_one_that_stands(name: str) -> None:
    """P29, P72: whoever keeps his own value when asked has it on the platform, unless the row went to the trash meanwhile."""
    asked = 0
    for path, world in histories(CASES[name], DEPTH):
        rest = settled(world)
        for item in rest.items:
            if item.kind != "conflict" or rest.row.deleted:
                continue
            asked += 1
            end = settled(rest.decided(item, "mine"))
            again = [one for one in end.items if (one.person, one.kind) == (item.person, item.kind)]
            if again:
                # Shown with what stands now, the same answer holds.
                assert again[0].theirs == end.row.value, described(path)
                end = settled(end.decided(again[0], "mine"))
            assert end.row.value == item.mine, described(path)
    assert asked > 100


@pytest.mark.parametrize("name", ["figure", "placement", "torn placement"])
def test_an_answer_given_to_an_old_picture_overwrites_nothing(name: str) -> None:
    """P72: mine was chosen against the value that was shown; what came since is asked about under the same question."""
    asked = 0
    for path, world in histories(CASES[name], DEPTH - 1):
        rest = settled(world)
        for item in rest.items:
            other = next(person for person in PEOPLE if person != item.person)
            for action in rest.actions():
                if item.kind != "conflict" or (action.who, action.verb) != (other, "set"):
                    continue
                moved = rest.after(action).synced(other)
                if moved.row.value in (item.theirs, item.mine):
                    continue
                asked += 1
                end = moved.decided(item, "mine")
                assert end.row.value == moved.row.value, f"{described(path)} | {action}"
                again = [one for one in end.items if (one.person, one.kind) == (item.person, item.kind)]
                assert [one.theirs for one in again] == [moved.row.value]
    assert asked > 10
