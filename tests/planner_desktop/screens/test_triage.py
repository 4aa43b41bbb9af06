"""Triage with keys: each is one action at once, undone by one key, and nothing is lost when the page or the program is left."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from planner_core.commands import AssignCluster, DeleteRows, EditRow, SetEnabled
from planner_desktop.app.profile import Profile
from planner_desktop.screens.triage import pile
from planner_desktop.screens.triage.session import Session
from planner_desktop.widgets.toast import Toast
from tests.planner_desktop.screens.conftest import Open, Stage
from tests.support.machine import CLUSTERS, KEYWORDS

pytestmark = pytest.mark.qt

DESK = "standing desk"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks after changes come at once: there is nobody to wait for between two keys."""
    monkeypatch.setattr(pile, "_SETTLE_MS", 10)


@pytest.fixture
def triage(stage: Stage) -> Stage:
    """The Triage page; cluster 0 is about standing desks."""
    stage.run(EditRow("cluster", CLUSTERS[0], {"name": "Standing desks"}))
    begin(stage)
    return stage


def begin(stage: Stage) -> None:
    stage.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    stage.settle()


def session_of(stage: Stage) -> Session:
    session = stage.window.triage.session
    assert session is not None
    return session


def top(stage: Stage) -> str:
    shown = session_of(stage).pile.look()
    return shown.rows[0].keyword if shown is not None else ""


def press(stage: Stage, *keys: str) -> None:
    """Press letters and wait until all of them are carried out."""
    for key in keys:
        QTest.keyClicks(stage.window.triage, key)
    stage.settle()


def rows(stage: Stage) -> dict[str, tuple[str | None, str, bool]]:
    """What the replica holds: keyword -> (cluster, status, disabled)."""
    planner = stage.window.account.planner
    with planner.store.reading() as reader:
        keys = reader.keyword_keys(KEYWORDS)
        found = reader.keyword_page(list(keys.values()))
    return {
        str(row["keyword"]).removeprefix(f"{DESK} "): (row["cluster"], row["status"], row["disabled"])
        for row in found
    }


def labels(stage: Stage) -> list[str]:
    with stage.window.account.planner.store.reading() as reader:
        return [row.label for row in reader.history(20)]


def left(stage: Stage) -> int:
    return session_of(stage).left


def test_the_page_shows_the_largest_new_keyword_with_figures_neighbours_and_suggestions(
    triage: Stage,
) -> None:
    page = triage.window.triage
    assert page.card.keyword.text() == f"{DESK} 9"
    assert page.accessibleDescription().startswith(f"{DESK} 9, volume 900")
    assert page.left.text() == "10 left"
    assert page.keys.offers[0].text() == "Standing desks"
    assert page.keys.offers[0].note == DESK
    assert [line.text for line in page.card.neighbours.lines][:1] == [f"{DESK} 0"]
    assert triage.window.rail._items["triage"].accessibleName().endswith("10")


def test_each_key_is_one_action_that_is_written_and_the_next_keyword_is_there(triage: Stage) -> None:
    before = len(labels(triage))
    press(triage, "1")
    assert top(triage) == f"{DESK} 8"
    press(triage, "d")
    assert top(triage) == f"{DESK} 7"
    press(triage, "s")
    assert top(triage) == f"{DESK} 6"
    found = rows(triage)
    assert found["9"] == ("Standing desks", "mapped", False)
    assert found["8"] == (None, "new", True)
    assert found["7"] == (None, "new", False)
    assert len(labels(triage)) == before + 2
    assert left(triage) == 8


def test_keys_pressed_faster_than_they_are_written_are_all_carried_out_in_order(triage: Stage) -> None:
    for key in "1dd.r":
        QTest.keyClicks(triage.window.triage, key)
    assert left(triage) == 5
    assert top(triage) == f"{DESK} 4"
    triage.settle()
    found = rows(triage)
    assert found["9"][0] == "Standing desks"
    assert [found[name][2] for name in "98765"] == [False, True, True, True, True]
    assert left(triage) == 5


