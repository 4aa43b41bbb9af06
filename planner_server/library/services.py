"""What staff and imports may do to the library. Seeds travel on the feed of their industry sector's scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count, islice
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.text import slugify

from planner_core.entities import NAME_LENGTH, VOLUME_LIMIT
from planner_core.figures import intent_mask, intent_text
from planner_core.text import fold, tidy
from planner_server import clock
from planner_server.accounts.models import AccountIndustry, AccountIndustrySector
from planner_server.feed import sql
from planner_server.feed.gate import Actor, Gate, new_scope, write, write_all
from planner_server.feed.models import Scope
from planner_server.library.models import Industry, IndustrySector, SeedKeyword
from planner_server.refusals import refuse

CHUNK = 10_000
"""Rows one transaction takes: pulls of the scope see an import grow, writers of it wait for one chunk only."""
_KEY_LENGTH = 512


class SeedRow(NamedTuple):
    """One seed keyword as a file or a form gives it. None (country: "") is unknown."""

    keyword: str
    volume: int | None = None
    difficulty: int | None = None
    intent: str | None = None
    """Comma list in any order and case."""
    country: str = ""


@dataclass(slots=True)
class SeedCounts:
    """What became of the rows. `merged` are repeats of a keyword within the import; `refused` is (position from 0, reason)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


class _Stored(NamedTuple):
    pk: int
    ver: int
    volume: int | None
    difficulty: int | None
    intent: str | None
    is_active: bool


class _Clean(NamedTuple):
    key: tuple[str, str]
    keyword: str
    volume: int | None
    difficulty: int | None
    intent: str | None


@transaction.atomic
def industry_upsert(*, name: str, slug: str = "") -> Industry:
    """Return the industry of that name, making it if the library has none."""
    title = tidy(name)
    if not title:
        raise refuse("invalid", "An industry needs a name.", "name")
    found = Industry.objects.filter(name=title).first()
    if found is not None:
        return found
    return Industry.objects.create(
        uid=clock.new_uid(),
        name=title,
        slug=slug or _free_slug(title, Industry.objects.values_list("slug", flat=True)),
        created_at=clock.now_ms(),
    )


def _free_slug(name: str, taken: Iterable[str]) -> str:
    """Return an address part made from the name: other names may come to the same ("C++", "C#")."""
    base = slugify(name)[:240] or clock.new_uid()
    used = set(taken)
    return next(one for one in chain([base], (f"{base}-{number}" for number in count(2))) if one not in used)


@transaction.atomic
def industry_sector_upsert(*, industry: Industry, name: str, slug: str = "") -> IndustrySector:
    """Return the sector of that name in the industry, making it, its scope and its line on the accounts' feeds if there is none."""
    title = tidy(name)
    if not title:
        raise refuse("invalid", "An industry sector needs a name.", "name")
    found = IndustrySector.objects.filter(industry=industry, name=title).first()
    if found is not None:
        return found
    uid = clock.new_uid()
    sector = IndustrySector.objects.create(
        uid=uid,
        industry=industry,
        scope=new_scope("library", uid),
        name=title,
        slug=slug or _free_slug(title, industry.sectors.values_list("slug", flat=True)),
        created_at=clock.now_ms(),
    )
    listings = AccountIndustry.objects.filter(industry=industry).values_list("scope_id", flat=True)
    for scope in Scope.objects.filter(pk__in=list(listings)).order_by("pk"):
        with write(scope, Actor("import", "library")) as gate:
            AccountIndustrySector.objects.create(
                scope=scope, ver=gate.version, uid=uid, industry_sector=sector
            )
    return sector


