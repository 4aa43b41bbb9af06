"""The Recipes page: recipes run on files with their plan shown first, made, broken ones told, recorded from History."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from planner_core.commands import SetStatus
from planner_desktop.app.profile import Profile
from planner_desktop.screens.recipes.naming import NameSheet
from planner_desktop.screens.recipes.page import RecipesPage
from planner_desktop.screens.recipes.preview import RunSheet
from planner_desktop.screens.recipes.recording import RecordSheet
from tests.planner_desktop.screens.conftest import ENTRY, Open, Stage, press, sheet_of

pytestmark = pytest.mark.qt

RECIPE = """
recipe = 1
name = "Weekly"
description = "The export of every Monday"

[import]
site = "shop"
sector = "desks"

[[step]]
do = "drop"
pattern = '\\b12\\b'

[[step]]
do = "exclude"
keywords = ["ikea"]

[[step]]
do = "add"

[[step]]
do = "tag"
tags = ["weekly"]

[[step]]
do = "cluster"
cluster = "Fresh"
create = true
"""
ROWS = "keyword,volume\nstanding desk 10,5\nstanding desk 11,6\nstanding desk 12,7\nstanding desk ikea,8\n"


def keep(profile: Profile, text: str = RECIPE, name: str = "Weekly") -> Path:
    folder = profile.paths(ENTRY).folder / "recipes"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def show(stage: Stage) -> RecipesPage:
    stage.key(Qt.Key.Key_8, Qt.KeyboardModifier.AltModifier)
    stage.settle()
    return stage.window.recipes


def planned(stage: Stage, page: RecipesPage, *files: Path) -> RunSheet:
    page.run_on(files)
    sheet = sheet_of(stage, RunSheet)
    stage.until(lambda: sheet.plan is not None)
    return sheet


def carry_out(stage: Stage, page: RecipesPage, sheet: RunSheet) -> None:
    sheet.go.click()
    # The sheet is gone, object and all, by the time it is done.
    stage.until(lambda: not page.running.is_busy)
    stage.settle()


def tags(stage: Stage) -> dict[str, int]:
    return {row["tag"]: row["keywords"] for row in stage.window.account.planner.labels.tags()}


def test_a_run_shows_its_plan_does_that_and_is_undone_with_its_tags(
    open_window: Open, profile: Profile, file: Path
) -> None:
    keep(profile)
    stage = open_window(profile)
    page = show(stage)
    sheet = planned(stage, page, file)
    assert [(row["do"], row.get("left_out", row.get("changed"))) for row in sheet.rows.items] == [
        ("drop /\\b12\\b/", 1),
        ("exclude 1 named here", 1),
        ("tag weekly", 2),
        ("cluster Fresh", 2),
    ]
    assert sheet.counts.text() == "2 added · 2 left out"
    assert len(stage.volumes()) == 10
    carry_out(stage, page, sheet)
    assert {"standing desk 10", "standing desk 11"} <= stage.volumes().keys()
    assert len(stage.volumes()) == 12
    assert tags(stage) == {"weekly": 2}
    assert stage.window.toasts.shown[-1].text.text() == "Recipe “Weekly” on new.csv: 2 keywords added"
    stage.window.edits.undo()
    stage.settle()
    assert len(stage.volumes()) == 10
    assert tags(stage) == {}


def test_the_same_file_again_has_nothing_to_do(open_window: Open, profile: Profile, file: Path) -> None:
    keep(profile)
    stage = open_window(profile)
    page = show(stage)
    sheet = planned(stage, page, file)
    carry_out(stage, page, sheet)
    again = planned(stage, page, file)
    assert not again.go.isEnabled()
    assert again.go.text() == "Nothing to do"
    press(again, "Cancel")
    stage.settle()
    assert len(stage.volumes()) == 12


def test_a_plan_that_is_cancelled_changes_nothing(open_window: Open, profile: Profile, file: Path) -> None:
    keep(profile)
    stage = open_window(profile)
    page = show(stage)
    press(planned(stage, page, file), "Cancel")
    stage.settle()
    page.run_on([file])
    press(sheet_of(stage, RunSheet), "Cancel")
    stage.settle()
    assert len(stage.volumes()) == 10
    assert stage.window.account.standing.undo is None
    assert not page.running.is_busy


def test_a_broken_recipe_says_line_and_remedy_and_is_not_run(
    open_window: Open, profile: Profile, file: Path
) -> None:
    path = keep(profile, RECIPE.replace('do = "tag"', 'do = "tagg"'))
    stage = open_window(profile)
    page = show(stage)
    said = page.panel.steps.text()
    assert "Line 22" in said
    assert "Did you mean tag?" in said
    assert not page.panel.footer.primary.isEnabled()
    page.run_on([file])
    assert not stage.window.findChildren(RunSheet)
    path.write_text(RECIPE, encoding="utf-8")
    page.arrive()
    stage.settle()
    assert page.panel.footer.primary.isEnabled()
    assert "3.  add" in page.panel.steps.text()


def test_recipes_are_made_and_opened_dropped_and_removed(
    open_window: Open, profile: Profile, tmp_path: Path
) -> None:
    stage = open_window(profile)
    page = show(stage)
    opened: list[Path] = []
    page.files.open_file = opened.append
    page.make.click()
    sheet = sheet_of(stage, NameSheet)
    sheet.name.setText("Mondays")
    press(sheet, "Make and open")
    stage.until(lambda: opened)
    stage.settle()
    assert opened[0].name == "Mondays.toml"
    assert 'site = "Shop"' in opened[0].read_text(encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text(RECIPE, encoding="utf-8")
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(other))])
    nothing = Qt.KeyboardModifier.NoModifier
    button = Qt.MouseButton.LeftButton
    page.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, dropped, button, nothing))
    stage.until(lambda: len(page.rows.items) == 2)
    stage.settle()
    assert page.chosen is not None
    assert page.chosen["name"] == "Weekly"
    page.panel.remove.click()
    stage.until(lambda: any(one.text() == "Remove" for one in stage.window.findChildren(type(page.make))))
    (remove,) = [one for one in stage.window.findChildren(type(page.make)) if one.text() == "Remove"]
    remove.click()
    stage.until(lambda: len(page.rows.items) == 1)
    assert [row["name"] for row in page.rows.items] == ["Mondays"]


def test_selected_actions_of_history_become_a_recipe_and_what_cannot_is_said(
    open_window: Open, profile: Profile, file: Path
) -> None:
    keep(profile)
    stage = open_window(profile)
    page = show(stage)
    sheet = planned(stage, page, file)
    carry_out(stage, page, sheet)
    stage.run(
        SetStatus(
            "keyword",
            stage.window.account.planner.keywords.ids(
                stage.window.account.planner.keywords.select("standing")
            ),
            "new",
        )
    )
    stage.key(Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    stage.settle()
    history = stage.window.history
    history.grid.select_rows([(0, 1)])
    stage.window.commands.to_recipe.button.click()
    asked = sheet_of(stage, RecordSheet)
    asked.name.setText("Again")
    asked.go.click()
    stage.until(lambda: asked.close_it.text() == "Close")
    assert "add" in asked.said.text()
    assert "cluster Fresh" in asked.said.text()
    assert "tag weekly" in asked.said.text()
    press(asked, "Close")
    page = show(stage)
    assert [row["name"] for row in page.rows.items] == ["Again", "Weekly"]
