"""The query line shows tokens over a text that stays plain."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from planner_desktop.widgets.queryline import QueryLine
from planner_desktop.widgets.theme import Theme
from tests.planner_desktop.widgets.conftest import Show
from tests.screenshots.queries import read_words

pytestmark = pytest.mark.qt
QUERY = "volume:>=1000 country:US -ikea desk"


@pytest.fixture
def line(theme: Theme, show: Show) -> QueryLine:
    page = QWidget()
    query = QueryLine(theme, read_words, page, savable=True)
    other = QWidget(page)
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    other.setObjectName("other")
    column = QVBoxLayout(page)
    column.addWidget(query)
    column.addWidget(other)
    show(page, 900, 120)
    other.setFocus()
    return query


def shown(line: QueryLine) -> list[str]:
    return [line.text()[token.start : token.end] for token in line.edit._shown]


def test_each_finished_term_is_shown_as_a_token(line: QueryLine) -> None:
    line.set_text(QUERY)
    assert shown(line) == ["volume:>=1000", "country:US", "-ikea", "desk"]
    assert line.text() == QUERY


def test_the_term_being_typed_is_not_a_token_until_it_is_left(line: QueryLine) -> None:
    line.setFocus()
    QTest.keyClicks(line.edit, "status:new vol")
    assert shown(line) == ["status:new"]
    QTest.keyClick(line.edit, Qt.Key.Key_Space)
    assert shown(line) == ["status:new", "vol"]


def test_moving_the_cursor_into_a_token_opens_it_for_editing(line: QueryLine) -> None:
    line.setFocus()
    QTest.keyClicks(line.edit, "status:new desk ")
    line.edit.setCursorPosition(3)
    assert shown(line) == ["desk"]


def test_copying_gives_the_plain_query(line: QueryLine) -> None:
    line.set_text(QUERY)
    line.setFocus()
    line.edit.selectAll()
    line.edit.copy()
    assert QGuiApplication.clipboard().text() == QUERY


def test_undo_goes_back_by_what_was_typed_as_in_any_field(line: QueryLine) -> None:
    line.setFocus()
    QTest.keyClicks(line.edit, "desk ")
    QTest.keyClicks(line.edit, "oak")
    line.edit.undo()
    assert line.text() in {"desk ", ""}


def test_tokens_are_painted_where_their_characters_are(line: QueryLine, theme: Theme) -> None:
    line.set_text(QUERY)
    QApplication.processEvents()
    image = line.edit.grab().toImage()
    for token in line.edit._shown:
        rect = line.edit._token_rect(token)
        soft = theme.color("error-soft" if token.negated else "accent-soft").name()
        assert image.pixelColor(round(rect.left()) + 3, round(rect.center().y())).name() == soft
        inside = line.edit.cursorPositionAt(rect.center().toPoint())
        assert token.start <= inside <= token.end
    rects = [line.edit._token_rect(token) for token in line.edit._shown]
    assert all(left.right() < right.left() for left, right in pairwise(rects))


def test_backspace_at_a_token_selects_it_and_again_deletes_it(line: QueryLine) -> None:
    line.setFocus()
    QTest.keyClicks(line.edit, "status:new desk ")
    QTest.keyClick(line.edit, Qt.Key.Key_Backspace)
    assert line.edit.selectedText() == "desk "
    QTest.keyClick(line.edit, Qt.Key.Key_Backspace)
    assert line.text() == "status:new "


def test_the_cross_of_a_token_removes_its_term_alone(line: QueryLine, qtbot: QtBot) -> None:
    line.set_text(QUERY)
    token = line.edit._shown[1]
    at = line.edit._cross_rect(token).center().toPoint()
    with qtbot.waitSignal(line.edited):
        QTest.mouseClick(line.edit, Qt.MouseButton.LeftButton, pos=at)
    assert line.text() == "volume:>=1000 -ikea desk"


def test_removing_the_last_term_leaves_no_space_behind(line: QueryLine) -> None:
    line.set_text("desk oak")
    line.edit.remove_token(line.edit._shown[1])
    assert line.text() == "desk"


def test_an_error_is_underlined_named_and_takes_the_place_of_the_count(line: QueryLine) -> None:
    line.set_count("6,412 of 48,213")
    line.set_text("difficulty:<4x")
    assert line.message() == "“x” is not a number. Expected 0 to 100, as in difficulty:<40"
    assert line.edit._right_text() == "error at 14"
    assert line.edit.accessibleDescription() == line.message()
    assert shown(line) == []
    line.set_text("difficulty:<4")
    assert line.message() == ""
    assert line.edit._right_text() == "6,412 of 48,213"


def test_the_bad_character_alone_is_underlined(line: QueryLine, theme: Theme) -> None:
    line.set_text("difficulty:<4x")
    QApplication.processEvents()
    image = line.edit.grab().toImage()
    wrong = theme.color("error").name()
    frame = theme.px(3)
    red = [
        x
        for x in range(frame, image.width() // 2)
        if any(image.pixelColor(x, y).name() == wrong for y in range(frame, image.height() - frame))
    ]
    left, right = line.edit._x(13), line.edit._x(14)
    assert left - 1 <= red[0]
    assert red[-1] <= right + 1


def test_a_completion_is_offered_as_a_ghost_and_taken_with_tab(line: QueryLine) -> None:
    line.edit.set_complete(lambda text, _at: "=1000" if text.endswith(">") else "")
    line.setFocus()
    QTest.keyClicks(line.edit, "volume:>")
    assert line.edit.ghost == "=1000"
    assert line.text() == "volume:>"
    QTest.keyClick(line.edit, Qt.Key.Key_Tab)
    assert line.text() == "volume:>=1000"
    assert line.edit.hasFocus()


def test_tab_leaves_the_line_when_nothing_is_offered(line: QueryLine) -> None:
    line.setFocus()
    QTest.keyClicks(line.edit, "desk")
    QTest.keyClick(line.edit, Qt.Key.Key_Tab)
    assert not line.edit.hasFocus()


def test_a_ghost_is_offered_at_the_end_only(line: QueryLine) -> None:
    line.edit.set_complete(lambda _text, _at: "x")
    line.setFocus()
    QTest.keyClicks(line.edit, "desk")
    line.edit.setCursorPosition(1)
    assert line.edit.ghost == ""


def test_composing_with_an_input_method_is_not_interrupted(line: QueryLine) -> None:
    line.setFocus()
    QTest.keyClicks(line.edit, "desk ")
    QApplication.sendEvent(line.edit, QInputMethodEvent("にほ", []))
    assert line.edit._composing
    line.set_count("5")
    assert line.edit._composing
    done = QInputMethodEvent("", [])
    done.setCommitString("日本")
    QApplication.sendEvent(line.edit, done)
    assert line.text() == "desk 日本"
    assert not line.edit._composing


def test_the_plain_text_is_what_a_screen_reader_gets(line: QueryLine) -> None:
    line.set_text(QUERY)
    assert line.edit.accessibleName() == "Filter"
    assert line.edit.displayText() == QUERY


@pytest.mark.parametrize("text", ["", " ", "a", "-", "-a", "a:", ":", "a  b", '"', "ä ö", "x" * 400])
def test_no_text_upsets_the_painting(line: QueryLine, text: str) -> None:
    line.set_text(text)
    line.setFocus()
    QApplication.processEvents()
    assert not line.edit.grab().isNull()
    assert line.text() == text


def test_positions_stay_right_when_the_text_is_longer_than_the_field(line: QueryLine) -> None:
    line.setFocus()
    QTest.keyClicks(line.edit, " ".join(f"word{number}" for number in range(60)))
    line.edit.grab()
    cursor = line.edit.cursorRect().center().x()
    assert abs(line.edit._x(len(line.text())) - cursor) < 1
    assert line.edit._x(0) < 0


def test_pressing_beside_a_cross_puts_the_cursor_there(line: QueryLine) -> None:
    line.set_text("desk oak ")
    rect = line.edit._token_rect(line.edit._shown[0])
    QTest.mouseClick(
        line.edit, Qt.MouseButton.LeftButton, pos=QPointF(rect.left() + 12, rect.center().y()).toPoint()
    )
    assert line.text() == "desk oak "
    assert line.edit.cursorPosition() <= 2
