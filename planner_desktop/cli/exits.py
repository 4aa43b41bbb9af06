"""Exit codes. Importing them costs nothing: which error has which says `failures`, whose error classes do."""

from __future__ import annotations

DONE = 0
OUR_FAULT = 1
USAGE = 2
REFUSED = 3
SIGN_IN = 4
UNREACHABLE = 5
REVIEW = 6
MACHINE = 78
INTERRUPTED = 130
