"""From what came back, or did not, to an error that says what helps."""

from __future__ import annotations

import email.utils
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from sync.errors import (
    EpochChanged,
    Forked,
    Gap,
    NotFound,
    PlannerError,
    PlatformFault,
    ProtocolTrouble,
    Resnapshot,
    RuleBroken,
    SignInNeeded,
    Unreachable,
    UpgradeNeeded,
    WrongUrl,
)

TRY_LATER = "Nothing is lost; it is tried again by itself. If it stays, tell whoever runs the platform."
KEPT = "Work that waits to be sent is kept."


class TooLarge(ProtocolTrouble):
    """The platform does not take a request of this size; a smaller one may pass."""


class OperationReused(ProtocolTrouble):
    """The id `op_id` is known there with other content: this file went back in time and its edit needs a new id."""

    def __init__(self, code: str, message: str, remedy: str = "", *, op_id: str = "") -> None:
        super().__init__(code, message, remedy)
        self.op_id = op_id


class NoExtension(PlatformFault):
    """A planner platform, but one without the sync extension."""


_FEED_CODES: Mapping[str, type[PlannerError]] = {
    "auth": SignInNeeded,
    "epoch": EpochChanged,
    "gap": Gap,
    "replica_forked": Forked,
    "resnapshot": Resnapshot,
    "too_large": TooLarge,
    "upgrade": UpgradeNeeded,
    "op_reused": OperationReused,
    "not_found": NotFound,
    "forbidden": RuleBroken,
}
_STATUS: Mapping[int, type[PlannerError]] = {
    401: SignInNeeded,
    404: NotFound,
    410: Resnapshot,
    413: TooLarge,
    426: UpgradeNeeded,
}
_REMEDIES: Mapping[type[PlannerError], str] = {
    SignInNeeded: f"Sign in again. {KEPT}",
    UpgradeNeeded: f"Update this application. {KEPT}",
    NotFound: "Check that it still exists and that you may see it.",
    RuleBroken: "Ask an owner or admin of the account for the right to do this.",
}
_JSON = "application/json"


def fault_of(response: httpx.Response, server: str, *, feed: bool = False) -> PlannerError:
    """Return the error an answer with an unwanted status stands for. `feed`: it is the sync extension's."""
    status = response.status_code
    document = _document(response)
    if status in {429, 502, 503, 504}:
        return _busy(response, server, document)
    if 200 <= status < 400 or (document is None and status < 500):
        return not_a_platform(server)
    if document is None or status >= 500:
        said = f"{server} failed with status {status}.{_request_id(response, document)}"
        return PlatformFault("platform_fault", said, TRY_LATER)
    if feed:
        return _feed_fault(status, document, server)
    return _rest_fault(response, status, document, server)


def not_a_platform(server: str) -> WrongUrl:
    """Return the error for an answer that is nothing a planner platform says: HTML, a redirect, a sign-in page of a network."""
    return WrongUrl(
        "wrong_url",
        f"What answers at {server} is not a planner platform.",
        "Check the address, with https:// and without a path. In a guest network, open a web page and sign in there first.",
    )


def unreachable(error: Exception, server: str) -> PlannerError:
    """Return the error for a request that got no answer."""
    check_network = f"Check the network connection and try again. {KEPT}"
    match error:
        case httpx.ConnectTimeout():
            return Unreachable("connect_timeout", f"{server} does not answer.", check_network)
        case httpx.TimeoutException():
            said = f"{server} stopped answering in the middle of a request."
            return Unreachable("stalled", said, check_network)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return WrongUrl("wrong_url", f"“{server}” cannot be asked: {error}.", "Check the address.")
        case httpx.DecodingError():
            return PlatformFault(
                "bad_encoding", f"{server} sent an answer that cannot be unpacked.", TRY_LATER
            )
    if fault := _tls(error):
        return Unreachable(
            "tls",
            f"The secure connection to {server} could not be made: {fault}.",
            "Check the date of this computer and the address. If the platform uses a certificate of its own, it must be "
            "installed on this computer.",
        )
    return Unreachable("unreachable", f"{server} cannot be reached ({_reason(error)}).", check_network)


