"""A small made-up export of every tool, in its own words, encoding and numbers."""

from pathlib import Path

import pytest

from planner_desktop.importing import Origin, PlanRow, Range, plan_import
from planner_desktop.importing.headings import FIELDS, field_of, plain
from tests.planner_desktop.importing.made import plan_of, table, workbook

GKP = ["Keyword", "Currency", "Avg. monthly searches", "Three month change", "Competition", "Competition (indexed value)",
       "Top of page bid (low range)", "Searches: Jun 2025", "Searches: Jul 2025"]  # fmt: skip


def one(
    text: str | bytes, folder: Path, tool: str, variant: str | None = None, name: str = "list.csv"
) -> list[PlanRow]:
    with plan_of(text, folder, name) as plan:
        assert plan.files[0].trouble is None
        assert plan.files[0].tool == tool
        assert variant is None or plan.files[0].variant == variant
        return list(plan.rows())


def planner_file(*rows: list[object]) -> bytes:
    head = 'Keyword Stats 2026-06-15 at 21_38_13\n"June 1, 2025 - May 31, 2026"\n'
    return (head + table([GKP, *rows], delimiter="\t")).encode("utf-16")


def test_keyword_planner_of_an_account_that_spends_little_gives_ranges(tmp_path: Path) -> None:
    raw = planner_file(["", "GBP", 50, "", "Low", 25, 1.24, "", ""], ["oak desk", "GBP", 5000, "∞", "High", 90, "", "", ""],
                       ["pine desk", "GBP", 0, "-90%", "Unknown", "", "", "", ""], ["elm", "GBP", 5000000, "", "", "", "", "", ""],
                       ["ash", "GBP", "", "", "", "", "", "", ""])  # fmt: skip
    with plan_of(raw, tmp_path) as plan:
        rows = {row.keyword: row for row in plan.rows()}
        left = list(plan.left_out())
    assert rows["oak desk"].volume == Range(1_000, 10_000)
    assert rows["pine desk"].volume == Range(0, 10)
    assert rows["elm"].volume == Range(1_000_000, None)
    assert rows["ash"].volume is None
    assert rows["oak desk"].difficulty is None, "competition among adverts is not difficulty"
    assert [(one.line, one.reason) for one in left] == [(4, "the keyword is empty")]


def test_keyword_planner_with_months_gives_exact_volumes(tmp_path: Path) -> None:
    raw = planner_file(
        ["oak desk", "GBP", 50, "", "Low", 25, "", 40, 60], ["pine", "GBP", 500, "", "", "", "", 500, 500]
    )
    assert [row.volume for row in one(raw, tmp_path, "google-keyword-planner")] == [50, 500]


def test_one_exact_volume_far_down_makes_all_of_them_exact(tmp_path: Path) -> None:
    rows: list[list[object]] = [[f"desk {n}", "GBP", 50, "", "", "", "", "", ""] for n in range(30_000)]
    raw = planner_file(*rows, ["oak desk", "GBP", 70, "", "", "", "", "", ""])
    found = one(raw, tmp_path, "google-keyword-planner")
    assert len(found) == 30_001
    assert (found[0].volume, found[-1].volume) == (50, 70)


def test_keyword_planner_saved_anew_with_ranges_as_text(tmp_path: Path) -> None:
    text = table(
        [
            ["Keyword", "Avg. monthly searches", "Competition"],
            ["oak desk", "1K – 10K", "Low"],
            ["pine", "10 - 100", ""],
        ]
    )
    assert [row.volume for row in one(text, tmp_path, "google-keyword-planner")] == [
        Range(1_000, 10_000),
        Range(10, 100),
    ]


def test_keyword_planner_with_lowest_and_highest_volume(tmp_path: Path) -> None:
    text = table([["Keyword", "Currency", "Min search volume", "Max search volume", "Competition"], ["oak", "USD", 10, 100, ""],
                  ["pine", "USD", 70, 70, ""]])  # fmt: skip
    assert [row.volume for row in one(text, tmp_path, "google-keyword-planner")] == [Range(10, 100), 70]


