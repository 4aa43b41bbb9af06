"""What the Imports page calls things: fates, fields, tools, encodings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication

from planner_desktop.screens import words

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import LaterStep


def tr(text: str) -> str:
    """Translate a text of this page."""
    return QCoreApplication.translate("Imports", text)


@dataclass(frozen=True, slots=True)
class Fate:
    """How a fate is said and shown: `sign` is a status dot, `reason` what the grid says of its rows, `colour` a token."""

    title: str
    icon: str
    sign: str
    colour: str
    reason: str


FATES: Final = {
    "add": Fate("Add", "plus", "mapped", "ok", "its seed is in the library"),
    "fill": Fate("Fill", "pencil", "queued", "chart-1", "there already: what was unknown is filled in"),
    "update": Fate("Update", "refresh-cw", "queued", "accent", "there already: set as the file says"),
    "already_there": Fate("Already there", "check", "new", "chart-other", "a keyword of this sector already"),
    "no_seed": Fate(
        "No seed", "circle-dot", "candidate", "waiting-mark", "kept as a candidate until the library has it"
    ),
    "misaligned": Fate(
        "Misaligned",
        "triangle-alert",
        "candidate",
        "conflict",
        "its seed is of another sector; kept as a candidate",
    ),
    "duplicate": Fate("Duplicate", "copy", "", "line-strong", "the seed of a row above"),
    "excluded": Fate("Excluded", "list-filter", "", "line-strong", "left out by the recipe"),
    "junk": Fate("Junk", "minus", "", "line-strong", "not a keyword"),
    "unreadable": Fate("Unreadable", "octagon-x", "", "error", "cannot be read"),
}

TOOLS: Final = {
    "google-keyword-planner": "Google Keyword Planner",
    "google-search-console": "Google Search Console",
    "ahrefs": "Ahrefs",
    "semrush": "Semrush",
    "ubersuggest": "Ubersuggest",
    "se-ranking": "SE Ranking",
    "mangools": "Mangools",
    "moz": "Moz",
    "bing-webmaster": "Bing Webmaster",
    "answerthepublic": "AnswerThePublic",
    "planner": "Planner",
    "generic": "Hand-made sheet",
}
DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
FIELDS: Final = {
    "keyword": "Keyword",
    "volume": "Volume",
    "volume_low": "Volume, from",
    "volume_high": "Volume, to",
    "difficulty": "Difficulty",
    "intent": "Intent",
    "country": "Country",
    "cpc": "Cost per click",
    "position": "Position",
    "url": "URL",
    "clicks": "Clicks",
    "impressions": "Impressions",
    "group": "Group",
    "tags": "Tags",
}
CURATED: Final = {
    "status": "Status",
    "disabled": "Disabled",
    "volume_override": "Volume override",
    "difficulty_override": "Difficulty override",
}
"""What only columns of our own exports mean."""
ENCODINGS: Final = (
    "utf-8",
    "utf-16",
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
    "iso8859_15",
)


def fate(name: str) -> Fate:
    """Return how a fate is said; one that nobody told this page of is said as it is called."""
    return FATES.get(name) or Fate(name.capitalize(), "minus", "", "line-strong", "")


def tool_name(tool: str) -> str:
    """Return the name of a tool as its maker writes it."""
    return tr(TOOLS[tool]) if tool in TOOLS else tool


def rows_word(count: int) -> str:
    """Return a number of rows in words."""
    return words.counted(count, tr("row"), tr("rows"))


def keywords_word(count: int) -> str:
    """Return a number of keywords in words."""
    return words.counted(count, tr("keyword"), tr("keywords"))


def gone_said(steps: Sequence[LaterStep]) -> str:
    """Return what is said of changes that went with the keywords of an undone import, "" for none."""
    if not steps:
        return ""
    rows = words.counted(steps[0].rows, tr("row"), tr("rows"))
    more = tr(" and {n} more").format(n=words.number(len(steps) - 1)) if len(steps) > 1 else ""
    return tr(" (with what was changed since: {rows} by “{label}”{more})").format(
        rows=rows, label=steps[0].label, more=more
    )
