"""Signing in, renewing tokens, and what every wrong answer is called."""

import gzip
import json
import ssl
from collections.abc import Callable

import httpx
import pytest

from planner_core.wire.feed import KnownRequest
from sync.errors import (
    EpochChanged,
    Forked,
    Gap,
    InvalidUsage,
    NotFound,
    PlannerError,
    PlatformFault,
    Resnapshot,
    RuleBroken,
    SignInNeeded,
    Unreachable,
    UpgradeNeeded,
    WrongUrl,
)
from sync.transport import FeedClient, NoExtension, Rest, Session, Tokens, TooLarge, canonical_server
from sync.transport.session import STALL_SECONDS
from tests.support.platform import SERVER, Platform, refusal, uid

Handler = Callable[[httpx.Request], httpx.Response]
TOKENS = Tokens("access-1", "refresh-1")


def session(handler: Handler, tokens: Tokens | None = TOKENS, **given: object) -> Session:
    return Session(SERVER, tokens=tokens, transport=httpx.MockTransport(handler), **given)  # type: ignore[arg-type]


@pytest.fixture
def platform() -> Platform:
    return Platform()


# ---------------------------------------------------------------- address


@pytest.mark.parametrize(
    ("typed", "server"),
    [
        ("https://Platform.Example/", "https://platform.example"),
        ("platform.example", "https://platform.example"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000/api/v1/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://host/planner/api/v1", "https://host/planner"),
    ],
)
def test_an_address_is_understood_as_people_type_it(typed: str, server: str) -> None:
    assert canonical_server(typed) == server


@pytest.mark.parametrize(
    "typed", ["", "ftp://host", "https://", "https://user:secret@host", "http://host:99999"]
)
def test_what_is_no_address_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InvalidUsage) as caught:
        canonical_server(typed)
    assert "https://platform.example" in caught.value.remedy


# ---------------------------------------------------------------- tokens


def test_a_sign_in_keeps_the_tokens(platform: Platform) -> None:
    kept: list[Tokens | None] = []
    connection = session(platform.answer, tokens=None, keep=kept.append)

    signed = connection.login("eve@acme.example", "right")

    assert signed.user["email"] == "eve@acme.example"
    assert kept == [Tokens("access-1", "refresh-1")]
    assert connection.signed_in


def test_a_wrong_password_says_so_and_keeps_nothing(platform: Platform) -> None:
    kept: list[Tokens | None] = []
    connection = session(platform.answer, tokens=None, keep=kept.append)
    with pytest.raises(SignInNeeded) as caught:
        connection.login("eve@acme.example", "wrong")
    assert caught.value.code == "wrong_credentials"
    assert not kept


def test_tokens_in_the_older_layout_are_understood() -> None:
    document = {"success": True, "data": {"user": {}, "tokens": {"access": "a", "refresh": "r"}}}
    connection = session(lambda _: httpx.Response(200, json=document), tokens=None)
    assert connection.login("e", "p").tokens == Tokens("a", "r")


def test_tokens_never_show_in_a_log() -> None:
    assert "secret" not in repr(Tokens("secret", "secret"))


