"""One signed-in connection to a platform: tokens, their renewal, and every request's way out and back.

This package is the only place that knows the HTTP library. A request that meets an expired token renews it once and is repeated
as it was; a second refusal is `SignInNeeded`, and the caller's work stays where it is.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from sync.errors import PlatformFault, SignInNeeded, Unreachable, WrongUrl
from sync.transport.address import API, canonical_server
from sync.transport.faults import fault_of, json_of, unreachable

CONNECT_SECONDS = 10.0
STALL_SECONDS = 60.0
"""Without a byte for so long a connection counts as dead. There is no limit on the whole: a large page may take its time."""
GZIP_FROM = 1024
REFRESH_PATHS = ("/auth/refresh/", "/auth/token/refresh/")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in leaves: both JSON Web Tokens, never written to logs."""

    access: str
    refresh: str

    def __repr__(self) -> str:
        return "Tokens(...)"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in: the platform's document of the user, and his tokens."""

    user: Mapping[str, Any]
    tokens: Tokens


Keep = Callable[[Tokens | None], None]
"""Called with the new tokens after a sign-in or renewal, and with None when they are worth nothing any more."""


Reload = Callable[[], Tokens | None]
"""Called for the tokens as they are kept now: another process of the same profile may have renewed them."""


Ended = Callable[[Tokens], None]
"""Called with the tokens whose renewal the platform refused: until somebody signs in, nothing can be sent."""


def _unheard(_tokens: Tokens) -> None:
    pass


def _forget(_tokens: Tokens | None) -> None:
    pass


def _nothing() -> Tokens | None:
    return None


