"""Find and replace in the window: a list before anything is written, then one action."""

import pytest

from planner_desktop.screens.replacing import ReplaceSheet
from tests.planner_desktop.screens.conftest import Stage, sheet_of

pytestmark = pytest.mark.qt


def opened(stage: Stage) -> ReplaceSheet:
    stage.window.menus["replace"].trigger()
    return sheet_of(stage, ReplaceSheet)


def names(stage: Stage) -> list[str]:
    return sorted(row[2] for row in stage.window.account.planner.store.reader.cluster_names())


def wait(stage: Stage, sheet: ReplaceSheet) -> None:
    stage.until(lambda: sheet.is_settled)


def test_every_text_is_listed_and_then_changed_as_one_action(stage: Stage) -> None:
    sheet = opened(stage)
    assert not sheet.go.isEnabled()
    stage.type("cluster")
    sheet.put.setText("Group")
    wait(stage, sheet)
    assert [(one.before, one.after) for one in sheet.rows.items] == [
        (f"Cluster {n}", f"Group {n}") for n in range(3)
    ]
    assert names(stage) == ["Cluster 0", "Cluster 1", "Cluster 2"]
    assert sheet.go.text() == "Replace in 3"
    sheet.go.click()
    stage.settle()
    assert names(stage) == ["Group 0", "Group 1", "Group 2"]
    assert stage.window.account.counts.waiting == 1
    assert "“cluster” by “Group” in 3 texts" in stage.window.toasts.shown[-1].text.text()
    stage.window.edits.undo()
    stage.settle()
    assert names(stage) == ["Cluster 0", "Cluster 1", "Cluster 2"]


def test_a_text_that_a_rule_keeps_says_why_and_the_others_go(stage: Stage) -> None:
    sheet = opened(stage)
    sheet.sought.setText("0")
    sheet.put.setText("1")
    wait(stage, sheet)
    (kept,) = sheet.rows.items
    assert "already has a cluster" in kept.trouble
    assert not sheet.go.isEnabled()
    sheet.sought.setText("Cluster")
    sheet.put.setText("")
    sheet.case.setChecked(True)
    wait(stage, sheet)
    assert sheet.go.text() == "Replace in 3"


def test_nothing_ticked_or_typed_finds_nothing(stage: Stage) -> None:
    sheet = opened(stage)
    sheet.sought.setText("quagga")
    wait(stage, sheet)
    assert sheet.found.text() == "Nothing found."
    for box in sheet.places.values():
        box.setChecked(False)
    sheet.sought.setText("Cluster")
    wait(stage, sheet)
    assert not sheet.go.isEnabled()
