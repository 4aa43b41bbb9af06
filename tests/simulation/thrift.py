"""What a process of many worlds works out once instead of with each request. Everything kept depends on its arguments alone.

Nothing here may change what the platform answers: a world is the same history with and without it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.utils import ConnectionHandler
from rest_framework_simplejwt.backends import TokenBackend

ALIASES = ("default", "reader")
_verified = TokenBackend.decode
_converted = SQLiteCursorWrapper.convert_query


@lru_cache(maxsize=1_000)
def _claims(backend: TokenBackend, token: Any, verify: bool) -> tuple[tuple[str, Any], ...]:
    return tuple(_verified(backend, token, verify).items())


def _decode(self: TokenBackend, token: Any, verify: bool = True) -> dict[str, Any]:
    """Return a token's claims. Its signature stays good, and no token of a world runs out by the computer's clock."""
    return dict(_claims(self, token, verify))


@lru_cache(maxsize=2_000)
def _in_sqlites_style(query: str, names: tuple[str, ...] | None) -> str:
    return str(_converted(None, query, param_names=None if names is None else list(names)))  # type: ignore[arg-type]  # it looks at no cursor


def _convert_query(_self: SQLiteCursorWrapper, query: str, *, param_names: Any = None) -> str:
    return _in_sqlites_style(query, None if param_names is None else tuple(param_names))


@contextmanager
def connected(handler: ConnectionHandler) -> Iterator[None]:
    """Let Django's aliases lead to the handler's connections, looked up as plain attributes: a world lives on one thread."""
    lead = SimpleNamespace(**{alias: handler[alias] for alias in ALIASES})
    with patch.object(connections, "_connections", lead):
        yield


@contextmanager
def thrifty() -> Iterator[None]:
    """Verify each token and convert each statement once while the block runs."""
    with (
        patch.object(TokenBackend, "decode", _decode),
        patch.object(SQLiteCursorWrapper, "convert_query", _convert_query),
    ):
        yield


@contextmanager
def unhurried_collector() -> Iterator[Callable[[], object]]:
    """Collect garbage only where the block calls what it is given, and look only through what was made since it began."""
    was_on = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()