def industry_update(*, industry: Industry, actor: Actor, name: str, is_active: bool) -> None:
    """Rename an industry or switch it; every account that sees it hears of a new name. Slugs stay: sites are set up by them."""
    listings = AccountIndustry.objects.filter(industry=industry)
    is_renamed = Industry.objects.get(pk=industry.pk).name != name
    with write_all(
        _scopes(listings.values_list("scope_id", flat=True)) if is_renamed else (), actor
    ) as gates:
        Industry.objects.filter(pk=industry.pk).update(name=name, is_active=is_active)
        for scope_id, gate in gates.items():
            listings.filter(scope_id=scope_id).update(ver=gate.version)


def industry_sector_update(*, sector: IndustrySector, actor: Actor, name: str, is_active: bool) -> None:
    """Rename an industry sector or switch it; every account that sees it hears of a new name."""
    listings = AccountIndustrySector.objects.filter(industry_sector=sector)
    is_renamed = IndustrySector.objects.get(pk=sector.pk).name != name
    with write_all(
        _scopes(listings.values_list("scope_id", flat=True)) if is_renamed else (), actor
    ) as gates:
        IndustrySector.objects.filter(pk=sector.pk).update(name=name, is_active=is_active)
        for scope_id, gate in gates.items():
            listings.filter(scope_id=scope_id).update(ver=gate.version)


def _scopes(ids: Iterable[int]) -> list[Scope]:
    return list(Scope.objects.filter(pk__in=list(ids)))


def seed_update(
    *,
    seed: SeedKeyword,
    actor: Actor,
    volume: int | None,
    difficulty: int | None,
    intent: str | None,
    is_active: bool,
) -> bool:
    """Set the figures of a seed and whether it is offered; whether anything changed. None is unknown.

    Raises Refusal for a figure that cannot be. The text and the country are what makes a seed this seed: another is another seed.
    """
    trouble = seed_trouble(SeedRow(seed.keyword, volume, difficulty, intent, seed.country))
    if trouble is not None:
        raise refuse("invalid", trouble)
    wanted = (volume, difficulty, intent_text(intent_mask(intent)) if intent else None, is_active)
    with write(seed.scope, actor) as gate:
        seed.refresh_from_db()
        is_new = wanted != (seed.volume, seed.difficulty, seed.intent, seed.is_active)
        if is_new:
            seed.volume, seed.difficulty, seed.intent, seed.is_active = wanted
            seed.ver, seed.updated_at = gate.version, gate.at
            seed.save(update_fields=["volume", "difficulty", "intent", "is_active", "ver", "updated_at"])
    return is_new


def seed_trouble(row: SeedRow) -> str | None:
    """Return why a row cannot be a seed keyword, or None if it can."""
    text = tidy(row.keyword)
    if not text:
        return "keyword must not be empty."
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return "keyword holds a character that is no text."
    if len(text) > NAME_LENGTH or len(fold(text)) > _KEY_LENGTH:
        return f"keyword has {len(text)} characters; {NAME_LENGTH} fit."
    if row.volume is not None and not 0 <= row.volume <= VOLUME_LIMIT:
        return f"volume must be between 0 and {VOLUME_LIMIT}, not {row.volume}."
    if row.difficulty is not None and not 0 <= row.difficulty <= 100:
        return f"difficulty must be between 0 and 100, not {row.difficulty}."
    return f"country {row.country!r} is longer than 8 characters." if len(row.country) > 8 else None


def seeds_upsert(*, sector: IndustrySector, rows: Iterable[SeedRow], actor: Actor) -> SeedCounts:
    """Bring seeds into an industry sector, streaming; rows are the same keyword when text (folded) and country are.

    A row of an earlier import takes the new known figures; an unknown figure never replaces a known one. Repeats within the import
    merge: the one with the higher known volume wins, its unknown figures come from the other. Unusable rows are listed and left out.
    """
    counts = SeedCounts()
    first_version: int | None = None
    scope = sector.scope
    for chunk in _chunks(_clean(rows, counts)):
        with write(scope, actor) as gate:
            first_version = first_version or gate.version
            _take(gate, sector, _merged(chunk, counts), first_version, counts)
    return counts


