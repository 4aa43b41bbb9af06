"""What the query line knows about its text: terms, problems, and the room each term takes as a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QTextCharFormat, QTextLayout

from planner_desktop.widgets.theme import Theme


@dataclass(frozen=True, slots=True)
class QueryToken:
    """A finished term: characters ``start`` to ``end`` (exclusive); from ``value`` on it is drawn strong."""

    start: int
    end: int
    value: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """What cannot be read: ``at`` counts characters from 0, ``message`` is a sentence with an example."""

    at: int
    length: int
    message: str

    @property
    def position(self) -> int:
        """The place as people count it, from 1."""
        return self.at + 1


@dataclass(frozen=True, slots=True)
class QueryReading:
    """How a text is understood."""

    tokens: tuple[QueryToken, ...] = ()
    problem: QueryProblem | None = None


Read = Callable[[str], QueryReading]
Complete = Callable[[str, int], str]
"""(text, cursor) -> what could follow the cursor, shown as a ghost; "" for nothing."""

TEXT_AT = 34
"""Where the text begins, in design pixels; left of it stands the filter's sign."""
PAD = 8
CROSS = 8
_GAP = 6
# A gap, the cross, and the padding of the pill: what a token takes after its last character.
_ROOM = PAD + CROSS + PAD
_ENDLESS = 1_000_000


def token_formats(
    theme: Theme, font: QFont, text: str, tokens: tuple[QueryToken, ...]
) -> list[QTextLayout.FormatRange]:
    """Return the formats that make room for pills around these terms and colour their characters."""
    spans: list[QTextLayout.FormatRange] = []
    starts = {token.start for token in tokens}
    natural = QFontMetricsF(font).horizontalAdvance(" ")
    for token in tokens:
        color = theme.color("error" if token.negated else "accent-text")
        for start, end, weight in ((token.start, token.value, 400), (token.value, token.end, 600)):
            if end <= start:
                continue
            # The cross needs room after the last character only.
            last = end - 1 if end == token.end else end
            if last > start:
                spans.append(_span(start, last, weight, color))
            if last < end:
                spans.append(_span(last, end, weight, color, spacing=theme.px(_ROOM)))
        if token.end < len(text):
            follows = theme.px(_GAP + (PAD if token.end + 1 in starts else 0))
            spans.append(_span(token.end, token.end + 1, 400, color, spacing=max(0.0, follows - natural)))
    return spans


class TextPositions:
    """Where each character of a line stands: the same layout as the field's own, which does not tell."""

    def __init__(self, text: str, font: QFont, formats: list[QTextLayout.FormatRange]) -> None:
        self._layout = QTextLayout(text, font)
        self._layout.setFormats(formats)
        self._layout.beginLayout()
        self._line = self._layout.createLine()
        self._line.setLineWidth(_ENDLESS)
        self._layout.endLayout()

    def x(self, position: int) -> float:
        """Return the left edge of a character, counted from the left edge of the text."""
        found = self._line.cursorToX(position) if self._line.isValid() else 0.0
        # PySide answers with the position it really took as well, and types neither.
        return float(found[0] if isinstance(found, tuple) else found)  # type: ignore[arg-type]


def _span(
    start: int, end: int, weight: int, color: QColor, *, spacing: float = 0.0
) -> QTextLayout.FormatRange:
    style = QTextCharFormat()
    style.setFontWeight(weight)
    style.setForeground(QBrush(color))
    if spacing:
        style.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
        style.setFontLetterSpacing(spacing)
    span = QTextLayout.FormatRange()
    span.start, span.length, span.format = start, end - start, style
    return span
