"""What a start may not load: time the first paint, or the first answer of the command line, does not have."""

import subprocess
import sys
from pathlib import Path

import pytest

LISTING = "import sys, {module}; print('\\n'.join(sys.modules))"


def loaded_by(module: str, checkout: Path) -> set[str]:
    """The modules a fresh interpreter holds after importing `module`."""
    if not list(checkout.glob(module.replace(".", "/") + "*")):
        pytest.skip(f"{module} is not written yet")
    done = subprocess.run(
        [sys.executable, "-c", LISTING.format(module=module)],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.qt
def test_the_window_starts_without_what_only_messages_and_servers_need(repository: Path) -> None:
    late = {"planner_core.wire", "pydantic", "httpx", "sqlite_utils", "typer", "django"}
    assert not late & loaded_by("planner_desktop.bootstrap", repository)


@pytest.mark.qt
def test_the_window_is_painted_before_the_pages_that_are_not_shown_first(repository: Path) -> None:
    screens = "planner_desktop.screens"
    late = {f"{screens}.{name}" for name in ("otherpages", "commands", "history.page", "library.page")}
    assert not late & loaded_by("planner_desktop.screens.frame", repository)


def test_the_command_line_starts_without_qt_and_what_only_some_commands_need(repository: Path) -> None:
    late = {"PySide6", "planner_core.wire", "pydantic", "httpx", "sqlite_utils", "numpy", "django"}
    assert not late & loaded_by("planner_desktop.cli.main", repository)
