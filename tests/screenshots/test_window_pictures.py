"""The real window in every look: pages, states and sizes that people meet.

    PLANNER_PICTURES=folder python -m pytest tests/screenshots/test_window_pictures.py

saves them; without the variable they are painted all the same, and what Qt complains about fails the test.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from planner_core.commands import AssignCluster, SetEnabled, SetOverride
from planner_desktop.app.profile import Profile
from planner_desktop.screens.backups import BackupsSheet
from planner_desktop.screens.putback import sentence_of
from planner_desktop.screens.removal import question_of
from planner_desktop.screens.review.anew import AnewSheet
from planner_desktop.screens.review.items import Content
from planner_desktop.widgets.dialogs import confirm
from planner_desktop.widgets.theme import Theme
from sync.replica import RemovalGuard, Restoration, ReviewRow
from tests.planner_desktop.screens.conftest import ENTRY, OWNER, Stage
from tests.support.machine import CLUSTERS, KEYWORDS, SECTOR, SITE, Machine, shop

pytestmark = pytest.mark.qt
LOOKS = [("light", 1.0, (1440, 900)), ("dark", 1.0, (1100, 680)), ("light", 1.3, (1440, 900))]


def edited(stage: Stage) -> None:
    stage.run(SetOverride("volume", KEYWORDS[:2], 27_100), AssignCluster(KEYWORDS[3:6], CLUSTERS[0]))
    stage.run(SetEnabled("keyword", [KEYWORDS[7]], enabled=False))
    stage.window.keywords.grid.select_rows([(2, 5)])


def no_hits(stage: Stage) -> None:
    stage.window.keywords.ask_query("volume:>=500 walnut")


def waiting(stage: Stage) -> None:
    edited(stage)
    stage.window.show_page("review")


def shortcuts(stage: Stage) -> None:
    stage.window.menus["shortcuts"].trigger()


def signing_out(stage: Stage) -> None:
    edited(stage)
    stage.window.menus["sign_out"].trigger()


def backups(stage: Stage) -> None:
    edited(stage)
    safety = stage.window.account.planner.safety
    for reason in (
        "daily",
        "Shop: the platform was restored",
        "Shop: the platform's answer removes many rows",
    ):
        safety.before_risk(reason)
    stage.window.menus["backups"].trigger()
    stage.until(lambda: any(one.isVisible() for one in stage.window.findChildren(BackupsSheet)))


def inside_a_backup(stage: Stage) -> None:
    stage.window.account.planner.safety.make()
    edited(stage)
    backups_of = stage.window.commands.safekeeping
    safety = stage.window.account.planner.safety
    backups_of.ask_to_restore(safety.show(safety.list()[0]["id"], rows=6))


def removal(stage: Stage) -> None:
    kinds = {"keyword": 3_412, "cluster": 38}
    confirm(stage.window._theme, stage.window, question_of("Shop", RemovalGuard(3_450, 5_120, kinds))).open()


def untaken(code: str, kind: str, rows: int) -> ReviewRow:
    """A question about keywords of the shop."""
    return ReviewRow(
        id=f"{code:a<32}"[:32],
        kind=kind,
        code=code,
        message="",
        scope=SITE,
        entity="keyword",
        ids=tuple(KEYWORDS[:rows]),
        group="",
        fields=(),
        base=None,
        mine=None,
        theirs=None,
        by="",
        at=1,
        state="open",
        decided="",
        action=None,
        subject=f"standing desk 0 and {rows - 1} more" if rows > 1 else "standing desk 0",
    )


def put_back(stage: Stage) -> None:
    """The line that says so, and what it leads to."""
    stage.window.show_page("review")
    stage.settle()
    questions = Content(
        refused=(untaken("gone", "refused", 1),),
        shut_out=(untaken("no_access", "parked", 3),),
        lost=(untaken("not_on_platform", "lost", 4),),
    )
    stage.window.review._show(questions)
    told = Restoration(SITE, "Shop", "e", time.time_ns() // 1_000_000, again=1_221, waiting=4, asks=3, lost=4)
    stage.window.notice.say(sentence_of([told], 2), "Open Review")


def made_anew(stage: Stage) -> None:
    put_back(stage)
    question = untaken("no_access", "parked", 3)
    AnewSheet(stage.window._theme, stage.window, question, stage.window.account.places).open()


def without_a_second_copy(stage: Stage) -> None:
    edited(stage)
    stage.settle()
    stage.window.account._copied("/home/you/planner/accounts/1f0c/outbox.journal: No space left on device")
    stage.window.bar._state.click()


SCENES: dict[str, Callable[[Stage], None]] = {
    "plain": lambda _stage: None,
    "edited": edited,
    "no-hits": no_hits,
    "waiting": waiting,
    "shortcuts": shortcuts,
    "signing-out": signing_out,
    "backups": backups,
    "inside-a-backup": inside_a_backup,
    "removal": removal,
    "put-back": put_back,
    "made-anew": made_anew,
    "without-a-second-copy": without_a_second_copy,
}


@pytest.fixture
def stage(tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Stage]:
    profile = Profile(tmp_path / "profile")
    profile.add(ENTRY)
    profile.set(site=SITE, sector=SECTOR)
    machine = Machine(profile.paths(ENTRY).folder, shop().transport(), owner=OWNER)
    machine.sync()
    machine.close()
    opened = Stage(profile, Theme(qapp), qtbot, syncing=False)
    yield opened
    opened.close()


@pytest.mark.parametrize(("scheme", "scale", "size"), LOOKS)
@pytest.mark.parametrize("scene", SCENES)
def test_the_window_is_painted_in_every_look(
    stage: Stage, tmp_path: Path, scene: str, scheme: str, scale: float, size: tuple[int, int]
) -> None:
    stage.window._theme.apply("dark" if scheme == "dark" else "light", scale)
    stage.window.resize(*size)
    SCENES[scene](stage)
    stage.settle()
    folder = Path(os.environ.get("PLANNER_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    picture = stage.window.grab()
    assert picture.save(str(folder / f"window-{scene}-{scheme}-{round(scale * 100)}.png"))
    colours = {
        picture.toImage().pixelColor(x, y).name() for x in range(0, 1000, 40) for y in range(0, 600, 40)
    }
    assert len(colours) > 4, "an empty window has one or two"
