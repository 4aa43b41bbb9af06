"""Rows to test on, made through the services and the gate like everything else."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.test.client import Client
from rest_framework.test import APIClient

from planner_core.commands import AddKeywordsFromSeeds, AssignCluster, CreateCluster, CreateIdea
from planner_core.operations import Change, Create, Operation, Set
from planner_core.text import fold
from planner_core.wire.body import Body, digest, encode_body
from planner_core.wire.feed import MutationHeader, PushHeader, PushReply, Told
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.accounts.models import Account, Sector, Site, User
from planner_server.feed.gate import Actor, Gate, new_scope, write
from planner_server.feed.models import Scope
from planner_server.library import services as library
from planner_server.library.models import Industry, IndustrySector, SeedKeyword
from planner_server.planning.models import Clusters, ContentIdeas, IdeaKeyword, Keywords
from planner_server.planning.services import planning_run
from tests.vectors import World


@dataclass
class Team:
    """An account with two people who may write, one site with one sector, and some seeds."""

    account: Account
    owner: User
    colleague: User
    industry: Industry
    branch: IndustrySector
    site: Site
    sector: Sector
    seeds: list[str]

    @property
    def scope(self) -> Scope:
        return Scope.objects.get(uid=self.site.uid)

    def run(self, command: Any, user: User | None = None) -> Any:
        return planning_run(site=self.site, command=command, actor=Actor("user", (user or self.owner).uid))

    def run_as_job(self, command: Any) -> Any:
        return planning_run(site=self.site, command=command, actor=Actor("job", "clustering"))

    def keywords(self, number: int) -> list[str]:
        """Take so many seeds into the sector; the keywords' uids, in the order of the seeds."""
        ids = clock.new_uids(number)
        decision = self.run(AddKeywordsFromSeeds(self.sector.uid, self.seeds[:number], ids))
        assert decision.changed == number
        return ids

    def cluster(self, name: str) -> str:
        uid = clock.new_uid()
        decision = self.run(CreateCluster(uid, self.sector.uid, name))
        assert not decision.refused
        return uid

    def idea(self, title: str, **more: Any) -> str:
        uid = clock.new_uid()
        keywords = more.pop("keywords", [])
        decision = self.run(CreateIdea(uid, self.sector.uid, {"title": title, **more}, keywords))
        assert not decision.refused
        return uid

    def place(self, keywords: Sequence[str], cluster: str | None, user: User | None = None) -> None:
        assert not self.run(AssignCluster(keywords, cluster), user).refused


def make_team(name: str = "Acme", seeds: int = 20) -> Team:
    account = accounts.account_create(name=name)
    owner = accounts.user_create(
        account=account, email=f"owner@{fold(name)}.test", password=None, name="Olga", role="owner"
    )
    colleague = accounts.user_create(
        account=account, email=f"admin@{fold(name)}.test", password=None, name="Carl", role="admin"
    )
    industry = library.industry_upsert(name=f"Finance of {name}")
    branch = library.industry_sector_upsert(industry=industry, name="Loans")
    rows = (
        library.SeedRow(f"loan {number}", 100 * number, number % 101, "commercial", "US")
        for number in range(seeds)
    )
    counts = library.seeds_upsert(sector=branch, rows=rows, actor=Actor("import", "test"))
    assert counts.created == seeds
    actor = Actor("user", owner.uid)
    site = accounts.site_create(
        account=account, actor=actor, name=f"{name} site", industry=industry, sectors=[branch]
    )
    uids = list(SeedKeyword.objects.filter(sector=branch).order_by("pk").values_list("uid", flat=True))
    return Team(account, owner, colleague, industry, branch, site, site.sectors.get(), uids)


# ---------------------------------------------------------------- a desktop


