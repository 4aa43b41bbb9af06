"""The platform as a child of a nursery: the real application behind the real server, able to kill itself at a named point."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import django
from django.core.management import get_commands

from planner_server import clock
from planner_server.cli import environment
from planner_server.feed import hooks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", environment.SETTINGS)
django.setup()
get_commands()

# Models cannot be imported before Django is set up.
from planner_server.cli import app, demo, serving  # noqa: E402
from planner_server.config import urls, wsgi  # noqa: E402
from planner_server.sync_api import pushing  # noqa: E402

LOADED = (urls, wsgi)
Say = Any


def work(job: dict[str, Any], say: Say) -> None:
    """Do a job: {"demo": [keywords, seeds]}, {"command": [words]} or {"port": n, "point": "C7", "at": k, "batch": n}.

    "off_ms" sets the platform's clock wrong by that much; "step_ms" sets it back (or on) in the middle, at each version it takes.
    """
    with ExitStack() as stack:
        if job.get("off_ms") or job.get("step_ms"):
            stack.enter_context(_wrong_clock(job.get("off_ms", 0), job.get("step_ms", 0)))
        if job.get("point"):
            stack.enter_context(hooks.at(job["point"], _Kills(job.get("at", 1))))
        if job.get("batch"):
            # Small transactions, so that a request of a test consists of several.
            stack.enter_context(mock.patch.object(pushing, "BATCH_MUTATIONS", job["batch"]))
        if "demo" in job:
            keywords, seeds = job["demo"]
            environment.migrate()
            made = demo.make_demo(keywords=keywords, seeds=seeds)
            say({"made": {"email": made["email"]}})
        elif "command" in job:
            app.app(args=job["command"], prog_name="planner-server", standalone_mode=False)
        else:
            stack.enter_context(mock.patch.object(serving, "say", lambda url: say({"url": url})))
            serving.serve(host="127.0.0.1", port=job["port"], threads=4)


@contextmanager
def _wrong_clock(off_ms: int, step_ms: int) -> Iterator[None]:
    """Take the time from a clock that is off, and that is set by a step whenever a version is taken."""
    off = [off_ms]

    def step() -> None:
        off[0] += step_ms

    with ExitStack() as stack:
        if step_ms:
            stack.enter_context(hooks.at("C7", step))
        stack.enter_context(clock.replaced(now_ms=lambda: time.time_ns() // 1_000_000 + off[0]))
        yield


class _Kills:
    """Ends the process as a loss of power would, at the k-th reach of a point."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
