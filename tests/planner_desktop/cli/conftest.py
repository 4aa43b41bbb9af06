"""The command line in this process, on profiles that are signed in to the platform."""

import io
import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from planner_desktop.cli.main import main
from planner_desktop.demo.platform import Person, Platform


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: exit code and both outputs."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows = self.document["rows"]
        assert isinstance(rows, list)
        return rows

    @property
    def error(self) -> dict[str, str]:
        """The error, which must come with a code, a sentence and a remedy."""
        error: dict[str, str] = self.document["error"]
        assert set(error) == {"code", "message", "remedy"}
        assert error["message"]
        assert error["remedy"]
        return error


@dataclass(slots=True)
class Cli:
    """`planner --json --data-dir FOLDER ...` in this process."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    as_json: bool = field(default=True)

    def __call__(self, *arguments: object, typed: str = "", as_json: bool = True) -> Done:
        self.capture.readouterr()
        front = ["--json"] if as_json else []
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.StringIO(typed))
            code = main([*front, "--data-dir", str(self.folder), *map(str, arguments)])
        shown = self.capture.readouterr()
        return Done(code, shown.out, shown.err)

    def ok(self, *arguments: object, typed: str = "") -> dict[str, Any]:
        """Run a command that must succeed and return its document."""
        done = self(*arguments, typed=typed)
        assert done.code == 0, done
        return done.document

    def sign_in(self, platform: Platform, person: Person) -> None:
        self.ok(
            "login",
            "--server",
            platform.address,
            "--email",
            person.email,
            "--password-stdin",
            typed=f"{person.password}\n",
        )

    @property
    def replica(self) -> Path:
        """The replica file of the account in use."""
        (found,) = self.folder.glob("accounts/*/replica.db")
        return found


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on an empty profile."""
    return Cli(tmp_path / "profile", capsys, monkeypatch)


@pytest.fixture(scope="session")
def template(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile of the editor, signed in and synced once, to be copied."""
    folder = tmp_path_factory.mktemp("template") / "profile"
    _, editor = platform.people()
    arguments = ["login", "--server", platform.address, "--email", editor.email, "--password-stdin"]
    stdin, sys.stdin = sys.stdin, io.StringIO(f"{editor.password}\n")
    try:
        assert main(["--quiet", "--data-dir", str(folder), *arguments]) == 0
        assert main(["--quiet", "--data-dir", str(folder), "sync"]) == 0
    finally:
        sys.stdin = stdin
    return folder


@pytest.fixture
def editor(cli: Cli, template: Path) -> Cli:
    """The command line of the editor on a profile that was synced before. It must not be synced: others are copies of it."""
    shutil.copytree(template, cli.folder)
    return cli


@pytest.fixture
def owner(cli: Cli, platform: Platform) -> Cli:
    """The command line of the owner on a replica of its own, freshly synced."""
    cli.sign_in(platform, platform.people()[0])
    cli.ok("sync")
    return cli
