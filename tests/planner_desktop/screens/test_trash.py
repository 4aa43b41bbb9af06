"""The Trash page, and what is said of rows that a rule keeps."""

import pytest
from PySide6.QtCore import Qt

from planner_core.commands import AssignCluster, CreateCluster, DeleteRows
from planner_desktop.screens.refusals import RefusedSheet
from planner_desktop.widgets.buttons import Button
from tests.planner_desktop.screens.conftest import Stage, press, sheet_of
from tests.support.machine import CLUSTERS, KEYWORDS, SECTOR
from tests.support.platform import uid

pytestmark = pytest.mark.qt


def listed(stage: Stage) -> list[tuple[str, str]]:
    return sorted((row["entity"], row["name"]) for row in stage.window.trash.rows.items)


def open_trash(stage: Stage) -> None:
    stage.key(Qt.Key.Key_5, Qt.KeyboardModifier.AltModifier)
    stage.settle()


def test_what_was_deleted_is_listed_found_and_restored_as_one_action(stage: Stage) -> None:
    stage.run(DeleteRows("cluster", [CLUSTERS[0]]))
    stage.run(DeleteRows("keyword", KEYWORDS[:2]))
    open_trash(stage)
    every = [
        ("cluster", "Cluster 0"),
        ("keyword", "standing desk 0"),
        ("keyword", "standing desk 1"),
    ]
    assert listed(stage) == every
    page = stage.window.trash
    page.field.setText("DESK  1")
    stage.settle()
    assert listed(stage) == [("keyword", "standing desk 1")]
    page.field.clear()
    stage.settle()
    assert not page.restore.isEnabled()
    page.grid.setFocus()
    stage.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    stage.settle()
    assert page.restore.text() == "Restore 3"
    page.restore.click()
    stage.settle()
    assert listed(stage) == []
    assert len(stage.volumes()) == 10
    assert stage.window.toasts.shown[-1].text.text() == "Restore 3 rows from the trash"
    stage.window.edits.undo()
    stage.settle()
    assert listed(stage) == every


def test_the_kinds_of_rows_are_told_apart(stage: Stage) -> None:
    stage.run(DeleteRows("cluster", [CLUSTERS[0]]), DeleteRows("keyword", KEYWORDS[:2]))
    open_trash(stage)
    page = stage.window.trash
    page.kind.set_value("cluster")
    page.kind.chosen.emit("cluster")
    assert listed(stage) == [("cluster", "Cluster 0")]


def test_rows_whose_place_was_taken_are_listed_and_the_others_go_if_wanted(stage: Stage) -> None:
    stage.run(DeleteRows("cluster", CLUSTERS[:2]))
    stage.run(CreateCluster(uid(0x900), SECTOR, "cluster 0"))
    open_trash(stage)
    stage.window.trash.select_all()
    stage.window.trash.restore.click()
    stage.settle()
    assert len(listed(stage)) == 2, "nothing is changed before somebody says so"
    toast = stage.window.toasts.shown[-1]
    (show,) = [one for one in toast.findChildren(Button) if one.text() == "Show…"]
    show.click()
    sheet = sheet_of(stage, RefusedSheet)
    (kept,) = sheet.rows.items
    assert kept.name == "Cluster 0"
    assert "taken its place" in kept.reason
    press(sheet, "Change the other 1")
    stage.settle()
    assert listed(stage) == [("cluster", "Cluster 0")]


def test_keywords_that_a_rule_keeps_are_named_and_the_others_are_changed_as_one_action(stage: Stage) -> None:
    table = stage.window.keywords.table
    keys = list(stage.window.account.planner.store.reader.keyword_keys(KEYWORDS[:3]).values())
    stage.run(DeleteRows("keyword", [KEYWORDS[0]]))
    before = stage.window.account.counts.waiting
    stage.window.edits.change_keywords(keys, lambda ids: [AssignCluster(ids, CLUSTERS[1])])
    stage.settle()
    toast = stage.window.toasts.shown[-1]
    (show,) = [one for one in toast.findChildren(Button) if one.text() == "Show…"]
    show.click()
    sheet = sheet_of(stage, RefusedSheet)
    assert [row.name for row in sheet.rows.items] == ["standing desk 0"]
    press(sheet, "Change the other 2")
    stage.settle()
    assert stage.window.account.counts.waiting == before + 1
    rows = [table.rows.keyword(row) for row in range(table.rows.rowCount())]
    columns = stage.window.account.columns
    assert columns is not None
    inside = [row for row in rows if row and row.cluster is not None]
    assert [columns.name("cluster", row.cluster) for row in inside if row.cluster is not None] == [
        "Cluster 1"
    ] * 2


def test_an_edit_that_every_rule_keeps_offers_no_others(stage: Stage) -> None:
    stage.run(DeleteRows("keyword", KEYWORDS[:2]))
    keys = list(stage.window.account.planner.store.reader.keyword_keys(KEYWORDS[:2]).values())
    stage.window.edits.change_keywords(keys, lambda ids: [AssignCluster(ids, CLUSTERS[1])])
    stage.settle()
    (show,) = [one for one in stage.window.toasts.shown[-1].findChildren(Button) if one.text() == "Show…"]
    show.click()
    sheet = sheet_of(stage, RefusedSheet)
    assert [one.text() for one in sheet.findChildren(Button) if "other" in one.text()] == []
