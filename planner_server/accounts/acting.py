"""Who writes, as the feed and the audit trail remember it."""

from __future__ import annotations

from rest_framework.request import Request

from planner_server.accounts.models import Device, SiteKey, User
from planner_server.feed.gate import Actor

_BASE = "/api/v1/"
_LABEL_LENGTH = 200


def acting(request: Request) -> Actor:
    """Return whoever makes a REST request: the person, the device and application it comes from, and what is asked as the label."""
    user = request.user
    assert isinstance(user, User)
    device, app = "", ""
    if isinstance(request.auth, Device):
        device, app = request.auth.uid, request.auth.app
    elif isinstance(request.auth, SiteKey):
        app = "site key"
    label = f"{request.method} {request.path.removeprefix(_BASE)}"[:_LABEL_LENGTH]
    return Actor("user", user.uid, device=device, app=app, label=label)
