"""Calls that fail, from outside: the k-th SQL statement, file call or socket read of a life ends as a bad disk or network would end it."""

import errno
import os
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

LAYERS: Mapping[str, tuple[str, ...]] = {
    "sql": ("busy", "full", "ioerr"),
    "file": ("full", "ioerr"),
    "socket": ("reset", "timeout"),
}
"""What may fail, and how."""
FILE_CALLS = ("open", "write", "pwrite", "ftruncate", "fsync", "replace", "rename")
_SQL = {
    "busy": (sqlite3.SQLITE_BUSY, "database is locked"),
    "full": (sqlite3.SQLITE_FULL, "database or disk is full"),
    "ioerr": (sqlite3.SQLITE_IOERR, "disk I/O error"),
}
_FILE = {"full": errno.ENOSPC, "ioerr": errno.EIO}


@dataclass
class Failing:
    """Counts calls by layer, and lets one of them fail: the `at`-th of `layer`, in that `kind` of way."""

    layer: str = ""
    at: int = 0
    kind: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    failed: str = ""
    """The call that failed."""

    def is_due(self, layer: str, what: str) -> bool:
        self.counts[layer] += 1
        if layer != self.layer or self.counts[layer] != self.at:
            return False
        self.failed = what
        return True


@contextmanager
def failing(layer: str, at: int, kind: str) -> Iterator[Failing]:
    """Let one call of this process fail while the block runs; `at` 0 only counts."""
    state = Failing(layer, at, kind)
    with ExitStack() as stack:
        connect = sqlite3.connect

        def connected(*args: Any, **given: Any) -> sqlite3.Connection:
            return connect(*args, **given, factory=_connection(state))

        stack.enter_context(mock.patch.object(sqlite3, "connect", connected))
        for name in FILE_CALLS:
            stack.enter_context(mock.patch.object(os, name, _file_call(state, name)))
        stack.enter_context(mock.patch.object(socket.socket, "recv", _receive(state), create=True))
        yield state


def _connection(state: Failing) -> type[sqlite3.Connection]:
    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            _may_fail(self, sql)
            return super().execute(sql, *args)

        def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
            _may_fail(self, sql)
            return super().executemany(sql, *args)

    def _may_fail(connection: sqlite3.Connection, sql: str) -> None:
        if not state.is_due("sql", sql):
            return
        code, text = _SQL[state.kind]
        if state.kind == "full" and connection.in_transaction:
            # SQLite takes a transaction back by itself when the disk is full.
            sqlite3.Connection.execute(connection, "ROLLBACK")
        error = sqlite3.OperationalError(text)
        error.sqlite_errorcode = code
        raise error

    return Connection


def _file_call(state: Failing, name: str) -> Callable[..., Any]:
    inner = getattr(os, name)

    def call(*args: Any, **given: Any) -> Any:
        if name == "open" and not args[1] & os.O_CREAT:
            return inner(*args, **given)
        if state.is_due("file", f"{name}{args[:2]}"):
            number = _FILE[state.kind]
            raise OSError(number, os.strerror(number))
        return inner(*args, **given)

    return call


def _receive(state: Failing) -> Callable[..., bytes]:
    def receive(connection: socket.socket, *args: Any) -> bytes:
        if state.is_due("socket", "recv"):
            # Nothing more comes of this connection: what the platform had to say is lost.
            connection.shutdown(socket.SHUT_RDWR)
            raise TimeoutError("timed out") if state.kind == "timeout" else ConnectionResetError("reset")
        return super(socket.socket, connection).recv(*args)

    return receive
