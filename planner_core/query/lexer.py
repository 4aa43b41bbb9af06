"""Cutting a query line into pieces: signs, keys, quotes and commas, without asking what the words mean.

`scan` never fails, so that a line can be painted and completed while it is being typed: what cannot be cut properly is a piece with a
`problem`, which the parser turns into an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner_core.query.tree import Span

_KEY = re.compile(r"([^\W\d_][\w-]*):")
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a piece could not be cut, in a sentence, and the characters at fault.

    `wants_value` says that naming the values of the field would help.
    """

    message: str
    span: Span
    wants_value: bool = False


@dataclass(frozen=True, slots=True)
class Atom:
    """One alternative of a piece. `text` is without quotation marks and escapes, or without slashes; `span` includes them."""

    text: str
    quoted: bool
    span: Span
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One term as written. `key` is lower case and None for a text; `key_span` leaves out the colon."""

    span: Span
    negated: bool
    key: str | None
    key_span: Span | None
    atoms: tuple[Atom, ...]
    problem: Problem | None = None


def scan(text: str) -> tuple[Piece, ...]:
    """Cut the line into pieces, in order; white space between them belongs to none."""
    pieces = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        piece = _Cutter(text, at).piece()
        pieces.append(piece)
        at = piece.span.end
    return tuple(pieces)


class _Cutter:
    """Cuts one piece out of `text`, beginning at a character that is not white space."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self._at = start
        self._problem: Problem | None = None

    def piece(self) -> Piece:
        negated = self._text[self._at] == "-"
        self._at += negated
        if self._ended():
            self._complain(
                "Nothing follows the minus sign. Expected a term, as in -ikea", self._start, self._at
            )
            return Piece(Span(self._start, self._at), negated, None, None, (), self._problem)
        found = _KEY.match(self._text, self._at)
        key = key_span = None
        if found:
            key, key_span = found[1].lower(), Span(*found.span(1))
            self._at = found.end()
        atoms = self._atoms(key)
        return Piece(Span(self._start, self._at), negated, key, key_span, atoms, self._problem)

    def _atoms(self, key: str | None) -> tuple[Atom, ...]:
        atoms = []
        while True:
            if self._at < len(self._text) and self._text[self._at] == '"':
                atoms.append(self._quoted())
            elif key is None and self._at < len(self._text) and self._text[self._at] == "/":
                atoms.append(self._pattern())
            else:
                atoms.append(self._bare(key))
            if self._problem or self._ended() or self._text[self._at] != ",":
                break
            self._at += 1
        if self._problem:
            self._at = max(self._at, self._word_end(self._at))
        return tuple(atoms)

    def _bare(self, key: str | None) -> Atom:
        start = self._at
        while not self._ended() and self._text[self._at] != ",":
            self._at += 1
        if start == self._at:
            self._complain_of_nothing(key)
        return Atom(self._text[start : self._at], quoted=False, span=Span(start, self._at))

    def _complain_of_nothing(self, key: str | None) -> None:
        before = self._text[self._at - 1] if self._at > self._start else ""
        if before == ",":
            where = "after the comma"
        elif before == ":":
            where = f"after {key}:"
        else:
            self._complain(
                'Nothing stands before the comma. To search for a comma, quote it, as in "a, b"',
                self._at,
                self._at + 1,
            )
            return
        self._complain(f"A value is missing {where}", self._at - 1, self._at, wants_value=True)

    def _quoted(self) -> Atom:
        start = self._at
        at = start + 1
        while at < len(self._text) and self._text[at] != '"':
            at += 2 if self._text[at] == "\\" else 1
        if at >= len(self._text):
            self._at = len(self._text)
            self._complain(
                'This quotation mark is never closed. Expected a second one, as in "standing desk"',
                start,
                start + 1,
            )
            return Atom(_unescape(self._text[start + 1 :]), quoted=True, span=Span(start, self._at))
        self._at = at + 1
        content = _unescape(self._text[start + 1 : at])
        if not content:
            self._complain(
                'Nothing stands between the quotation marks. Expected a text, as in "standing desk"',
                start,
                at + 1,
            )
        elif not self._ended() and self._text[self._at] != ",":
            self._complain(
                'A space is missing after the closing quotation mark. Expected it as in "standing desk" lamp',
                self._at,
                self._at + 1,
            )
        return Atom(content, quoted=True, span=Span(start, at + 1))

    def _pattern(self) -> Atom:
        """Cut out a pattern: it ends at the first slash without a backslash that is followed by white space, a comma or nothing."""
        start = self._at
        at = start + 1
        while at < len(self._text):
            if self._text[at] == "/" and (
                at + 1 == len(self._text) or self._text[at + 1].isspace() or self._text[at + 1] == ","
            ):
                break
            at += 2 if self._text[at] == "\\" else 1
        if at >= len(self._text):
            word = self._text[start : self._word_end(start)]
            self._at = len(self._text)
            self._complain(
                "This pattern is never closed. Expected a second slash, as in /desk(s|top)/. "
                f'To search for the text itself, quote it, as in "{word}"',
                start,
                start + 1,
            )
            return Atom(self._text[start + 1 :], quoted=False, span=Span(start, self._at), is_pattern=True)
        self._at = at + 1
        source = self._text[start + 1 : at]
        if not source:
            self._complain(
                "Nothing stands between the slashes. Expected a pattern, as in /desk(s|top)/", start, at + 1
            )
        return Atom(source, quoted=False, span=Span(start, at + 1), is_pattern=True)

    def _ended(self) -> bool:
        return self._at >= len(self._text) or self._text[self._at].isspace()

    def _word_end(self, at: int) -> int:
        while at < len(self._text) and not self._text[at].isspace():
            at += 1
        return at

    def _complain(self, message: str, start: int, end: int, *, wants_value: bool = False) -> None:
        if self._problem is None:
            self._problem = Problem(message, Span(start, end), wants_value)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