@pytest.mark.parametrize(
    ("keyword", "volume", "competition"),
    [
        ("Keyword", "Durchschnittl. Suchanfragen pro Monat", "Wettbewerb"),
        ("Mot clé", "Nbre moy. de recherches mensuelles", "Concurrence"),
        ("Palabra clave", "Promedio de búsquedas mensuales", "Competencia"),
        ("Ключевое слово", "Ср. число запросов в месяц", "Конкуренция"),
        ("キーワード", "月間平均検索ボリューム", "競合性"),
    ],
)
def test_keyword_planner_in_other_languages(
    tmp_path: Path, keyword: str, volume: str, competition: str
) -> None:
    text = table([[keyword, volume, competition], ["tisch", "1.300", "x"]], delimiter="\t")
    assert one(text.encode("utf-16"), tmp_path, "google-keyword-planner")[0].volume == 1300


def test_ahrefs_keywords_takes_the_volume_of_the_market(tmp_path: Path) -> None:
    head = [
        "#",
        "Keyword",
        "Country",
        "Difficulty",
        "Volume",
        "CPC",
        "CPS",
        "Parent Keyword",
        "Global volume",
        "Intents",
    ]
    text = table([head, [1, "oak desk", "gb", "", 4800, "2.00", 0.9, "desk", 37000, "Informational,Commercial,Non-branded,Non-local"]],
                 delimiter="\t", quote_all=True)  # fmt: skip
    row = one(text.encode("utf-16"), tmp_path, "ahrefs", "keywords-explorer")[0]
    assert (row.volume, row.difficulty, row.country, row.cpc, row.group) == (4800, None, "GB", 2.0, "desk")
    assert row.intent == "informational,commercial"


def test_ahrefs_organic_keywords(tmp_path: Path) -> None:
    head = ["Keyword", "Country", "Volume", "KD", "CPC", "Current organic traffic", "Previous position", "Current position",
            "Position change", "Current URL", "Informational", "Commercial", "Branded"]  # fmt: skip
    text = table(
        [
            head,
            [
                "oak desk",
                "GB",
                200,
                15,
                3.84,
                16,
                9,
                "",
                "Lost",
                "https://a.example/",
                "true",
                "false",
                "true",
            ],
        ]
    )
    row = one(text, tmp_path, "ahrefs", "organic-keywords")[0]
    assert (row.difficulty, row.position, row.url, row.intent) == (
        15,
        None,
        "https://a.example/",
        "informational",
    )


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_semrush_with_its_advertisement(tmp_path: Path, delimiter: str) -> None:
    head = ["Keyword", "Intent", "Volume", "Trend", "Keyword Difficulty", "CPC (GBP)", "SERP Features"]
    rows = table(
        [
            head,
            ["oak desk", "Informational, Transactional", 110, "1.00,0.82", "", "0.33", "Video, Sitelinks"],
        ],
        delimiter=delimiter,
    )
    rows += 'You can export only first 10000 rows available for your subscription.\n"To export more data, upgrade to a Business subscription plan."\nSee plans and prices https://www.semrush.com/prices/\n'
    with plan_of(rows, tmp_path, "desk_broad-match_us_2026-04-30.csv") as plan:
        file = plan.files[0]
        assert (file.tool, file.currency, file.country) == ("semrush", "GBP", "US")
        assert dict(file.counts) == {"keyword": 1, "junk": 3}
        assert [one.line for one in plan.left_out()] == [3, 4, 5]
        row = plan.preview()[0]
        assert any("first 10000 rows" in warning for warning in plan.warnings)
    assert (row.volume, row.difficulty, row.intent, row.cpc) == (
        110,
        None,
        "informational,transactional",
        0.33,
    )