class Session:
    """Requests to one platform as one person. May be used from several threads: the tokens are renewed once for all of them."""

    def __init__(
        self,
        server: str,
        *,
        tokens: Tokens | None = None,
        keep: Keep = _forget,
        reload: Reload = _nothing,
        ended: Ended = _unheard,
        app: str = "planner-desktop",
        transport: httpx.BaseTransport | None = None,
        stall: float = STALL_SECONDS,
    ) -> None:
        """`stall` is how many seconds without a byte end a request; there is no limit on the whole of it."""
        self.server = canonical_server(server)
        self.headers: dict[str, str] = {}
        """Sent with every request on top of the usual ones (the replica's name, the protocol)."""
        self._tokens = tokens
        self._keep = keep
        self._reload = reload
        self._ended = ended
        self._app = app
        self._transport = transport
        self._stall = stall
        self._refresh_path = 0
        self._renewing = threading.Lock()
        self._client = self._new_client()

    @property
    def signed_in(self) -> bool:
        """Whether there are tokens to try."""
        return self._tokens is not None

    def close(self) -> None:
        """Close every connection. The session cannot be used afterwards."""
        self._client.close()

    def reconnect(self) -> None:
        """Drop pooled connections: after a sleep they may look open and never answer again."""
        if self._transport is None:
            old, self._client = self._client, self._new_client()
            old.close()

    def login(self, email: str, password: str, *, device: str = "") -> SignedIn:
        """Sign in; `device` names this computer in the platform's list of devices.

        Raises SignInNeeded for a wrong password, WrongUrl where no platform answers, Unreachable.
        """
        body = {"email": email, "password": password, "app": self._app} | (
            {"device": device} if device else {}
        )
        response = self._send("POST", f"{API}/auth/login/", json=body)
        if response.status_code in {400, 401, 403}:
            raise SignInNeeded(
                "wrong_credentials",
                f"{self.server} did not accept this e-mail address and password.",
                "Check both and sign in again; work that waits here stays as it is.",
            )
        if response.status_code >= 300:
            raise fault_of(response, self.server)
        document = json_of(response, self.server)
        data = document.get("data", document)
        signed = SignedIn(data.get("user", {}), _tokens_in(data, None, self.server))
        self._adopt(signed.tokens)
        return signed

    def logout(self) -> None:
        """Tell the platform that the tokens end, and forget them. Being offline does not keep anybody signed in here."""
        tokens = self._tokens
        if tokens is None:
            return
        try:
            self._send("POST", f"{API}/auth/logout/", json={"refresh": tokens.refresh}, access=tokens.access)
        except (Unreachable, PlatformFault, WrongUrl):
            pass
        finally:
            self._adopt(None)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        content_type: str = "",
        params: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Return the answer to a request, whatever its status but 401. Bodies above 1 KB go compressed.

        Raises SignInNeeded, Unreachable, WrongUrl.
        """
        given = _body(content, content_type)

        def attempt(access: str) -> httpx.Response:
            return self._send(method, path, json=json, params=params, access=access, **given)

        tokens = self._require_tokens()
        response = attempt(tokens.access)
        if response.status_code == 401:
            response = attempt(self._renewed(tokens).access)
        if response.status_code == 401:
            raise self._sign_in_again()
        return response

    @contextmanager
    def stream(
        self, method: str, path: str, *, params: Mapping[str, str | int] | None = None
    ) -> Iterator[httpx.Response]:
        """Open an answer for reading piece by piece, whatever its status but 401. Raises as `request` does."""
        tokens = self._require_tokens()
        response = self._open(method, path, tokens.access, params)
        try:
            if response.status_code == 401:
                response.close()
                response = self._open(method, path, self._renewed(tokens).access, params)
            if response.status_code == 401:
                raise self._sign_in_again()
            try:
                yield response
            except httpx.HTTPError as error:
                raise unreachable(error, self.server) from error
        finally:
            response.close()

    def _open(
        self, method: str, path: str, access: str, params: Mapping[str, str | int] | None
    ) -> httpx.Response:
        client = self._client
        request = client.build_request(
            method, self.server + path, params=params, headers=self._headers(access)
        )
        try:
            return client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(error, self.server) from error
        except RuntimeError as error:
            if not client.is_closed:
                raise
            raise self._closed() from error

    def _send(self, method: str, path: str, *, access: str = "", **given: Any) -> httpx.Response:
        headers = self._headers(access) | given.pop("headers", {})
        client = self._client
        try:
            return client.request(method, self.server + path, headers=headers, **given)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(error, self.server) from error
        except RuntimeError as error:
            if not client.is_closed:
                raise
            raise self._closed() from error

    def _closed(self) -> Unreachable:
        """Return what a thread is told that asks for something while the program ends."""
        return Unreachable("closed", f"The connection to {self.server} was closed.", "Synchronise again.")

    def _headers(self, access: str) -> dict[str, str]:
        return self.headers | ({"Authorization": f"Bearer {access}"} if access else {})

    def _require_tokens(self) -> Tokens:
        if self._tokens is None:
            raise self._sign_in_again()
        return self._tokens

    def _renewed(self, refused: Tokens) -> Tokens:
        """Return tokens newer than `refused`, renewing them unless another thread just has."""
        with self._renewing:
            current = self._tokens
            if current is not None and current.access != refused.access:
                return current
            kept = self._reload()
            if kept is not None and kept.access != refused.access:
                self._tokens = kept
                return kept
            response = self._ask_refresh(refused)
            if response.status_code in {400, 401, 403}:
                self._ended(refused)
                raise self._sign_in_again()
            if response.status_code >= 300:
                raise fault_of(response, self.server)
            document = json_of(response, self.server)
            tokens = _tokens_in(document.get("data", document), refused, self.server)
            self._adopt(tokens)
            return tokens

    def _ask_refresh(self, tokens: Tokens) -> httpx.Response:
        """Ask at the documented path, at the other one on 404, and remember which answered."""
        body = {"refresh": tokens.refresh}
        response = self._send("POST", API + REFRESH_PATHS[self._refresh_path], json=body)
        if response.status_code == 404:
            self._refresh_path = 1 - self._refresh_path
            response = self._send("POST", API + REFRESH_PATHS[self._refresh_path], json=body)
        return response

    def _adopt(self, tokens: Tokens | None) -> None:
        # Kept before it is used: a renewed pair makes the old one worthless, so losing it would end the sign-in.
        self._keep(tokens)
        self._tokens = tokens

    def _sign_in_again(self) -> SignInNeeded:
        return SignInNeeded(
            "sign_in_needed",
            f"The sign-in at {self.server} has ended.",
            "Sign in again. Work that waits to be sent is kept and goes on afterwards.",
        )

    def _new_client(self) -> httpx.Client:
        # An old server session in a cookie must never speak for somebody else than the token does.
        no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        return httpx.Client(
            headers={"User-Agent": self._app, "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(self._stall, connect=CONNECT_SECONDS),
            cookies=no_cookies,
            transport=self._transport,
            follow_redirects=False,
        )


def _body(content: bytes | None, content_type: str) -> dict[str, Any]:
    if content is None:
        return {}
    headers = {"Content-Type": content_type}
    if len(content) > GZIP_FROM:
        # Fast and nearly as small: uids do not compress further, and names compress at any level.
        content = gzip.compress(content, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return {"content": content, "headers": headers}


def _tokens_in(data: Mapping[str, Any], old: Tokens | None, server: str) -> Tokens:
    """Read a pair of tokens in the newer or the older layout; a renewal without a refresh token keeps the old one."""
    inner = data.get("tokens", data)
    access, refresh = inner.get("access"), inner.get("refresh")
    if not isinstance(access, str):
        raise PlatformFault(
            "no_token", f"{server} answered the sign-in without a token.", "Tell whoever runs the platform."
        )
    if isinstance(refresh, str):
        return Tokens(access, refresh)
    if old is None:
        raise PlatformFault(
            "no_token", f"{server} answered without a refresh token.", "Tell whoever runs the platform."
        )
    return replace(old, access=access)
