"""planner-server as a child process: made, started, killed, started again on the same port, always ended."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """One platform in a data folder. It answers at `url` between `start` and `stop` or `kill`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[bytes] | None = None

    def command(self, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        """Run a planner-server command and return its stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "planner_server.main", *words, "--data-dir", str(self.data_dir)],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode in ok, done.stderr[-3000:]
        return done.stdout

    def demo(self, *, keywords: int, seeds: int) -> dict[str, str]:
        """Fill it with a demo account; return the owner's e-mail and password."""
        self.command("demo-data", "--keywords", str(keywords), "--seeds", str(seeds))
        found: dict[str, str] = json.loads((self.data_dir / "demo.json").read_text())
        return found

    def start(self) -> str:
        """Serve; returns the address once it takes requests."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed where the process ends
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.support.guarded",
                "planner_server.main",
                "serve",
                "--port",
                str(self.port),
                "--data-dir",
                str(self.data_dir),
            ],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line == self.url, self.log()
        return line

    def kill(self) -> None:
        """End it as a loss of power would."""
        if self._process is not None:
            self._process.kill()
            self._ended(self._process)

    def stop(self) -> None:
        """Ask it to end; returns when it has."""
        if self._process is not None:
            self._process.terminate()
            self._ended(self._process)

    def pause(self) -> None:
        """Let it stand still, as a machine does that swaps or migrates: connections stay open and nothing is answered."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def replace_database(self, copy: Path) -> None:
        """Put another database in the place of its own. It has to be stopped."""
        assert self._process is None
        database = self.data_dir / "planner.db"
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        shutil.copy(copy, database)

    def copy_database(self, target: Path) -> Path:
        """Copy its database while it serves, as a backup does."""
        with (
            closing(sqlite3.connect(self.data_dir / "planner.db", timeout=20)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return target

    def _ended(self, process: subprocess.Popen[str]) -> None:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        self._process = None
        if self._log is not None:
            self._log.close()

    def log(self) -> str:
        """What it wrote to stderr since its start."""
        if self._log is None or self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-3000:]

    def _environment(self) -> dict[str, str]:
        # The surroundings of the test run name a database of their own.
        dropped = {"PLANNER_DATABASE_URL", "PLANNER_DATA_DIR", "DJANGO_SETTINGS_MODULE"}
        return {name: value for name, value in os.environ.items() if name not in dropped}
