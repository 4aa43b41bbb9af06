"""The one normalisation of names and keywords, used wherever two texts are asked to be "the same".

Databases disagree about case and accents (SQLite's NOCASE knows ASCII only, PostgreSQL depends on its collation), so the key is
computed here, stored, and compared byte by byte.
"""

from __future__ import annotations

import unicodedata

FOLD_VERSION = 1
"""Goes up when `fold` answers differently for any text; stored keys are recomputed then."""


def fold(text: str) -> str:
    """Return the comparison key of a name: composed, case folded, outer white space cut, inner white space single."""
    # Case folding can decompose ("İ" gives "i" and a dot above), so the text is composed again afterwards.
    composed = unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", " ".join(composed.casefold().split()))


def tidy(text: str) -> str:
    """Return a name as it is kept and shown: composed, outer white space cut, inner white space single, case kept."""
    return " ".join(unicodedata.normalize("NFC", text).split())
