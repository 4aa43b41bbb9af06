"""The sentences of a triage."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from planner_desktop.app.pace import Pace
from planner_desktop.screens import words


def tr(text: str) -> str:
    return QCoreApplication.translate("Triage", text)


GROUPING_WORDS = {
    "one": "One by one",
    "near-duplicates": "Near-duplicates",
    "first-words": "First words",
    "suggested-cluster": "Suggested cluster",
}


def left_words(left: int, pace: Pace) -> str:
    """Return how many keywords are left and how long they take: "412 left, about 21 minutes"."""
    said = tr("{n} left").format(n=words.number(left))
    minutes = pace.minutes_for(left)
    if not left or minutes is None:
        return said
    if minutes < 120:
        return tr("{left}, about {time}").format(
            left=said, time=words.counted(minutes, tr("minute"), tr("minutes"))
        )
    hours = round(minutes / 60)
    return tr("{left}, about {time}").format(left=said, time=words.counted(hours, tr("hour"), tr("hours")))


def pace_words(pace: Pace) -> str:
    """Return the pace, "" before it is known."""
    found = pace.per_minute
    if found is None:
        return ""
    return tr("{n} a minute").format(n=words.number(round(found)) if found >= 1 else f"{found:.1f}")


def last_words(verb: str, cluster: str) -> str:
    """Return a decision in a word or two: what it did, or the cluster it chose."""
    return {"disable": tr("disabled"), "skip": tr("skipped")}.get(verb, cluster)
