"""Rail, status bar, metrics, panel, toasts, dialogs, empty states."""

import pytest
from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Question, Sheet, confirm
from planner_desktop.widgets.empty import EmptyState, WayToBegin
from planner_desktop.widgets.focusring import RING_ROOM
from planner_desktop.widgets.menus import Menu
from planner_desktop.widgets.metrics import Metric, MetricsBand
from planner_desktop.widgets.navrail import NavGroup, NavPage, NavRail
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.statusbar import StatusBar, SyncLine
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.tiles import TilePair
from planner_desktop.widgets.toast import MOST, ProgressStrip, ToastStack
from planner_desktop.widgets.topbar import TopBar
from tests.planner_desktop.widgets.conftest import Show

pytestmark = pytest.mark.qt
DELETE = Question(
    "Delete 1,204 keywords?",
    "They go to the trash and are deleted on the platform with the next post.",
    "Delete 1,204",
    sample="used desk near me · free desk plans · 1,202 more",
)


def make_rail(theme: Theme) -> NavRail:
    pages = (NavPage("keywords", "Keywords", "list"), NavPage("review", "Review", "git-compare-arrows"))
    return NavRail(theme, [NavGroup("Plan", pages)])


def test_a_page_of_the_rail_is_announced_when_it_is_chosen(theme: Theme, show: Show, qtbot: QtBot) -> None:
    rail = make_rail(theme)
    show(rail, 188, 400)
    rail.select("keywords")
    with qtbot.waitSignal(rail.page_chosen) as chosen:
        QTest.mouseClick(rail._items["review"], Qt.MouseButton.LeftButton)
    assert chosen.args == ["review"]
    assert rail._items["review"].isChecked()
    assert not rail._items["keywords"].isChecked()


def test_arrow_keys_walk_through_the_rail(theme: Theme, show: Show) -> None:
    rail = make_rail(theme)
    show(rail, 188, 400)
    first, second = rail._items["keywords"], rail._items["review"]
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert second.hasFocus()
    QTest.keyClick(second, Qt.Key.Key_Up)
    assert first.hasFocus()


def test_the_name_of_a_page_carries_its_count(theme: Theme) -> None:
    rail = make_rail(theme)
    rail.set_count("review", "217", "warn")
    assert rail._items["review"].accessibleName() == "Review, 217"
    with pytest.raises(KeyError):
        rail.set_count("elsewhere", "1")


def test_a_narrow_rail_shows_icons_with_their_names_in_tooltips(theme: Theme, show: Show) -> None:
    rail = make_rail(theme)
    show(rail, 188, 400)
    rail.set_narrow(True)
    assert rail.width() == theme.px(52)
    assert rail._items["review"].toolTip() == "Review"
    assert not any(heading.isVisible() for heading in rail._headings)


def test_the_status_bar_says_state_counts_and_what_undo_takes_back(
    theme: Theme, show: Show, qtbot: QtBot
) -> None:
    bar = StatusBar(theme)
    show(bar, 1200, 28)
    bar.show_sync(SyncLine("offline", "Offline since 09:14", "214 changes wait"))
    bar.set_undo("Set cluster on 86 rows")
    bar.show_figures(("6,412 rows", "1,204 selected"))
    QApplication.processEvents()
    assert bar._state.accessibleName() == "Offline since 09:14"
    assert bar._undo.accessibleName() == "Undo: Set cluster on 86 rows"
    with qtbot.waitSignal(bar.undo_clicked):
        QTest.mouseClick(bar._undo, Qt.MouseButton.LeftButton)
    bar.set_undo("")
    assert not bar._undo.isVisible()
    bar.show_figures(("1 row",))
    texts = [widget.text() for widget in bar._figures if isinstance(widget, Text)]
    assert texts == ["1 row"]


def test_an_unknown_sync_sign_is_an_error_not_a_silent_lie(theme: Theme) -> None:
    with pytest.raises(KeyError):
        StatusBar(theme).show_sync(SyncLine("fine", "Fine"))  # type: ignore[arg-type]


