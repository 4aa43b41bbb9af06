"""The demo's platform never outlives the demo, however that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# Prints its own pid, then sleeps far longer than any test.
PROGRAM = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"
PARENT = f"""
import subprocess, sys, time
guarded = [sys.executable, "-c", {PROGRAM!r}]
child = subprocess.Popen([sys.executable, "-m", "planner_desktop.demo.guard", *guarded], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(child.stdout.readline().decode().strip(), flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended; whoever adopted it has not noticed yet. It may be reaped between any two looks at it.
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc").is_dir()
    return status.rpartition(")")[2].split()[0] != "Z"


def ends(pid: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_that_the_program_ends_when_its_parent_is_gone(sign: signal.Signals, repository: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=repository
    )
    assert parent.stdout is not None
    try:
        program = int(parent.stdout.readline())
        assert is_alive(program)
        parent.send_signal(sign)
        parent.wait(10)
        assert ends(program)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


def test_that_the_guard_gives_the_programs_exit_code(repository: Path) -> None:
    guarded = [sys.executable, "-c", "raise SystemExit(7)"]
    guard = subprocess.Popen(
        [sys.executable, "-m", "planner_desktop.demo.guard", *guarded], stdin=subprocess.PIPE, cwd=repository
    )
    assert guard.stdin is not None
    assert guard.wait(10) == 7
    guard.stdin.close()
