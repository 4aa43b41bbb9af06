"""What the real samples hold, found without the product: Python's csv module, or the workbook's XML, and the columns by name.

Nothing here recognises anything: encoding, delimiter and headings of each file are written down. `python -m
tests.planner_desktop.importing.bare FOLDER` prints the figures.
"""

import csv
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Volume = int | tuple[int, int | None] | None


@dataclass(frozen=True)
class Sample:
    """How a file is to be read, written down by hand. `ads`: keyword cells of lines that are no keywords."""

    tool: str
    keyword: str
    volume: str | None = None
    difficulty: str | None = None
    intent: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    heading: int = 0
    country: str | None = None
    ads: tuple[str, ...] = ()
    read_volume: Callable[[str], Volume] = lambda cell: int(cell.replace(",", "")) if cell else None


@dataclass
class Held:
    """Rows in the file, and of each keyword (once) what the first row says."""

    rows: int = 0
    junk: int = 0
    keywords: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    difficulties: dict[str, int | None] = field(default_factory=dict)
    intents: dict[str, frozenset[str]] = field(default_factory=dict)


ROUND: dict[str, Volume] = {
    "0": (0, 10),
    "50": (10, 100),
    "500": (100, 1000),
    "5000": (1000, 10000),
    "50000": (10000, 100000),
}
SEMRUSH_ADS = (
    "You can export only first 30000 rows available for your subscription.",
    "To export more data, upgrade to a Business subscription plan.",
    "See plans and prices https://www.semrush.com/prices/",
)


def _semrush(**more: object) -> Sample:
    known = {"volume": "Volume", "difficulty": "Keyword Difficulty", "intent": "Intent"} | more
    return Sample("semrush", "Keyword", **known)  # type: ignore[arg-type]  # the table below is the check


SAMPLES = {
    "ahrefs_matching-terms_gb_utf16_2026-01.csv": Sample(
        "ahrefs", "Keyword", "Volume", "Difficulty", "Intents", "utf-16", "\t", country="GB"
    ),
    "ahrefs_matching-terms_us_utf8_2025-07.csv": Sample(
        "ahrefs", "Keyword", "Volume", "Difficulty", "Intents", country="US"
    ),
    "ahrefs_organic-keywords_gb_utf16_2026-01.csv": Sample(
        "ahrefs", "Keyword", "Volume", "KD", None, "utf-16", "\t", country="GB"
    ),
    "gkp_keyword-stats_gbp_2026-06.csv": Sample(
        "google-keyword-planner",
        "Keyword",
        "Avg. monthly searches",
        None,
        None,
        "utf-16",
        "\t",
        2,
        read_volume=lambda cell: ROUND[cell] if cell else None,
    ),
    "gsc_Queries_2026-07.csv": Sample("google-search-console", "Top queries"),
    "gsc_Queries_compare-periods.csv": Sample("google-search-console", "Query"),
    "semrush_bulk_us_2026-02.xlsx": _semrush(country="US"),
    "semrush_kmt_5col_gbp_uk_2026-03.csv": _semrush(intent=None),
    "semrush_kmt_6col_ru_2026-04.csv": _semrush(),
    "semrush_kmt_7col_no-serp_us_2026-05.csv": _semrush(),
    "semrush_kmt_9col_us_2026-05.csv": _semrush(),
    "semrush_kmt_capped-trailer_us_2026-04_TRUNCATED.csv": _semrush(ads=SEMRUSH_ADS),
    "semrush_kmt_semicolon_us_2026-03.csv": _semrush(intent=None, delimiter=";"),
    "semrush_organic-positions_us_2026-04_TRUNCATED.csv": _semrush(
        volume="Search Volume", intent="Keyword Intents"
    ),
    "semrush_strategy-builder_list_uk_2024-08.csv": _semrush(country="GB"),
    "seranking_positions-detailed_uk_2026-03.csv": Sample(
        "se-ranking", "Keyword", "Search vol.", encoding="utf-8-sig", heading=1, country="GB"
    ),
    "ubersuggest_bom_2026-08.csv": Sample(
        "ubersuggest", "Keyword", "Volume", "SEO Difficulty", encoding="utf-8-sig"
    ),
    "ubersuggest_related_intent_inr_2026-07.csv": Sample(
        "ubersuggest", "Keyword", "Search Volume", "Search Difficulty", "Search Intent"
    ),
    "ubersuggest_suggestions_quoted-commas_inr_2026-07.csv": Sample(
        "ubersuggest", "Keyword", "Search Volume", "SEO Difficulty", "Search Intent", "utf-8-sig"
    ),
}


