"""What all worlds of one process share: a folder in memory, the platform's database connections, and the images each world starts from.

The real Django application runs in this process. While a stage is taken, Django's two connections lead to the stage's SQLite
file, whatever database the test run itself uses; time and chance of the server come from the world. The images (a migrated,
filled platform; replicas that have synced once) are made once a process and copied for each seed: making them anew would cost
more than the seed.
"""

from __future__ import annotations

import logging
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db.utils import ConnectionHandler
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from planner_core.commands import AddKeywordsFromSeeds, AssignCluster, CreateCluster, CreateIdea
from planner_server import clock as server_clock
from planner_server.accounts import services as accounts
from planner_server.accounts.models import Sector
from planner_server.config.databases import databases
from planner_server.feed.gate import Actor
from planner_server.library import services as library
from planner_server.library.models import SeedKeyword
from planner_server.planning.services import planning_run
from sync.transport import Tokens
from tests.simulation.thrift import ALIASES, connected, thrifty

IN_MEMORY = Path("/dev/shm")
START_MS = 1_700_000_000_000
TEXTS = ("standing desk", "desk mat", "desk lamp", "cable tray", "corner desk", "desk drawer")
OUTLIVES_ANY_RUN = timedelta(days=3650)
"""Tokens are dated by the computer's clock, which worlds do not follow; their end is one of the world's faults instead."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Who and what the platform has at the start of every world, by uid."""

    account: str
    site: str
    sector: str
    library: str
    seeds: tuple[str, ...]
    keywords: tuple[str, ...]
    clusters: tuple[str, ...]
    ideas: tuple[str, ...]
    users: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The files of a machine (name -> content), and its tokens."""

    files: dict[str, bytes]
    tokens: Tokens | None


@dataclass
class Stage:
    """One for each process. `folder` holds the platform's file and one folder for each machine of the world that is on."""

    folder: Path
    database: Path
    handler: ConnectionHandler
    application: WSGIHandler
    image: sqlite3.Connection
    shop: Shop
    profiles: dict[str, Profile] = field(default_factory=dict)
    """Machine -> its files after a first sync. Made by the first world of the process."""

    @classmethod
    def build(cls) -> Stage:
        """Make the platform's image. To be called where Django is set up and its database may be used."""
        parent = IN_MEMORY if IN_MEMORY.is_dir() else None
        folder = Path(tempfile.mkdtemp(prefix="planner-simulation-", dir=parent))
        database = folder / "platform.db"
        handler = ConnectionHandler(databases(f"sqlite:///{database}", test_file=folder / "unused.db"))
        chance = random.Random(0)
        with connected(handler), _tokens_that_last():
            with server_clock.replaced(now_ms=lambda: START_MS, random_bits=chance.getrandbits):
                call_command("migrate", verbosity=0, interactive=False)
                shop = _fill()
            image = sqlite3.connect(":memory:")
            handler["default"].connection.backup(image)
        return cls(folder, database, handler, WSGIHandler(), image, shop)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Let Django work on the stage's file, as it was at the start."""
        with connected(self.handler), thrifty(), _tokens_that_last(), _quiet():
            self.put_back(self.image)
            yield

    def put_back(self, image: sqlite3.Connection) -> None:
        """Replace the whole platform by an earlier copy of it."""
        default = self.handler["default"]
        default.ensure_connection()
        image.backup(default.connection)

    def copy(self) -> sqlite3.Connection:
        """Return a copy of the platform as it is."""
        kept = sqlite3.connect(":memory:")
        default = self.handler["default"]
        default.ensure_connection()
        default.connection.backup(kept)
        return kept

    def keep_profile(self, name: str, folder: Path, tokens: Tokens | None) -> None:
        """Keep a machine's files, and the platform that knows it, for the worlds to come."""
        files = {
            path.name: path.read_bytes()
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.name.endswith((".lock", "-shm"))
        }
        self.profiles[name] = Profile(files, tokens)
        self.handler["default"].connection.backup(self.image)

    def lay_out(self, profile: Profile, folder: Path) -> None:
        """Write a kept profile's files."""
        folder.mkdir(parents=True)
        for name, content in profile.files.items():
            (folder / name).write_bytes(content)

    def sweep(self) -> None:
        """Remove what a world left behind."""
        for name in ("machines", "copies"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def strike(self) -> None:
        """Close everything and remove the folder."""
        for alias in ALIASES:
            self.handler[alias].close()
        self.image.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def _tokens_that_last() -> Iterator[None]:
    with (
        patch.object(AccessToken, "lifetime", OUTLIVES_ANY_RUN),
        patch.object(RefreshToken, "lifetime", OUTLIVES_ANY_RUN),
    ):
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Django from writing a line for each refused request."""
    noisy = logging.getLogger("django.request")
    former = noisy.disabled
    noisy.disabled = True
    try:
        yield
    finally:
        noisy.disabled = former


def _fill() -> Shop:
    """Make the shop: six seeds of which three are keywords, two clusters, one idea, an owner and two editors."""
    staff = Actor("user", "staff")
    industry = library.industry_upsert(name="Home office")
    branch = library.industry_sector_upsert(industry=industry, name="Desks")
    rows = [
        library.SeedRow(text, 100 * number, number, "commercial", "US") for number, text in enumerate(TEXTS)
    ]
    library.seeds_upsert(sector=branch, rows=rows, actor=staff)
    account = accounts.account_create(name="Acme")
    owner = accounts.user_create(account=account, email="owner@acme.example", password=None, role="owner")
    actor = Actor("user", owner.uid)
    site = accounts.site_create(
        account=account, actor=actor, name="Shop", industry=industry, sectors=[branch]
    )
    editors = [
        accounts.user_create(account=account, email=f"{name}@acme.example", password=None, name=name.title())
        for name in ("eve", "cem")
    ]
    for editor in editors:
        accounts.site_grant(user=editor, site=site)
    sector = Sector.objects.get(site=site).uid
    seeds = tuple(SeedKeyword.objects.order_by("keyword").values_list("uid", flat=True))
    keywords = tuple(server_clock.new_uid() for _ in range(3))
    clusters = tuple(server_clock.new_uid() for _ in range(2))
    idea = server_clock.new_uid()
    for command in (
        AddKeywordsFromSeeds(sector, seeds[:3], keywords),
        CreateCluster(clusters[0], sector, "Alpha"),
        CreateCluster(clusters[1], sector, "Beta"),
        AssignCluster(keywords[:1], clusters[0]),
        CreateIdea(idea, sector, {"title": "One", "cluster": clusters[0]}, keywords[:1]),
    ):
        planning_run(site=site, command=command, actor=actor)
    users = (owner, *editors)
    return Shop(
        account.uid,
        site.uid,
        sector,
        branch.uid,
        seeds,
        keywords,
        clusters,
        (idea,),
        tuple(user.uid for user in users),
        tuple(user.email for user in users),
    )