@dataclass
class Desk:
    """A desktop that speaks to the server's own application, without a network: one replica of one user."""

    user: User
    scope: str
    replica: str = field(default_factory=clock.new_uid)
    next_seq: int = 1
    told: Told | None = None
    epoch: str = ""

    def __post_init__(self) -> None:
        self.client: Client = APIClient()
        self.client.force_authenticate(user=self.user)
        self.epoch = self.epoch or Scope.objects.get(uid=self.scope).epoch

    def url(self, action: str) -> str:
        return f"/sync/v1/scopes/{self.scope}/{action}"

    def mutation(
        self,
        *operations: Operation,
        op_id: str = "",
        seq: int | None = None,
        was: int | None = None,
        made: int | None = None,
        **body: Any,
    ) -> bytes:
        """Two lines: header and body. Takes the next sequence number unless told one."""
        raw = encode_body(Body(clock.new_uid(), "test", 1, tuple(operations), **body))
        if seq is None:
            seq, self.next_seq = self.next_seq, self.next_seq + 1
        head = MutationHeader(seq=seq, op_id=op_id or clock.new_uid(), sha256=digest(raw), was=was, made=made)
        return head.model_dump_json().encode() + b"\n" + raw + b"\n"

    def send(self, *mutations: bytes, dry_run: bool = False, first: int | None = None, **header: Any) -> Any:
        """Push lines as they are; the response."""
        number = first if first is not None else self.next_seq - len(mutations)
        values = {
            "replica_id": self.replica,
            "epoch": self.epoch,
            "user": self.user.uid,
            "told": self.told,
        } | header
        head = PushHeader(first_seq=number, count=len(mutations), **values)
        data = head.model_dump_json().encode() + b"\n" + b"".join(mutations)
        address = self.url("push") + ("?dry_run=1" if dry_run else "")
        return self.client.generic("POST", address, data, content_type="application/x-ndjson")

    def push(self, *operations: Operation, **body: Any) -> Any:
        """Push one mutation and return its result; fails unless the push as a whole is taken."""
        response = self.send(self.mutation(*operations, **body))
        return reply_of(response).results[0]

    def pull(self, cursor: str = "", limit: int | None = None) -> "Feed":
        """Follow the pull to its end; `limit` rows a page."""
        feed = Feed(cursor=cursor)
        while True:
            query = {"cursor": feed.cursor} | ({"limit": str(limit)} if limit else {})
            feed.take(self.client.get(self.url("pull"), query))
            if not feed.has_more:
                return feed

    def snapshot(self, limit: int | None = None, **more: str) -> "Feed":
        feed = Feed()
        while True:
            query = more | ({"after": feed.after, "at": str(feed.at)} if feed.pages else {})
            feed.take(self.client.get(self.url("snapshot"), query | ({"limit": str(limit)} if limit else {})))
            if not feed.has_more:
                return feed


def reply_of(response: Any) -> PushReply:
    assert response.status_code == 200, response.content
    return PushReply.model_validate_json(response.content)


@dataclass
class Feed:
    """What pages of the feed said so far."""

    cursor: str = ""
    after: str = ""
    at: int = 0
    version: int = 0
    pages: int = 0
    has_more: bool = True
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    order: list[tuple[str, str, int]] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, response: Any) -> None:
        assert response.status_code == 200, response.content
        raw = response.content
        *lines, last = raw.splitlines()
        begin, end = json.loads(lines[0]), json.loads(last)
        assert end["crc32"] == zlib.crc32(raw[: len(raw) - len(last) - 1])
        count = 0
        for line in map(json.loads, lines[1:]):
            match line["t"]:
                case "rows":
                    count += len(line["rows"])
                    assert len(line["rows"]) <= 500
                    self._rows(line["e"], begin["columns"][line["e"]], line["rows"])
                case "alias":
                    self.aliases |= {old: new for old, new, _ in line["rows"]}
                case "conflict":
                    self.conflicts[line["id"]] = line
        assert end["n"] == count
        self.pages += 1
        self.has_more = end["has_more"]
        self.cursor, self.version = end.get("cursor", ""), end["version"]
        self.after, self.at = end.get("after", ""), end.get("at", 0)

    def _rows(self, entity: str, columns: list[str], rows: list[list[Any]]) -> None:
        for uid, ver, deleted, *values in rows:
            self.order.append((entity, uid, ver))
            self.rows.setdefault(entity, {})[uid] = dict(zip(columns, values, strict=True))
            (self.deleted.add if deleted else self.deleted.discard)(uid)

    def live(self, entity: str) -> dict[str, dict[str, Any]]:
        return {uid: row for uid, row in self.rows.get(entity, {}).items() if uid not in self.deleted}


def set_of(
    group: str, old: Sequence[Any], new: Sequence[Any], ids: Sequence[str], entity: str = "keyword"
) -> Set:
    return Set(entity, group, [Change(tuple(old), tuple(new), ids)])


# ---------------------------------------------------------------- the world of the vectors


def build_world(world: World) -> Site:
    """Put the world of the rule vectors into the database; the site it is about."""
    account = accounts.account_create(name="Vectors")
    sites = {uid: _site(account, uid) for uid in dict.fromkeys(row["site"] for row in world.sectors)}
    industries: dict[str, Industry] = {}
    branches: dict[str, IndustrySector] = {}
    for row in (*world.sectors, *world.seeds):
        industry = industries.setdefault(row["industry"], _industry(row["industry"], industries))
        if row["industry_sector"] not in branches:
            branches[row["industry_sector"]] = _branch(industry, row["industry_sector"])
    sectors = _sectors(world, account, sites, industries, branches)
    seeds = _seeds(world, branches)
    for uid, site in sites.items():
        with write(Scope.objects.get(uid=uid), Actor("import", "vectors")) as gate:
            own = {key: sector for key, sector in sectors.items() if sector.site_id == site.pk}
            _rows(gate, world, own, seeds)
    return Site.objects.get(uid=world.site)