def rows_of(path: Path, sample: Sample) -> list[list[str]]:
    """All rows of the file, preamble and headings included."""
    if path.suffix == ".xlsx":
        return _sheet(path)
    with path.open(encoding=sample.encoding, newline="") as text:
        return list(csv.reader(text, delimiter=sample.delimiter))


def held(path: Path, sample: Sample) -> Held:
    """Read one sample."""
    rows = [row for row in rows_of(path, sample) if row]
    heading, below = rows[sample.heading], rows[sample.heading + 1 :]
    found = Held(rows=len(below))
    for row in below:
        cells = dict(zip(reversed(heading), reversed([*row, *[""] * (len(heading) - len(row))]), strict=True))
        keyword = cells[sample.keyword]
        if keyword in sample.ads or (keyword.startswith("http") and " " not in keyword):
            found.junk += 1
            continue
        key = " ".join(keyword.casefold().replace("’", "'").split())
        key = key.strip('"') if key.startswith('"') and key.endswith('"') else key
        if key in found.keywords:
            continue
        found.keywords[key] = keyword
        found.volumes[key] = sample.read_volume(cells[sample.volume]) if sample.volume else None
        difficulty = cells[sample.difficulty] if sample.difficulty else ""
        found.difficulties[key] = int(difficulty) if difficulty else None
        intent = cells[sample.intent] if sample.intent else ""
        found.intents[key] = frozenset(
            word.strip().lower() for word in intent.split(",") if word.strip().lower() in INTENTS
        )
    return found


INTENTS = ("informational", "commercial", "transactional", "navigational")


def _sheet(path: Path) -> list[list[str]]:
    """The first sheet, by its XML."""
    with zipfile.ZipFile(path) as package:
        texts = (
            [
                "".join(part.text or "" for part in one.iter(f"{SPREADSHEET}t"))
                for one in ET.fromstring(package.read("xl/sharedStrings.xml")).iter(f"{SPREADSHEET}si")
            ]
            if "xl/sharedStrings.xml" in package.namelist()
            else []
        )
        sheet = next(name for name in package.namelist() if name.startswith("xl/worksheets/sheet"))
        tree = ET.fromstring(package.read(sheet))
    rows = []
    for row in tree.iter(f"{SPREADSHEET}row"):
        cells: list[str] = []
        for cell in row.iter(f"{SPREADSHEET}c"):
            column = 0
            for letter in "".join(filter(str.isalpha, cell.get("r", ""))):
                column = column * 26 + ord(letter) - 64
            value = cell.findtext(f"{SPREADSHEET}v") or "".join(
                part.text or "" for part in cell.iter(f"{SPREADSHEET}t")
            )
            text = texts[int(value)] if value and cell.get("t") == "s" else value
            cells += [""] * (column - 1 - len(cells))
            cells.append(text)
        rows.append(cells)
    return rows


def main() -> None:
    for name, sample in SAMPLES.items():
        found = held(Path(sys.argv[1]) / name, sample)
        exact = sum(one for one in found.volumes.values() if isinstance(one, int))
        known = sum(one is not None for one in found.difficulties.values())
        print(
            f"{name}: {found.rows} rows, {len(found.keywords)} keywords, volume {exact}, difficulty of {known}"
        )


if __name__ == "__main__":
    main()
