"""Which regular expressions the query line takes.

They are carried out by RE2, in linear time. This module knows no library: it reads them with Python's own reader, whose language is
larger, for the sake of messages that point at the character, and refuses what RE2 does not have.
"""

from __future__ import annotations

import re
import warnings

from planner_core.query.errors import QueryError
from planner_core.query.tree import Span

LONGEST = 500
"""Longer patterns are no question anybody types."""

_FOREIGN = re.compile(
    r"""\\.|(?P<look>\(\?<?[=!])|(?P<back>\(\?P=)|(?P<other>\(\?[(>#]|[*+?}]\+)|(?P<many>\{[0-9]*,?[0-9]*\})""",
    re.DOTALL,
)
_ESCAPES = re.compile(r"\\([1-9]|Z|[uUN])")
_EXAMPLE = "as in /desk(s|top)/"


def check_pattern(source: str, span: Span) -> None:
    """Raise QueryError for a pattern that cannot be carried out; `span` includes its slashes."""
    begin = span.start + 1
    if len(source) > LONGEST:
        raise QueryError(f"This pattern is too long. The longest has {LONGEST} characters", span)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(source)
    except re.error as error:
        at = begin + min(error.pos or 0, max(len(source) - 1, 0))
        raise QueryError(
            f"The pattern cannot be read: {error.msg}. Expected a regular expression, {_EXAMPLE}",
            Span(at, at + 1),
        ) from None
    except (OverflowError, RecursionError):
        raise QueryError(f"This pattern is too large. Expected a shorter one, {_EXAMPLE}", span) from None
    for found in _FOREIGN.finditer(source):
        where = Span(begin + found.start(), begin + found.end())
        if found["many"] is not None:
            if any(int(number) > 1000 for number in re.findall("[0-9]+", found[0]) if len(number) < 19):
                raise QueryError("A part of a pattern can be repeated 1000 times at most", where)
            continue
        if found["look"] is None and found["back"] is None and found["other"] is None:
            if _ESCAPES.match(found[0]) is None:
                continue
            what = "refer back to a group" if found[0][1].isdecimal() else f"hold {found[0]}"
        else:
            what = (
                "refer back to a group"
                if found["back"]
                else "look ahead or back"
                if found["look"]
                else f"hold {found[0]}"
            )
        raise QueryError(
            f"Patterns cannot {what} here, so that every one ends in time. Expected one, {_EXAMPLE}", where
        )
