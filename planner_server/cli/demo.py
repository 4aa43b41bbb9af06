"""A demo account that looks like one in use: a library, two sites, keywords, clusters, a few ideas."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from planner_core.commands import (
    AddKeywordsFromSeeds,
    AssignCluster,
    Command,
    CreateCluster,
    CreateIdea,
    SetEnabled,
    SetOverride,
)
from planner_core.entities import Value
from planner_core.text import fold
from planner_server import clock
from planner_server.accounts.models import Account, Sector, Site, User
from planner_server.accounts.services import account_create, site_create, site_grant, site_scope, user_create
from planner_server.cli.console import RULE, USAGE, Failure, progress
from planner_server.cli.vocabulary import (
    MadeSeed,
    SectorWords,
    Vocabulary,
    capacity,
    load_vocabulary,
    make_seeds,
)
from planner_server.feed.gate import Actor, write
from planner_server.library.models import IndustrySector, SeedKeyword
from planner_server.library.services import SeedRow, industry_sector_upsert, industry_upsert, seeds_upsert
from planner_server.planning.models import Clusters, Keywords
from planner_server.planning.services import carry_out

FILE = "demo.json"
ACCOUNT = "Northlight Media"
OWNER, EDITOR = ("owner@demo.planner.example", "Ada Keller"), ("editor@demo.planner.example", "Ben Ortiz")
SITES = {
    "Home Office": ("Northlight Office", "northlight-office.example"),
    "Outdoor Gear": ("Trailhead Outfitters", "trailhead-outfitters.example"),
}
CLUSTERS_A_SECTOR = 10
PART = 2_000
LIBRARY = Actor("import", "demo-data")


@dataclass(frozen=True, slots=True)
class Branch:
    """One industry sector of the demo with the words its seeds are made from, and how many rows it gets."""

    words: SectorWords
    library: IndustrySector
    seeds: int
    keywords: int


def make_demo(*, keywords: int, seeds: int) -> dict[str, Any]:
    """Make what is missing and return the JSON document. Raises Failure when more is asked than the words or the seeds give."""
    if keywords > seeds:
        raise Failure(
            "usage",
            f"{keywords:,} keywords need as many seeds, not {seeds:,}.",
            "Raise --seeds or lower --keywords.",
            USAGE,
        )
    vocabulary = load_vocabulary()
    with progress("Seeds", seeds) as advance:
        branches = []
        for branch in _branches(vocabulary, keywords=keywords, seeds=seeds):
            _fill_library(vocabulary, branch)
            branches.append(branch)
            advance(branch.seeds)
    people = _people()
    sites = _sites(people, branches)
    with progress("Keywords", keywords) as advance:
        for branch in branches:
            sector = Sector.objects.select_related("site").get(
                site=sites[branch.words.industry], industry_sector=branch.library
            )
            _plan_sector(vocabulary, branch, sector, Actor("user", people.owner.uid))
            advance(branch.keywords)
    return people.document | {
        "file": str(people.file),
        "sites": [{"id": site.uid, "name": site.name, "slug": site.slug} for site in sites.values()],
        "seeds": SeedKeyword.objects.filter(sector__in=[branch.library for branch in branches]).count(),
        "keywords": Keywords.objects.filter(account=people.account, deleted_at=None).count(),
        "clusters": Clusters.objects.filter(account=people.account, deleted_at=None).count(),
    }


# ---------------------------------------------------------------- library


def _branches(vocabulary: Vocabulary, *, keywords: int, seeds: int) -> Iterator[Branch]:
    number = len(vocabulary.sectors)
    for place, words in enumerate(vocabulary.sectors):
        share = seeds // number + (place < seeds % number)
        if share > capacity(vocabulary, words) // 2:
            most = number * min(capacity(vocabulary, one) // 2 for one in vocabulary.sectors)
            raise Failure("usage", f"The demo's words give at most {most:,} seeds.", "Lower --seeds.", USAGE)
        library = industry_sector_upsert(industry=industry_upsert(name=words.industry), name=words.name)
        yield Branch(words, library, share, keywords // number + (place < keywords % number))


def _fill_library(vocabulary: Vocabulary, branch: Branch) -> None:
    # A longer list begins with the shorter one, so the number says whether anything is missing.
    if branch.library.seeds.filter(deleted_at=None).count() >= branch.seeds:
        return
    made = make_seeds(vocabulary, branch.words, branch.seeds)
    rows = (SeedRow(one.keyword, one.volume, one.difficulty, one.intent, one.country) for one in made)
    seeds_upsert(sector=branch.library, rows=rows, actor=LIBRARY)


# ---------------------------------------------------------------- people and sites


@dataclass(frozen=True, slots=True)
class People:
    """Who can sign in, and the file that says how."""

    account: Account
    owner: User
    editor: User
    file: Path
    document: dict[str, Any]


def _people() -> People:
    """Return the demo's people. A file that is lost or of another database gets new passwords: nobody could sign in otherwise."""
    file = Path(settings.DATA_DIR) / FILE
    known = _read(file)
    with transaction.atomic():
        owner = User.objects.filter(email=OWNER[0]).select_related("account").first()
        account = account_create(name=ACCOUNT) if owner is None else owner.account
        passwords = [str(known.get("password", "")), str((known.get("editor") or {}).get("password", ""))]
        users = []
        for place, ((email, name), role) in enumerate(((OWNER, User.Role.OWNER), (EDITOR, User.Role.EDITOR))):
            user = User.objects.filter(email=email).first()
            if user is not None and user.account_id != account.pk:
                raise Failure(
                    "demo",
                    f"{email} belongs to another account.",
                    "Use another --data-dir for the demo.",
                    RULE,
                )
            if user is None or not passwords[place] or not user.check_password(passwords[place]):
                passwords[place] = secrets.token_urlsafe(12)
                user = user or user_create(account=account, email=email, password=None, name=name, role=role)
                user.set_password(passwords[place])
                user.save(update_fields=["password"])
            users.append(user)
    document = {
        "email": OWNER[0],
        "password": passwords[0],
        "editor": {"email": EDITOR[0], "password": passwords[1]},
        "account": account.name,
    }
    if document != known:
        _write(file, document)
    return People(account, users[0], users[1], file, document)


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _write(file: Path, document: dict[str, Any]) -> None:
    draft = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        json.dump(document, output, indent=2)
        output.write("\n")
    draft.replace(file)


