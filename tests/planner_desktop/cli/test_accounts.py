"""login, logout, whoami, accounts: what a wrong address, password or moment answers, and what is kept."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from planner_desktop.demo.platform import Platform
from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow


def test_that_signing_in_makes_the_account_the_one_in_use(cli: Cli, platform: Platform) -> None:
    person, _ = platform.people()
    arguments = ("login", "--server", platform.address, "--email", person.email, "--password-stdin")
    done = cli(*arguments, typed=f"{person.password}\n")
    assert done.code == 0
    assert done.document["email"] == person.email
    assert done.document["role"] == "owner"
    assert "no key store" in done.err
    assert person.password not in "".join(path.read_text() for path in cli.folder.rglob("*.json"))
    assert cli.ok("whoami")["signed_in"] is True
    assert [row["email"] for row in cli("accounts", "list").rows] == [person.email]


def test_that_two_accounts_live_beside_each_other(cli: Cli, platform: Platform) -> None:
    owner, editor = platform.people()
    cli.sign_in(platform, owner)
    cli.sign_in(platform, editor)
    assert [row["current"] for row in cli("accounts", "list").rows] == [False, True]
    assert cli.ok("accounts", "use", owner.email)["email"] == owner.email
    assert cli.ok("whoami")["email"] == owner.email
    assert cli("accounts", "use", "nobody@example.com").code == 2


def test_that_a_wrong_password_ends_with_4_and_remembers_nothing(cli: Cli, platform: Platform) -> None:
    person, _ = platform.people()
    arguments = ("login", "--server", platform.address, "--email", person.email, "--password-stdin")
    done = cli(*arguments, typed="wrong\n")
    assert done.code == 4
    assert "password" in done.error["message"]
    assert cli("accounts", "list").rows == []
    assert cli(*arguments, typed="\n").code == 2


def test_that_no_network_ends_with_5(cli: Cli) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = cli(
        "login", "--server", f"http://127.0.0.1:{port}", "--email", "a@b.c", "--password-stdin", typed="x\n"
    )
    assert done.code == 5
    assert done.error["code"] == "unreachable"


@pytest.fixture
def web_page() -> Iterator[str]:
    """A web server that is no platform."""

    class Page(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = b"<html>Welcome to the guest network</html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_that_an_address_without_a_platform_ends_with_5_and_says_so(cli: Cli, web_page: str) -> None:
    done = cli("login", "--server", web_page, "--email", "a@b.c", "--password-stdin", typed="x\n")
    assert done.code == 5
    assert "not a planner platform" in done.error["message"]


@pytest.mark.parametrize("address", ["ftp://example.com", "http://", "http://user:secret@example.com"])
def test_that_what_is_no_address_is_wrong_usage(cli: Cli, address: str) -> None:
    assert cli("login", "--server", address, "--email", "a@b.c", "--password-stdin", typed="x\n").code == 2


def test_that_an_expired_sign_in_ends_with_4_and_keeps_what_waits(owner: Cli, platform: Platform) -> None:
    owner.ok("keywords", "set", "--where", "", "--volume", "77", "--site", "northlight-office")
    waiting = owner.ok("status")["waiting"]
    assert waiting > 0
    (tokens,) = owner.folder.glob("accounts/*/tokens.json")
    tokens.write_text(json.dumps({"access": "worthless", "refresh": "worthless"}))
    done = owner("sync")
    assert done.code == 4
    assert "ign in" in done.error["remedy"]
    assert owner.ok("status")["waiting"] == waiting
    owner.sign_in(platform, platform.people()[0])
    assert owner.ok("sync")["pushed"] == waiting
    assert owner.ok("undo")["changed"] == waiting
    owner.ok("sync")


def test_that_an_access_token_that_ran_out_is_renewed_without_a_word(owner: Cli) -> None:
    (tokens,) = owner.folder.glob("accounts/*/tokens.json")
    kept = json.loads(tokens.read_text())
    tokens.write_text(json.dumps({**kept, "access": kept["access"][:-4] + "AAAA"}))
    assert owner.ok("sync")["dialect"] == "feed"
    renewed = json.loads(tokens.read_text())
    assert renewed["access"] != kept["access"]


def test_that_a_sign_in_the_platform_ended_is_remembered_until_the_next_one(
    owner: Cli, platform: Platform
) -> None:
    (tokens,) = owner.folder.glob("accounts/*/tokens.json")
    kept = json.loads(tokens.read_text())
    tokens.write_text(json.dumps({name: token[:-6] + "forged" for name, token in kept.items()}))
    assert owner("sync").code == 4
    assert owner.ok("status")["state"] == "sign_in"
    assert "Signed out. Sign in: planner login --server http://" in owner("status", as_json=False).out
    assert owner.ok("whoami")["signed_in"] is False
    person, _ = platform.people()
    owner.sign_in(platform, person)
    assert owner.ok("whoami")["signed_in"] is True
    assert owner.ok("status")["state"] == "idle"


def test_that_signing_out_with_work_waiting_asks_first_and_keeps_it(editor: Cli) -> None:
    editor.ok("keywords", "set", "--where", "", "--disable")
    waiting = editor.ok("status")["waiting"]
    done = editor("logout")
    assert done.code == 2
    assert "--keep" in done.error["remedy"]
    # The platform is not asked for this: the copies of this profile share its sign-in.
    (tokens,) = editor.folder.glob("accounts/*/tokens.json")
    tokens.unlink()
    assert editor.ok("logout", "--keep")["waiting"] == waiting
    assert editor.ok("status")["state"] == "sign_in"
    assert editor.ok("status")["waiting"] == waiting
    assert editor("sync").code == 4


def test_that_signing_out_ends_the_sign_in(owner: Cli) -> None:
    assert owner.ok("logout")["signed_in"] is False
    assert owner.ok("whoami")["signed_in"] is False
    assert owner("sync").code == 4
    assert len(owner("keywords", "list").rows) == 160
