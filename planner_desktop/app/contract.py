"""Names that `--json` promises. Changed only with a version; importing this costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KEYWORD_FIELDS = (
    *(
        "id",
        "keyword",
        "site",
        "site_id",
        "sector",
        "sector_id",
        "volume",
        "difficulty",
        "intent",
        "country",
        "cluster",
    ),
    *("status", "disabled", "volume_override", "difficulty_override", "sync"),
)

CLUSTER_FIELDS = (
    *(
        "id",
        "name",
        "description",
        "status",
        "disabled",
        "locked",
        "origin",
        "site",
        "site_id",
        "sector",
        "sector_id",
    ),
    *("keywords", "volume", "difficulty", "sync"),
)
IDEA_FIELDS = (
    *(
        "id",
        "title",
        "description",
        "cluster",
        "cluster_id",
        "status",
        "disabled",
        "content_type",
        "content_structure",
    ),
    *("estimated_word_count", "keywords", "site", "site_id", "sector", "sector_id", "sync"),
)
EXPORTED = {"keywords": KEYWORD_FIELDS, "clusters": CLUSTER_FIELDS, "ideas": IDEA_FIELDS}
"""The columns of what can be exported as a table."""

_TABLES = ("csv", "xlsx", "json")
EXPORT_FORMATS = {"keywords": _TABLES, "clusters": _TABLES, "ideas": _TABLES, "plan": ("md", "xlsx")}


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What to write where. `what` is one of EXPORT_FORMATS; without `form` the file's name says it, without `columns` a standard."""

    what: str
    file: Path
    form: str | None = None
    where: str = ""
    sort: str = ""
    columns: Sequence[str] = ()
    bom: bool = False
    site: str | None = None
    sector: str | None = None