def test_semrush_positions_name_a_keyword_once(tmp_path: Path) -> None:
    head = [
        "Keyword",
        "Position",
        "Previous position",
        "Search Volume",
        "Keyword Difficulty",
        "CPC",
        "URL",
        "Traffic (%)",
        "Keyword Intents",
        "Position Type",
    ]
    rows = [["desk", 1, 2, 390, 85.18, 7.9, "https://a.example/1", 1, "navigational", "Organic"],
            ["desk", 8, 9, 390, 85.18, 7.9, "https://a.example/2", 1, "navigational", "Organic"]]  # fmt: skip
    with plan_of(table([head, *rows]), tmp_path) as plan:
        assert plan.files[0].variant == "organic-positions"
        assert plan.counts == {"keyword": 1, "duplicate": 1}
        assert plan.preview()[0].difficulty == 85
        assert next(plan.left_out()).first == (0, 2)


def test_semrush_api_writes_intents_as_digits(tmp_path: Path) -> None:
    text = table(
        [
            ["Keyword", "Search Volume", "CPC", "Keyword Difficulty Index", "Intent"],
            ["desk", 390, 1.5, 44.4, "1,3"],
        ],
        delimiter=";",
    )
    row = one(text, tmp_path, "semrush", "api")[0]
    assert (row.difficulty, row.intent) == (44, "informational,transactional")


def test_semrush_strategy_builder_has_clusters_and_markets(tmp_path: Path) -> None:
    head = [
        "Database",
        "Keyword",
        "Seed keyword",
        "Page",
        "Topic",
        "Page type",
        "Tags",
        "Volume",
        "Keyword Difficulty",
        "Content references",
    ]
    text = table(
        [
            head,
            ["uk", "desk", "", "Desks", "Furniture", "", "a, b", 40, 7, "one\ntwo"],
            ["us", "desk", "", "", "", "", "", 90, 9, ""],
        ]
    )
    rows = one(text, tmp_path, "semrush", "strategy-builder")
    assert [(row.country, row.volume, row.line) for row in rows] == [("GB", 40, 2), ("US", 90, 4)]
    assert (rows[0].group, rows[0].tags) == ("Desks", "a, b")


@pytest.mark.parametrize(
    "head",
    [
        ["Top queries", "Clicks", "Impressions", "CTR", "Position"],
        ["Search Query", "Clicks", "Impressions", "CTR", "Average Position"],
        ["Häufigste Suchanfragen", "Klicks", "Impressionen", "CTR", "Position"],
        ["Requêtes les plus fréquentes", "Clics", "Impressions", "CTR", "Position"],
        ["Consultas principales", "Clics", "Impresiones", "CTR", "Posición"],
        ["上位のクエリ", "クリック数", "表示回数", "CTR", "掲載順位"],
    ],
)
def test_search_console_has_no_volume(tmp_path: Path, head: list[str]) -> None:
    text = table([head, ["desk", 6175, 30542, "20.22%", 1.66]]).rstrip("\n")
    row = one(text, tmp_path, "google-search-console", "queries")[0]
    assert (row.volume, row.clicks, row.impressions, row.position) == (None, 6175, 30542, 1.66)


def test_search_console_comparing_periods_takes_the_newer_one(tmp_path: Path) -> None:
    head = [
        "Query",
        "Last 28 days Clicks",
        "Previous 28 days Clicks",
        "Last 28 days Impressions",
        "Previous 28 days Impressions",
    ]
    row = one(table([head, ["desk", 30, 20, 48, 29]]), tmp_path, "google-search-console", "queries-compared")[
        0
    ]
    assert (row.clicks, row.impressions) == (30, 48)


