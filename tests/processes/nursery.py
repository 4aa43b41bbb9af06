"""Processes that cost little to start: a nursery imports what its children need once, then forks one for each job.

The nursery is a process of its own (`python -m tests.processes.nursery client|server`) without threads or open databases, so a fork
of it is as good as a new interpreter. It serves one child at a time, hands on every line the child says, and ends with its parent:
its standard input closes, and so does the pipe that each child listens at.
"""

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
ROLES = {"client": "tests.processes.driver", "server": "tests.processes.serving"}
LIFETIME = 600
"""Seconds after which the system ends a child whatever it does, unless its job gives others; 0: not before its parent ends."""
PATIENCE = 180.0

_os_write = os.write
"""A child's script may let calls of files fail; its words must come through."""

Say = Callable[[Mapping[str, Any]], None]
Said = dict[str, Any]


class Lines:
    """Whole lines of JSON from a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._rest = b""
        self.ended = False

    def read(self) -> list[Said]:
        """Return the lines that one read completes; `ended` is set when nothing will come any more."""
        piece = os.read(self.descriptor, 1 << 16)
        if not piece:
            self.ended = True
        *whole, self._rest = (self._rest + piece).split(b"\n")
        return [json.loads(line) for line in whole]


# ---------------------------------------------------------------- the nursery's own process


def main(role: str) -> None:
    """Serve jobs from standard input until it closes."""
    work: Callable[[Said, Say], None] = importlib.import_module(ROLES[role]).work
    jobs, waiting = Lines(0), list[Said]()
    _put({"ready": role})
    while not jobs.ended:
        waiting += jobs.read()
        while waiting:
            job = waiting.pop(0)
            if "signal" not in job:
                waiting += _tend(work, job, jobs)


def _tend(work: Callable[[Said, Say], None], job: Said, jobs: Lines) -> list[Said]:
    """Fork a child for the job and hand its lines on until it ends; return jobs that came meanwhile."""
    lines_out, lines_in = os.pipe()
    life_out, life_in = os.pipe()
    child = os.fork()
    if not child:
        os.close(lines_out)
        os.close(life_in)
        _be_child(work, job, lines_in, life_out)
    os.close(lines_in)
    os.close(life_out)
    _put({"pid": child})
    told, later = Lines(lines_out), list[Said]()
    while not told.ended:
        watched = [told.descriptor] + ([] if jobs.ended else [jobs.descriptor])
        ready, _, _ = select.select(watched, [], [])
        if jobs.descriptor in ready:
            for order in jobs.read():
                if "signal" in order:
                    os.kill(child, order["signal"])
                else:
                    later.append(order)
            if jobs.ended:
                os.kill(child, signal.SIGKILL)
        if told.descriptor in ready:
            for line in told.read():
                _put({"said": line})
                if job.get("kill_after") == line.get("saved", False):
                    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(lines_out)
    os.close(life_in)
    _put({"ended": os.waitstatus_to_exitcode(status)})
    return later


def _be_child(work: Callable[[Said, Say], None], job: Said, lines: int, life: int) -> NoReturn:
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        # The nursery's own words go out there; what a child prints belongs to its log.
        os.dup2(2, 1)
        signal.alarm(job.get("lifetime", LIFETIME))
        threading.Thread(target=_end_with_parent, args=(life,), daemon=True).start()
        work(job, lambda line: _write(lines, line))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the child's last words; its parent reports the exit code
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _end_with_parent(life: int) -> None:
    while os.read(life, 1):
        pass
    os._exit(70)


def _put(line: Mapping[str, Any]) -> None:
    _write(1, line)


def _write(descriptor: int, line: Mapping[str, Any]) -> None:
    rest = json.dumps(line).encode() + b"\n"
    while rest:
        rest = rest[_os_write(descriptor, rest) :]


# ---------------------------------------------------------------- the side of the test


@dataclass
class Life:
    """What became of one child: its exit code (-9 for SIGKILL), what it said, and what it wrote to stderr."""

    code: int = 0
    said: list[Said] = field(default_factory=list)
    errors: str = ""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def all(self, key: str) -> list[Any]:
        return [line[key] for line in self.said if key in line]

    def last(self, key: str) -> Any:
        found = self.all(key)
        assert found, f"no {key!r} in {self.said}, exit {self.code}: {self.errors}"
        return found[-1]


class Nursery:
    """A nursery as its parent sees it. Not for several threads."""

    def __init__(self, role: str, environment: Mapping[str, str] | None = None) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.nursery", role],
            cwd=ROOT,
            env=_environment() | dict(environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        self._lines = Lines(self._process.stdout.fileno())
        self._heard: list[Said] = []
        self._life: Life | None = None
        self._log_from = 0
        self._hear()

    @property
    def is_busy(self) -> bool:
        return self._life is not None

    def run(self, job: Mapping[str, Any]) -> Life:
        """Have a job done by a child; return when that has ended, in whatever way."""
        self.begin(job)
        return self.wait()

    def begin(self, job: Mapping[str, Any]) -> None:
        """Start a child."""
        assert self._life is None, "one child at a time"
        self._log_from = self._log.seek(0, os.SEEK_END)
        self._order(job)
        self._life = Life()

    def until(self, key: str) -> Any:
        """Wait until the child says something of that key; return it."""
        assert self._life is not None
        while not self._life.all(key):
            line = self._hear()
            if "said" in line:
                self._life.said.append(line["said"])
            elif "ended" in line:
                code, self._life = line["ended"], None
                raise AssertionError(f"ended with {code} before it said {key!r}: {self.errors()}")
        return self._life.last(key)

    def signal(self, number: int) -> None:
        """Send a signal to the child."""
        self._order({"signal": number})

    def wait(self) -> Life:
        """Wait for the child's end."""
        assert self._life is not None
        life, self._life = self._life, None
        while True:
            line = self._hear()
            if "said" in line:
                life.said.append(line["said"])
            elif "ended" in line:
                life.code, life.errors = line["ended"], self.errors()
                return life

    def errors(self) -> str:
        """Return what children wrote to stderr since the last start."""
        self._log.seek(self._log_from)
        return self._log.read().decode(errors="replace")[-6000:]

    def close(self) -> None:
        """End the nursery and its child."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)
        self._log.close()

    def _order(self, line: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self) -> Said:
        until = time.monotonic() + PATIENCE
        while not self._heard:
            ready, _, _ = select.select([self._lines.descriptor], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"nothing heard for {PATIENCE:g} s: {self.errors()}"
            self._heard += self._lines.read()
            assert not self._lines.ended, f"the nursery ended: {self.errors()}"
        return self._heard.pop(0)


def _environment() -> dict[str, str]:
    dropped = {"PLANNER_DATABASE_URL", "PLANNER_DATA_DIR", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in dropped}


if __name__ == "__main__":
    main(sys.argv[1])