def test_metrics_tell_label_value_and_note_and_announce_a_click(
    theme: Theme, show: Show, qtbot: QtBot
) -> None:
    band = MetricsBand(theme)
    show(band, 900, 52)
    band.show_metrics(
        [Metric("count", "Keywords", "6,412", "of 48,213"), Metric("waiting", "Waiting", "214")]
    )
    QApplication.processEvents()
    assert band._buttons[0].accessibleName() == "Keywords: 6,412 of 48,213"
    with qtbot.waitSignal(band.chosen) as chosen:
        QTest.mouseClick(band._buttons[1], Qt.MouseButton.LeftButton)
    assert chosen.args == ["waiting"]


def test_a_sixth_metric_is_refused(theme: Theme) -> None:
    metrics = [Metric(str(at), "x", "1") for at in range(6)]
    with pytest.raises(ValueError, match="6 metrics do not fit; show 5 at most"):
        MetricsBand(theme).show_metrics(metrics)


def test_the_footer_of_a_panel_says_the_consequence_before_the_button(
    theme: Theme, show: Show, qtbot: QtBot
) -> None:
    panel = Panel(theme)
    show(panel, 272, 500)
    panel.show_title("1,204 keywords", "Volume 612,480")
    footer = panel.footer
    footer.show_consequence(
        "This will change 1,118 rows", (("Unchanged", "86 are already there"),), "One undo step."
    )
    footer.show_action("Apply to 1,118", hint="Ctrl ⏎")
    footer.show()
    QApplication.processEvents()
    assert panel.accessibleName() == "1,204 keywords"
    assert footer._title.y() < footer.primary.y()
    with qtbot.waitSignal(footer.applied):
        QTest.mouseClick(footer.primary, Qt.MouseButton.LeftButton)
    footer.show_consequence("Nothing to change", ())
    assert footer._fact_labels == []


def test_a_toast_never_takes_the_focus_and_stands_at_the_lower_right(theme: Theme, show: Show) -> None:
    window = QWidget()
    field = QLineEdit(window)
    show(window, 1000, 600)
    field.setFocus()
    toast = ToastStack(theme, window).show("done", "Cluster set on 1,118 keywords", "Undo")
    box = toast.box().translated(toast.pos())
    assert field.hasFocus()
    assert (box.right() + 1, box.bottom() + 1) == (1000 - 16, 600 - 28 - 16)
    assert box.width() == 400


def test_at_most_three_toasts_are_shown_and_errors_outlive_the_rest(theme: Theme, show: Show) -> None:
    window = QWidget()
    show(window, 1000, 600)
    stack = ToastStack(theme, window)
    stack.show("error", "refused")
    for number in range(4):
        stack.show("done", f"done {number}")
    assert [toast.text.text() for toast in stack.shown] == ["refused", "done 2", "done 3"]
    assert len(stack.shown) == MOST


def test_toasts_shown_at_once_stand_above_each_other_when_they_have_come_to_rest(
    theme: Theme, show: Show, qtbot: QtBot
) -> None:
    theme.apply(reduced_motion=False)
    window = QWidget()
    show(window, 1000, 600)
    stack = ToastStack(theme, window)
    upper, lower = stack.show("error", "first"), stack.show("error", "second")
    qtbot.wait(300)
    assert upper.box().translated(upper.pos()).bottom() < lower.box().translated(lower.pos()).top()


def test_a_toast_goes_by_itself_but_an_error_stays(theme: Theme, show: Show) -> None:
    window = QWidget()
    show(window, 1000, 600)
    stack = ToastStack(theme, window)
    done, error = stack.show("done", "a"), stack.show("error", "b")
    assert done._timer.isActive()
    assert done._timer.interval() == 6000
    assert not error._timer.isActive()
    done._timer.timeout.emit()
    assert stack.shown == [error]


def test_the_action_of_a_toast_runs_and_closes_it(theme: Theme, show: Show) -> None:
    window = QWidget()
    show(window, 1000, 600)
    stack = ToastStack(theme, window)
    ran: list[str] = []
    toast = stack.show("done", "Cluster set", "Undo", lambda: ran.append("undo"))
    button = next(each for each in toast.findChildren(Button) if each.text() == "Undo")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert ran == ["undo"]
    assert stack.shown == []


