"""What people call a row: a keyword's text, a cluster's name, an idea's title."""

from __future__ import annotations

import sqlite3

_HERE = {
    "keyword": "SELECT s.keyword FROM keyword w JOIN seed s ON s.k = w.seed WHERE w.uid = ?",
    "cluster": "SELECT name FROM cluster WHERE uid = ?",
    "idea": "SELECT title FROM idea WHERE uid = ?",
}

# Rows that left this replica (lost access, a platform that forgot them) are named from the copies kept of them.
_KEPT = {
    "keyword": "SELECT s.keyword FROM keepsake p JOIN seed s ON s.uid = json_extract(p.body, '$.seed') WHERE p.uid = ?",
    "cluster": "SELECT json_extract(body, '$.name') FROM keepsake WHERE uid = ?",
    "idea": "SELECT json_extract(body, '$.title') FROM keepsake WHERE uid = ?",
}


def name_of(connection: sqlite3.Connection, entity: str, uid: str) -> str:
    """Return a row's name; its uid where nothing here knows one."""
    for queries in (_HERE, _KEPT):
        found = connection.execute(queries[entity], (uid,)).fetchone() if entity in queries else None
        if found and found[0]:
            return str(found[0])
    return uid
