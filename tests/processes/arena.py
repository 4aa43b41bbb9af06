"""A platform in a folder and the machines of its people, all of them real processes that can be killed and started again."""

import json
import shutil
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.processes.nursery import Life, Nursery
from tests.support.process import free_port

DATABASE = "planner.db"
SIDE_FILES = ("", "-wal", "-shm")
KEYWORDS, SEEDS = 400, 640
BATCH = 2
"""Mutations in one transaction of the platform, so that a request consists of several."""
Act = dict[str, Any]


def query(path: Path, sql: str, *values: Any) -> list[Any]:
    """Read from a database that somebody else may have open."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(sql, values).fetchall()


class Arena:
    """One platform, up or down, and machines by name. `people` are the demo's owner and editor."""

    def __init__(self, folder: Path, *, keywords: int = KEYWORDS, seeds: int = SEEDS) -> None:
        self.folder = folder
        self.data = folder / "platform"
        self.database = self.data / DATABASE
        self.server = Nursery("server", {"PLANNER_DATA_DIR": str(self.data)})
        self.client = Nursery("client")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_up = False
        self.is_disturbed = False
        """Whether machines other than the usual two have been at work, which those have not heard of."""
        self._signed_in: set[str] = set()
        try:
            made = self.server.run({"demo": [keywords, seeds]})
            assert made.code == 0, made.errors
        except BaseException:
            self.close()
            raise
        document = json.loads((self.data / "demo.json").read_text())
        self.people = {"owner": document, "editor": document["editor"]}

    def close(self) -> None:
        self.client.close()
        self.server.close()

    # ------------------------------------------------------------------ the platform

    def up(self, **job: Any) -> None:
        """Start the platform, by default without a point to die at."""
        assert not self.is_up
        self.server.begin({"port": self.port, "batch": BATCH, "lifetime": 0, **job})
        self.server.until("url")
        self.is_up = True

    def down(self) -> None:
        """End it in order."""
        if self.is_up:
            self.server.signal(signal.SIGTERM)
            life = self.server.wait()
            self.is_up = False
            assert life.code == 0, life.errors

    def kill(self) -> Life:
        """End it as a loss of power would."""
        self.server.signal(signal.SIGKILL)
        return self.ended()

    def ended(self) -> Life:
        """Wait for the end of a platform that was to die at a point."""
        life = self.server.wait()
        self.is_up = False
        return life

    def recover(self) -> None:
        """Bring the platform up, whatever a test that failed has left."""
        if self.server.is_busy and not self.is_up:
            self.server.wait()
        if not self.is_up:
            self.up()
        if self.is_disturbed:
            self.settle("a", "b")
            self.is_disturbed = False

    def copy(self, name: str) -> Path:
        """Copy its database while it runs, as a backup does."""
        target = self.folder / f"{name}.db"
        with (
            closing(sqlite3.connect(self.database, timeout=20)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return target

    def put_back(self, copy: Path) -> None:
        """Replace its database by a copy. It has to be down."""
        assert not self.is_up
        for suffix in SIDE_FILES:
            self.database.with_name(DATABASE + suffix).unlink(missing_ok=True)
        shutil.copy(copy, self.database)

    def command(self, *words: str, **job: Any) -> Life:
        """Run a command of the platform. It has to be down, as one nursery serves one child at a time."""
        assert not self.is_up
        return self.server.run({"command": list(words), **job})

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """Read from the platform's database."""
        return query(self.database, sql, *values)

    # ------------------------------------------------------------------ the machines

    def machine(self, name: str, person: str = "owner") -> Path:
        """Return the folder of a machine, signed in. The platform has to be up for the first call."""
        folder = self.folder / name
        self.is_disturbed |= name not in {"a", "b"}
        if name not in self._signed_in:
            who = self.people[person]
            self.sign_in(folder, who["email"], who["password"])
            self._signed_in.add(name)
        return folder

    def sign_in(self, folder: Path, email: str, password: str) -> None:
        """Sign a machine in, for the first time or again."""
        job = {"sign_in": self.url, "email": email, "password": password, "folder": str(folder)}
        life = self.client.run(job)
        assert life.code == 0, life.errors

    def live(self, name: str, acts: Sequence[Act], **job: Any) -> Life:
        """Let a machine carry out a script; whatever ends it, its life is returned."""
        return self.client.run({"folder": str(self.folder / name), "acts": list(acts), **job})

    def lived(self, name: str, acts: Sequence[Act], **job: Any) -> Life:
        """Let a machine carry out a script that nothing may stop."""
        life = self.live(name, acts, **job)
        assert life.code == 0, f"{life.code}: {life.errors}\n{life.said}"
        return life

    def settle(self, *names: str) -> None:
        """Let machines synchronise in that order until nothing waits; each is equal to the platform then."""
        for name in names:
            self.settled(self.lived(name, [{"do": "settle"}]))

    def settled(self, life: Life) -> Life:
        """Return a life that settled; it must have come to its end."""
        assert life.last("settled") == [0, 0], life.said
        assert life.last("equal") is True, life.said
        return life

    def replica(self, name: str) -> Path:
        return self.folder / name / "replica.db"
