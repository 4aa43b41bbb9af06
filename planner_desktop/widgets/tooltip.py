"""Tooltips: two lines at most, the second says the key."""

from __future__ import annotations

from html import escape


def tip(title: str, detail: str = "") -> str:
    """Return tooltip markup: a strong first line and a quieter second. Both are plain text, never markup."""
    strong = f"<span style='font-weight:600'>{escape(title)}</span>"
    # Without markup around it, Qt guesses whether a text is rich; this way data cannot become HTML.
    return (
        f"<div style='white-space:pre'>{strong}<br>{escape(detail)}</div>"
        if detail
        else f"<div>{strong}</div>"
    )
