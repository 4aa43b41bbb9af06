"""Steps of tags and notes that belong to something else: several tags at once, taken back and carried out again wherever they are."""

from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from planner_desktop.app.labels import Labels
from planner_desktop.app.store import Store
from planner_desktop.app.writer import InlineExecutor, Writer
from sync.clock import SystemClock
from sync.errors import NotFound
from sync.ids import MonotonicIds


class _Nobody:
    """What a store needs and tags do not."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


class _Held:
    """The lock of an account, and nothing to write to."""

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    executor: Executor = InlineExecutor()
    held: Any = _Held()
    nobody: Any = _Nobody()
    store = Store(
        writer=Writer(lambda: held, executor),
        open_reader=lambda: nobody,
        engine=nobody,
        ids=MonotonicIds(SystemClock()),
    )
    return Labels(store, tmp_path / "labels")


def tags(labels: Labels) -> dict[str, list[str]]:
    return {name: list(ids) for name, ids in labels.read().tags.items()}


def test_several_tags_and_notes_are_one_step(labels: Labels) -> None:
    labels.tag(["a"], ["old"])
    done = labels.mark({"old": ["a", "b"], "new": ["b"]}, {"c": "ask"}, "Recipe")
    assert (done.label, done.changed) == ("Recipe", 2)
    assert tags(labels) == {"old": ["a", "b"], "new": ["b"]}
    assert labels.read().notes == {"c": "ask"}
    assert labels.mark({"old": ["a", "b"]}, {"c": "ask"}, "Recipe").step == 0
    labels.undo()
    assert tags(labels) == {"old": ["a"]}
    assert labels.read().notes == {}


def test_a_step_is_turned_back_and_forth_below_later_ones(labels: Labels) -> None:
    step = labels.mark({"new": ["a", "b"]}, {"a": "first", "b": "first"}, "Recipe").step
    labels.tag(["c"], ["new"])
    labels.note(["b"], "second")
    assert labels.turn({step: True}) == 1
    assert tags(labels) == {"new": ["c"]}
    assert labels.read().notes == {"b": "second"}, "what was written since stays"
    assert labels.turn({step: True, 99: True}) == 0
    assert labels.turn({step: False}) == 1
    assert tags(labels) == {"new": ["c", "a", "b"]}
    assert labels.read().notes == {"a": "first", "b": "second"}


def test_undo_passes_over_a_step_that_is_back_already(labels: Labels) -> None:
    labels.tag(["a"], ["first"])
    step = labels.mark({"second": ["a"]}, {}, "Recipe").step
    labels.turn({step: True})
    assert labels.undo().label.startswith("Undo: Tag first")
    with pytest.raises(NotFound):
        labels.undo()
    labels.turn({step: False})
    assert tags(labels) == {"second": ["a"]}
