"""Epochs: the name of one unbroken history of a scope. A platform put back from a backup continues in a new one."""

from __future__ import annotations

from django.db import connections, transaction

from planner_core.wire.feed import Told
from planner_server import clock
from planner_server.feed.models import Scope, VersionToken
from planner_server.feed.running import beginning

STRIDE = 1_000_000_000
"""More versions than a scope can have had between a backup and its return."""


def remembers(scope: Scope, told: Told | None, *, using: str = "default") -> bool:
    """Return whether this platform gave that version that token. False: it has lost what it once committed.

    Versions whose names have expired cannot be asked about and count as given.
    """
    if told is None or (told.version, told.token) == (scope.version, scope.token):
        return True
    if told.version < scope.token_floor:
        return True
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM feed_versiontoken WHERE scope_id = %s AND version = %s AND token = %s",
            [scope.pk, told.version, told.token],
        )
        return cursor.fetchone() is not None


@transaction.atomic
def renew(scope: Scope, *, lost: str, seen: int = 0) -> str:
    """Give the scope a new epoch, unless somebody did so since `lost` was its epoch; return the epoch that holds.

    The epoch begins with a version above all that the former ones can have given out, `seen` among them: so versions of different
    epochs compare like the moments they were given at, even those a restore has forgotten. What was given out can be known to nobody
    here, as where one backup is put back twice: so the clock says where to begin, and a stride above what is known does where the clock
    is behind that.
    """
    held = Scope.objects.select_for_update(no_key=True).get(pk=scope.pk)
    if held.epoch != lost:
        return held.epoch
    known = max(held.version, seen)
    held.version = held.epoch_ver = beginning(known) or known + STRIDE
    held.epoch, held.token = clock.new_token(), clock.new_token()
    held.save(update_fields=["version", "epoch_ver", "epoch", "token"])
    VersionToken.objects.create(scope=held, version=held.version, token=held.token, at=clock.now_ms())
    return held.epoch