def test_undo_takes_back_one_key_at_a_time_and_has_its_keyword_on_top_again(triage: Stage) -> None:
    press(triage, "1", "s", "d")
    for name in "789":
        press(triage, "u")
        assert top(triage) == f"{DESK} {name}"
    assert rows(triage)["9"] == (None, "new", False)
    assert rows(triage)["7"] == (None, "new", False)
    assert left(triage) == 10
    assert session_of(triage).pile.skipped == {}


def test_an_undo_pressed_before_the_decision_is_written_takes_it_back(triage: Stage) -> None:
    QTest.keyClicks(triage.window.triage, "1u")
    assert top(triage) == f"{DESK} 9"
    triage.settle()
    triage.settle()
    assert rows(triage)["9"] == (None, "new", False)
    assert (top(triage), left(triage)) == (f"{DESK} 9", 10)


def test_the_windows_own_undo_brings_the_keyword_back_on_top(triage: Stage) -> None:
    press(triage, "1", "1")
    triage.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    triage.settle()
    triage.settle()
    assert (top(triage), left(triage)) == (f"{DESK} 8", 9)
    press(triage, "u")
    assert (top(triage), left(triage)) == (f"{DESK} 9", 10)


def test_a_new_cluster_gets_a_suggested_name_takes_the_keyword_and_is_the_next_ones_recent(
    triage: Stage,
) -> None:
    press(triage, "n")
    field = triage.window.triage.keys.name
    assert field.hasFocus()
    assert field.text() == "Standing desk 9"
    field.setText("Nines")
    QTest.keyClick(field, Qt.Key.Key_Return)
    triage.settle()
    assert rows(triage)["9"] == ("Nines", "mapped", False)
    assert labels(triage)[0] == "New cluster “Nines” for 1 keyword"
    triage.until(lambda: triage.window.triage.keys.offers[5].text() == "Nines")
    press(triage, "6", "r")
    assert [rows(triage)[name][0] for name in "87"] == ["Nines", "Nines"]
    press(triage, "u", "u", "u")
    assert rows(triage)["9"] == (None, "new", False)
    assert left(triage) == 10


def test_a_name_is_left_without_a_trace(triage: Stage) -> None:
    press(triage, "n")
    QTest.keyClick(triage.window.triage.keys.name, Qt.Key.Key_Escape)
    assert triage.window.triage.hasFocus()
    assert not triage.window.triage.keys.is_naming
    assert top(triage) == f"{DESK} 9"
    press(triage, "d")
    assert rows(triage)["9"][2]


def test_any_cluster_is_found_by_typing_and_one_that_is_not_there_is_made(triage: Stage) -> None:
    press(triage, "a")
    triage.type("cluster 2")
    triage.key(Qt.Key.Key_Return)
    triage.settle()
    assert rows(triage)["9"][0] == "Cluster 2"
    press(triage, "a")
    triage.type("Tall ones")
    triage.key(Qt.Key.Key_Return)
    triage.settle()
    assert rows(triage)["8"][0] == "Tall ones"
    assert top(triage) == f"{DESK} 7"


def test_a_refusal_says_why_and_the_keyword_stays(triage: Stage) -> None:
    press(triage, "n")
    triage.window.triage.keys.name.setText("standing  DESKS")
    QTest.keyClick(triage.window.triage.keys.name, Qt.Key.Key_Return)
    triage.settle()
    card = triage.window.triage.card
    assert top(triage) == f"{DESK} 9"
    assert left(triage) == 10
    assert card.message.isVisible()
    assert "already has a cluster named" in card.message.text()
    assert rows(triage)["9"] == (None, "new", False)
    press(triage, "1")
    assert not card.message.isVisible()
    assert top(triage) == f"{DESK} 8"


def test_a_cluster_that_went_meanwhile_refuses_like_everywhere_else(triage: Stage) -> None:
    press(triage, "1")
    triage.run(DeleteRows("cluster", [CLUSTERS[0]]))
    begin(triage)
    before = left(triage)
    press(triage, "r")
    assert triage.window.triage.card.message.text()
    assert left(triage) == before