def test_an_expired_token_is_renewed_once_and_the_same_request_repeated(platform: Platform) -> None:
    """P48."""
    kept: list[Tokens | None] = []
    platform.access = set()
    seen: list[bytes] = []
    feed = FeedClient(session(platform.answer, keep=kept.append))

    def remember(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/known"):
            seen.append(request.content)
        return None

    platform.intercept = remember
    platform.add(uid(1), "site")
    feed.known(uid(1), KnownRequest(op_ids=[uid(number) for number in range(100)]))

    assert platform.renewals == 1
    assert seen[0] == seen[1]
    assert len(seen) == 2
    assert kept == [Tokens("access-2", "refresh-1")]


def test_a_second_refusal_asks_to_sign_in_and_asks_no_third_time() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if "refresh" in request.url.path:
            return httpx.Response(200, json={"success": True, "data": {"access": "new", "refresh": "newer"}})
        return refusal(401, "auth")

    with pytest.raises(SignInNeeded):
        session(handler).request("GET", "/x")
    assert asked == ["/x", "/api/v1/auth/refresh/", "/x"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_spent_refresh_token_asks_to_sign_in(status: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        is_renewal = "refresh" in request.url.path
        return httpx.Response(status, json={"success": False}) if is_renewal else refusal(401, "auth")

    ended: list[Tokens] = []
    with pytest.raises(SignInNeeded) as caught:
        session(handler, ended=ended.append).request("GET", "/x")
    assert "kept" in caught.value.remedy
    assert ended == [TOKENS]


def test_of_two_requests_refused_at_once_one_renews_for_both() -> None:
    """P48: a platform that gives a new refresh token each time would end the sign-in of whoever shows the old one again."""
    renewals: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if "refresh" in request.url.path:
            renewals.append(json.loads(request.content)["refresh"])
            return httpx.Response(200, json={"access": "access-2", "refresh": "refresh-2"})
        if request.headers["Authorization"] == "Bearer access-2":
            return httpx.Response(200, json={})
        if request.url.path == "/slow":
            # The other request begins, is refused and renews while this one is on its way.
            connection.request("GET", "/other")
        return refusal(401, "auth")

    connection = session(handler)
    assert connection.request("GET", "/slow").status_code == 200
    assert renewals == ["refresh-1"]


def test_a_platform_that_fails_to_renew_does_not_end_the_sign_in() -> None:
    kept: list[Tokens | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500, json={}) if "refresh" in request.url.path else refusal(401, "auth")

    connection = session(handler, keep=kept.append)
    with pytest.raises(PlatformFault):
        connection.request("GET", "/x")
    assert connection.signed_in
    assert not kept


def test_the_other_documented_refresh_path_is_tried_and_remembered() -> None:
    asked: list[str] = []
    valid = {"access": ""}

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        asked.append(path)
        if path == "/api/v1/auth/refresh/":
            return httpx.Response(404, json={"success": False})
        if path == "/api/v1/auth/token/refresh/":
            valid["access"] = f"a{len(asked)}"
            return httpx.Response(200, json={"access": valid["access"]})
        is_valid = request.headers["Authorization"] == f"Bearer {valid['access']}"
        return httpx.Response(200, json={}) if is_valid else refusal(401, "auth")

    connection = session(handler)
    connection.request("GET", "/x")
    valid["access"] = "expired"
    connection.request("GET", "/x")

    assert asked.count("/api/v1/auth/refresh/") == 1
    assert asked.count("/api/v1/auth/token/refresh/") == 2


def test_tokens_another_process_renewed_are_taken_over(platform: Platform) -> None:
    platform.access = {"access-7"}
    connection = session(platform.answer, reload=lambda: Tokens("access-7", "refresh-7"))
    platform.add(uid(1), "site")
    FeedClient(connection).digest(uid(1))
    assert platform.renewals == 0


def test_signing_out_forgets_the_tokens_even_offline() -> None:
    kept: list[Tokens | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    connection = session(handler, keep=kept.append)
    connection.logout()
    assert kept == [None]
    assert not connection.signed_in
    with pytest.raises(SignInNeeded):
        connection.request("GET", "/x")


# ---------------------------------------------------------------- requests


def test_a_large_body_goes_compressed_and_a_small_one_does_not() -> None:
    """P46."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    connection = session(handler)
    connection.request("POST", "/x", content=b"x" * 5000, content_type="text/plain")
    connection.request("POST", "/x", content=b"x" * 50, content_type="text/plain")

    assert gzip.decompress(seen[0].content) == b"x" * 5000
    assert int(seen[0].headers["Content-Length"]) == len(seen[0].content)
    assert "Content-Encoding" not in seen[1].headers


def test_a_cookie_of_the_platform_is_never_sent_back() -> None:
    seen: list[httpx.Headers] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={}, headers={"Set-Cookie": "sessionid=somebody-else; Path=/"})

    connection = session(handler)
    connection.request("GET", "/x")
    connection.request("GET", "/x")
    assert all("Cookie" not in headers for headers in seen)


def test_a_redirect_takes_the_token_nowhere() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(WrongUrl):
        FeedClient(session(handler)).digest(uid(1))
    assert len(asked) == 1


def test_there_is_a_limit_on_silence_and_none_on_the_whole() -> None:
    """P47."""
    connection = session(lambda _: httpx.Response(200))
    assert connection._client.timeout.read == STALL_SECONDS
    assert connection._client.timeout.connect == 10


# ---------------------------------------------------------------- what went wrong


def digest_error(response: httpx.Response | Exception) -> PlannerError:
    def handler(request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    with pytest.raises(PlannerError) as caught:
        FeedClient(session(handler)).digest(uid(1))
    return caught.value


@pytest.mark.parametrize(
    ("response", "kind", "code"),
    [
        (refusal(409, "epoch"), EpochChanged, "epoch"),
        (refusal(409, "gap", expected=7), Gap, "gap"),
        (refusal(409, "replica_forked"), Forked, "replica_forked"),
        (refusal(410, "resnapshot"), Resnapshot, "resnapshot"),
        (refusal(413, "too_large"), TooLarge, "too_large"),
        (refusal(426, "upgrade"), UpgradeNeeded, "upgrade"),
        (refusal(404, "not_found"), NotFound, "not_found"),
        (refusal(403, "forbidden"), RuleBroken, "forbidden"),
        (refusal(400, "bad_request"), PlatformFault, "bad_request"),
        (
            httpx.Response(404, json={"success": False, "error": "No such address"}),
            NoExtension,
            "no_extension",
        ),
        (httpx.Response(500, json={"error": "x"}), PlatformFault, "platform_fault"),
        (httpx.Response(500, text="<h1>boom</h1>"), PlatformFault, "platform_fault"),
        (httpx.Response(503, text="down"), Unreachable, "busy"),
        (httpx.Response(429, json={}), Unreachable, "busy"),
        (httpx.Response(200, html="<html>Welcome to the hotel</html>"), WrongUrl, "wrong_url"),
        (httpx.Response(404, html="<html>nginx</html>"), WrongUrl, "wrong_url"),
        (httpx.Response(200, json={"hello": "world"}), PlatformFault, "bad_reply"),
        (httpx.ConnectTimeout("t"), Unreachable, "connect_timeout"),
        (httpx.ReadTimeout("t"), Unreachable, "stalled"),
        (httpx.ConnectError("c"), Unreachable, "unreachable"),
        (httpx.RemoteProtocolError("cut"), Unreachable, "unreachable"),
        (httpx.DecodingError("gzip"), PlatformFault, "bad_encoding"),
    ],
)
def test_every_wrong_answer_has_its_error_with_a_message_and_a_remedy(
    response: httpx.Response | Exception, kind: type[PlannerError], code: str
) -> None:
    error = digest_error(response)
    assert isinstance(error, kind)
    assert error.code == code
    assert error.message.endswith((".", ")"))
    assert error.remedy


def test_the_expected_number_of_a_gap_is_told() -> None:
    error = digest_error(refusal(409, "gap", expected=7))
    assert isinstance(error, Gap)
    assert error.expected == 7


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "Sun, 01 Nov 2026 10:00:30 GMT", "Date": "Sun, 01 Nov 2026 10:00:00 GMT"}, 30),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_a_platforms_wish_for_patience_is_read(headers: dict[str, str], seconds: float | None) -> None:
    error = digest_error(httpx.Response(429, json={}, headers=headers))
    assert isinstance(error, Unreachable)
    assert error.retry_after == seconds


def test_a_certificate_that_does_not_hold_is_said_to_be_that() -> None:
    cause = ssl.SSLCertVerificationError()
    cause.verify_message = "certificate has expired"
    error = httpx.ConnectError("tls")
    error.__cause__ = cause
    said = digest_error(error)
    assert said.code == "tls"
    assert "certificate has expired" in said.message


def test_a_body_that_breaks_off_is_unreachable_not_empty(platform: Platform) -> None:
    class Cut(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield b'{"t":"begin"'
            raise httpx.ReadError("reset")

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Cut(), headers={"Content-Type": "application/x-ndjson"})

    with pytest.raises(Unreachable):
        FeedClient(session(handler)).pull(uid(1), cursor="", limit=1, told=None)


# ---------------------------------------------------------------- the documented API


def listing(rows: list[dict[str, object]], following: str | None = None) -> httpx.Response:
    document = {"success": True, "count": len(rows), "next": following, "previous": None, "results": rows}
    return httpx.Response(200, json=document)


def test_a_list_is_followed_to_its_end_without_leaving_the_platform() -> None:
    asked: list[httpx.URL] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        if request.url.params.get("page") == "2":
            return listing([{"id": 2, "uid": uid(2), "name": "Two"}])
        return listing(
            [{"id": 1, "uid": uid(1), "name": "One"}], "https://evil.example/api/v1/auth/sites/?page=2"
        )

    assert [site.name for site in Rest(session(handler)).sites()] == ["One", "Two"]
    assert {url.host for url in asked} == {"platform.example"}


@pytest.mark.parametrize(
    "wrap", [lambda rows: rows, lambda rows: {"data": rows}, lambda rows: {"data": {"results": rows}}]
)
def test_older_shapes_of_a_list_are_read(wrap: Callable[[object], object]) -> None:
    rows = [
        {"id": 4, "name": "Home", "slug": "home", "sectors": [{"id": 9, "name": "Desks", "slug": "desks"}]}
    ]
    found = Rest(session(lambda _: httpx.Response(200, json=wrap(rows)))).industries()
    assert [(one.name, [sector.slug for sector in one.sectors]) for one in found] == [("Home", ["desks"])]


def test_what_the_platform_refuses_says_which_field_and_why() -> None:
    envelope = {
        "success": False,
        "error": "Validation failed",
        "errors": {"name": ["This field is required."]},
    }
    with pytest.raises(RuleBroken, match=r"Validation failed: name: This field is required\."):
        Rest(session(lambda _: httpx.Response(400, json=envelope))).create_site("")


def test_a_list_without_end_is_a_fault_of_the_platform() -> None:
    handler = lambda _: listing([], "https://platform.example/api/v1/auth/sites/?page=2")  # noqa: E731
    with pytest.raises(PlatformFault, match="without end"):
        Rest(session(handler)).sites()


def test_a_site_is_made_with_its_sectors() -> None:
    sent: list[tuple[str, object]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append((request.url.path, json.loads(request.content)))
        return httpx.Response(201, json={"success": True, "data": {"id": 12, "uid": uid(12), "name": "Shop"}})

    rest = Rest(session(handler))
    site = rest.create_site("Shop", "shop.example")
    rest.select_sectors(site.id, "home", ["desks"])
    assert sent == [
        ("/api/v1/auth/sites/", {"name": "Shop", "domain": "shop.example"}),
        ("/api/v1/auth/sites/12/select_sectors/", {"industry_slug": "home", "sector_slugs": ["desks"]}),
    ]
