"""A site plan: site, sectors, clusters with their keywords and figures, ideas; as Markdown to be read and as a workbook to be counted.

Keywords come in the order of their clusters and are read piece by piece, so that a plan of a million keywords needs no more memory
than one of ten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from planner_desktop.columns.extract import Extract, Part
from planner_desktop.exporting import xlsxfile
from planner_desktop.exporting.target import Told

FIELDS = ("keyword", "volume", "difficulty", "intent", "country", "status", "disabled", "cluster")
"""What `Sector.keywords` has to hold, in this order, sorted by cluster."""
LOOSE = "Without a cluster"
_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sector:
    """One sector: its keywords, its clusters by row key in the order of their names, and its ideas (rows of the `--json` shapes)."""

    name: str
    keywords: Extract
    clusters: Mapping[int, Row]
    ideas: Sequence[Row]

    def sections(self) -> Iterator[tuple[Row | None, Part, list[Row]]]:
        """Yield (cluster or None, its keywords' place, its ideas), clusters without keywords too, what has no cluster last."""
        parts = {part.cluster: part for part in self.keywords.parts()}
        ideas: dict[str | None, list[Row]] = {}
        known = {row["id"] for row in self.clusters.values()}
        for idea in self.ideas:
            ideas.setdefault(idea["cluster_id"] if idea["cluster_id"] in known else None, []).append(idea)
        for key, row in self.clusters.items():
            yield row, parts.pop(key, Part(key, 0, 0, 0, None)), ideas.pop(row["id"], [])
        # A cluster that came while the plan was made counts as none.
        rest = [*parts.values()]
        for part in rest[:-1]:
            yield None, part, []
        if rest or ideas:
            yield None, rest[-1] if rest else Part(None, 0, 0, 0, None), ideas.get(None, [])

    @property
    def volume(self) -> int:
        """Return the sum of volumes."""
        return sum(part.volume for part in self.keywords.parts())


@dataclass(frozen=True, slots=True)
class Site:
    """One site with its sectors."""

    name: str
    domain: str
    industry: str
    sectors: Sequence[Sector]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written. `where` is the query that chose the keywords, "" for all; `day` the day it was made."""

    sites: Sequence[Site]
    where: str
    day: str


# ---------------------------------------------------------------------- Markdown


def write_markdown(path: Path, plan: Plan, told: Told) -> int:
    """Write a plan; return how many keywords it has."""
    done = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for number, site in enumerate(plan.sites):
            out.write("\n" if number else "")
            out.writelines(f"{line}\n" for line in _site(site, plan))
            for sector in site.sectors:
                out.writelines(f"{line}\n" for line in _sector(sector))
                for cluster, part, ideas in sector.sections():
                    out.writelines(f"{line}\n" for line in _cluster(cluster, part))
                    done = _table(out, sector.keywords, part, done, told)
                    out.writelines(f"{line}\n" for line in _ideas(ideas))
    told(done)
    return done


def _site(site: Site, plan: Plan) -> Iterator[str]:
    yield f"# Site plan: {plain(site.name)}"
    yield ""
    about = [plain(part) for part in (site.domain, site.industry) if part]
    yield " · ".join([*about, f"made {plan.day}"])
    yield ""
    if plan.where:
        yield f"Only keywords that match `{plan.where.replace('`', ' ')}`; the figures are theirs."
        yield ""
    yield "| Sector | Clusters | Keywords | Volume | Ideas |"
    yield "|---|---:|---:|---:|---:|"
    for sector in site.sectors:
        yield (
            f"| {plain(sector.name)} | {len(sector.clusters):,} | {len(sector.keywords):,} | {sector.volume:,} "
            f"| {len(sector.ideas):,} |"
        )
    yield ""


def _sector(sector: Sector) -> Iterator[str]:
    yield f"## {plain(sector.name)}"
    yield ""
    yield (
        f"{_counted(len(sector.clusters), 'cluster')} · {_counted(len(sector.keywords), 'keyword')}"
        f" · volume {sector.volume:,} · {_counted(len(sector.ideas), 'idea')}"
    )
    yield ""


def _cluster(cluster: Row | None, part: Part) -> Iterator[str]:
    yield f"### {plain(cluster['name']) if cluster is not None else LOOSE}"
    yield ""
    if cluster is not None and cluster["description"]:
        yield plain(cluster["description"])
        yield ""
    facts = [_counted(part.stop - part.start, "keyword"), f"volume {part.volume:,}"]
    if part.difficulty is not None:
        facts.append(f"difficulty {part.difficulty:.0f}")
    if cluster is not None:
        facts += [str(cluster["status"])] + ["disabled"] * bool(cluster["disabled"])
    yield " · ".join(facts)
    yield ""


def _table(out: TextIO, keywords: Extract, part: Part, done: int, told: Told) -> int:
    if part.start == part.stop:
        return done
    out.write("| Keyword | Volume | Difficulty | Intent | Country | Status |\n|---|---:|---:|---|---|---|\n")
    for piece in keywords.pieces(part.start, part.stop):
        lines = [_line(row) for row in zip(*piece, strict=True)]
        out.write("".join(lines))
        done += len(lines)
        told(done)
    out.write("\n")
    return done


def _line(row: Sequence[Any]) -> str:
    text, volume, difficulty, intent, country, status, disabled, _ = row
    figures = f"{'' if volume is None else f'{volume:,}'} | {'' if difficulty is None else difficulty}"
    standing = f"{status}, disabled" if disabled else status
    return f"| {plain(text)} | {figures} | {(intent or '').replace(',', ', ')} | {country or ''} | {standing} |\n"


def _ideas(ideas: Sequence[Row]) -> Iterator[str]:
    if not ideas:
        return
    yield "Ideas:"
    yield ""
    for idea in ideas:
        facts = f"{idea['content_type']}, {idea['content_structure']}, {idea['estimated_word_count']:,} words, {idea['status']}"
        about = f": {plain(idea['description'])}" if idea["description"] else ""
        named = f" Keywords: {plain(', '.join(idea['keywords']))}." if idea["keywords"] else ""
        yield f"- **{plain(idea['title'])}** ({facts}){about}{named}"
    yield ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


# ---------------------------------------------------------------------- XLSX

_KEYWORD_TITLES = (
    "Keyword",
    "Volume",
    "Difficulty",
    "Intent",
    "Country",
    "Cluster",
    "Status",
    "Disabled",
    "Sector",
    "Site",
)
_IDEA_FIELDS = ("title", "cluster", "status", "content_type", "content_structure", "estimated_word_count")


def write_workbook(path: Path, plan: Plan, told: Told) -> int:
    """Write a plan as four sheets; return how many keywords it has."""
    total = sum(len(sector.keywords) for site in plan.sites for sector in site.sectors)
    sheets = (
        xlsxfile.Sheet(
            "Plan", ("Site", "Sector", "Clusters", "Keywords", "Volume", "Ideas"), _plan_rows(plan)
        ),
        xlsxfile.Sheet(
            "Clusters",
            (
                "Cluster",
                "Description",
                "Status",
                "Disabled",
                "Keywords",
                "Volume",
                "Difficulty",
                "Ideas",
                "Sector",
                "Site",
            ),
            _cluster_rows(plan),
        ),
        xlsxfile.Sheet("Keywords", _KEYWORD_TITLES, _keyword_rows(plan)),
        xlsxfile.Sheet(
            "Ideas",
            (
                "Title",
                "Cluster",
                "Status",
                "Type",
                "Structure",
                "Words",
                "Description",
                "Keywords in it",
                "Sector",
                "Site",
            ),
            _idea_rows(plan),
        ),
    )
    xlsxfile.write(path, sheets, told)
    return total


def _all(plan: Plan) -> Iterator[tuple[Site, Sector]]:
    return chain.from_iterable(((site, sector) for sector in site.sectors) for site in plan.sites)


def _plan_rows(plan: Plan) -> Iterator[Sequence[Any]]:
    for site, sector in _all(plan):
        yield (
            site.name,
            sector.name,
            len(sector.clusters),
            len(sector.keywords),
            sector.volume,
            len(sector.ideas),
        )


def _cluster_rows(plan: Plan) -> Iterator[Sequence[Any]]:
    for site, sector in _all(plan):
        for cluster, part, ideas in sector.sections():
            if cluster is not None:
                about = [cluster[name] for name in ("name", "description", "status", "disabled")]
                figures = (part.stop - part.start, part.volume, part.difficulty, len(ideas))
                yield (*about, *figures, sector.name, site.name)


def _keyword_rows(plan: Plan) -> Iterator[Sequence[Any]]:
    for site, sector in _all(plan):
        for row in xlsxfile.rows_of(sector.keywords):
            *front, status, disabled, cluster = row
            yield (*front, cluster, status, disabled, sector.name, site.name)


def _idea_rows(plan: Plan) -> Iterator[Sequence[Any]]:
    for site, sector in _all(plan):
        for idea in sector.ideas:
            front = [idea[name] for name in _IDEA_FIELDS]
            yield (*front, idea["description"], ", ".join(idea["keywords"]), sector.name, site.name)
