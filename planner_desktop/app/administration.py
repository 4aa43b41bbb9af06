"""What is done on the platform itself and needs the network: making a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from planner_desktop.app.places import choose
from sync.errors import InvalidUsage

if TYPE_CHECKING:  # the network comes in when it is used
    from sync.transport import Rest

MOST_SECTORS = 5


class Administration:
    """Sites of the account, as the platform keeps them."""

    def __init__(self, open_rest: Callable[[], Rest], fetch: Callable[[], object]) -> None:
        """`fetch` brings what was made to this computer."""
        self._open_rest = open_rest
        self._fetch = fetch

    def create_site(
        self, *, name: str, industry: str, sectors: Sequence[str], domain: str = ""
    ) -> Mapping[str, Any]:
        """Make a site with one to five sectors of an industry and fetch it; return its row.

        Everything is checked before anything is made. Raises InvalidUsage, NotFound, Ambiguous, RuleBroken, Unreachable.
        """
        if not 1 <= len(sectors) <= MOST_SECTORS:
            raise InvalidUsage(
                "bad_sectors",
                f"A site has 1 to {MOST_SECTORS} sectors, not {len(sectors)}.",
                "Give them as --sectors A,B.",
            )
        rest = self._open_rest()
        branches = {one.uid or str(one.id): one for one in rest.industries()}
        rows = [{"id": uid, "name": one.name, "slug": one.slug} for uid, one in branches.items()]
        branch = branches[str(choose("industry", rows, industry, remedy="Give one of them.")["id"])]
        leaves = [
            {"id": one.uid or str(one.id), "name": one.name, "slug": one.slug} for one in branch.sectors
        ]
        where = f" in {branch.name}"
        slugs = [
            str(choose("sector", leaves, text, where=where, remedy="Give one of them.")["slug"])
            for text in sectors
        ]
        made = rest.create_site(name, domain)
        rest.select_sectors(made.id, branch.slug, list(dict.fromkeys(slugs)))
        self._fetch()
        return {
            "id": made.uid or str(made.id),
            "name": made.name,
            "slug": made.slug,
            "domain": made.domain,
            "industry": branch.name,
        }
