"""The address of a platform, as people type it and as requests need it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from sync.errors import InvalidUsage

API = "/api/v1"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def canonical_server(text: str) -> str:
    """Return a server's address without its API path and trailing slash; `https` is assumed where no scheme is written.

    Raises InvalidUsage for anything that is not an http(s) address.
    """
    typed = text.strip()
    if "://" not in typed:
        typed = f"{_scheme_for(typed)}://{typed}"
    parts = urlsplit("")
    try:
        parts = urlsplit(typed)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        usable = usable and parts.username is None and not any(map(str.isspace, parts.netloc))
    except ValueError:
        usable = False
    if not usable:
        raise InvalidUsage(
            "bad_address",
            f"“{text}” is not the address of a platform.",
            "Write it like https://platform.example or http://127.0.0.1:8000.",
        )
    path = parts.path.rstrip("/")
    path = path.removesuffix(API) if path.endswith(API) else path
    return urlunsplit((parts.scheme, parts.netloc.lower(), path.rstrip("/"), "", ""))


def _scheme_for(typed: str) -> str:
    host = typed.split("/", 1)[0].rsplit(":", 1)[0].strip("[]").lower()
    return "http" if host in LOOPBACK else "https"