def test_what_others_decide_leaves_the_pile_and_what_they_open_comes_into_it(triage: Stage) -> None:
    triage.run(AssignCluster([KEYWORDS[9]], CLUSTERS[1]), SetEnabled("keyword", [KEYWORDS[3]], enabled=False))
    triage.settle()
    triage.until(lambda: left(triage) == 8)
    assert top(triage) == f"{DESK} 8"
    triage.run(SetEnabled("keyword", [KEYWORDS[3]], enabled=True))
    triage.until(lambda: left(triage) == 9)


def test_skipped_ones_come_last_also_after_a_restart_and_the_grouping_is_kept(
    open_window: Open, profile: Profile
) -> None:
    stage = open_window(profile)
    begin(stage)
    press(stage, "s", " ", "d")
    assert left(stage) == 9
    stage.window.close()
    again = open_window(profile)
    begin(again)
    assert (top(again), left(again)) == (f"{DESK} 6", 9)
    for _ in range(7):
        press(again, "d")
    assert top(again) == f"{DESK} 9"
    assert "2 skipped" in again.window.triage.pace.whole_text()
    press(again, "d", "d")
    assert left(again) == 0
    assert again.window.triage._empty is not None
    assert session_of(again).pile.skipped == {}


def test_groups_are_decided_together_as_one_action(triage: Stage) -> None:
    for _ in range(2):
        triage.key(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert session_of(triage).pile.grouping == "first-words"
    triage.settle()
    shown = session_of(triage).pile.look()
    assert shown is not None
    assert len(shown.rows) == 10
    assert len(triage.window.triage.card.members.lines) == 10
    count = len(labels(triage))
    press(triage, "1")
    assert {cluster for cluster, _, _ in rows(triage).values()} == {"Standing desks"}
    assert len(labels(triage)) == count + 1
    assert left(triage) == 0
    assert not [toast for toast in triage.window.toasts.findChildren(Toast) if toast.isVisible()]
    press(triage, "u")
    triage.until(lambda: left(triage) == 10)
    press(triage, "g")
    assert session_of(triage).pile.grouping == "one"
    assert top(triage) == f"{DESK} 9"


def test_a_suggested_cluster_brings_a_group_whose_first_key_is_that_cluster(triage: Stage) -> None:
    triage.window.triage._choose("suggested-cluster")
    triage.settle()
    assert triage.window.triage.keys.offers[0].text() == "Standing desks"
    shown = session_of(triage).pile.look()
    assert shown is not None
    # The other two share a number with the names of two other clusters.
    assert len(shown.rows) == 8


def test_a_key_held_down_or_typed_into_a_field_decides_nothing(triage: Stage) -> None:
    triage.window.show_page("keywords")
    triage.window.keywords.query.edit.setFocus()
    QTest.keyClicks(triage.focus, "d1s")
    assert isinstance(triage.focus, QLineEdit)
    triage.window.keywords.query.set_text("")
    begin(triage)
    assert left(triage) == 10
    assert not triage.window.toasts.findChildren(Toast)


def test_what_the_query_line_finds_is_triaged_alone_until_that_is_dropped(stage: Stage) -> None:
    begin(stage)
    every = left(stage)
    stage.window.show_page("keywords")
    stage.window.keywords.ask_query("volume:>=500 -9")
    stage.settle()
    shown = stage.window.keywords.table.count
    stage.window.keywords.triage.click()
    stage.settle()
    assert 0 < left(stage) <= shown < every
    assert "9" not in top(stage)
    assert stage.window.triage.only.text() == "Only volume:>=500 -9"
    before = left(stage)
    press(stage, "d")
    assert left(stage) == before - 1
    press(stage, "u")
    assert left(stage) == before
    stage.window.triage.only.click()
    stage.settle()
    assert (left(stage), stage.window.triage.only.isHidden()) == (every, True)
