"""What a run outside pytest needs before anything of the server is imported: Django's settings and a data folder of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import django


@contextmanager
def django_on_its_own() -> Iterator[None]:
    """Set Django up in this process, away from any real platform, while the block runs."""
    folder = tempfile.mkdtemp(prefix="planner-simulation-")
    os.environ["PLANNER_DATA_DIR"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "planner_server.config.settings"
    os.environ.pop("PLANNER_DATABASE_URL", None)
    try:
        django.setup()
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
