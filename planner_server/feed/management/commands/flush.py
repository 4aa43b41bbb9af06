"""`flush` empties the database on purpose, which the feed's guards would refuse: it lifts them and hangs them up again."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush

from planner_server.feed import guards


class Command(DjangoFlush):
    """Django's flush, with the guards out of the way while it runs."""

    def handle(self, **options: Any) -> None:
        """Empty every table."""
        guards.remove(options["database"])
        try:
            super().handle(**options)
        finally:
            guards.install(options["database"])
