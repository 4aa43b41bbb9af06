"""gc, new-epoch and oldest-backup as whoever looks after a platform uses them."""

import pytest

from planner_core.commands import DeleteRows
from planner_server import clock
from planner_server.feed.models import Conflict, Scope
from planner_server.feed.purging import DAY_MS
from tests.planner_server.cli.program import Inside, Program
from tests.planner_server.world import Desk, make_team, set_of


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own database is there, though it is no file in the data folder."""
    monkeypatch.setattr("planner_server.cli.environment.require_there", lambda *_: None)


def test_gc_says_what_would_go_and_then_what_went(inside: Inside) -> None:
    """P34: the dry run names the same numbers and changes nothing."""
    team = make_team()
    team.run(DeleteRows("keyword", team.keywords(3)))
    floor = team.scope.version
    later = clock.now_ms() + 200 * DAY_MS
    with clock.replaced(now_ms=lambda: later):
        dry = inside.run("gc", "--dry-run", "--json").document
        assert (dry["dry_run"], team.scope.gc_floor) == (True, 0)
        wet = inside.run("gc", "--json").document
        told = inside.run("gc").out
    site = [next(one for one in run["scopes"] if one["scope"] == team.site.uid) for run in (dry, wet)]
    assert [(one["rows"], one["gc_floor"]) for one in site] == [(3, floor), (3, floor)]
    assert told.splitlines() == ["0 rows, 0 operation ids and 0 names of old versions cleared away."]


def test_new_epoch_renews_one_scope_or_all(inside: Inside) -> None:
    """P8, P65: an announced restore; what is not there is named."""
    team = make_team()
    before = dict(Scope.objects.values_list("uid", "epoch"))
    at = team.scope.version
    one = inside.run("new-epoch", "--scope", team.site.uid, "--json").document
    assert [(row["scope"], row["restored_at"]) for row in one["scopes"]] == [(team.site.uid, at)]
    now = dict(Scope.objects.values_list("uid", "epoch"))
    assert [uid for uid in before if before[uid] != now[uid]] == [team.site.uid]
    lines = inside.run("new-epoch").out.splitlines()
    assert len(lines) == len(before) + 1
    assert not set(before.values()) & set(Scope.objects.values_list("epoch", flat=True))
    wrong = inside.run("new-epoch", "--scope", "f" * 32, "--json")
    assert (wrong.code, wrong.error["code"]) == (2, "unknown_scope")


def test_the_oldest_backup_gives_each_scope_its_safe_version(inside: Inside) -> None:
    """P97: the version every kept backup has; times to come and no times are refused."""
    with clock.replaced(now_ms=lambda: 1_700_000_000_000):
        team = make_team()
    at = team.scope.version
    team.keywords(1)
    assert inside.run("oldest-backup", "2023-11-15").code == 0
    assert team.scope.safe_version == at
    for when in ("2999-01-01", "yesterday"):
        ended = inside.run("oldest-backup", when, "--json")
        assert (ended.code, ended.error["code"]) == (2, "time")


def test_questions_to_who_has_left_are_listed_and_ended(inside: Inside) -> None:
    """P91: nobody else could; a question of somebody who is still here is not among them."""
    team = make_team()
    (one,) = team.keywords(1)
    Desk(team.owner, team.site.uid).push(set_of("volume_override", [None], [7], [one]))
    Desk(team.colleague, team.site.uid).push(set_of("volume_override", [None], [5], [one]))
    asked = Conflict.objects.get()
    assert inside.run("left-over").out.splitlines() == ["No such questions."]
    early = inside.run("left-over", "--end", asked.uid, "--json")
    assert (early.code, early.error["code"]) == (2, "unknown_question")
    team.colleague.is_active = False
    team.colleague.save()
    (listed,) = inside.run("left-over", "--json").document["questions"]
    assert (listed["uid"], listed["email"], listed["mine"]) == (asked.uid, team.colleague.email, [5])
    assert inside.run("left-over", "--end", asked.uid, "--json").document == {"ended": [asked.uid]}
    assert inside.run("left-over", "--json").document["questions"] == []
    assert Conflict.objects.get().state == "closed"


def test_no_command_makes_a_database_where_none_is(program: Program) -> None:
    for command in (("gc",), ("new-epoch",), ("oldest-backup", "2024-01-01"), ("left-over",)):
        ended = program.run(*command, "--json")
        assert ended.code == 2
        assert ended.error["code"] in {"no_database", "not_migrated"}, ended.error
