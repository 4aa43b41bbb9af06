"""A first sync in a process of its own, so that its memory is its own: `python -m benchmarks._first_sync FOLDER URL PID` prints JSON."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks._desktop import Desktop
from benchmarks._platform import Platform, Timed


@dataclass(frozen=True, slots=True)
class FirstSync:
    """What a first sync took after the sign-in: milliseconds on the clock and of either side's processor, megabytes, requests."""

    wall: float
    cpu_here: float
    cpu: float
    """Both sides'."""
    peak_mb: float
    wire_mb: float
    requests: int


def first_sync(folder: Path, platform: Platform) -> FirstSync:
    """Sync a new profile for the first time."""
    command = [sys.executable, "-m", "benchmarks._first_sync", str(folder), platform.url, str(platform.pid)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - a program of ours
    return FirstSync(**json.loads(done.stdout))


def _measure(folder: Path, platform: Platform) -> dict[str, float]:
    desk = Desktop(folder, platform.url)
    desk.wire.reset()
    with Timed(platform) as whole:
        desk.engine.sync_now()
    desk.close()
    return {
        "wall": whole.wall,
        "cpu_here": whole.cpu_here,
        "cpu": whole.cpu,
        "peak_mb": _peak_mb(),
        "wire_mb": desk.wire.bytes / 1e6,
        "requests": desk.wire.requests,
    }


def _peak_mb() -> float:
    """Return this process's largest resident memory in MiB. What getrusage says begins with its parent's on Linux."""
    there = Platform("", Path(), os.getpid()).peak_mb()
    return there or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    served = Platform(sys.argv[2], Path(), int(sys.argv[3]))
    print(json.dumps(_measure(Path(sys.argv[1]), served)))
