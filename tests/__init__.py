"""Tests mirror the packages; `support` holds what more than one of them needs."""
