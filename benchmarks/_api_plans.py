"""How PostgreSQL carries out the lists of the API: the statements of a request, asked for their plans."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ASKING = """
import json, sys
import django
django.setup()
from django.db import connection
from rest_framework.test import APIClient
from planner_server.accounts.models import User

client = APIClient()
client.force_authenticate(user=User.objects.get())
found = []

def note(execute, sql, params, many, context):
    found.append((sql, params))
    return execute(sql, params, many, context)

for name, path, query in json.loads(sys.argv[1]):
    found.clear()
    with connection.execute_wrapper(note):
        answer = client.get("/api/v1/" + path, {"page_size": 100, **query})
    assert answer.status_code == 200, answer.content
    for sql, params in [one for one in found if "FROM" in one[0] and "SELECT" in one[0]]:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
            plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        print(json.dumps([name, plan[0]["Plan"]]))
"""


def plans(database: str, reads: Sequence[tuple[str, str, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield, for each statement of each read, its name, estimated cost and how it reaches each table."""
    surroundings = {
        **os.environ,
        "PLANNER_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "planner_server.config.settings",
        "PLANNER_THROTTLE": "off",
    }
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _ASKING, json.dumps(reads)],
        check=True,
        env=surroundings,
        text=True,
        stdout=subprocess.PIPE,
    )
    for line in done.stdout.splitlines():
        name, plan = json.loads(line)
        yield f"{name:28} cost {plan['Total Cost']:>12,.0f}  {', '.join(_ways(plan))}"


def _ways(plan: Mapping[str, Any]) -> Iterator[str]:
    if "Relation Name" in plan or "Index Name" in plan:
        through = f" by {plan['Index Name']}" if "Index Name" in plan else ""
        yield f"{plan['Node Type']}{through} {plan.get('Relation Name', '')}".strip()
    elif plan["Node Type"] in {"Sort", "Incremental Sort"}:
        yield plan["Node Type"]
    for part in plan.get("Plans", ()):
        yield from _ways(part)
