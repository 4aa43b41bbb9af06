"""What holds of the decision whatever the values are: it repeats, commutes where it should, and undo takes back what was done."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_core.entities import EDITABLE, Entity, Field, Group, Value, Values
from planner_core.invert import invert
from planner_core.merge import (
    Outcome,
    Standing,
    Wish,
    mark_of,
    merge,
    settle,
    settle_delete,
    settled_by_values,
    unseen_groups,
)
from planner_core.operations import Change, Delete, ItemsChange, Operation, Restore, Seen, Set, split

GROUPS = [(entity, group) for entity in EDITABLE for group in entity.groups]
ROWS = [f"{number:032x}" for number in range(6)]
CLUSTERS = ("c" * 32, "d" * 32)

Table = dict[tuple[str, str], Values]
"""(row, group) -> values; ("row", "deleted") -> (bool,), (row, "items") -> members."""


def domain(field: Field) -> list[Value]:
    """Three values of a field at most: equal values and a -> b -> a must happen."""
    match field.kind:
        case "bool":
            return [False, True]
        case "choice":
            return list(field.choices[:3])
        case "int":
            return [None, 1, 2] if field.nullable else [1, 2, 3]
        case "ref":
            return [None, *CLUSTERS]
        case _:
            return ["a", "b", "c"]


def values_of(entity: Entity, group: Group) -> st.SearchStrategy[Values]:
    return st.tuples(*(st.sampled_from(domain(entity.field(name))) for name in group.fields))


@st.composite
def meetings(draw: st.DrawFn) -> tuple[Entity, Group, Wish, Standing]:
    entity, group = draw(st.sampled_from(GROUPS))
    values = values_of(entity, group)
    wish = Wish(draw(values), draw(values), draw(st.booleans()), draw(st.booleans()))
    standing = Standing(draw(values), draw(st.booleans()), draw(st.booleans()), draw(st.booleans()))
    return entity, group, wish, standing


# ---------------------------------------------------------------- one decision


@given(meetings())
def test_carrying_out_a_wish_twice_is_carrying_it_out_once(
    meeting: tuple[Entity, Group, Wish, Standing],
) -> None:
    """P14: idempotent by content, too; the operation's id only spares the work."""
    entity, group, wish, standing = meeting
    if settle(entity, group, wish, standing) is Outcome.APPLY:
        after = replace(standing, values=wish.new, by_person=wish.by_person, is_own=True)
        assert settle(entity, group, wish, after) is Outcome.SAME


@given(meetings())
def test_only_an_applied_wish_changes_anything_and_nothing_is_left_without_a_word(
    meeting: tuple[Entity, Group, Wish, Standing],
) -> None:
    entity, group, wish, standing = meeting
    outcome = settle(entity, group, wish, standing)
    assert (outcome is Outcome.DELETED) == standing.deleted
    if outcome is Outcome.SAME:
        wanted = zip(wish.old, wish.new, standing.values, strict=True)
        assert all(new in (now, old) for old, new, now in wanted)
    if outcome is Outcome.KEPT:
        assert standing.by_person
        assert not wish.by_person
    if outcome is Outcome.OVERTAKEN:
        assert wish.takes_back
    assert outcome is not Outcome.SUPERSEDED


@given(meetings())
def test_what_is_decided_by_values_does_not_hang_on_the_writer(
    meeting: tuple[Entity, Group, Wish, Standing],
) -> None:
    """P62: the short way over whole classes of rows says what the long way says for each."""
    entity, group, wish, standing = meeting
    known = settled_by_values(entity, group, wish, standing.values)
    if known is not None:
        assert settle(entity, group, wish, replace(standing, deleted=False)) is known


@given(st.sampled_from(GROUPS), st.data())
def test_two_people_are_alike_to_the_decision(one: tuple[Entity, Group], data: st.DataObject) -> None:
    """Whoever comes second is asked; who that is makes no difference, other than for flags and statuses, where order counts."""
    entity, group = one
    if not group.protected or group.fields == ("status",):
        return
    old, hers, his = (data.draw(values_of(entity, group)) for _ in range(3))
    here, there = merge(entity, group, old, hers, his), merge(entity, group, old, his, hers)
    assert (here is Outcome.CONFLICT) == (there is Outcome.CONFLICT)
    if hers != his and here is Outcome.APPLY and old not in (hers, his):
        assert there is Outcome.SAME


