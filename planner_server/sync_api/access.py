"""Which scopes a user sees, and whether he may write there. Access is given by scope, never by row.

Every request of the extension asks this, so it is one statement written by hand: put together by the ORM it cost more than most of
what the requests then do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner_core.wire.feed import Access
from planner_server.accounts.models import User
from planner_server.accounts.visibility import own_sites_condition
from planner_server.feed import sql
from planner_server.feed.models import Scope

_COLUMNS = [field.column for field in Scope._meta.concrete_fields]  # noqa: SLF001 - the documented way to a model's columns
_FIELDS = [field.attname for field in Scope._meta.concrete_fields]  # noqa: SLF001
_SCOPE = ", ".join(f"s.{column}" for column in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Grant:
    """A scope with what the user may do there."""

    scope: Scope
    access: Access
    name: str


def grants(user: User) -> list[Grant]:
    """Return the account's scope, those of the library that its sites' active sectors stand for, then the sites'."""
    return _grants(user, "", [])


def grant_of(user: User, scope_uid: str) -> Grant | None:
    """Return the user's grant on one scope, None where he has none (or the scope does not exist)."""
    found = _grants(user, " AND s.uid = %s", [scope_uid])
    return found[0] if found else None


def _grants(user: User, only: str, wanted: list[str]) -> list[Grant]:
    own, values = own_sites_condition(user)
    rows = sql.rows(
        f"SELECT 0, 0, '', {_SCOPE} FROM feed_scope s WHERE s.uid = %s{only}"
        f" UNION ALL SELECT 1, b.id, b.name, {_SCOPE} FROM library_industrysector b JOIN feed_scope s ON s.uid = b.uid"
        " WHERE b.id IN (SELECT c.industry_sector_id FROM accounts_sector c JOIN accounts_site t ON t.id = c.site_id"
        f" WHERE c.is_active AND c.deleted_at IS NULL AND {own}){only}"
        f" UNION ALL SELECT 2, t.id, t.name, {_SCOPE} FROM accounts_site t JOIN feed_scope s ON s.uid = t.uid WHERE {own}{only}"
        " ORDER BY 1, 2",
        [user.account.uid, *wanted, *values, *wanted, *values, *wanted],
    )
    return [_grant(user, row) for row in rows]


def _grant(user: User, row: tuple[Any, ...]) -> Grant:
    rank, _, name, *values = row
    scope = Scope.from_db("default", _FIELDS, values)
    if rank == 0:
        return Grant(scope, "ro", user.account.name)
    writing: Access = "rw" if rank == 2 and user.may_write else "ro"
    return Grant(scope, writing, name)
