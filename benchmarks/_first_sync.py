"""A first sync in a process of its own, so that its memory is its own: `python -m benchmarks._first_sync FOLDER URL` prints JSON."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks._desktop import Desktop


@dataclass(frozen=True, slots=True)
class FirstSync:
    """What a first sync took: milliseconds on the clock and of the desktop's processor, megabytes, requests."""

    wall: float
    cpu: float
    peak_mb: float
    wire_mb: float
    requests: int


def first_sync(folder: Path, url: str) -> FirstSync:
    """Sync a new profile for the first time."""
    command = [sys.executable, "-m", "benchmarks._first_sync", str(folder), url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - a program of ours
    return FirstSync(**json.loads(done.stdout))


def _measure(folder: Path, url: str) -> dict[str, float]:
    desk = Desktop(folder, url)
    desk.wire.reset()
    began, used = time.perf_counter(), time.process_time()
    desk.engine.sync_now()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    desk.close()
    return {
        "wall": wall * 1000,
        "cpu": cpu * 1000,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "wire_mb": desk.wire.bytes / 1e6,
        "requests": desk.wire.requests,
    }


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), sys.argv[2])))