@given(st.sampled_from(GROUPS), st.data())
def test_a_value_goes_into_a_group_whole_or_not_at_all(
    one: tuple[Entity, Group], data: st.DataObject
) -> None:
    """P73: APPLY writes `new` as it is; so what stands afterwards is one side's, never a mixture."""
    entity, group = one
    old, new, current = (data.draw(values_of(entity, group)) for _ in range(3))
    if merge(entity, group, old, new, current) is Outcome.APPLY and group.protected and current != old:
        if group.fields == ("status",):
            return
        # Nothing of theirs is overwritten that differs from both what was seen and what is wanted.
        assert all(now in (o, n) for o, n, now in zip(old, new, current, strict=True))


# ---------------------------------------------------------------- marks


@given(meetings(), st.integers(0, 20), st.integers(0, 20))
def test_work_sent_again_never_goes_over_work_sent_again_that_came_after_it(
    meeting: tuple[Entity, Group, Wish, Standing], own: int, held: int
) -> None:
    """P66."""
    entity, group, wish, standing = meeting
    live = replace(standing, deleted=False, mark=held)
    outcome = settle(entity, group, replace(wish, mark=own), live)
    assert (outcome is Outcome.SUPERSEDED) == (own < held)
    assert settle(entity, group, wish, live) is not Outcome.SUPERSEDED


@pytest.mark.parametrize(
    ("lower", "upper"), [((3, None), (None, 3)), ((None, 3), (4, None)), ((3, 9), (4, 1))]
)
def test_what_was_made_on_a_version_stands_just_above_what_was_that_version(
    lower: tuple[int | None, int | None], upper: tuple[int | None, int | None]
) -> None:
    """P66: and what was carried out counts by its version, whatever it had been made on."""
    below, above = mark_of(*lower), mark_of(*upper)
    assert below is not None
    assert above is not None
    assert below < above
    assert mark_of(None, None) is None


# ---------------------------------------------------------------- deletions


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=3), st.booleans(), st.booleans())
def test_a_deletion_asks_exactly_for_what_another_person_wrote_unseen(
    writers: list[tuple[bool, bool]], deleted: bool, by_person: bool
) -> None:
    """P28, P62, P63."""
    unseen = [Standing((), person, person and own) for person, own in writers]
    outcome = settle_delete(unseen, deleted=deleted, by_person=by_person)
    foreign = any(person and not own for person, own in writers)
    expected = Outcome.CONFLICT if by_person else Outcome.KEPT
    assert outcome is (Outcome.SAME if deleted else expected if foreign else Outcome.APPLY)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 1)),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 1)),
)
def test_a_deletion_looks_at_the_groups_it_had_seen(seen: dict[str, int], now: dict[str, int]) -> None:
    """P63: content against content; a group that one side does not know is no difference."""
    as_tuples: list[Mapping[str, Sequence[Value]]] = [
        {name: (value,) for name, value in side.items()} for side in (seen, now)
    ]
    assert unseen_groups(*as_tuples) == [name for name in seen if name in now and seen[name] != now[name]]


# ---------------------------------------------------------------- operations on a table


def begun() -> Table:
    table: Table = {}
    for row in ROWS:
        table[row, "deleted"] = (False,)
        table[row, "items"] = ()
        for entity, group in GROUPS:
            table[row, f"{entity.name}.{group.name}"] = tuple(
                domain(entity.field(name))[0] for name in group.fields
            )
    return table


def carried_out(table: Table, operations: Sequence[Operation]) -> Table:
    """The table after operations, each decided as the platform decides it."""
    table = dict(table)
    for operation in operations:
        match operation:
            case Set(entity=name, group=group_name, changes=changes):
                entity = next(one for one in EDITABLE if one.name == name)
                for change in changes:
                    for row in change.ids:
                        key = (row, f"{name}.{group_name}")
                        standing = Standing(table[key], deleted=bool(table[row, "deleted"][0]))
                        wish = Wish(change.old, change.new)
                        if settle(entity, entity.group(group_name), wish, standing) is Outcome.APPLY:
                            table[key] = change.new
            case ItemsChange(id=row, add=add, remove=remove):
                held = {str(one) for one in table[row, "items"]}
                table[row, "items"] = tuple(sorted((held | set(add)) - set(remove)))
            case Delete() | Restore():
                for row in operation.ids:
                    table[row, "deleted"] = (isinstance(operation, Delete),)
    return table


