"""No process of these tests outlives the one that started it."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes.nursery import ROOT
from tests.support.process import free_port

pytestmark = pytest.mark.slow

PARENT = """
import sys, time
from tests.processes.nursery import Nursery
nursery = Nursery("server", {"PLANNER_DATA_DIR": sys.argv[1]})
nursery.begin({"port": int(sys.argv[2]), "lifetime": 0})
print(nursery.until("url"), flush=True)
time.sleep(600)
"""


def test_a_platform_ends_with_the_process_that_started_its_nursery(tmp_path: Path) -> None:
    port = free_port()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with closing(parent.stdout):
        assert parent.stdout.readline().strip() == f"http://127.0.0.1:{port}"
        assert is_served(port)
        parent.send_signal(signal.SIGKILL)
        parent.wait(20)
    until = time.monotonic() + 60
    while is_served(port) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_served(port)


def is_served(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True