def _clean(rows: Iterable[SeedRow], counts: SeedCounts) -> Iterator[_Clean]:
    for position, row in enumerate(rows):
        trouble = seed_trouble(row)
        if trouble is None:
            text = tidy(row.keyword)
            country = row.country.strip().upper()
            intent = intent_text(intent_mask(row.intent)) if row.intent else None
            yield _Clean((fold(text), country), text, row.volume, row.difficulty, intent)
        else:
            counts.refused.append((position, trouble))


def _chunks(rows: Iterator[_Clean]) -> Iterator[list[_Clean]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _better(first: _Clean, second: _Clean) -> _Clean:
    winner, other = (second, first) if (second.volume or -1) > (first.volume or -1) else (first, second)
    return winner._replace(
        volume=other.volume if winner.volume is None else winner.volume,
        difficulty=other.difficulty if winner.difficulty is None else winner.difficulty,
        intent=winner.intent or other.intent,
    )


def _merged(chunk: list[_Clean], counts: SeedCounts) -> dict[tuple[str, str], _Clean]:
    rows: dict[tuple[str, str], _Clean] = {}
    for row in chunk:
        former = rows.get(row.key)
        rows[row.key] = row if former is None else _better(former, row)
    counts.merged += len(chunk) - len(rows)
    return rows


def _take(
    gate: Gate,
    sector: IndustrySector,
    rows: dict[tuple[str, str], _Clean],
    first_version: int,
    counts: SeedCounts,
) -> None:
    stored = _stored(sector.pk, [key for key, _ in rows])
    updates: list[tuple[Any, ...]] = []
    for key, row in rows.items():
        if key not in stored:
            continue
        old = stored[key]
        if old.ver >= first_version:
            counts.merged += 1
            merged = _better(_Clean(key, "", old.volume, old.difficulty, old.intent), row)
        else:
            merged = row._replace(
                volume=old.volume if row.volume is None else row.volume,
                difficulty=old.difficulty if row.difficulty is None else row.difficulty,
                intent=row.intent or old.intent,
            )
        new = (merged.volume, merged.difficulty, merged.intent, True)
        if new != (old.volume, old.difficulty, old.intent, old.is_active):
            updates.append((*new, gate.version, gate.at, old.pk))
        if old.ver < first_version:
            changed = new != (old.volume, old.difficulty, old.intent, old.is_active)
            counts.updated += changed
            counts.unchanged += not changed
    fresh = [row for key, row in rows.items() if key not in stored]
    counts.created += len(fresh)
    _insert(gate, sector, fresh)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE library_seedkeyword SET volume = %s, difficulty = %s, intent = %s, is_active = %s, ver = %s, updated_at = %s"
            " WHERE id = %s",
            updates,
        )


def _stored(sector_id: int, keys: list[str]) -> dict[tuple[str, str], _Stored]:
    condition, keys_param = sql.among("keyword_key", keys)
    return {
        (key, country): _Stored(pk, ver, volume, difficulty, intent, bool(is_active))
        for key, country, pk, ver, volume, difficulty, intent, is_active in sql.rows(
            "SELECT keyword_key, country, id, ver, volume, difficulty, intent, is_active FROM library_seedkeyword"
            f" WHERE sector_id = %s AND {condition}",
            [sector_id, keys_param],
        )
    }


def _insert(gate: Gate, sector: IndustrySector, rows: list[_Clean]) -> None:
    if not rows:
        return
    common = {**gate.born(), "field_meta": "{}", "extra": "{}"}
    common |= {"industry_id": sector.industry_id, "sector_id": sector.pk, "is_active": True}
    values = [
        (uid, row.keyword, *row.key, row.volume, row.difficulty, row.intent)
        for uid, row in zip(clock.new_uids(len(rows)), rows, strict=True)
    ]
    sql.insert_many("library_seedkeyword", _SEED_COLUMNS, values, common)


_SEED_COLUMNS = ("uid", "keyword", "keyword_key", "country", "volume", "difficulty", "intent")
