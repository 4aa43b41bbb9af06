"""The peer an engineer would build in a day: one Django REST framework viewset with model serializers, and a client with pydantic.

Run as a program it is the server: `python -m benchmarks._stock FOLDER` makes keyword rows out of FOLDER/rows.json (a list of lists in
the order of COLUMNS), serves them with waitress and prints its address. `Stock` is the client's side.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel

from benchmarks._platform import Platform

PAGE, BATCH = 1_000, 500
COLUMNS = (
    *(
        "uid",
        "sector",
        "cluster",
        "status",
        "disabled",
        "volume_override",
        "difficulty_override",
        "created_at",
    ),
    *("keyword", "volume", "difficulty", "intent", "country"),
)


class Keyword(BaseModel):
    """A row as the client checks it."""

    id: int
    uid: str
    sector: str
    cluster: str | None
    status: str
    disabled: bool
    volume_override: int | None
    difficulty_override: int | None
    created_at: int
    keyword: str
    volume: int | None
    difficulty: int | None
    intent: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class Stock:
    """The served peer."""

    url: str
    client: httpx.Client
    process: Platform
    """For its processor time."""

    def first_pull(self, target: Path) -> int:
        """Fetch every page, check each row and put it into a table with two indexes; return how many rows."""
        rows = 0
        with closing(sqlite3.connect(target, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            names = ("id", *COLUMNS)
            database.execute(f"CREATE TABLE keyword ({', '.join(names)})")
            database.execute("CREATE UNIQUE INDEX keyword_uid ON keyword (uid)")
            database.execute("CREATE INDEX keyword_cluster ON keyword (cluster)")
            insert = f"INSERT INTO keyword VALUES ({', '.join('?' * len(names))})"
            for page in self._pages():
                checked = [Keyword.model_validate(row) for row in page]
                database.execute("BEGIN")
                database.executemany(insert, [tuple(row.model_dump().values()) for row in checked])
                database.execute("COMMIT")
                rows += len(checked)
        return rows

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        url: str | None = f"{self.url}/keywords/"
        while url:
            document = json.loads(self.client.get(url).raise_for_status().content)
            yield document["results"]
            url = document["next"]

    def patch_each(self, ids: Sequence[int]) -> None:
        """One PATCH a row."""
        for number in ids:
            self.client.patch(
                f"{self.url}/keywords/{number}/", json={"volume_override": number}
            ).raise_for_status()

    def patch_many(self, ids: Sequence[int]) -> None:
        """The usual list serializer with many=True and bulk_update, batch by batch."""
        for start in range(0, len(ids), BATCH):
            body = [{"id": number, "volume_override": number + 1} for number in ids[start : start + BATCH]]
            self.client.patch(f"{self.url}/keywords/many/", json=body).raise_for_status()


@contextmanager
def stock(folder: Path, rows: Sequence[Sequence[Any]]) -> Iterator[Stock]:
    """Serve the rows (in the order of COLUMNS) as a stock project would."""
    folder.mkdir()
    (folder / "rows.json").write_text(json.dumps([list(row) for row in rows]))
    command = [sys.executable, "-m", "benchmarks._stock", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - a program of ours
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with httpx.Client(timeout=120) as client:
            yield Stock(url, client, Platform(url, folder, process.pid))
    finally:
        process.terminate()
        process.wait(30)


# ---------------------------------------------------------------- the server


def _serve(folder: Path) -> None:
    import django  # noqa: PLC0415 - models exist only after the settings do, here and below
    from django.conf import settings  # noqa: PLC0415

    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "stock.db"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
    framework: dict[str, Any] = {
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    }
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["rest_framework"],
        REST_FRAMEWORK=framework,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="benchmarks._stock_views",
        SECRET_KEY="bench",  # noqa: S106 - guards nothing
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
    from waitress.server import create_server  # type: ignore[import-untyped] # noqa: PLC0415

    from benchmarks._stock_views import fill  # noqa: PLC0415

    fill(json.loads((folder / "rows.json").read_text()))
    server: Any = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=4)
    print(f"http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
