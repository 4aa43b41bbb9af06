"""The platform as a child of a nursery: the real application behind the real server, able to kill itself at a named point."""

import os
import signal
from contextlib import ExitStack
from typing import Any
from unittest import mock

import django
from django.core.management import get_commands

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
    """Do a job: {"demo": [keywords, seeds]}, {"command": [words]} or {"port": n, "point": "C7", "at": k, "batch": n}."""
    with ExitStack() as stack:
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


class _Kills:
    """Ends the process as a loss of power would, at the k-th reach of a point."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
