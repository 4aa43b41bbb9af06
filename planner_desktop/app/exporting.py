"""Exports: what is to be written is settled at once (`prepare…`), the file is written afterwards on any thread (`Job.write`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_core.query import Query, QueryError, SortKey, parse, parse_sort
from planner_desktop.app import shapes
from planner_desktop.app.contract import EXPORT_FORMATS, EXPORTED, KEYWORD_FIELDS, ExportWish
from planner_desktop.columns import Keys, KeywordColumns
from planner_desktop.columns.extract import Extract
from planner_desktop.exporting import Told, csvfile, jsonfile, replacing, siteplan, xlsxfile
from sync.errors import InvalidUsage

if TYPE_CHECKING:
    from planner_desktop.app.store import Store
    from sync.clock import Clock

Row = dict[str, Any]
STANDARD = (
    *("keyword", "volume", "difficulty", "intent", "country", "cluster", "status", "disabled"),
    *("sector", "site", "volume_override", "difficulty_override"),
)
"""Columns of a keyword table where nobody chooses."""
_BY_CLUSTER = "cluster,-volume"


def title(field: str) -> str:
    """Return a field's name as the heading of a column."""
    return field.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Job:
    """One file to be written. `rows` is how many it will have; `unknown` names (field, name) the query means and nobody has."""

    file: Path
    form: str
    rows: int
    _write: Callable[[Path, Told], int]
    unknown: Sequence[tuple[str, str]] = ()

    def write(self, told: Told = lambda _rows: None) -> int:
        """Write the file; return its rows. Any thread. Raises InvalidUsage, DiskFull, and whatever `told` raises; then nothing changed."""
        with replacing(self.file) as path:
            return self._write(path, told)