def json_of(response: httpx.Response, server: str) -> dict[str, Any]:
    """Return a good answer's JSON object. Raises WrongUrl where it is none."""
    document = _document(response)
    if document is None:
        raise not_a_platform(server)
    return document


def _feed_fault(status: int, document: Mapping[str, Any], server: str) -> PlannerError:
    code, message = (
        str(document.get("code", "")),
        str(document.get("message") or f"{server} refused with status {status}."),
    )
    kind = _FEED_CODES.get(code) or _STATUS.get(status, PlatformFault)
    if kind is Gap:
        details = document.get("details") or {}
        return Gap(code, message, "Synchronise again.", expected=int(details.get("expected", 0)))
    if kind is OperationReused:
        details = document.get("details") or {}
        return OperationReused(code, message, TRY_LATER, op_id=str(details.get("op_id", "")))
    if kind is NotFound and code != "not_found":
        ask = "Ask whoever runs the platform to switch the sync extension on."
        return NoExtension("no_extension", f"{server} has no sync extension.", f"{ask} {KEPT}")
    return kind(code or f"status_{status}", message, _REMEDIES.get(kind, TRY_LATER))


def _rest_fault(
    response: httpx.Response, status: int, document: Mapping[str, Any], server: str
) -> PlannerError:
    message = _envelope_text(document) or f"{server} refused with status {status}."
    if status == 403:
        return RuleBroken("forbidden", message, _REMEDIES[RuleBroken])
    if status in {400, 402, 409, 422}:
        return RuleBroken(f"refused_{status}", message, "Change the request and try again.")
    kind = _STATUS.get(status, PlatformFault)
    return kind(f"status_{status}", message + _request_id(response, document), _REMEDIES.get(kind, TRY_LATER))


def _busy(response: httpx.Response, server: str, document: Mapping[str, Any] | None) -> Unreachable:
    after = _retry_after(response)
    if after is None and document is not None and isinstance(document.get("retry_after_ms"), int):
        after = document["retry_after_ms"] / 1000 or None
    what = "asks for patience" if response.status_code == 429 else "is not available just now"
    wait = f" It can be asked again in {after:.0f} seconds." if after else ""
    return Unreachable("busy", f"{server} {what}.{wait}", f"Try again later. {KEPT}", retry_after=after)


def _retry_after(response: httpx.Response) -> float | None:
    """Read Retry-After in seconds; of its two forms the date one counts from the answer's own Date, not from this clock."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
        since = email.utils.parsedate_to_datetime(response.headers.get("Date", ""))
        return max(0.0, (until - since).total_seconds())
    except (ValueError, TypeError):
        return None


def _envelope_text(document: Mapping[str, Any]) -> str:
    """Return what an error envelope says in one line: its error, then each field's complaints."""
    parts = [
        str(document.get("error") or document.get("detail") or document.get("message") or "").rstrip(".")
    ]
    errors = document.get("errors")
    if isinstance(errors, Mapping):
        for field, said in errors.items():
            text = "; ".join(map(str, said)) if isinstance(said, list) else str(said)
            parts.append(text if field in {"non_field_errors", "detail"} else f"{field}: {text}")
    text = ": ".join(filter(None, [parts[0], " ".join(parts[1:])]))
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _request_id(response: httpx.Response, document: Mapping[str, Any] | None) -> str:
    found = response.headers.get("X-Request-ID") or (document or {}).get("request_id")
    return f" Its request id is {found}." if found else ""


def _document(response: httpx.Response) -> dict[str, Any] | None:
    if not response.headers.get("content-type", "").startswith(_JSON):
        return None
    try:
        return msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _tls(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return getattr(error, "verify_message", "") or error.reason or "the handshake failed"
        error = error.__cause__ or error.__context__
    return ""


def _reason(error: BaseException) -> str:
    """Return the innermost plain words of a connection error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
