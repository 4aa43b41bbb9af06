"""The frame of the command line: global options, usage errors, exit codes, and what a start may cost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner_desktop import VERSION
from planner_desktop.cli import failures
from planner_desktop.cli.failures import exit_code
from planner_desktop.cli.main import Taken, main, take_globals
from sync import errors
from sync.transport.address import canonical_server


def test_that_global_options_may_stand_anywhere() -> None:
    assert take_globals(["status", "--json", "--data-dir", "x"]) == Taken(
        frozenset({"--json"}), Path("x"), ["status"]
    )
    assert take_globals(["--data-dir=x", "a", "--", "--json"]) == Taken(
        frozenset(), Path("x"), ["a", "--", "--json"]
    )
    assert take_globals(["a", "--data-dir"]).trouble == "--data-dir needs a folder."


@pytest.mark.parametrize("words", [[], ["keywords"]])
def test_that_a_line_without_a_command_is_wrong_usage_in_json_too(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--json", *words]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


@pytest.mark.parametrize("server", ["http://[::1", "http://two words.example", "two words"])
def test_that_an_address_that_is_none_is_wrong_usage(server: str) -> None:
    with pytest.raises(errors.InvalidUsage, match="not the address of a platform"):
        canonical_server(server)


def test_that_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"planner {VERSION}\n"
    assert main(["--json", "--version"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == VERSION


def test_that_help_is_shown_for_the_command_that_was_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keywords", "set", "--help"]) == 0
    assert "planner keywords set [OPTIONS]" in capsys.readouterr().out
    assert main(["-h"]) == 0
    assert "Exit codes:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["keywords", "set"],
        ["keywords", "set", "--where", "x"],
        ["keywords", "list", "--columns", "colour"],
        ["keywords", "list", "--limit", "many"],
        ["keywords", "add-from-seeds", "--site", "s", "--sector", "t"],
        ["keywords", "add-from-seeds", "--site", "s", "--sector", "t", "--seed", "1", "--match", "f"],
        ["review", "resolve", "--keep", "both", "--all"],
        ["review", "resolve", "--keep", "mine"],
        ["review", "resolve", "--keep", "mine", "--all", "one"],
        ["review", "list", "--state", "odd"],
        ["pending", "discard"],
        ["sync", "--watch", "--every", "soon"],
        ["sync", "--watch", "--dry-run"],
        ["login", "--email", "a@b.c"],
    ],
)
def test_that_wrong_usage_ends_with_2_and_says_what_and_where_to_look(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-dir", str(tmp_path), *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("planner: ")
    assert "--help" in shown.err
    assert main(["--json", "--data-dir", str(tmp_path), *arguments]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"code", "message", "remedy"}
    assert error["code"] == "usage"


def test_that_a_profile_without_account_ends_with_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["whoami"], ["status"], ["sync"], ["keywords", "list"], ["logout"]):
        assert main(["--json", "--data-dir", str(tmp_path), *command]) == 4
        error = json.loads(capsys.readouterr().out)["error"]
        assert "planner login" in error["remedy"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidUsage("c", "m"), 2),
        (errors.NotFound("c", "m"), 2),
        (errors.Ambiguous("c", "m"), 2),
        (errors.RuleBroken("c", "m"), 3),
        (errors.SignInNeeded("c", "m"), 4),
        (errors.OwnerMismatch("c", "m"), 4),
        (errors.Unreachable("c", "m"), 5),
        (errors.WrongUrl("c", "m"), 5),
        (errors.PlatformFault("c", "m"), 5),
        (errors.Resnapshot("c", "m"), 5),
        (errors.UpgradeNeeded("c", "m"), 78),
        (errors.ReplicaLocked("c", "m"), 78),
        (errors.ReplicaNewer("c", "m"), 78),
        (errors.ReplicaCorrupt("c", "m"), 78),
        (errors.DiskFull("c", "m"), 78),
        (errors.PlannerError("c", "m"), 1),
    ],
)
def test_that_every_error_has_its_exit_code(error: errors.PlannerError, code: int) -> None:
    assert exit_code(error) == code


def test_that_a_fault_of_ours_is_1_and_carries_its_trace() -> None:
    found = failures.explain(KeyError("x"))
    assert exit_code(found) == 1
    assert "KeyError" in found.message
    assert "report" in found.remedy


def test_that_a_full_disk_is_named_whoever_meets_it() -> None:
    assert isinstance(failures.explain(OSError(28, "No space left on device", "/p")), errors.DiskFull)


def test_that_help_and_version_import_neither_the_application_nor_qt() -> None:
    code = (
        "import sys; from planner_desktop.cli.main import main; main(['keywords', '--help'])\n"
        "print([name for name in ('PySide6', 'numpy', 'httpx', 'pydantic', 'sqlite_utils', 'sync', 'rich') if name in sys.modules],"
        " file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "add-from-seeds" in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["keywords", "--help"]])
def test_that_a_reader_who_has_enough_is_no_trouble(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "planner_desktop.cli.main", *arguments],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