class Exports:
    """Exports of one account. `prepare`… belong to the thread of the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @contextmanager
    def apart(self) -> Iterator[Exports]:
        """Have exports with a reader and columns of their own, for another thread: preparing a plan reads a lot."""
        store = self._store.apart()
        try:
            yield Exports(store, self._clock)
        finally:
            store.reader.close()

    def prepare(self, wish: ExportWish) -> Job:
        """Return the job that writes keywords, clusters, ideas or the plan of a place.

        Raises InvalidUsage for a column, format or query that is none, NotFound, Ambiguous.
        """
        what = wish.what
        form = format_of(wish)
        if what == "plan" and (wish.columns or wish.sort):
            raise InvalidUsage(
                "no_columns", "A plan has its own columns and order.", "Leave --columns and --sort out."
            )
        site, sector = self._store.places.scope(wish.site, wish.sector)
        query, order = _read(wish)
        # Which names are known is asked after the selecting: that is what brings tags and imports of the profile in.
        if what == "plan":
            plan = self._plan(wish, query, site, sector)
            unknown = self._store.unknown_names(query)
            return Job(wish.file, form, _size(plan), partial(_write_plan, form, plan), unknown)
        if what == "keywords":
            keys = self._store.select(query, order, site, sector)
            fields = chosen(wish.columns, KEYWORD_FIELDS, KEYWORD_FIELDS if form == "json" else STANDARD)
            unknown = self._store.unknown_names(query)
            return self._keywords(self._store.columns, keys, fields, wish, form, unknown)
        fields = chosen(wish.columns, EXPORTED[what], EXPORTED[what])
        rows = self._store.cluster_rows(site, sector) if what == "clusters" else self._ideas(site, sector)
        if wish.where:
            rows = _touched(rows, self._named(self._store.select(query, (), site, sector)))
        rows = sorted_rows(rows, wish.sort, EXPORTED[what])
        unknown = self._store.unknown_names(query)
        return Job(wish.file, form, len(rows), partial(_write_rows, form, wish, fields, rows), unknown)

    def prepare_keys(self, columns: KeywordColumns, keys: Sequence[int] | Keys, wish: ExportWish) -> Job:
        """Return the job that writes keywords given by row key, in that order, from columns the caller holds."""
        return self._keywords(
            columns, keys, chosen(wish.columns, KEYWORD_FIELDS, STANDARD), wish, format_of(wish), ()
        )

    def _keywords(
        self,
        columns: KeywordColumns,
        keys: Sequence[int] | Keys,
        fields: Sequence[str],
        wish: ExportWish,
        form: str,
        unknown: Sequence[tuple[str, str]],
    ) -> Job:
        found = self._extract(columns, keys, fields)
        return Job(wish.file, form, len(found), partial(_write_keywords, form, wish, found), unknown)

    def _plan(self, wish: ExportWish, query: Query, site: str | None, sector: str | None) -> siteplan.Plan:
        """Return the plan of a site or sector (ids), or of all; the query chooses its keywords."""
        store = self._store
        clusters, ideas = store.reader.clusters(site=site, sector=sector), self._ideas(site, sector)
        by_site: dict[str, list[siteplan.Sector]] = {}
        for home in store.reader.sectors(site):
            if sector in (None, home.id):
                keys = store.select(query, parse_sort(_BY_CLUSTER), home.site_id, home.id)
                by_site.setdefault(home.site_id, []).append(
                    siteplan.Sector(
                        home.name,
                        self._extract(store.columns, keys, siteplan.FIELDS),
                        {row.key: shapes.cluster(row) for row in clusters if row.sector_id == home.id},
                        [row for row in ideas if row["sector_id"] == home.id],
                    )
                )
        sites = [
            siteplan.Site(row.name, row.domain, row.industry, by_site[row.id])
            for row in store.reader.sites()
            if row.id in by_site
        ]
        return siteplan.Plan(sites, wish.where, str(shapes.moment(self._clock.now_ms()))[:10])

    # ------------------------------------------------------------ rows

    def _extract(self, columns: KeywordColumns, keys: Sequence[int] | Keys, fields: Sequence[str]) -> Extract:
        uids: dict[str, dict[int, str]] = {}
        if "site_id" in fields or "sector_id" in fields:
            with self._store.reading() as reader:
                uids["site"] = {row.key: row.id for row in reader.sites()}
                uids["sector"] = {row.key: row.id for row in reader.sectors()}
        return columns.extract(keys, fields, uids, self._ids if "id" in fields else None)

    def _ids(self, keys: Sequence[int]) -> Mapping[int, str]:
        """Return uids by row key. Whichever thread asks reads with a connection of its own."""
        with self._store.reading() as reader:
            found = reader.keyword_uids(keys)
            if len(found) != len(keys):
                # One went to another key or to nothing since: then each is asked for itself.
                return {key: uid for key in keys for uid in reader.keyword_uids([key])}
        return dict(zip(keys, found, strict=True))

    def _ideas(self, site: str | None, sector: str | None) -> list[Row]:
        rows = self._store.reader.ideas(site=site, sector=sector)
        wanted = list(dict.fromkeys(uid for row in rows for uid in row.keywords))
        keys = self._store.reader.keyword_keys(wanted)
        texts = {row["key"]: row["keyword"] for row in self._store.reader.keyword_page([*keys.values()])}
        return [
            shapes.idea(row, [texts[keys[uid]] for uid in row.keywords if keys.get(uid) in texts])
            for row in rows
        ]

    def _named(self, keys: Sequence[int]) -> tuple[set[str], set[str]]:
        """Return the clusters (sector and name) and the keywords of a selection."""
        found = self._extract(self._store.columns, keys, ("keyword", "cluster", "sector_id"))
        clusters: set[str] = set()
        texts: set[str] = set()
        for keywords, names, sectors in found.pieces():
            texts.update(f"{sector} {text}" for text, sector in zip(keywords, sectors, strict=True))
            clusters.update(f"{sector} {name}" for name, sector in zip(names, sectors, strict=True) if name)
        return clusters, texts


# ---------------------------------------------------------------------- choices


def format_of(wish: ExportWish) -> str:
    """Return the format of a file. Raises InvalidUsage for one that does not exist for what is written."""
    allowed = EXPORT_FORMATS[wish.what]
    wanted = (wish.form or wish.file.suffix.removeprefix(".")).lower()
    if wanted not in allowed:
        said = f"{wish.form!r} is no format" if wish.form else f"{wish.file.name} says no format"
        raise InvalidUsage(
            "unknown_format",
            f"{said} of {wish.what}.",
            f"There are {', '.join(allowed)}: give --format, or let the name end so.",
        )
    if wish.bom and wanted != "csv":
        raise InvalidUsage("bom_only_csv", "Only CSV has a byte order mark.", "Leave --bom out.")
    return wanted


def _read(wish: ExportWish) -> tuple[Query, Sequence[SortKey]]:
    """Return the query and, for keywords, the order; rows of other kinds are sorted by their own columns."""
    try:
        return parse(wish.where), parse_sort(wish.sort) if wish.what == "keywords" else ()
    except QueryError as error:
        raise InvalidUsage(
            "bad_query", str(error), "Terms look like status:new volume:>=1000 cluster:none."
        ) from None


def chosen(columns: Sequence[str], there_are: Sequence[str], standard: Sequence[str]) -> tuple[str, ...]:
    """Return the columns to write. Raises InvalidUsage for one that there is not, or that is named twice."""
    unknown = [name for name in columns if name not in there_are]
    twice = [name for name in dict.fromkeys(columns) if columns.count(name) > 1]
    if unknown or twice:
        reason = f"There is no column {unknown[0]!r}." if unknown else f"Column {twice[0]!r} is named twice."
        raise InvalidUsage("unknown_column", reason, f"There are {', '.join(there_are)}.")
    return tuple(columns or standard)


def sorted_rows(rows: Sequence[Row], sort: str, there_are: Sequence[str]) -> list[Row]:
    """Return rows in the order of "-volume,name"; what is unknown comes last. Raises InvalidUsage."""
    found = list(rows)
    for part in reversed([part.strip() for part in sort.split(",") if part.strip()]):
        name, falling = part.removeprefix("-"), part.startswith("-")
        if name not in there_are:
            raise InvalidUsage(
                "unknown_column",
                f"There is no column {name!r} to sort by.",
                f"There are {', '.join(there_are)}.",
            )
        known = sorted(
            (row for row in found if row[name] is not None), key=partial(_rank, name), reverse=falling
        )
        found = known + [row for row in found if row[name] is None]
    return found


def _rank(name: str, row: Row) -> Any:
    value = row[name]
    if isinstance(value, list):
        return len(value)
    return value.casefold() if isinstance(value, str) else value


def _touched(rows: Iterable[Row], named: tuple[set[str], set[str]]) -> list[Row]:
    """Return the clusters that hold one of the keywords; ideas whose cluster does, or that name one."""
    clusters, texts = named
    return [
        row
        for row in rows
        if f"{row['sector_id']} {row['name' if 'name' in row else 'cluster']}" in clusters
        or any(f"{row['sector_id']} {text}" in texts for text in _keywords_of(row))
    ]


def _keywords_of(row: Row) -> Sequence[str]:
    return row["keywords"] if isinstance(row["keywords"], list) else ()


# ---------------------------------------------------------------------- writing


def _write_keywords(form: str, wish: ExportWish, rows: Extract, path: Path, told: Told) -> int:
    titles = [title(name) for name in rows.fields]
    if form == "csv":
        return csvfile.write_extract(path, titles, rows, told, bom=wish.bom)
    if form == "json":
        return jsonfile.write_extract(path, rows, told)
    return xlsxfile.write(path, [xlsxfile.Sheet("Keywords", titles, xlsxfile.rows_of(rows))], told)


def _write_rows(
    form: str, wish: ExportWish, fields: Sequence[str], rows: Sequence[Row], path: Path, told: Told
) -> int:
    titles = [title(name) for name in fields]
    values = ([row[name] for name in fields] for row in rows)
    if form == "csv":
        return csvfile.write_rows(path, titles, values, told, bom=wish.bom)
    if form == "json":
        return jsonfile.write_rows(path, [{name: row[name] for name in fields} for row in rows], told)
    return xlsxfile.write(path, [xlsxfile.Sheet(wish.what.capitalize(), titles, values)], told)


def _write_plan(form: str, plan: siteplan.Plan, path: Path, told: Told) -> int:
    write = siteplan.write_markdown if form == "md" else siteplan.write_workbook
    return write(path, plan, told)


def _size(plan: siteplan.Plan) -> int:
    return sum(len(sector.keywords) for site in plan.sites for sector in site.sectors)
