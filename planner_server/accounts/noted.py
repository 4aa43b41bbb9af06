"""What is changed about people, grants and keys is on no feed; the audit trail notes it all the same."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from planner_server import clock
from planner_server.accounts.acting import acting
from planner_server.accounts.models import User
from planner_server.api.keys import REPLAYED
from planner_server.api.views import READING, Enveloped
from planner_server.audit.services import Place, note


def note_request(request: Request) -> None:
    """Note a request that changed something of the caller's account; version 0 says that no feed carries it."""
    user = request.user
    assert isinstance(user, User)
    actor = acting(request)
    who = (actor.kind, actor.uid, actor.device, actor.app)
    note(Place(clock.now_ms(), user.account_id, user.account.uid, 0, *who), [(actor.label, "")])


class Noted(Enveloped):
    """Mixin of views whose every successful write is noted; an answer given again is none."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Note the request once it has succeeded."""
        final = super().finalize_response(request, response, *args, **kwargs)
        is_done = final.status_code < 400 and REPLAYED not in final.headers
        if is_done and request.method not in READING and isinstance(request.user, User):
            note_request(request)
        return final
