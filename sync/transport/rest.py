"""The few calls of the documented API that the desktop needs online: account, sites, sectors, industries.

Answers come in the platform's envelope; older shapes (`data.results`, a bare list) are read too. Rows have the platform's integer
ids; `uid` is what the rest of the desktop names them by and is empty where a platform has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from sync.errors import PlatformFault
from sync.transport.address import API
from sync.transport.faults import fault_of, not_a_platform
from sync.transport.session import Session

MAX_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """The account of the signed-in user."""

    id: int
    uid: str
    name: str


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """A site as the platform lists it; `industry` is a name or empty."""

    id: int
    uid: str
    name: str
    slug: str
    domain: str
    industry: str


@dataclass(frozen=True, slots=True)
class SectorInfo:
    """A sector of a site, or of an industry in the library."""

    id: int
    uid: str
    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class IndustryInfo:
    """An industry of the library with its sectors."""

    id: int
    uid: str
    name: str
    slug: str
    sectors: tuple[SectorInfo, ...]


class Rest:
    """The documented API of one platform. Every method raises SignInNeeded, Unreachable, RuleBroken, NotFound or PlatformFault."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def account(self) -> AccountInfo:
        """Return the user's account."""
        row = self._one("GET", "/auth/account/")
        return AccountInfo(_id(row), _text(row, "uid"), _text(row, "name"))

    def sites(self) -> list[SiteInfo]:
        """Return every site the user may see."""
        return [_site(row) for row in self._all("/auth/sites/")]

    def create_site(self, name: str, domain: str = "") -> SiteInfo:
        """Make a site. Raises RuleBroken where the plan allows no more, or the name is taken."""
        body = {"name": name} | ({"domain": domain} if domain else {})
        return _site(self._one("POST", "/auth/sites/", json=body))

    def select_sectors(self, site: int, industry_slug: str, sector_slugs: Sequence[str]) -> None:
        """Set a site's industry and its active sectors."""
        body = {"industry_slug": industry_slug, "sector_slugs": list(sector_slugs)}
        self._one("POST", f"/auth/sites/{site}/select_sectors/", json=body)

    def sectors(self, site: int) -> list[SectorInfo]:
        """Return a site's active sectors."""
        return [_sector(row) for row in self._all(f"/auth/sites/{site}/sectors/")]

    def industries(self) -> list[IndustryInfo]:
        """Return the library's industries with their sectors."""
        found = []
        for row in self._all("/auth/industries/"):
            sectors = tuple(_sector(one) for one in row.get("sectors") or ())
            found.append(
                IndustryInfo(_id(row), _text(row, "uid"), _text(row, "name"), _text(row, "slug"), sectors)
            )
        return found

    def _one(self, method: str, path: str, *, json: Any = None) -> Mapping[str, Any]:
        document = self._document(self._session.request(method, API + path, json=json))
        data = document.get("data", document) if isinstance(document, Mapping) else None
        if not isinstance(data, Mapping):
            raise _bad_reply(f"{self._session.server} answered {path} without an object.")
        return data

    def _all(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Follow `next` to the end. The host in `next` is ignored: tokens go nowhere but to the platform signed in to."""
        url: str | None = API + path
        params: dict[str, str | int] | None = {"page_size": 100}
        for _ in range(MAX_PAGES):
            if url is None:
                return
            document = self._document(self._session.request("GET", url, params=params))
            yield from _rows(document)
            following = document.get("next") if isinstance(document, Mapping) else None
            parts = urlsplit(following) if isinstance(following, str) else None
            url, params = (f"{parts.path}?{parts.query}" if parts else None), None
        raise _bad_reply(f"{self._session.server} lists {path} without end.")

    def _document(self, response: httpx.Response) -> Any:
        if response.status_code >= 300:
            raise fault_of(response, self._session.server)
        try:
            return response.json()
        except ValueError as error:
            raise not_a_platform(self._session.server) from error


def _rows(document: Any) -> list[Mapping[str, Any]]:
    found = document
    for name in ("data", "results"):
        if isinstance(found, Mapping) and name in found:
            found = found[name]
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _site(row: Mapping[str, Any]) -> SiteInfo:
    industry = row.get("industry_name") or row.get("industry") or ""
    name = (
        industry.get("name", "")
        if isinstance(industry, Mapping)
        else industry
        if isinstance(industry, str)
        else ""
    )
    return SiteInfo(
        _id(row), _text(row, "uid"), _text(row, "name"), _text(row, "slug"), _text(row, "domain"), name
    )


def _sector(row: Mapping[str, Any]) -> SectorInfo:
    return SectorInfo(_id(row), _text(row, "uid"), _text(row, "name"), _text(row, "slug"))


def _id(row: Mapping[str, Any]) -> int:
    found = row.get("id")
    return found if isinstance(found, int) else 0


def _text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    return found if isinstance(found, str) else ""


def _bad_reply(message: str) -> PlatformFault:
    return PlatformFault("bad_reply", message, "Update this application or the platform.")
