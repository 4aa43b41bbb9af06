"""PySide6 6.12.0 gives away a reference to None in each call that returns None.

Python before 3.12 counts references to None and ends the process when they are used up ("none_dealloc"), in the
middle of a paint. Whoever raises the pin of PySide6 meets this test first. From Python 3.12 on None is immortal
and nothing can be seen or go wrong.
"""

import sys

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

CALLS = 1000
TOLERANCE = 50

pytestmark = pytest.mark.qt


def test_calls_that_return_none_keep_the_references_to_none() -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        thing.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < TOLERANCE


def test_widget_calls_keep_the_references_to_none(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = QLabel(window)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        label.setText("x")
        label.update()
    assert abs(sys.getrefcount(None) - before) < TOLERANCE
