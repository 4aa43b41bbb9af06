"""The first version a process gives out in a scope is far above all that were given out before."""

from __future__ import annotations

import pytest
from django.db import transaction

from planner_core.merge import ONE_HISTORY
from planner_server.feed.gate import Actor, new_scope, write
from planner_server.feed.models import Scope
from planner_server.feed.running import RUN

pytestmark = pytest.mark.django_db(transaction=True)
ANYBODY = Actor("user", "u1")


@pytest.fixture
def scope() -> Scope:
    """A scope this process has made and written twice."""
    made = new_scope("site", "run-of-versions")
    for _ in range(2):
        with write(made, ANYBODY):
            pass
    return made


def _written(scope: Scope) -> int:
    with write(scope, ANYBODY) as gate:
        return gate.version


def test_versions_of_one_process_follow_each_other(scope: Scope) -> None:
    assert [_written(scope), _written(scope)] == [3, 4]


def test_a_process_begins_far_above_what_another_gave_out(scope: Scope) -> None:
    """P66: what was lost by a restore nobody noticed and what was written since never look like one history."""
    RUN.end()
    first = _written(scope)
    assert first - 2 > ONE_HISTORY
    assert _written(scope) == first + 1


def test_a_beginning_that_was_rolled_back_is_made_again(scope: Scope) -> None:
    """P66: only a committed version is this process's own."""
    RUN.end()
    with pytest.raises(ZeroDivisionError), write(scope, ANYBODY):
        raise ZeroDivisionError
    assert _written(scope) - 2 > ONE_HISTORY


def test_a_beginning_is_this_process_own_only_when_the_whole_transaction_is_committed(scope: Scope) -> None:
    """P66: the gate was closed in order, and then what it was opened in was rolled back."""
    RUN.end()
    with transaction.atomic():
        with write(scope, ANYBODY):
            pass
        transaction.set_rollback(True)
    assert not RUN.goes_on(scope.uid)
    assert _written(scope) - 2 > ONE_HISTORY


def test_two_processes_that_begin_on_one_copy_give_out_different_versions(
    scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P66: a copy that is put back twice."""
    RUN.end()
    lost = _written(scope)
    Scope.objects.filter(pk=scope.pk).update(version=2)
    RUN.end()
    later = lost // 1_000 + 60_000
    monkeypatch.setattr("planner_server.clock.now_ms", lambda: later)
    assert _written(scope) - lost > ONE_HISTORY
