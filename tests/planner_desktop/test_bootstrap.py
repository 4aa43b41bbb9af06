"""The composition root: what has to hold before the first thread starts."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.qt

IMPORTS_A_MODULE = """
import sys, types
from planner_desktop.bootstrap import leave_imports_alone

asked = []

class HalfImported(types.ModuleType):
    def __getattr__(self, name):
        if name == "__wrapped__":
            asked.append(name)
        raise AttributeError(name)

if {quiet}:
    leave_imports_alone()
sys.modules["half_imported"] = HalfImported("half_imported")
import half_imported
print(len(asked))
"""


def asks(*, quiet: bool) -> int:
    """Return how often a module is asked for what it may not have yet when it is imported."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_A_MODULE.format(quiet=quiet)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stdout)


def test_an_import_does_not_look_into_the_imported_module() -> None:
    assert asks(quiet=False) > 0, "PySide no longer looks into imported modules: leave_imports_alone can go"
    assert asks(quiet=True) == 0
