"""The real server in this process: the Django application behind httpx's WSGI transport, with a small shop in its database."""

from pathlib import Path
from typing import Any

import httpx
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from planner_core.commands import AddKeywordsFromSeeds, Command, CreateCluster, SetOverride
from planner_core.decision import Decision
from planner_server import clock as server_clock
from planner_server.accounts import services as accounts
from planner_server.accounts.models import Sector, Site, User
from planner_server.accounts.tokens import sign_in
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope
from planner_server.library import services as library
from planner_server.library.models import IndustrySector, SeedKeyword
from planner_server.planning.models import Clusters, Keywords
from planner_server.planning.services import planning_run
from sync.clock import ManualClock
from sync.replica import OwnerRow
from sync.transport import Tokens
from tests.support.machine import Machine

SERVER = "http://testserver"
STAFF = Actor("user", "staff")


class Server:
    """The platform with one site of one sector: twenty seeds, ten keywords, three clusters, an owner and two editors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.machines: list[Machine] = []
        # Requests share the test's own connection, which is not theirs to close (Django's test client does the same).
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        industry = library.industry_upsert(name="Home office")
        branch = library.industry_sector_upsert(industry=industry, name="Desks")
        rows = [
            library.SeedRow(f"standing desk {number}", 100 * number, number, "commercial", "US")
            for number in range(20)
        ]
        library.seeds_upsert(sector=branch, rows=rows, actor=STAFF)
        self.branch: IndustrySector = branch
        self.account = accounts.account_create(name="Acme")
        self.owner = accounts.user_create(
            account=self.account, email="owner@acme.example", password=None, role="owner"
        )
        self.site: Site = accounts.site_create(
            account=self.account,
            actor=Actor("user", self.owner.uid),
            name="Shop",
            industry=industry,
            sectors=[branch],
        )
        self.editors = [self._editor(name) for name in ("eve", "cem")]
        self.sector = Sector.objects.get(site=self.site).uid
        self.seeds = list(SeedKeyword.objects.order_by("keyword").values_list("uid", flat=True))
        self.keywords = [server_clock.new_uid() for _ in range(10)]
        self.clusters = [server_clock.new_uid() for _ in range(3)]
        self.run(AddKeywordsFromSeeds(self.sector, self.seeds[:10], self.keywords))
        for number, uid in enumerate(self.clusters):
            self.run(CreateCluster(uid, self.sector, f"Cluster {number}"))

    def _editor(self, name: str) -> User:
        user = accounts.user_create(
            account=self.account, email=f"{name}@acme.example", password=None, name=name.title()
        )
        accounts.site_grant(user=user, site=self.site)
        return user

    def run(self, command: Command, user: User | None = None) -> Decision:
        """Do something on the platform itself, as somebody in a browser would (by default the owner)."""
        actor = Actor("user", (user or self.owner).uid)
        return planning_run(site=Site.objects.get(pk=self.site.pk), command=command, actor=actor)

    def set_volume(self, keyword: str, value: int | None) -> None:
        self.run(SetOverride("volume", [keyword], value))

    def transport(self) -> httpx.BaseTransport:
        return httpx.WSGITransport(app=get_wsgi_application())

    def machine(
        self, name: str, *, user: User | None = None, transport: httpx.BaseTransport | None = None
    ) -> Machine:
        """A profile of a person (by default the first editor), signed in."""
        person = user or self.editors[0]
        _, pair = sign_in(person, device_name=name)
        made = Machine(
            self.folder / name,
            transport or self.transport(),
            ManualClock(),
            owner=OwnerRow(SERVER, self.account.uid, person.uid, person.email, "Acme", person.role),
            tokens=Tokens(pair.access, pair.refresh),
            server=SERVER,
            seed=len(self.machines) + 7,
        )
        self.machines.append(made)
        return made

    def close(self) -> None:
        for machine in self.machines:
            machine.close()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)

    # ------------------------------------------------------------------ what is there

    def volume(self, keyword: str) -> int | None:
        return self.keyword(keyword).volume_override

    def keyword(self, uid: str) -> Keywords:
        return Keywords.objects.get(uid=uid)

    def live_keywords(self) -> dict[str, dict[str, Any]]:
        rows = Keywords.objects.filter(deleted_at=None).select_related("seed_keyword", "cluster")
        return {
            row.uid: {
                "seed": row.seed_keyword.uid,
                "cluster": row.cluster.uid if row.cluster else None,
                "status": row.status,
            }
            for row in rows
        }

    def cluster_names(self) -> set[str]:
        return set(Clusters.objects.filter(deleted_at=None).values_list("name", flat=True))

    @property
    def version(self) -> int:
        return Scope.objects.get(uid=self.site.uid).version