@st.composite
def edits(draw: st.DrawFn, table: Table) -> Operation:
    """One edit as a person would make it: the old values are those of the table."""
    kind = draw(st.sampled_from(["set", "set", "set", "items", "delete", "restore"]))
    live = [row for row in ROWS if not table[row, "deleted"][0]]
    if kind == "restore" or not live:
        dead = [row for row in ROWS if row not in live]
        return Restore("keyword", dead[: draw(st.integers(0, len(dead)))])
    rows = draw(st.lists(st.sampled_from(live), min_size=1, max_size=4, unique=True))
    if kind == "delete":
        return Delete("keyword", [Seen({}, rows)])
    if kind == "items":
        members = st.sampled_from(["k" * 32, "l" * 32])
        add, remove = draw(members), draw(members)
        held = {str(one) for one in table[rows[0], "items"]}
        return ItemsChange(
            "idea",
            rows[0],
            "keyword_objects",
            [add] if add not in held and add != remove else [],
            [remove] if remove in held else [],
        )
    entity, group = draw(st.sampled_from(GROUPS))
    new = draw(values_of(entity, group))
    classes: dict[Values, list[str]] = {}
    for row in rows:
        classes.setdefault(table[row, f"{entity.name}.{group.name}"], []).append(row)
    changes = [Change(old, new, ids) for old, ids in classes.items() if old != new]
    return Set(entity.name, group.name, changes)


@st.composite
def sessions(draw: st.DrawFn, most: int = 5) -> tuple[Table, list[Operation], Table]:
    """A table, edits made one after the other on it, and the table they end in."""
    table = start = begun()
    done: list[Operation] = []
    for _ in range(draw(st.integers(1, most))):
        operation = draw(edits(table))
        done.append(operation)
        table = carried_out(table, [operation])
    return start, done, table


@given(sessions())
def test_undo_of_everything_is_the_beginning_if_nothing_came_between(
    session: tuple[Table, list[Operation], Table],
) -> None:
    start, done, end = session
    assert carried_out(end, invert(done)) == start


@given(sessions())
def test_the_undo_of_an_undo_is_what_was_done(session: tuple[Table, list[Operation], Table]) -> None:
    start, done, end = session
    again = invert(invert(done))
    assert carried_out(start, again) == end


@given(sessions())
def test_edits_arrive_as_they_were_made_and_arriving_again_they_change_nothing(
    session: tuple[Table, list[Operation], Table],
) -> None:
    """P14, P22: the last value of each row and group stands, also when the last operation comes twice."""
    start, done, end = session
    assert carried_out(start, done) == end
    assert carried_out(start, [*done, done[-1]]) == end


@given(sessions(), st.integers(1, 3))
def test_an_operation_cut_into_parts_does_what_it_does_whole(
    session: tuple[Table, list[Operation], Table], size: int
) -> None:
    """P23, P26: parts name each row once, so they may go in any order, too."""
    start, done, end = session
    assert carried_out(start, [part for one in done for part in split(one, size)]) == end
    shuffled: list[Operation] = []
    for one in done:
        parts = list(split(one, size))
        random.Random(size).shuffle(parts)
        assert sorted(uid for part in parts for uid in part.ids) == sorted(one.ids)
        shuffled += parts
    assert carried_out(start, shuffled) == end


@given(sessions(3), sessions(3))
def test_work_on_other_rows_or_groups_may_come_in_any_order(
    hers: tuple[Table, list[Operation], Table], his: tuple[Table, list[Operation], Table]
) -> None:
    """Two people who touch nothing in common end alike, whoever syncs first."""
    start, her_work, _ = hers
    _, his_work, _ = his
    reached = {key for one in her_work for key in _keys(one)}
    if reached & {key for one in his_work for key in _keys(one)}:
        return
    assert carried_out(start, [*her_work, *his_work]) == carried_out(start, [*his_work, *her_work])


def _keys(operation: Operation) -> set[str]:
    """Rows an operation depends on or changes: liveness is everybody's, so rows are told apart and not their groups."""
    return set(operation.ids)
