"""A real server process on loopback, killed while edits are on their way; two profiles, and nothing lost or doubled."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from planner_core.commands import CreateCluster, SetOverride
from sync.errors import PlannerError
from sync.replica import OwnerRow
from sync.transport import Rest, Session
from tests.support.machine import Machine
from tests.support.process import ServerProcess

pytestmark = pytest.mark.slow

KEYWORDS = 600
DELAYS = (0.0, 0.004, 0.02, 0.06)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path / "server")
    yield made
    made.stop()


class KillsOnce(httpx.BaseTransport):
    """The real network, with a server that dies `delay` seconds into the `turn`-th push."""

    def __init__(self, server: ServerProcess, turn: int, delay: float) -> None:
        self.inner = httpx.HTTPTransport()
        self.server, self.turn, self.delay = server, turn, delay
        self.pushes = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/push"):
            return self.inner.handle_request(request)
        self.pushes += 1
        if self.pushes != self.turn:
            return self.inner.handle_request(request)
        timer = threading.Timer(self.delay, self.server.kill)
        timer.start()
        try:
            return self.inner.handle_request(request)
        finally:
            timer.join()

    def close(self) -> None:
        self.inner.close()


def sign_in(
    folder: Path, url: str, demo: dict[str, str], transport: httpx.BaseTransport | None = None
) -> Machine:
    session = Session(url)
    signed = session.login(demo["email"], demo["password"], device=folder.name)
    account = Rest(session).account()
    session.close()
    owner = OwnerRow(session.server, account.uid, signed.user["uid"], demo["email"], account.name)
    return Machine(
        folder,
        transport or httpx.HTTPTransport(),
        owner=owner,
        tokens=signed.tokens,
        server=url,
        seed=sum(folder.name.encode()),
    )


def keywords_of(machine: Machine) -> tuple[str, str, list[str]]:
    """The site with most keywords: its uid, one of its sectors, the keywords in that sector."""
    sql = (
        "SELECT s.uid, t.uid, w.uid FROM keyword w JOIN site s ON s.k = w.site JOIN sector t ON t.k = w.sector"
        " WHERE w.sector = (SELECT sector FROM keyword GROUP BY sector ORDER BY count(*) DESC LIMIT 1) ORDER BY w.uid"
    )
    with closing(sqlite3.connect(f"file:{machine.path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(sql).fetchall()
    return rows[0][0], rows[0][1], [row[2] for row in rows]


def sync_until_it_fails(machine: Machine) -> PlannerError | None:
    """The request that the server died in fails, or the one after it, if the answer was quicker."""
    for _ in range(2):
        try:
            machine.sync()
        except PlannerError as error:
            return error
    return None


def clusters_of(machine: Machine) -> list[str]:
    with closing(sqlite3.connect(f"file:{machine.path}?mode=ro", uri=True)) as connection:
        return [
            row[0] for row in connection.execute("SELECT name FROM cluster WHERE deleted = 0 ORDER BY name")
        ]


def test_a_server_killed_during_a_push_loses_and_doubles_nothing(
    server: ServerProcess, tmp_path: Path
) -> None:
    demo = server.demo(keywords=KEYWORDS, seeds=900)
    server.start()
    other = sign_in(tmp_path / "other", server.url, demo)
    other.sync()
    site, sector, keywords = keywords_of(other)
    expected: dict[str, int] = {}
    names: list[str] = []
    for number, delay in enumerate(DELAYS):
        transport = KillsOnce(server, turn=number + 1, delay=delay)
        machine = sign_in(tmp_path / f"machine-{number}", server.url, demo, transport)
        machine.sync()
        for part in range(8):
            chosen = keywords[part * 20 : part * 20 + 20]
            value = 1000 * (number + 1) + part
            machine.run(SetOverride("volume", chosen, value))
            names.append(f"Made while it died {number}.{part}")
            machine.run(CreateCluster(machine.ids.uid(), sector, names[-1]))
            expected |= dict.fromkeys(chosen, value)
        # Small requests, so that there are several of them to die in.
        machine.engine._ctx.push_bytes = 1_000
        error = sync_until_it_fails(machine)
        assert transport.pushes >= transport.turn, error
        server.start()
        machine.restart()
        machine.sync()
        assert machine.replica.peek(site) == []
        assert machine.engine.verify_now() is True
        machine.close()
    other.sync()
    assert {uid: value for uid, value in other.overrides().items() if uid in expected} == expected
    assert [name for name in clusters_of(other) if name.startswith("Made")] == sorted(names)
    assert other.engine.verify_now() is True
    other.close()
    server.stop()
    server.command("verify")
