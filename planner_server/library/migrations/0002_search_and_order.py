"""Searching and ordering a large library on PostgreSQL: parts of words by trigrams, and the highest volumes first.

SQLite has no such indexes. A server whose owner may not add pg_trgm searches without it, only slower.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, migrations, transaction

log = logging.getLogger("planner.library")

TRIGRAMS = "CREATE INDEX seed_trigrams ON library_seedkeyword USING gin (keyword_key gin_trgm_ops)"
VOLUMES = "CREATE INDEX seed_volumes ON library_seedkeyword (volume DESC NULLS LAST, id DESC)"


def add(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - the framework passes it
    """Add both where the database can."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(VOLUMES)
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(TRIGRAMS)
    except DatabaseError as error:
        log.warning("searching the library goes without an index: pg_trgm cannot be added (%s)", error)


def remove(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001 - the framework passes it
    """Take both away."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS seed_trigrams, seed_volumes")


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
