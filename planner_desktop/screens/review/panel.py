"""The panel beside Review: what would become of everything that waits, and the button that sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from planner_desktop.screens import words
from planner_desktop.screens.review.items import tr
from planner_desktop.widgets.panel import Panel
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme

_HARMLESS = frozenset(
    {"merged", "renamed", "deleted_cluster", "same", "superseded", "detached", "reattached"}
)
_NEWER = frozenset({"conflict", "target_deleted", "missing", "parked_dependency"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the platform would say: rows it would take, rows somebody else changed since, rows it would refuse and why."""

    accepted: int
    newer: int
    refused: int
    reasons: tuple[str, ...]
    at: int


def verdict_of(found: Mapping[str, Any], at: int) -> Verdict:
    """Return the counts of a dry run."""
    rows = newer = refused = 0
    reasons = [
        tr(
            "{site}: the platform was put back to an older state. What is missing there is found out by a sync."
        ).format(site=name)
        for name in found["put_back"]
    ]
    for scope in found["results"]:
        rows += int(scope["rows"])
        for listed in scope["listed"]:
            count = max(1, int(listed["rows"]))
            if listed["code"] in _NEWER:
                newer += count
            elif listed["code"] not in _HARMLESS:
                refused += count
                reasons.append(str(listed["message"] or listed["code"]))
    return Verdict(max(0, rows - newer - refused), newer, refused, tuple(dict.fromkeys(reasons)), at)


class PostPanel(Panel):
    """Counts of the last check, and "Post now"."""

    post_requested = Signal()
    check_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._close.hide()
        self._lines: list[QWidget] = []
        self._verdict: Verdict | None = None
        self._waiting = 0
        self._asks = 0
        self._busy = False
        self._offline = False
        self._trouble = ""
        self._heading = Text(theme, tr("Dry run, with the code that posts"), "label", "text-2")
        self.add_section(self._heading)
        self._facts = QWidget()
        self._list = QVBoxLayout(self._facts)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.px(6))
        self.add_section(self._facts)
        self.footer.applied.connect(self.post_requested)
        self.footer.cancelled.connect(self.check_requested)
        self.footer.secondary.setText(tr("Check"))
        self.footer.show()

    def show_state(self, *, waiting: int, asks: int, who: str, offline: bool) -> None:
        """Show how much waits, how much asks for a decision, and for whom it is posted."""
        self._waiting, self._asks, self._offline = waiting, asks, offline
        title = (
            tr("Nothing to post")
            if not waiting
            else tr("Post {n}").format(n=words.counted(waiting, tr("change"), tr("changes")))
        )
        self.show_title(title, who)
        self._redraw()

    def show_checking(self) -> None:
        """A check is under way."""
        self._busy, self._trouble = True, ""
        self._redraw()

    def show_verdict(self, verdict: Verdict) -> None:
        """Show what a check found."""
        self._busy, self._verdict, self._trouble = False, verdict, ""
        self._redraw()

    def show_trouble(self, sentence: str) -> None:
        """Say why there was no answer; counts of an earlier check stay."""
        self._busy, self._trouble = False, sentence
        self._redraw()

    def _redraw(self) -> None:
        for line in self._lines:
            self._list.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines.clear()
        verdict = self._verdict
        self._heading.setVisible(verdict is not None)
        if verdict is not None:
            self._line("circle-check", "ok", tr("Will be accepted"), verdict.accepted)
            self._line("triangle-alert", "warn", tr("Newer on the platform"), verdict.newer)
            self._line("octagon-x", "error", tr("Would be refused"), verdict.refused)
        if self._asks:
            self._line("git-compare-arrows", "conflict", tr("Wait for your decision"), self._asks)
        self._note("\n".join(verdict.reasons[:3]) if verdict is not None else "", "error")
        self._note(self._checked(), "text-3")
        self._note(self._trouble, "error")
        self._foot()

    def _checked(self) -> str:
        if self._busy:
            return tr("Asking the platform…")
        if self._verdict is not None:
            return tr("Checked {time}.").format(time=words.moment(self._verdict.at))
        return tr("Not checked yet. A check changes nothing, here or there.") if self._waiting else ""

    def _foot(self) -> None:
        note = (
            tr("Posts by itself when the connection is back.")
            if self._offline
            else tr("Posts by itself with the next sync.")
        )
        self.footer.show_consequence("", [], note if self._waiting else self._at_rest())
        text = tr("Post {n} now").format(n=words.number(self._waiting)) if self._waiting else tr("Sync now")
        self.footer.show_action(text)
        self.footer.secondary.setEnabled(self._waiting > 0 and not self._busy)

    def _at_rest(self) -> str:
        if self._asks == 1:
            return tr("One change is not on the platform: it waits for your decision.")
        if self._asks:
            said = tr("{n} changes are not on the platform: they wait for your decision.")
            return said.format(n=words.number(self._asks))
        return tr("Everything here is on the platform.")

    def _line(self, icon: str, color: str, text: str, count: int) -> None:
        theme = self._theme
        line = QWidget(self._facts)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        sign = QLabel(line)
        sign.setPixmap(theme.pixmap(icon, color if count else "text-3", 16, self.devicePixelRatioF()))
        row.addWidget(sign)
        row.addWidget(Text(theme, text, "body", "text", line), 1)
        row.addWidget(Text(theme, words.number(count), "section", "text", line))
        self._add(line)

    def _note(self, text: str, color: str) -> None:
        if text:
            note = Text(self._theme, text, "small", color, self._facts)
            note.setWordWrap(True)
            self._add(note)

    def _add(self, line: QWidget) -> None:
        self._lines.append(line)
        self._list.addWidget(line)
