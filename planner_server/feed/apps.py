"""Hangs the guards on every feed table once its schema is up to date."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FeedConfig(AppConfig):
    """The feed application."""

    name = "planner_server.feed"
    label = "feed"

    def ready(self) -> None:
        """Install the guards after each migration: SQLite drops a table's triggers when it rebuilds the table."""
        # Models cannot be imported before the registry of applications is complete.
        from planner_server.feed import guards  # noqa: PLC0415

        def install(using: str, **_: Any) -> None:
            guards.install(using)

        post_migrate.connect(install, sender=self, weak=False, dispatch_uid="feed-guards")
