"""A person at the window, a real platform as a child process, and somebody else at the command line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from planner_desktop.app.opening import open_planner
from planner_desktop.app.planner import Planner
from planner_desktop.app.profile import Profile
from planner_desktop.app.signing import sign_in
from planner_desktop.demo.platform import Platform
from planner_desktop.screens.review.cards import ConflictCard
from planner_desktop.screens.signin import SignInForm
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.screens.conftest import Stage

pytestmark = [pytest.mark.slow, pytest.mark.qt]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A platform's folder with 160 keywords, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "platform"
    Platform(folder).prepare(keywords=160, seeds=1_600)
    return folder


@pytest.fixture
def platform(made: Path, tmp_path: Path) -> Iterator[Platform]:
    folder = tmp_path / "platform"
    shutil.copytree(made, folder)
    with Platform(folder) as running:
        running.start()
        yield running


@pytest.fixture
def other(platform: Platform, tmp_path: Path) -> Iterator[Planner]:
    """The editor's profile, synced."""
    _, editor = platform.people()
    profile = Profile(tmp_path / "other")
    sign_in(profile, platform.address, editor.email, editor.password)
    planner = open_planner(profile)
    planner.sync.now()
    yield planner
    planner.close()


@pytest.fixture
def stage(platform: Platform, tmp_path: Path, qapp: object, qtbot: QtBot) -> Iterator[Stage]:
    """A window on a profile that has never seen a platform; the owner signs in through its form."""
    owner, _ = platform.people()
    theme = Theme(qapp)  # type: ignore[arg-type]
    opened = Stage(Profile(tmp_path / "mine"), theme, qtbot, syncing=True)
    form = opened.window.findChild(SignInForm)
    assert isinstance(form, SignInForm)
    for field, text in (
        (form.server, platform.address),
        (form.email, owner.email),
        (form.password, owner.password),
    ):
        field.setText(text)
    form.submit()
    opened.until(lambda: opened.window.keywords.table.total > 0)
    opened.settle()
    yield opened
    opened.close()


def edit(stage: Stage, row: int, volume: int) -> str:
    """Override a volume in the window and return the keyword."""
    rows = stage.window.keywords.table.rows
    keyword = rows.keyword(row)
    assert keyword is not None
    rows.edited.emit(keyword.key, "volume", volume)
    stage.settle()
    return keyword.keyword


def override_of(planner: Planner, keyword: str) -> object:
    found = [
        row
        for row in planner.keywords.rows(planner.keywords.select(f'"{keyword}"'))
        if row["keyword"] == keyword
    ]
    return found[0]["volume_override"]


def test_what_is_typed_in_the_window_reaches_another_desktop(stage: Stage, other: Planner) -> None:
    keyword = edit(stage, 0, 27_100)
    stage.until(lambda: stage.window.account.counts.waiting == 0)
    other.sync.now()
    assert override_of(other, keyword) == 27_100


def test_edits_made_while_the_platform_is_away_go_out_when_it_is_back(
    stage: Stage, other: Planner, platform: Platform
) -> None:
    platform.stop()
    keyword = edit(stage, 1, 4_400)
    stage.until(lambda: stage.window.bar._state.text().startswith("Offline"))
    assert stage.window.account.counts.waiting_rows == 1
    platform.start()
    stage.window.account.start_sync()
    stage.until(lambda: stage.window.account.counts.waiting == 0)
    other.sync.now()
    assert override_of(other, keyword) == 4_400


def test_two_people_differ_and_one_of_them_decides_in_review(
    stage: Stage, other: Planner, platform: Platform
) -> None:
    platform.stop()
    keyword = edit(stage, 2, 8_400)
    platform.start()
    other.keywords.set(other.keywords.select(f'"{keyword}"'), volume="9100")
    other.sync.now()
    stage.window.account.start_sync()
    stage.until(lambda: stage.window.account.counts.conflicts > 0)
    stage.window.show_page("review")
    stage.until(lambda: stage.window.review._list.findChildren(ConflictCard))
    stage.window.review.decide_all("mine")
    stage.until(lambda: stage.window.account.counts.conflicts == 0)
    stage.window.account.start_sync()
    stage.until(lambda: stage.window.account.counts.waiting == 0)
    other.sync.now()
    assert override_of(other, keyword) == 8_400


def test_new_keywords_are_triaged_by_keys_on_the_road_over_a_restart_and_reach_another_desktop(
    stage: Stage, other: Planner, platform: Platform, tmp_path: Path, qtbot: QtBot
) -> None:
    platform.stop()
    stage.window.show_page("triage")
    stage.settle()
    every = left_of(stage)
    clustered, skipped, disabled = (triage_key(stage, key) for key in "nsd")
    assert left_of(stage) == every - 2
    stage.window.close()
    again = Stage(Profile(tmp_path / "mine"), stage.window._theme, qtbot, syncing=True)
    again.window.show_page("triage")
    again.settle()
    assert left_of(again) == every - 2
    assert top_of(again) not in {clustered, skipped, disabled}
    # Nothing was decided in this session: the latest edit of the profile is taken back.
    triage_key(again, "u")
    again.until(lambda: left_of(again) == every - 1)
    with again.window.account.planner.store.reading() as reader:
        assert reader.history(1)[0].label.startswith("Undo")
    platform.start()
    again.window.account.start_sync()
    again.until(lambda: again.window.account.counts.waiting == 0)
    again.close()
    other.sync.now()
    found = {row["keyword"]: row for row in other.keywords.rows(other.keywords.select(""))}
    assert (found[clustered]["cluster"], found[clustered]["status"]) == ("On the road", "mapped")
    assert [found[name]["status"] for name in (skipped, disabled)] == ["new", "new"]
    assert not found[disabled]["disabled"]


def left_of(stage: Stage) -> int:
    session = stage.window.triage.session
    assert session is not None
    return session.left


def top_of(stage: Stage) -> str:
    return stage.window.triage.card.keyword.text()


def triage_key(stage: Stage, key: str) -> str:
    """Press a key of the Triage page and return the keyword it was about; a new cluster is called "On the road"."""
    before, page = top_of(stage), stage.window.triage
    QTest.keyClicks(page, key)
    if key == "n":
        page.keys.name.setText("On the road")
        QTest.keyClick(page.keys.name, Qt.Key.Key_Return)
    stage.settle()
    return before
