"""A reader of query lines that is just good enough for pictures and widget tests: words are terms."""

from __future__ import annotations

import re

from planner_desktop.widgets.queryline import QueryProblem, QueryReading, QueryToken


def read_words(text: str) -> QueryReading:
    """Return each word as a token; ``difficulty:<4x`` is an error at its x."""
    wrong = re.search(r"difficulty:<\d+([a-z])", text)
    if wrong:
        sentence = f"“{wrong[1]}” is not a number. Expected 0 to 100, as in difficulty:<40"
        return QueryReading((), QueryProblem(wrong.start(1), 1, sentence))
    tokens = []
    for match in re.finditer(r"\S+", text):
        word = match.group()
        negated = word.startswith("-")
        value = match.start() + (word.find(":") + 1 if ":" in word else int(negated))
        tokens.append(QueryToken(match.start(), match.end(), value, negated))
    return QueryReading(tuple(tokens))
