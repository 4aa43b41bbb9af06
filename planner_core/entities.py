"""The planner's entities as data: which fields they have, who may write them, and which fields are decided together.

A *group* is the unit of comparison: a compare-and-set, a conflict and an undo speak of a group's values as one tuple, so that
coupled fields (a keyword's cluster and status) can never be torn apart by two people. Most groups hold one field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Value = None | bool | int | str
"""A field's value as rules, operations and the wire know it. References are uids; unknown is None, never 0."""

Values = tuple[Value, ...]
"""The values of one group, in the group's field order."""

NEW, MAPPED, QUEUED, COMPLETED = "new", "mapped", "queued", "completed"
CONTENT_TYPES = ("post", "page", "product", "taxonomy")
CONTENT_STRUCTURES = (
    *("article", "guide", "comparison", "review", "listicle"),
    *("landing_page", "business_page", "service_page", "general", "cluster_hub"),
    "product_page",
    *("category_archive", "tag_archive", "attribute_archive"),
)
ORIGINS = ("hand", "ai", "import")

NAME_LENGTH = 255
TEXT_LENGTH = 100_000
VOLUME_LIMIT = 2_000_000_000
WORD_COUNT_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Field:
    """One synced field of an entity."""

    name: str
    kind: Literal["text", "int", "bool", "choice", "ref", "refs", "time"]
    default: Value = None
    nullable: bool = False
    writable: bool = True
    """False: set at creation and never again (seed, sector), or kept by the platform."""
    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0
    refers_to: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields compared, decided and undone as one."""

    name: str
    fields: tuple[str, ...]
    protected: bool = True
    """True: two people's different values go to Review. False: the later push wins (flags of low value)."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of row that travels on the feed; `fields` is also its column order there."""

    name: str
    plural: str
    fields: tuple[Field, ...]
    groups: tuple[Group, ...] = ()

    def field(self, name: str) -> Field:
        """Return the field of that name; KeyError if there is none."""
        return _FIELDS[self.name][name]

    def group(self, name: str) -> Group:
        """Return the group of that name; KeyError if there is none."""
        return _GROUPS[self.name][name]

    def group_of(self, field: str) -> Group:
        """Return the group a writable field belongs to; KeyError for a field that no client may write."""
        return _GROUP_OF[self.name][field]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the fields in wire order."""
        return tuple(field.name for field in self.fields)


def _flag(name: str) -> Field:
    return Field(name, "bool", default=False)


def _created_at() -> Field:
    return Field("created_at", "time", writable=False, nullable=True)


def _sector() -> Field:
    return Field("sector", "ref", writable=False, refers_to="sector")


def _single(name: str, *, protected: bool = True) -> Group:
    return Group(name, (name,), protected)


KEYWORD = Entity(
    "keyword",
    "keywords",
    (
        Field("seed", "ref", writable=False, refers_to="seed"),
        _sector(),
        Field("cluster", "ref", nullable=True, refers_to="cluster"),
        Field("status", "choice", default=NEW, choices=(NEW, MAPPED)),
        _flag("disabled"),
        Field("volume_override", "int", nullable=True, maximum=VOLUME_LIMIT),
        Field("difficulty_override", "int", nullable=True, maximum=100),
        _created_at(),
    ),
    (
        Group("placement", ("cluster", "status")),
        _single("volume_override"),
        _single("difficulty_override"),
        _single("disabled", protected=False),
    ),
)

CLUSTER = Entity(
    "cluster",
    "clusters",
    (
        _sector(),
        Field("name", "text", minimum=1, maximum=NAME_LENGTH),
        Field("description", "text", default="", maximum=TEXT_LENGTH),
        Field("status", "choice", default=NEW, choices=(NEW, MAPPED)),
        _flag("disabled"),
        _flag("locked"),
        Field("origin", "choice", default="hand", choices=ORIGINS),
        _created_at(),
    ),
    (
        _single("name"),
        _single("description"),
        _single("status"),
        _single("disabled", protected=False),
        _single("locked", protected=False),
        _single("origin", protected=False),
    ),
)

IDEA = Entity(
    "idea",
    "ideas",
    (
        _sector(),
        Field("title", "text", minimum=1, maximum=NAME_LENGTH),
        Field("description", "text", default="", maximum=TEXT_LENGTH),
        Field("cluster", "ref", nullable=True, refers_to="cluster"),
        Field("status", "choice", default=NEW, choices=(NEW, QUEUED, COMPLETED)),
        _flag("disabled"),
        Field("content_type", "choice", default="post", choices=CONTENT_TYPES),
        Field("content_structure", "choice", default="article", choices=CONTENT_STRUCTURES),
        Field("estimated_word_count", "int", default=1000, maximum=WORD_COUNT_LIMIT),
        Field("keyword_objects", "refs", refers_to="keyword"),
        _created_at(),
    ),
    (
        _single("title"),
        _single("description"),
        _single("cluster"),
        _single("status"),
        _single("disabled", protected=False),
        Group("kind", ("content_type", "content_structure")),
        _single("estimated_word_count"),
    ),
)

TASK = Entity(
    "task",
    "tasks",
    (
        _sector(),
        Field("idea", "ref", nullable=True, writable=False, refers_to="idea"),
        Field("cluster", "ref", nullable=True, writable=False, refers_to="cluster"),
        Field("title", "text", writable=False),
        Field("status", "choice", default=QUEUED, writable=False, choices=(QUEUED, COMPLETED)),
        _created_at(),
    ),
)

SEED = Entity(
    "seed",
    "seed keywords",
    (
        Field("keyword", "text", writable=False),
        Field("volume", "int", nullable=True, writable=False),
        Field("difficulty", "int", nullable=True, writable=False),
        Field("intent", "text", nullable=True, writable=False),
        Field("country", "text", nullable=True, writable=False),
        Field("is_active", "bool", default=True, writable=False),
    ),
)

INDUSTRY = Entity(
    "industry", "industries", (Field("name", "text", writable=False), Field("slug", "text", writable=False))
)
INDUSTRY_SECTOR = Entity(
    "industry_sector",
    "industry sectors",
    (
        Field("industry", "ref", writable=False, refers_to="industry"),
        Field("name", "text", writable=False),
        Field("slug", "text", writable=False),
    ),
)
SITE = Entity(
    "site",
    "sites",
    (
        Field("name", "text", writable=False),
        Field("slug", "text", writable=False),
        Field("domain", "text", writable=False),
        Field("industry", "ref", nullable=True, writable=False, refers_to="industry"),
        Field("is_active", "bool", default=True, writable=False),
    ),
)
SECTOR = Entity(
    "sector",
    "sectors",
    (
        Field("site", "ref", writable=False, refers_to="site"),
        Field("industry_sector", "ref", nullable=True, writable=False, refers_to="industry_sector"),
        Field("name", "text", writable=False),
        Field("slug", "text", writable=False),
        Field("is_active", "bool", default=True, writable=False),
    ),
)

SCOPE_ENTITIES: dict[str, tuple[Entity, ...]] = {
    "account": (INDUSTRY, INDUSTRY_SECTOR, SITE, SECTOR),
    "library": (SEED,),
    "site": (CLUSTER, KEYWORD, IDEA, TASK),
}
"""Scope kind -> its entities in dependency order, which is also their rank within one version of the feed."""

ENTITIES: dict[str, Entity] = {entity.name: entity for kind in SCOPE_ENTITIES.values() for entity in kind}
EDITABLE: tuple[Entity, ...] = (CLUSTER, KEYWORD, IDEA)

_FIELDS = {e.name: {f.name: f for f in e.fields} for e in ENTITIES.values()}
_GROUPS = {e.name: {g.name: g for g in e.groups} for e in ENTITIES.values()}
_GROUP_OF = {e.name: {f: g for g in e.groups for f in g.fields} for e in ENTITIES.values()}


def rank(entity: str) -> int:
    """Return the place of an entity within its scope's feed: lower comes first at the same version."""
    for entities in SCOPE_ENTITIES.values():
        for place, candidate in enumerate(entities):
            if candidate.name == entity:
                return place
    raise KeyError(entity)
