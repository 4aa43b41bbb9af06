"""A real server process for the benchmarks, and what it costs: its processor time and its memory, as the system counts them."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

EMAIL, PASSWORD = "bench@planner.example", "correct-horse-battery"
INDUSTRY, SECTOR = "Home office", "Desks"


@dataclass(frozen=True, slots=True)
class Platform:
    """A served platform with one account and one site."""

    url: str
    data: Path
    pid: int

    @property
    def database(self) -> Path:
        """Return the SQLite file."""
        return self.data / "planner.db"

    def cpu_seconds(self) -> float:
        """Return processor seconds (user and system) used so far; 0 where the system has no /proc."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """Return the largest resident memory so far in MiB; 0 where the system has no /proc."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        except OSError:
            return 0.0
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


class Timed:
    """What a block of work takes: `wall` and `cpu` (this process and the platform's together), in milliseconds."""

    def __init__(self, platform: Platform | None = None) -> None:
        self._platform = platform
        self.wall = self.cpu = self.cpu_here = 0.0

    def _now(self) -> tuple[float, float, float]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        there = self._platform.cpu_seconds() if self._platform is not None else 0.0
        return time.perf_counter() * 1000, (used.ru_utime + used.ru_stime) * 1000, there * 1000

    def __enter__(self) -> Self:
        self._then = self._now()
        return self

    def so_far(self) -> tuple[float, float]:
        """Return wall and cpu since the block began, in milliseconds."""
        wall, here, there = (now - then for now, then in zip(self._now(), self._then, strict=True))
        return wall, here + there

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        wall, here, there = (now - then for now, then in zip(self._now(), self._then, strict=True))
        self.wall, self.cpu_here, self.cpu = wall, here, here + there


def command(data: Path, *words: str, stdin: str = "") -> str:
    """Run a command of planner-server to its end and return what it printed."""
    done = subprocess.run(  # noqa: S603 - a program of ours
        [sys.executable, "-m", "planner_server.main", *words, "--data-dir", str(data)],
        check=True,
        input=stdin,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return done.stdout


def load(data: Path, library: Path, *options: str) -> str:
    """Set a platform up with the seeds of a file and one account with one site; return load-library's report as JSON."""
    command(data, "migrate")
    report = command(
        data, "load-library", str(library), "--industry", INDUSTRY, "--sector", SECTOR, "--json", *options
    )
    account = ("create-account", "--email", EMAIL, "--name", "Bench", "--site", "Shop")
    where = ("--industry", "home-office", "--sectors", "desks")
    command(data, *account, *where, "--password-stdin", stdin=PASSWORD)
    return report


@contextmanager
def served(data: Path) -> Iterator[Platform]:
    """Serve what was loaded on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    serve = [sys.executable, "-m", "planner_server.main", "serve", "--port", port, "--data-dir", str(data)]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603 - a program of ours
    try:
        assert process.stdout is not None
        yield Platform(process.stdout.readline().strip(), data, process.pid)
    finally:
        process.terminate()
        process.wait(30)
