"""How people are shown to each other: a client knows no list of members, so a review item names who wrote."""

from __future__ import annotations

from collections.abc import Iterable

from planner_server.accounts.models import User


def shown_names(uids: Iterable[str], *, using: str = "default") -> dict[str, str]:
    """Return uid -> name (the e-mail address of who gave none) for those of `uids` that are users."""
    wanted = {uid for uid in uids if uid}
    if not wanted:
        return {}
    people = User.objects.using(using).filter(uid__in=wanted).values_list("uid", "name", "email")
    return {uid: name or email for uid, name, email in people}
