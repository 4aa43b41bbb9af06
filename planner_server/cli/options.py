"""The options that most commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", help="Folder of the key, the SQLite file and demo.json.", envvar="PLANNER_DATA_DIR"
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        help="sqlite:////absolute/path.db or postgresql://user@host/name.",
        envvar="PLANNER_DATABASE_URL",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
