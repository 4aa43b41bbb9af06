"""The real exports: the right tool, every row accounted for, and each figure as the file has it."""

from pathlib import Path

import pytest

from planner_desktop.importing import ImportPlan, Origin, PlanRow, Range, plan_import
from tests.planner_desktop.importing.bare import SAMPLES, Held, held

pytestmark = pytest.mark.data


@pytest.fixture
def folder(shared_data: Path) -> Path:
    found = shared_data / "exports"
    if not found.is_dir():
        pytest.skip("the real exports (../shared/data/exports) are not on this computer")
    return found


def planned(path: Path) -> ImportPlan:
    plan = plan_import([Origin.file(path)])
    assert plan.files[0].trouble is None
    return plan


def by_key(rows: list[PlanRow]) -> dict[str, PlanRow]:
    found = {}
    for row in rows:
        key = " ".join(row.keyword.casefold().replace("’", "'").split())
        found[key.strip('"') if key.startswith('"') and key.endswith('"') else key] = row
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_a_real_export_is_read_as_it_is(folder: Path, name: str) -> None:
    sample, path = SAMPLES[name], folder / name
    expected = held(path, sample)
    with planned(path) as plan:
        file = plan.files[0]
        assert file.tool == sample.tool
        assert file.rows == expected.rows
        assert file.counts.get("keyword", 0) == len(expected.keywords)
        assert file.counts.get("junk", 0) == expected.junk
        assert file.counts.get("duplicate", 0) == expected.rows - expected.junk - len(expected.keywords)
        assert not file.counts.get("unreadable", 0)
        assert not file.notes
        rows = list(plan.rows())
        assert len(list(plan.left_out())) == expected.rows - len(expected.keywords)
    found = by_key(rows)
    assert found.keys() == expected.keywords.keys()
    for key, row in found.items():
        check(row, key, expected)
        assert row.country == sample.country


def check(row: PlanRow, key: str, expected: Held) -> None:
    volume = tuple(row.volume) if isinstance(row.volume, Range) else row.volume
    assert volume == expected.volumes[key], key
    assert row.difficulty == expected.difficulties[key], key
    if any(expected.intents.values()):
        assert frozenset((row.intent or "").split(",")) - {""} == expected.intents[key], key


def test_every_real_export_has_a_test(folder: Path) -> None:
    files = {path.name for path in folder.iterdir() if path.suffix in {".csv", ".xlsx"}}
    assert files == {*SAMPLES, "gsc_Filters_2026-07.csv"}


def test_the_filters_of_a_report_are_no_keywords(folder: Path) -> None:
    with planned(folder / "gsc_Filters_2026-07.csv") as plan:
        assert (plan.files[0].tool, plan.files[0].rows, len(plan)) == ("google-search-console", 2, 0)
        assert "no keywords" in plan.warnings[0]


def test_lines_point_into_the_file(folder: Path) -> None:
    """The one query with a line break inside its quotes moves every line behind it by one."""
    path = folder / "gsc_Queries_compare-periods.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    with planned(path) as plan:
        rows = list(plan.rows())
    broken = [
        row for row in rows if not lines[row.line - 1].strip('"').startswith(row.keyword[:8].strip('"'))
    ]
    assert len(rows) == 1363
    assert not broken


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("semrush_kmt_capped-trailer_us_2026-04_TRUNCATED.csv", "first 30000 rows"),
        ("gsc_Queries_2026-07.csv", "cut off"),
        ("gsc_Queries_2026-07.csv", "impressions do not fill"),
        ("gkp_keyword-stats_gbp_2026-06.csv", "stay ranges"),
    ],
)
def test_what_an_export_leaves_out_is_said(folder: Path, name: str, words: str) -> None:
    with planned(folder / name) as plan:
        assert any(words in warning for warning in plan.warnings)


def test_positions_are_those_of_the_last_day(folder: Path) -> None:
    with planned(folder / "seranking_positions-detailed_uk_2026-03.csv") as plan:
        column = next(column for column in plan.files[0].columns if column.field == "position")
        assert column.heading == "2026-03-02"
        assert next(plan.rows()).position == 70


def test_intents_of_flag_columns_become_one_field(folder: Path) -> None:
    with planned(folder / "ahrefs_organic-keywords_gb_utf16_2026-01.csv") as plan:
        assert next(plan.rows()).intent == "informational,commercial"


def test_a_folder_is_one_plan(folder: Path) -> None:
    with plan_import([Origin.file(folder)]) as plan:
        assert len(plan.files) == 20
        assert not [one.name for one in plan.files if one.trouble]
        seen = {(row.keyword.casefold(), row.country) for row in plan.rows()}
        assert len(seen) == len(plan) > 12_000
