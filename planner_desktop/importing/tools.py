"""The keyword tools we know by their headings, and what each means by its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from planner_desktop.importing import headings

GENERIC = "generic"
PLANNER = "planner"
"""An export of this program: it says of its keywords how they were curated, too."""
LISTLESS = "no-keywords"
"""Variant of a report of a known tool that holds no keywords."""

Test = Callable[[frozenset[str]], bool]


@dataclass(frozen=True, slots=True)
class Variant:
    """One report of one tool.

    `fields` takes headings for a field in order of preference, over what they mean elsewhere; `ignored` names columns that mean
    something else here. `codes`: intents are written as digits.
    """

    tool: str
    name: str
    test: Test
    why: str
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    codes: bool = False
    has_keywords: bool = True


def _all(*names: str) -> Test:
    wanted = frozenset(names)
    return lambda found: wanted <= found


def _fields(*wanted: str) -> Test:
    """Match by what the headings mean, which holds in every language."""
    return lambda found: set(wanted) <= {headings.field_of(name) for name in found}


def _any(*names: str) -> Test:
    wanted = frozenset(names)
    return lambda found: bool(wanted & found)


def _both(*tests: Test) -> Test:
    return lambda found: all(test(found) for test in tests)


def _starts(*beginnings: str) -> Test:
    return lambda found: any(name.startswith(beginnings) for name in found)


_IMPRESSIONS = {"impressions": "impressions are not searches: they do not fill the volume"}
_PLANNER_WORDS = (
    *(
        "avg. monthly searches",
        "avg. monthly searches (exact match only)",
        "durchschnittl. suchanfragen pro monat",
    ),
    *(
        "durchschn. suchanfragen pro monat",
        "durchschnittliche suchanfragen pro monat",
        "recherches mensuelles moyennes",
    ),
    *(
        "nbre moy. de recherches mensuelles",
        "nombre moyen de recherches mensuelles",
        "promedio de búsquedas mensuales",
    ),
    *(
        "prom. búsquedas mensuales",
        "media de búsquedas mensuales",
        "media ricerche mensili",
        "média de pesquisas mensais",
    ),
    *("méd. de pesquisas mensais", "gem. maandelijkse zoekopdrachten", "śr. mies. liczba wyszukiwań"),
    *(
        "ср. число запросов в месяц",
        "gsn. sökningar per månad",
        "aylık ort. arama sayısı",
        "月間平均検索ボリューム",
    ),
    *("平均每月搜索量", "平均每月搜尋量", "월간 평균 검색량"),
)
_PLANNER_MARKS = (
    *(
        "competition (indexed value)",
        "competition",
        "top of page bid (low range)",
        "top of page bid (high range)",
    ),
    *(
        "ad impression share",
        "in account?",
        "three month change",
        "suggested bid",
        "wettbewerb",
        "concurrence",
        "competencia",
    ),
    *(
        "concorrenza",
        "concorrência",
        "concurrentie",
        "konkurencja",
        "конкуренция",
        "currency",
        "währung",
        "devise",
        "moneda",
    ),
    *("競合性", "竞争程度", "min search volume"),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        PLANNER,
        "keywords",
        _all("keyword", "cluster", "status", "disabled", "sector"),
        "an export of this program: Keyword, Cluster, Status, Disabled and Sector",
        {
            "group": ("cluster",),
            "status": ("status",),
            "disabled": ("disabled",),
            "volume_override": ("volume override",),
            "difficulty_override": ("difficulty override",),
        },
    ),
    Variant(
        "ahrefs",
        "organic-keywords",
        _both(
            _all("keyword", "kd"),
            _any("current organic traffic", "organic traffic change", "current url", "entities"),
        ),
        "its columns of organic traffic",
        {"position": ("current position",), "url": ("current url",), "country": ("country",)},
        {"previous position": "an earlier day", "previous url": "an earlier day"},
    ),
    Variant(
        "ahrefs",
        "keywords-explorer",
        _both(
            _all("keyword"),
            _any("parent keyword", "parent topic", "traffic potential", "global traffic potential", "cps"),
            lambda found: "seed keyword" not in found,
        ),
        "Parent Keyword, Traffic potential or CPS",
        {"group": ("parent keyword", "parent topic")},
        {"category": "the tool's own category"},
    ),
    Variant(
        "semrush",
        "strategy-builder",
        _both(_all("keyword"), _any("seed keyword", "page type"), _any("topic", "page", "click potential")),
        "Seed keyword with Page and Topic",
        {"group": ("page", "topic"), "country": ("database",)},
    ),
    Variant(
        "semrush",
        "organic-positions",
        _both(
            _all("keyword", "position"),
            _any("traffic cost", "position type", "keyword intents", "traffic (%)"),
        ),
        "Position with Traffic Cost or Position Type",
        {"position": ("position",)},
        {"previous position": "an earlier day"},
    ),
    Variant(
        "semrush",
        "api",
        _all("keyword", "keyword difficulty index"),
        "Keyword Difficulty Index",
        codes=True,
    ),
    Variant(
        "answerthepublic",
        "suggestions",
        _all("modifier", "suggestion"),
        "suggestions with their modifiers",
        {"keyword": ("suggestion",), "country": ("region", "country")},
        {
            "keyword": "what was asked for, the same in every row",
            "seed": "what was asked for, the same in every row",
        },
    ),
    Variant(
        "mangools",
        "kwfinder",
        _both(
            _fields("keyword"),
            lambda found: (
                "avg. search volume (last known values)" in found
                or "keyword interest growth (%)" in found
                or ("ppc" in found and _starts("cpc")(found))
            ),
        ),
        "Avg. Search Volume (Last Known Values), PPC or the interest growth",
        {
            "volume": ("avg. search volume (last known values)", "avg. search volume", "search volume"),
            "country": ("location",),
        },
        {"content type": "the kind of page that ranks"},
    ),
    Variant(
        "ubersuggest",
        "keywords",
        _both(_all("keyword"), _any("paid difficulty", "seo difficulty", "search difficulty")),
        "Paid Difficulty beside SEO or Search Difficulty",
        {"difficulty": ("seo difficulty", "search difficulty")},
    ),
    Variant(
        "se-ranking",
        "positions-detailed",
        _both(
            _all("keyword", "search vol."),
            lambda found: "dynamics" in found or any(map(headings.is_date, found)),
        ),
        "Search vol. with days as headings",
    ),
    Variant(
        "moz",
        "keyword-list",
        _both(
            _all("keyword"),
            lambda found: (
                "organic ctr" in found
                or len(
                    {"importance", "priority", "potential", "min volume", "max volume", "date analyzed"}
                    & found
                )
                >= 2
            ),
        ),
        "Organic CTR, or Min and Max Volume, or Importance and Priority",
        {"country": ("locale", "country")},
    ),
    Variant(
        "semrush",
        "keyword-magic",
        _both(
            _all("keyword", "keyword difficulty"),
            _any(
                "competitive density",
                "serp features",
                "number of results",
                "cpc (usd)",
                "trend",
                "keyword intents",
            ),
        ),
        "Keyword Difficulty with CPC, SERP Features or Competitive Density",
    ),
    Variant(
        "semrush",
        "keyword-magic",
        _both(_all("keyword", "keyword difficulty"), _starts("cpc (")),
        "Keyword Difficulty with CPC and its currency",
    ),
    Variant(
        "google-keyword-planner",
        "keyword-stats",
        _both(_fields("keyword"), _any(*_PLANNER_WORDS, "min search volume"), _any(*_PLANNER_MARKS)),
        "average monthly searches beside the competition among advertisers",
    ),
    Variant(
        "google-keyword-planner",
        "keyword-stats",
        _both(_fields("keyword"), lambda found: sum(name.startswith("searches: ") for name in found) >= 3),
        "its columns of monthly searches",
    ),
    Variant(
        "bing-webmaster",
        "keyword-report",
        _both(_any("keyword", "keywords"), _fields("impressions", "clicks", "position")),
        "Keyword with Impressions, Clicks and Avg. Position",
        ignored=_IMPRESSIONS,
    ),
    Variant(
        "google-search-console",
        "queries-compared",
        _both(_fields("keyword"), lambda found: sum(name.endswith(" clicks") for name in found) >= 2),
        "every metric for two periods",
        ignored=_IMPRESSIONS,
    ),
    Variant(
        "google-search-console",
        "queries",
        _both(
            _fields("keyword", "clicks", "impressions"),
            lambda found: not ({"volume", "search volume"} & found),
        ),
        "queries with clicks and impressions",
        ignored=_IMPRESSIONS,
    ),
    Variant(
        "google-search-console",
        "filters",
        lambda found: (
            found
            in (
                frozenset({"filter", "value"}),
                frozenset({"filter", "wert"}),
                frozenset({"filtre", "valeur"}),
            )
        ),
        "the filters of a report",
        has_keywords=False,
    ),
    Variant(
        "google-search-console",
        "other-report",
        _both(
            _fields("clicks", "impressions"),
            _any(
                "top pages",
                "page",
                "pages",
                "country",
                "device",
                "date",
                "search appearance",
                "häufigste seiten",
                "die häufigsten seiten",
                "land",
                "gerät",
                "datum",
            ),
            lambda found: "keyword" not in {headings.field_of(name) for name in found},
        ),
        "clicks of pages, countries, devices or days",
        has_keywords=False,
    ),
)


def recognise(names: Sequence[str]) -> Variant | None:
    """Return the report whose headings these are (plain, see `headings.plain`), None for a sheet of nobody we know."""
    found = frozenset(name for name in names if name)
    return next((one for one in VARIANTS if one.test(found)), None)


def variant_of(tool: str, names: Sequence[str]) -> Variant | None:
    """Return the report of a tool the editor named that fits best; None for generic. KeyError for a tool nobody knows."""
    if tool == GENERIC:
        return None
    of_tool = [one for one in VARIANTS if one.tool == tool]
    if not of_tool:
        raise KeyError(tool)
    found = frozenset(name for name in names if name)
    return next((one for one in of_tool if one.test(found)), next(one for one in of_tool if one.has_keywords))


TOOLS = (*dict.fromkeys(one.tool for one in VARIANTS), GENERIC)
"""Names of the tools, as the command line's contract has them."""
