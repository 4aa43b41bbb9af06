"""One edit of one keyword in each of the ways in which the platform is written to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from planner_core.commands import SetOverride
from planner_server.planning.models import Keywords
from tests.planner_server.api.caller import BASE, Caller
from tests.planner_server.world import Desk, Team, set_of


@dataclass
class Hands:
    """A person with a desktop and a browser, beside the team's jobs. Made before the race: signing in writes, too."""

    team: Team
    desk: Desk = field(init=False)
    caller: Caller = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Desk(self.team.owner, self.team.site.uid)
        self.caller = Caller(self.team.owner)

    def write(self, way: str, uid: str, value: int) -> Callable[[], Any]:
        """Return the action that sets a keyword's volume: by "push", "rest" or "job". It may be tried again and again."""
        return {"push": self._push, "rest": self._rest, "job": self._job}[way](uid, value)

    def _push(self, uid: str, value: int) -> Callable[[], Any]:
        line = self.desk.mutation(set_of("volume_override", [None], [value], [uid]))
        first = self.desk.next_seq - 1
        return lambda: self.desk.send(line, first=first)

    def _rest(self, uid: str, value: int) -> Callable[[], Any]:
        pk = Keywords.objects.get(uid=uid).pk
        bearer = {"Authorization": f"Bearer {self.caller.access}"}
        path = f"{BASE}planner/keywords/{pk}/"
        return lambda: self.caller.client.patch(
            path, {"volume_override": value}, format="json", headers=bearer
        )

    def _job(self, uid: str, value: int) -> Callable[[], Any]:
        return lambda: self.team.run_as_job(SetOverride("volume", [uid], value))
