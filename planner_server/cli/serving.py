"""Runs the platform until it is told to end."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from types import FrameType
from typing import Any

from django.db import DatabaseError, connections
from waitress.server import create_server  # type: ignore[import-untyped]

from planner_server.api.middleware import RequestIdFilter
from planner_server.cli.console import USAGE, Failure, say
from planner_server.config.wsgi import application

log = logging.getLogger("planner.serve")

COLLECTED_EVERY = 50_000
"""New objects between two looks for circles. At Python's 700 a push of 20,000 rows is looked through hundreds of times: a quarter of
its processor time, for requests that leave hardly a circle behind."""


def serve(*, host: str, port: int, threads: int) -> None:
    """Serve on host and port (0: any free one) and print the address as the first line of stdout. Returns on SIGTERM or SIGINT."""
    try:
        server: Any = create_server(
            application, host=host, port=port, threads=threads, ident="planner-server"
        )
    except OSError as error:
        message = f"{host}:{port} cannot be used: {error.strerror}."
        raise Failure("port", message, "Choose another --port; 0 takes a free one.", USAGE) from error
    signal.signal(signal.SIGTERM, _end)
    gc.collect()
    # What is here now stays for the life of the process and need not be looked at again.
    gc.freeze()
    gc.set_threshold(COLLECTED_EVERY, *gc.get_threshold()[1:])
    try:
        say(f"http://{_in_url(host)}:{server.effective_port}")
        sys.stdout.flush()
        log.info("serving with %d threads", threads)
        # Ends by the exceptions below, after the requests in hand are answered.
        server.run()
    except (KeyboardInterrupt, SystemExit):
        log.info("told to end")
    finally:
        server.close()
        _write_log_into_database()


def _write_log_into_database() -> None:
    """Leave one SQLite file with everything in it: whoever copies only that file, or puts an older one in its place, is not caught
    by a log that was left beside it."""
    for connection in connections.all():
        if connection.vendor == "sqlite" and connection.alias == "default":
            try:
                with connection.cursor() as cursor:
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except (
                DatabaseError
            ) as error:  # another process uses the file; the log stays, which loses nothing
                log.info("the log was not written into the database: %s", error)
    connections.close_all()


def _end(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - Python passes them
    raise SystemExit(0)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def log_to_stderr(level: str) -> None:
    """Send what the server logs to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    # On the handler, not on a logger: what a library logs while it answers a request has to carry its id, too.
    handler.addFilter(RequestIdFilter())
    logging.basicConfig(
        handlers=[handler],
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(request_id)s %(name)s: %(message)s",
        force=True,
    )
