"""A PostgreSQL cluster that lives as long as a test run: own folder, Unix socket only, no port.

Works for root too, which `initdb` refuses: everything then runs as an unprivileged user.
"""

import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

USER = "planner"
START_SECONDS = 30.0
# A socket's path may have 107 bytes (103 on macOS); PostgreSQL adds "/.s.PGSQL.5432".
LONGEST_FOLDER = 80


class PostgresMissing(Exception):
    """No usable PostgreSQL on this computer; the message names the remedy."""


class PostgresFailed(Exception):
    """PostgreSQL is installed but did not start; the message holds its own words."""


def find_binaries() -> Path:
    """The folder that holds `initdb` and `postgres`; PLANNER_TEST_POSTGRES_BIN wins.

    Debian keeps them outside PATH, one folder a major version: the newest is taken.
    """
    chosen = os.environ.get("PLANNER_TEST_POSTGRES_BIN")
    on_path = shutil.which("initdb")
    folders = [Path(chosen)] if chosen else sorted(_installed(), key=_major, reverse=True)
    if on_path and not chosen:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    where = f"in {chosen}" if chosen else "in /usr/lib/postgresql/*/bin or on PATH"
    raise PostgresMissing(
        f"PostgreSQL's server programs (initdb, postgres) were not found {where}. "
        "On Debian or Ubuntu: apt-get install postgresql."
    )


def _installed() -> list[Path]:
    return [path for base in ("/usr/lib/postgresql", "/usr/pgsql") for path in Path(base).glob("*/bin")]


def _major(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder.parent.name))


class Cluster:
    """One private server; `start` returns once it accepts connections, `stop` leaves nothing behind."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        temporary = tempfile.gettempdir()
        self._folder = Path(
            tempfile.mkdtemp(
                prefix="planner-pg-", dir=temporary if len(temporary) < LONGEST_FOLDER else "/tmp"
            )
        )
        self._owner = _unprivileged() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{USER}?host={quote(str(self._folder), safe='')}"

    def start(self) -> None:
        if self._owner:
            os.chown(self._folder, self._owner.pw_uid, self._owner.pw_gid)
        self._initialise()
        log = self._folder / "log"
        with log.open("wb") as output:
            self._process = self._launch(
                ["postgres", "-D", self._data, "-F", "-k", self._folder, "-c", "listen_addresses="], output
            )
        self._wait(log)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # "immediate": the data is thrown away anyway
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _initialise(self) -> None:
        log = self._folder / "initdb.log"
        with log.open("wb") as output:
            options = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
            code = self._launch(["initdb", "-D", self._data, *options], output).wait()
        if code:
            raise PostgresFailed(f"initdb ended with {code}:\n{log.read_text(errors='replace')}")

    def _launch(self, command: list[str | Path], output: BinaryIO) -> subprocess.Popen[bytes]:
        program, *arguments = command
        owner = self._owner
        return subprocess.Popen(
            [self._binaries / program, *arguments],
            cwd=self._folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            preexec_fn=_end_with_parent(),  # noqa: PLW1509 - runs before the run has any other thread
        )

    def _wait(self, log: Path) -> None:
        """The postmaster writes "ready" into the last line of its pid file; `pg_ctl -w` looks there too."""
        assert self._process
        pid_file = self._data / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
                return
            time.sleep(0.02)
        raise PostgresFailed(f"PostgreSQL did not become ready:\n{log.read_text(errors='replace')}")


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing(
        "PostgreSQL refuses to run as root and there is neither a postgres nor a nobody user."
    )


def _end_with_parent() -> Callable[[], object] | None:
    """On Linux the server is told to quit when the test run dies without stopping it."""
    if not sys.platform.startswith("linux"):
        return None
    die_with_parent = 1  # PR_SET_PDEATHSIG
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(die_with_parent, int(signal.SIGQUIT), 0, 0, 0)
