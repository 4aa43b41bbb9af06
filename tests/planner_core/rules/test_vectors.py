"""The rules over plain dictionaries."""

import pytest

from planner_core.rules import check, decide
from tests.support.facts import MemoryFacts
from tests.vectors import Vector, as_wire, expected, load, shown

WORLD, VECTORS = load()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_command_comes_to_what_the_vector_says(vector: Vector) -> None:
    assert shown(decide(vector.command, MemoryFacts(WORLD), by_person=vector.by_person)) == expected(vector)


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if vector.by_person], ids=lambda vector: vector.name
)
def test_what_was_decided_here_passes_the_check_that_pushed_operations_meet(vector: Vector) -> None:
    facts = MemoryFacts(WORLD)
    for operation in decide(vector.command, facts).operations:
        kept, refused = check(operation, facts)
        assert not refused
        assert kept is not None
        assert as_wire([kept]) == as_wire([operation])
