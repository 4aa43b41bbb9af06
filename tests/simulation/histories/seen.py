"""What is to be seen in a world on which a fixed history is played: on the platform, on the machines, in their questions."""

from __future__ import annotations

from typing import Any

from planner_server.feed.catalogue import SOURCES
from sync.replica import ReviewRow
from tests.simulation import pictures
from tests.simulation.machine import Machine
from tests.simulation.network import CALM
from tests.simulation.world import World

Place = tuple[str | None, str]
"""A keyword's cluster and status."""

_VOLUME = "SELECT volume_override FROM planning_keywords WHERE uid = ?"
_PLACE = "SELECT c.uid, t.status FROM planning_keywords t LEFT JOIN planning_clusters c ON c.id = t.cluster_id WHERE t.uid = ?"


class Seen:
    """Machines `a` and `b` of one user, `c` of another, all synced once; three keywords, two clusters, six seeds."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.network.weather = CALM
        world.network.rows_a_page = 0
        self.platform = world.platform
        self.shop = world.stage.shop
        self.a, self.b, self.c = world.machines
        self.k, self.k2, self.k3 = self.shop.keywords
        self.x, self.y = self.shop.clusters
        self._copies = 0

    def there(self, keyword: str = "") -> int | None:
        """The platform's volume override of a keyword."""
        row = self.platform.database.execute(_VOLUME, (keyword or self.k,)).fetchone()
        return None if row is None else row[0]

    def place_there(self, keyword: str = "") -> Place:
        """A keyword's cluster and status on the platform."""
        row = self.platform.database.execute(_PLACE, (keyword or self.k,)).fetchone()
        return (None, "absent") if row is None else (row[0], row[1])

    def here(self, machine: Machine, keyword: str = "") -> Any:
        """The volume override a machine shows for a live keyword; "absent" without one."""
        row = pictures.of_machine(machine)["keyword"].get(keyword or self.k)
        return "absent" if row is None else row["volume_override"]

    def place_here(self, machine: Machine, keyword: str = "") -> Place:
        """A keyword's cluster and status as a machine shows them."""
        row = pictures.of_machine(machine)["keyword"][keyword or self.k]
        return row["cluster"], row["status"]

    def live_there(self, entity: str, uid: str) -> bool:
        """Whether a row is live on the platform."""
        return uid in self.platform.live(entity)

    def gone(self, entity: str, uid: str) -> bool:
        """Whether the platform has no trace of a row, not even in the trash."""
        source = SOURCES[entity]
        found = self.platform.database.execute(f"SELECT 1 FROM {source.table} WHERE uid = ?", (uid,))
        return found.fetchone() is None

    def title_there(self, idea: str) -> str:
        """An idea's title on the platform."""
        sql = "SELECT idea_title FROM planning_contentideas WHERE uid = ?"
        return str(self.platform.database.execute(sql, (idea,)).fetchone()[0])

    def members_there(self, idea: str) -> list[str]:
        """The keywords of an idea on the platform, sorted."""
        sql = (
            "SELECT k.uid FROM planning_ideakeyword m JOIN planning_contentideas t ON t.id = m.idea_id"
            " JOIN planning_keywords k ON k.id = m.keyword_id WHERE t.uid = ? ORDER BY k.uid"
        )
        return [uid for (uid,) in self.platform.database.execute(sql, (idea,)).fetchall()]

    def names_there(self) -> list[str]:
        """The names of the platform's live clusters, sorted."""
        rows = self.platform.database.execute("SELECT name FROM planning_clusters WHERE deleted_at IS NULL")
        return sorted(name for (name,) in rows)

    def asked(self, machine: Machine) -> list[ReviewRow]:
        """What a machine asks."""
        return machine.review()

    def codes(self, machine: Machine) -> list[str]:
        """The codes of what a machine asks."""
        return sorted(item.code for item in machine.review())