def _sites(people: People, branches: list[Branch]) -> dict[str, Site]:
    sites: dict[str, Site] = {}
    for industry_name, (name, domain) in SITES.items():
        sectors = [branch.library for branch in branches if branch.words.industry == industry_name]
        site = Site.objects.filter(account=people.account, name=name, deleted_at=None).first()
        if site is None:
            site = site_create(
                account=people.account,
                actor=Actor("user", people.owner.uid),
                name=name,
                domain=domain,
                industry=sectors[0].industry,
                sectors=sectors,
            )
        site_grant(user=people.editor, site=site)
        sites[industry_name] = site
    return sites


# ---------------------------------------------------------------- planning


def _plan_sector(vocabulary: Vocabulary, branch: Branch, sector: Sector, actor: Actor) -> None:
    present = Keywords.objects.filter(sector=sector, deleted_at=None).count()
    if present >= branch.keywords:
        return
    wanted = list(make_seeds(vocabulary, branch.words, branch.keywords))
    uid_of = _seed_uids(branch.library, wanted)
    topic_of = {uid_of[fold(one.keyword)]: one.topic for one in wanted}
    for command in _commands_in_parts(sector, list(topic_of)):
        _carry_out(sector, actor, [command])
    if not present:
        _carry_out(sector, actor, list(_touches(branch.words, sector, topic_of)))


def _seed_uids(library: IndustrySector, wanted: list[MadeSeed]) -> dict[str, str]:
    keys = {fold(one.keyword) for one in wanted}
    known = library.seeds.filter(deleted_at=None).values_list("keyword_key", "uid")
    return {key: uid for key, uid in known.iterator() if key in keys}


def _commands_in_parts(sector: Sector, seeds: list[str]) -> Iterator[Command]:
    for start in range(0, len(seeds), PART):
        part = seeds[start : start + PART]
        yield AddKeywordsFromSeeds(sector.uid, part, clock.new_uids(len(part)))


def _carry_out(sector: Sector, actor: Actor, commands: list[Command]) -> None:
    with write(site_scope(sector.site), actor) as gate:
        for command in commands:
            decision = carry_out(gate, command)
            if decision.refused:
                raise Failure("demo", decision.refused[0].message, "", RULE)


def _touches(words: SectorWords, sector: Sector, topic_of: dict[str, str]) -> Iterator[Command]:
    """Give what people did to the sector since: clusters for its first topics, some overrides, a few rows off, some ideas."""
    rows = (
        Keywords.objects.filter(sector=sector, deleted_at=None)
        .order_by("id")
        .values_list("uid", "seed_keyword__uid")
    )
    by_topic: dict[str, list[str]] = {}
    for uid, seed in rows:
        by_topic.setdefault(topic_of.get(seed, ""), []).append(uid)
    for number, topic in enumerate(words.heads[:CLUSTERS_A_SECTOR]):
        members = by_topic.get(topic, [])
        if not members:
            continue
        cluster = clock.new_uid()
        yield CreateCluster(cluster, sector.uid, topic[0].upper() + topic[1:])
        # Every fourth keyword is still to be sorted: a new keyword is what the editor works on.
        inside = [uid for place, uid in enumerate(members) if place % 4 != 3]
        yield AssignCluster(inside, cluster)
        if number % 3 == 0:
            values: dict[str, Value] = {
                "title": f"How to choose a {topic}",
                "cluster": cluster,
                "estimated_word_count": 1_200 + 100 * number,
            }
            yield CreateIdea(clock.new_uid(), sector.uid, values, inside[:5])
    everything = [uid for members in by_topic.values() for uid in members]
    yield SetOverride("volume", everything[7::97], 1_000)
    yield SetOverride("difficulty", everything[11::131], 35)
    yield SetEnabled("keyword", everything[13::89], enabled=False)