def _site(account: Account, uid: str) -> Site:
    with write(Scope.objects.get(uid=account.uid), Actor("import", "vectors")) as gate:
        site = Site.objects.create(**gate.born(), uid=uid, account=account, name=uid, slug=uid)
    new_scope("site", uid, account_id=account.pk)
    return site


def _industry(uid: str, known: Mapping[str, Industry]) -> Industry:
    if uid in known:
        return known[uid]
    return Industry.objects.create(uid=uid, name=uid, slug=uid, created_at=0)


def _branch(industry: Industry, uid: str) -> IndustrySector:
    return IndustrySector.objects.create(
        uid=uid, industry=industry, scope=new_scope("library", uid), name=uid, slug=uid, created_at=0
    )


def _sectors(
    world: World,
    account: Account,
    sites: Mapping[str, Site],
    industries: Mapping[str, Industry],
    branches: Mapping[str, IndustrySector],
) -> dict[str, Sector]:
    found = {}
    with write(Scope.objects.get(uid=account.uid), Actor("import", "vectors")) as gate:
        for row in world.sectors:
            site = sites[row["site"]]
            Site.objects.filter(pk=site.pk).update(industry=industries[row["industry"]], ver=gate.version)
            found[row["id"]] = Sector.objects.create(
                **gate.born(),
                uid=row["id"],
                account=account,
                site=site,
                industry_sector=branches[row["industry_sector"]],
                name=row["name"],
                slug=row["id"],
                is_active=row.get("active", True),
            )
    return found


def _seeds(world: World, branches: Mapping[str, IndustrySector]) -> dict[str, SeedKeyword]:
    found = {}
    for uid, branch in branches.items():
        with write(branch.scope, Actor("import", "vectors")) as gate:
            for row in world.seeds:
                if row["industry_sector"] == uid:
                    found[row["id"]] = SeedKeyword.objects.create(
                        **gate.born(),
                        uid=row["id"],
                        industry=branch.industry,
                        sector=branch,
                        keyword=row["keyword"],
                        keyword_key=fold(row["keyword"]),
                        is_active=row.get("active", True),
                    )
    return found


def _rows(gate: Gate, world: World, sectors: Mapping[str, Sector], seeds: Mapping[str, SeedKeyword]) -> None:
    clusters = {
        row["id"]: Clusters.objects.create(
            **_placed(gate, row, sectors),
            name=row["name"],
            name_key=fold(row["name"]),
            status=row.get("status", "new"),
        )
        for row in _of(world.clusters, sectors)
    }
    keywords = {
        row["id"]: Keywords.objects.create(
            **_placed(gate, row, sectors),
            seed_keyword=seeds[row["seed"]],
            cluster=clusters.get(row.get("cluster", "")),
            **{
                name: row[name]
                for name in ("status", "disabled", "volume_override", "difficulty_override")
                if name in row
            },
        )
        for row in _of(world.keywords, sectors)
    }
    for row in _of(world.ideas, sectors):
        idea = ContentIdeas.objects.create(
            **_placed(gate, row, sectors),
            idea_title=row["title"],
            keyword_cluster=clusters.get(row.get("cluster", "")),
            status=row.get("status", "new"),
        )
        for uid in row.get("keywords", ()):
            IdeaKeyword.objects.create(idea=idea, keyword=keywords[uid])


def _of(rows: Sequence[Mapping[str, Any]], sectors: Mapping[str, Sector]) -> Iterator[Mapping[str, Any]]:
    return (row for row in rows if row["sector"] in sectors)


def _placed(gate: Gate, row: Mapping[str, Any], sectors: Mapping[str, Sector]) -> dict[str, Any]:
    sector = sectors[row["sector"]]
    place = {
        "uid": row["id"],
        "account_id": sector.account_id,
        "site_id": sector.site_id,
        "sector_id": sector.pk,
    }
    return gate.born() | place | {"deleted_at": gate.at if row.get("deleted") else None}


def keyword(uid: str) -> Keywords:
    return Keywords.objects.select_related("cluster").get(uid=uid)


def placement(uid: str) -> tuple[str | None, str]:
    row = keyword(uid)
    return (row.cluster.uid if row.cluster else None, row.status)


def new_keyword(team: Team, uid: str, seed: str, **more: Any) -> Create:
    return Create("keyword", {"sector": team.sector.uid}, ("seed", *more), [[uid, seed, *more.values()]])