@pytest.mark.parametrize("first", ["Top pages", "Country", "Device", "Date"])
def test_other_reports_of_search_console_hold_no_keywords(tmp_path: Path, first: str) -> None:
    assert (
        one(
            table([[first, "Clicks", "Impressions", "CTR", "Position"], ["x", 1, 2, "50%", 1]]),
            tmp_path,
            "google-search-console",
            "no-keywords",
        )
        == []
    )


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        (["No", "Keyword", "Volume", "CPC", "Paid Difficulty", "SEO Difficulty"], [1, "desk", 165000, 2.384, 5, 37]),
        (["No", "Keyword", "Search Intent", "Search Volume", "CPC", "Paid Difficulty", "SEO Difficulty"], [1, "desk", "null", "165,000", "₹2.384", 5, 37]),
        (["No", "Keyword", "Search Volume", "CPC", "Paid Difficulty", "Search Intent", "Search Difficulty"], [1, "desk", 165000, "2.384", 5, "", 37]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_ubersuggest_in_all_its_columns(
    tmp_path: Path, head: list[str], cells: list[object], mark: str
) -> None:
    row = one(mark + table([head, cells], end="\r\n"), tmp_path, "ubersuggest")[0]
    assert (row.volume, row.cpc, row.difficulty, row.intent) == (165_000, 2.384, 37, None)


def test_se_ranking_with_thirty_equal_headings(tmp_path: Path) -> None:
    days = [cell for day in range(1, 31) for cell in (f"2026-06-{day:02}", "Dynamics")]
    rows: list[list[object]] = [
        ["Keyword", "URL", "Tags", "Search vol.", *days],
        ["desk", "--", "", 33100, *["-", 0] * 29, 12, 3],
    ]
    text = '\ufeff"Google United Kingdom, interface language: English"\n' + table(rows)
    row = one(text, tmp_path, "se-ranking")[0]
    assert (row.volume, row.position, row.url, row.country, row.line) == (33_100, 12, None, "GB", 3)


def test_mangools_takes_the_average_and_not_a_month(tmp_path: Path) -> None:
    head = [
        "Keyword",
        "Search Volume 4/2015",
        "Avg. Search Volume (Last Known Values)",
        "CPC/USD",
        "PPC",
        "Keyword Difficulty",
        "Location",
    ]
    row = one(table([head, ["desk", 7, "1,234", "n/a", "-", 12.5, "United States"]]), tmp_path, "mangools")[0]
    assert (row.volume, row.difficulty, row.cpc, row.country) == (1234, 13, None, "US")


@pytest.mark.parametrize(
    ("head", "cells", "volume"),
    [
        (
            ["Keyword", "Locale", "Min Volume", "Max Volume", "Difficulty", "Organic CTR", "Priority"],
            ["desk", "en-US", 118001, 300000, 55, 40, 3],
            Range(118_001, 300_000),
        ),
        (
            ["Keyword", "Country", "Volume", "Difficulty", "Organic CTR", "Priority"],
            ["desk", "US", "118001..300000", 55, 40, 3],
            Range(118_001, 300_000),
        ),
    ],
)
def test_moz_between_its_lines(tmp_path: Path, head: list[str], cells: list[object], volume: Range) -> None:
    text = f"# ----------\nList Name,Desks\nTotal Keywords,1\nExport Date,2026-01-01\n# ----------\n\n{table([head, cells])}\n"
    row = one(text, tmp_path, "moz")[0]
    assert (row.volume, row.difficulty, row.country, row.line) == (volume, 55, "US", 8)


def test_bing_does_not_double_its_quotes(tmp_path: Path) -> None:
    text = '"Keyword","Impressions","Clicks","CTR","Avg. Position"\n"best "oak" desk","10","3","200%","632"\n"desk","1","0","0%","5"\n'
    rows = one(text, tmp_path, "bing-webmaster")
    assert [(row.keyword, row.impressions, row.position, row.volume) for row in rows] == [
        ('best "oak" desk', 10, 632.0, None),
        ("desk", 1, 5.0, None),
    ]


@pytest.mark.parametrize("kind", ["Type", "Modifier Type"])
def test_answerthepublic_suggests_beside_what_was_asked_for(tmp_path: Path, kind: str) -> None:
    text = f"Keyword,{kind},Modifier,Suggestion,Region\ndesk,prepositions,for,desk for two,us\n"
    row = one(text, tmp_path, "answerthepublic")[0]
    assert (row.keyword, row.country) == ("desk for two", "US")


@pytest.mark.parametrize("heading", ["Suchvolumen/Monat", "Suchvolumen pro Monat", "Monatliches Suchvolumen"])
def test_a_volume_by_the_month_in_german(tmp_path: Path, heading: str) -> None:
    rows = one(table([["Suchbegriff", heading], ["Tisch", "1.300"]], delimiter=";"), tmp_path, "generic")
    assert [(row.keyword, row.volume) for row in rows] == [("Tisch", 1300)]


def test_a_sheet_somebody_made_by_hand(tmp_path: Path) -> None:
    rows = [["Unsere Liste", "", ""], [], ["Suchbegriff", "Suchvolumen", "Cluster", "Schwierigkeit"], ["Tisch", "1.300", "Möbel", "12,5"],
            ["Stühle für Büro", "1,3K", "", "–"], ["Bänke", "1 300", "", ""], ["Gesamt", "3.900", "", ""]]  # fmt: skip
    text = table(rows, delimiter=";").encode("cp1252")
    with plan_of(text, tmp_path) as plan:
        file = plan.files[0]
        assert (file.tool, file.encoding, file.delimiter, file.heading) == ("generic", "cp1252", ";", 3)
        assert any("cp1252" in warning for warning in plan.warnings)
        found = list(plan.rows())
        assert [(one.reason, one.line) for one in plan.left_out()] == [("the line of totals", 7)]
    assert [(row.keyword, row.volume, row.group, row.difficulty) for row in found] == [
        ("Tisch", 1300, "Möbel", 13), ("Stühle für Büro", 1300, None, None), ("Bänke", 1300, None, None)]  # fmt: skip


def test_a_pasted_column_of_words_needs_no_heading() -> None:
    with plan_import([Origin.pasted("oak desk\npine desk, small\n\noak  desk\n")]) as plan:
        assert [row.keyword for row in plan.rows()] == ["oak desk", "pine desk, small"]
        assert plan.files[0].variant == "no-headings"
        assert plan.counts == {"keyword": 2, "duplicate": 1}


def test_pasted_cells_of_a_spreadsheet_need_no_heading() -> None:
    with plan_import([Origin.pasted("oak desk\t1,300\npine desk\t20\n")]) as plan:
        assert [(row.keyword, row.volume, row.line) for row in plan.rows()] == [
            ("oak desk", 1300, 1),
            ("pine desk", 20, 2),
        ]


def test_a_workbook_with_typed_cells_takes_the_sheet_with_keywords(tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "book.xlsx",
        {
            "About": [["Made by", "us"], ["Keyword", "see the next sheet"]],
            "Data": [["Title of the list"], [None], ["Keyword", "Volume", "KD", "CPC (USD)"], ["oak desk", 1300, 12.5, 1.125], [2026, 5.0, None, None], [None, None, None, None], ["pine", None, 3, 0.5]],
            "Old": [["Keyword"], ["do not take"]],
        },
        hidden=["Old"],
    )  # fmt: skip
    with plan_import([Origin.file(book)]) as plan:
        file = plan.files[0]
        assert (file.sheet, file.sheets, file.kind, file.heading) == (
            "Data",
            ("About", "Data"),
            "workbook",
            3,
        )
        rows = list(plan.rows())
    assert [(row.keyword, row.volume, row.difficulty, row.cpc, row.line) for row in rows] == [
        ("oak desk", 1300, 13, 1.125, 4), ("2026", 5, None, None, 5), ("pine", None, 3, 0.5, 7)]  # fmt: skip


def test_every_field_has_a_heading_that_means_it() -> None:
    heard = {
        field_of(plain(name))
        for name in (
            "Keyword",
            "Volume",
            "Min Volume",
            "Max Volume",
            "KD",
            "Intent",
            "Country",
            "CPC (USD)",
            "Position",
            "URL",
            "Clicks",
            "Impressions",
            "Cluster",
            "Tags",
        )
    }
    assert heard == set(FIELDS)


def test_suggestions_are_keywords_and_a_drawn_line_is_none(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text(
        "Modifier,Suggestion\nare,are desks good\n---,---\n,|---|\nwhat,c++\n,🦄\n", encoding="utf-8"
    )
    with plan_import([Origin.file(file)]) as plan:
        assert [row.keyword for row in plan.rows()] == ["are desks good", "c++", "🦄"]
        assert [(one.line, one.disposition) for one in plan.left_out()] == [(3, "junk"), (4, "junk")]
