"""The embedded platform: planner-server as a child process, on loopback, on a SQLite file of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from planner_desktop import VERSION
from planner_desktop.app.files import make_private, read_json, write_json

MADE = "made.json"
PORT = "port.json"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
SERVER = (sys.executable, "-m", "planner_server.main")


class PlatformFailed(Exception):
    """The platform could not be prepared or started; the message holds its own last words."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in."""

    email: str
    password: str


class Platform:
    """A platform in a folder. It ends with `stop`, with the `with` block, and when this process is gone in any other way."""

    def __init__(self, folder: Path) -> None:
        self.folder = make_private(folder)
        self.log = folder / "platform.log"
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def prepare(self, *, keywords: int, seeds: int) -> dict[str, Any]:
        """Make the demo's data, unless this version made as much of it here before; return what there is. Raises PlatformFailed."""
        wanted = {"version": VERSION, "keywords": keywords, "seeds": seeds}
        made = read_json(self.folder / MADE)
        if isinstance(made, dict) and made.get("wanted") == wanted and (self.folder / "demo.json").exists():
            return dict(made["document"])
        document = self._demo_data(keywords, seeds)
        write_json(self.folder / MADE, {"wanted": wanted, "document": document})
        return document

    def _demo_data(self, keywords: int, seeds: int) -> dict[str, Any]:
        arguments = ["demo-data", "--keywords", str(keywords), "--seeds", str(seeds), "--json"]
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own program
                [*SERVER, *arguments, "--data-dir", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
        if done.returncode:
            raise PlatformFailed(
                f"planner-server demo-data ended with {done.returncode}: {self._last_words() or done.stdout}"
            )
        document: dict[str, Any] = json.loads(done.stdout)
        # The passwords stay in the one file that is made for them.
        return {name: document[name] for name in ("seeds", "keywords", "clusters")}

    def people(self) -> tuple[Person, Person]:
        """Return the owner and the editor of the demo account."""
        document = read_json(self.folder / "demo.json")
        editor = document["editor"]
        return Person(document["email"], document["password"]), Person(editor["email"], editor["password"])

    def start(self) -> str:
        """Start serving and return the address: the former one where it is free, since profiles know a platform by it.

        Raises PlatformFailed.
        """
        known = read_json(self.folder / PORT)
        ports = (known, 0) if isinstance(known, int) else (0,)
        if not any(self._serve(port) for port in ports):
            raise PlatformFailed(f"planner-server did not start: {self._last_words()}")
        write_json(self.folder / PORT, int(self.address.rpartition(":")[2]))
        return self.address

    def _serve(self, port: int) -> bool:
        arguments = ["serve", "--port", str(port), "--log-level", "warning", "--data-dir", str(self.folder)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "planner_desktop.demo.guard", *SERVER, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        self.address = _first_line(self._process.stdout)
        if not self.address.startswith("http"):
            self.stop()
            return False
        return True

    def stop(self) -> None:
        """End the platform, after the requests in hand. Calling it again does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def _first_line(stream: IO[str]) -> str:
    """Return the first line, or nothing when none comes in time; a pipe has no time limit of its own on every system."""
    found: list[str] = []
    reading = threading.Thread(target=lambda: found.append(stream.readline()), daemon=True)
    reading.start()
    reading.join(START_SECONDS)
    return found[0].strip() if found else ""