def test_progress_tells_what_and_how_far_and_can_be_cancelled(theme: Theme, show: Show, qtbot: QtBot) -> None:
    strip = ProgressStrip(theme)
    show(strip, 400, 40)
    strip.show_progress("Matching against the library", "3,120 of 4,318 · 4 s left", 0.72)
    assert strip.accessibleName() == "Matching against the library, 3,120 of 4,318 · 4 s left"
    with qtbot.waitSignal(strip.cancelled):
        QTest.mouseClick(strip._cancel, Qt.MouseButton.LeftButton)


class Host(QMainWindow):
    """A window with a shortcut of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0
        self.field = QLineEdit()
        self.setCentralWidget(self.field)
        action = QAction("Run", self)
        action.setShortcut(QKeySequence("Ctrl+R"))
        action.triggered.connect(self._run)
        self.addAction(action)

    def _run(self) -> None:
        self.runs += 1


@pytest.fixture
def host(show: Show) -> Host:
    window = Host()
    show(window, 1100, 680)
    window.field.setFocus()
    return window


def test_a_question_that_destroys_starts_on_cancel_and_enter_there_changes_nothing(
    theme: Theme, host: Host, qtbot: QtBot
) -> None:
    sheet = confirm(theme, host, DELETE)
    sheet.open()
    focused = host.focusWidget()
    assert isinstance(focused, Button)
    assert focused.text() == "Cancel"
    with qtbot.waitSignal(sheet.rejected):
        QTest.keyClick(focused, Qt.Key.Key_Return)
    assert host.field.hasFocus()


def test_the_named_action_accepts(theme: Theme, host: Host, qtbot: QtBot) -> None:
    sheet = confirm(theme, host, DELETE)
    sheet.open()
    run = next(each for each in sheet.findChildren(Button) if each.text() == "Delete 1,204")
    with qtbot.waitSignal(sheet.accepted):
        QTest.mouseClick(run, Qt.MouseButton.LeftButton)


def test_escape_rejects(theme: Theme, host: Host, qtbot: QtBot) -> None:
    sheet = confirm(theme, host, DELETE)
    sheet.open()
    with qtbot.waitSignal(sheet.rejected):
        QTest.keyClick(host.focusWidget(), Qt.Key.Key_Escape)


def test_tab_stays_inside_an_open_question(theme: Theme, host: Host) -> None:
    sheet = confirm(theme, host, DELETE)
    sheet.open()
    seen = []
    for _ in range(4):
        QTest.keyClick(host.focusWidget(), Qt.Key.Key_Tab)
        focused = host.focusWidget()
        assert sheet.isAncestorOf(focused)
        seen.append(focused)
    assert seen[0] is seen[2]
    assert seen[0] is not seen[1]
    sheet.reject()


def test_shortcuts_of_the_window_sleep_while_a_question_is_open(theme: Theme, host: Host) -> None:
    QTest.keyClick(host.field, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert host.runs == 1
    sheet = confirm(theme, host, DELETE)
    sheet.open()
    QTest.keyClick(host.focusWidget(), Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert host.runs == 1
    sheet.reject()
    QTest.keyClick(host.field, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert host.runs == 2


def test_a_sheet_covers_its_window_and_keeps_its_card_in_the_middle(theme: Theme, host: Host) -> None:
    sheet = Sheet(theme, host, "Sign in", "To your platform.")
    sheet.open()
    host.resize(1300, 800)
    QApplication.processEvents()
    assert sheet.geometry() == host.rect()
    box = sheet.card.box().translated(sheet.card.pos())
    assert abs(box.center().x() - host.rect().center().x()) <= 1
    assert box.width() == theme.size("dialog")
    sheet.reject()


def test_a_sheet_is_a_dialog_with_a_name_for_screen_readers(theme: Theme, host: Host) -> None:
    sheet = confirm(theme, host, DELETE)
    assert sheet.accessibleName() == DELETE.title
    assert sheet.accessibleDescription() == DELETE.sentence


def test_an_empty_page_offers_ways_to_begin(theme: Theme, show: Show) -> None:
    ran: list[str] = []
    way = WayToBegin(
        "search", "Add from the library", "131,000 seeds.", "free", "Add…", lambda: ran.append("add")
    )
    page = EmptyState(
        theme, "No keywords in Desks yet", "2,611 seeds fit this sector.", [way], hint="Or press Ctrl N."
    )
    show(page, 1000, 600)
    button = next(each for each in page.findChildren(Button) if each.text() == "Add…")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert ran == ["add"]
    assert page.accessibleName() == "No keywords in Desks yet"


def test_the_palettes_field_gives_way_to_menus_and_buttons(theme: Theme, show: Show) -> None:
    bar = TopBar(theme)
    for name in ("File", "Edit", "View", "Keywords", "Clusters", "Sync", "Window", "Help"):
        bar.menus.add_menu(name)
    show(bar, 1440, 36)
    wide = bar.palette_field.geometry()
    bar.resize(860, 36)
    QApplication.processEvents()
    narrow = bar.palette_field.geometry()
    assert wide.width() == theme.px(300)
    assert narrow.left() > bar.menus.geometry().right()
    assert narrow.right() < bar.undo.x()


def test_a_menu_shows_the_keys_of_its_entries_and_marks_the_chosen_one(theme: Theme, show: Show) -> None:
    bar = TopBar(theme)
    menu = bar.menus.add_menu("Keywords")
    assign, delete = menu.addAction("Assign cluster"), menu.addAction("Delete")
    assign.setShortcut(QKeySequence("C"))
    delete.setEnabled(False)
    menu.addSeparator()
    compact = menu.addAction("Compact rows")
    compact.setCheckable(True)
    compact.setChecked(True)
    menu.add_menu("More").addAction("Less")
    show(bar, 1200, 36)
    # Not popped up: the offscreen platform cannot grab the keyboard, and says so.
    menu.resize(menu.sizeHint())
    menu.setActiveAction(assign)
    image = menu.grab().toImage()
    chosen, other = menu.actionGeometry(assign), menu.actionGeometry(compact)
    assert (
        image.pixelColor(chosen.left() + 3, chosen.center().y()).name() == theme.color("accent-soft").name()
    )
    assert image.pixelColor(other.left() + 3, other.center().y()).name() == theme.color("raised").name()


def test_menus_made_in_qts_own_way_are_of_the_designs_kind(theme: Theme) -> None:
    bar = TopBar(theme)
    menu = bar.menus.addMenu("File")
    assert isinstance(menu, Menu)
    assert isinstance(menu.addMenu("Open recent"), Menu)


def test_a_long_message_takes_more_lines_instead_of_being_cut(theme: Theme, show: Show) -> None:
    window = QWidget()
    show(window, 1000, 600)
    stack = ToastStack(theme, window)
    short = stack.show("done", "Set volume to 5 on 2 keywords", "Undo")
    long = stack.show(
        "error", "The platform refused 3 changes: the cluster they name was deleted there since. " * 2
    )
    assert short.box().height() == theme.px(42)
    assert long.box().height() > theme.px(42)
    assert long.text.height() >= long.text.heightForWidth(long.text.width())
    assert not short.box().translated(short.pos()).intersects(long.box().translated(long.pos()))


def test_the_ring_has_room_around_metrics_and_tiles(theme: Theme, show: Show) -> None:
    band = MetricsBand(theme)
    band.show_metrics([Metric("a", "Keywords", "1,204")])
    pair = TilePair(theme, "Volume", [("mine", "mine", "5"), ("theirs", "theirs", "6")])
    for around in (band, pair):
        show(around, 600, around.sizeHint().height())
        for button in around.findChildren(QAbstractButton):
            assert around.rect().contains(button.geometry().marginsAdded(QMargins(*(RING_ROOM,) * 4)))
