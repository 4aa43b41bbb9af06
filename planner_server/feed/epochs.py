"""Epochs: the name of one unbroken history of a scope. A platform put back from a backup continues in a new one."""

from __future__ import annotations

from typing import NamedTuple

from planner_server import clock
from planner_server.feed.models import Scope, VersionToken


class Told(NamedTuple):
    """The highest version of a scope that a replica was ever told, with its token."""

    version: int
    token: str


def remembers(scope: Scope, told: Told | None, *, using: str = "default") -> bool:
    """Return whether this platform gave that version that token. False: it has lost what it once committed."""
    if told is None or (told.version, told.token) == (scope.version, scope.token):
        return True
    return (
        VersionToken.objects.using(using)
        .filter(scope_id=scope.pk, version=told.version, token=told.token)
        .exists()
    )


def renew(scope: Scope, *, lost: str) -> str:
    """Give the scope a new epoch, unless somebody did so since `lost` was its epoch; return the epoch that holds."""
    Scope.objects.filter(pk=scope.pk, epoch=lost).update(epoch=clock.new_token())
    return str(Scope.objects.values_list("epoch", flat=True).get(pk=scope.pk))
