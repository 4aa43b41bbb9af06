"""Runs `planner-server` as its users do: as a process of its own."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from planner_server.main import main

PROGRAM = (sys.executable, "-m", "planner_server.main")
SECONDS = 120


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        lines = self.out.splitlines()
        assert len(lines) == 1, (self.out, self.err)
        return json.loads(lines[0])

    @property
    def error(self) -> Any:
        return self.document["error"]


def environment(**more: str) -> dict[str, str]:
    """The surroundings of a child: its own folders, nothing that names a database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLANNER_", "DJANGO_"))}
    return kept | more


@dataclass
class Program:
    """The program with its data folder and database (None: the SQLite file in the folder)."""

    folder: Path
    url: str | None = None

    def options(self) -> list[str]:
        return ["--data-dir", str(self.folder)] + (["--database-url", self.url] if self.url else [])

    def run(self, command: str, *arguments: str, stdin: str = "", common: bool = True) -> Ended:
        """Run a command to its end, with the options every command takes unless `common` is False."""
        done = subprocess.run(
            [*PROGRAM, command, *(self.options() if common else ()), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=environment(),
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def serving(self, *arguments: str) -> Iterator["Serving"]:
        """The program serving on a free port; it is ended, and has to end, with the block."""
        process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0", *self.options(), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        served = Serving(process)
        try:
            yield served
        finally:
            served.end(signal.SIGKILL)


@dataclass
class Inside:
    """Runs commands by calling main()."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, command: str, *arguments: str, stdin: str = "") -> Ended:
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["planner-server", command, *arguments])
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        written = self.capsys.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ended(code or 0, written.out, written.err)


class Serving:
    """A running server; its first line of stdout is the address."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self.log: list[str] = []
        # Read on, or a full pipe would stop the server.
        self._reader = threading.Thread(target=self.log.extend, args=(process.stderr,), daemon=True)
        self._reader.start()
        self.address = process.stdout.readline().strip()

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=30, trust_env=False)

    def end(self, with_signal: int) -> int:
        """Send a signal and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(timeout=30)
        self._reader.join(timeout=10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        return code
