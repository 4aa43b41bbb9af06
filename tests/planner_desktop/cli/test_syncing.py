"""sync, status, review, pending between two people: shapes, exit codes, and decisions that end on both sides."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from planner_desktop.demo.platform import Platform
from tests.planner_desktop.cli.conftest import Cli

pytestmark = pytest.mark.slow

REPORT = {"dialect", "pushed", "pulled", "merged", "conflicts", "refused", "seconds"}
STATUS = {"dialect", "state", "waiting", "conflicts", "refused", "last_sync"}


@pytest.fixture
def ada(owner: Cli) -> Cli:
    """The owner on one computer."""
    return owner


@pytest.fixture
def ben(cli: Cli, ada: Cli, platform: Platform, tmp_path: Path) -> Iterator[Cli]:
    """The editor on another computer."""
    ben = replace(cli, folder=tmp_path / "ben")
    ben.sign_in(platform, platform.people()[1])
    ben.ok("sync")
    yield ben
    # Others use the same platform: leave no override behind.
    ben("sync")
    ben.ok("keywords", "set", "--where", "is:override", "--volume", "reset", "--difficulty", "reset")
    assert ben("sync").code == 0


def one_keyword(cli: Cli) -> str:
    """A query that means one keyword."""
    return f'"{cli("keywords", "list", "--sort", "-volume", "--limit", "1").rows[0]["keyword"]}"'


def volume_of(cli: Cli, where: str) -> object:
    rows = cli("keywords", "list", "--where", where, "--sort", "-volume", "--limit", "1").rows
    return rows[0]["volume_override"]


def test_that_an_edit_reaches_the_other_computer(ada: Cli, ben: Cli) -> None:
    changed = ada.ok("keywords", "set", "--where", "volume:>=1000", "--difficulty", "33")["changed"]
    assert ada.ok("status")["state"] == "waiting"
    assert ada.ok("status")["waiting"] == changed
    report = ada.ok("sync")
    assert set(report) >= REPORT
    assert (report["dialect"], report["pushed"], report["conflicts"]) == ("feed", changed, 0)
    status = ada.ok("status")
    assert set(status) >= STATUS
    assert (status["state"], status["waiting"]) == ("idle", 0)
    assert status["last_sync"].endswith("Z")
    assert ben.ok("sync")["pulled"] == changed
    assert ben("keywords", "list").rows == ada("keywords", "list").rows
    assert ben.ok("sync")["pulled"] == 0


def test_that_a_dry_run_tells_what_the_sync_then_does_and_writes_nothing(ada: Cli, ben: Cli) -> None:
    where = one_keyword(ada)
    ben.ok("keywords", "set", "--where", where, "--volume", "1001")
    ben.ok("sync")
    ada.ok("keywords", "set", "--where", where, "--volume", "2002")
    ada.ok("keywords", "set", "--where", "volume:<1000", "--difficulty", "12")
    waiting = ada.ok("status")["waiting"]
    dry = ada("sync", "--dry-run")
    assert dry.code == 6
    assert (dry.document["pushed"], dry.document["conflicts"]) == (waiting, 1)
    assert ada.ok("status")["waiting"] == waiting
    assert ada.ok("status")["conflicts"] == 0
    real = ada("sync")
    assert real.code == 6
    assert real.document["conflicts"] == dry.document["conflicts"]
    ada.ok("review", "resolve", "--keep", "theirs", "--all")
    ada.ok("sync")


@pytest.mark.parametrize(("keep", "stays"), [("mine", 2002), ("theirs", 1001)])
def test_that_a_conflict_is_decided_once_and_ends_on_both_sides(
    ada: Cli, ben: Cli, keep: str, stays: int
) -> None:
    where = one_keyword(ada)
    ben.ok("keywords", "set", "--where", where, "--volume", "1001")
    ada.ok("keywords", "set", "--where", where, "--volume", "2002")
    ben.ok("sync")
    assert ada("sync").code == 6
    assert ada.ok("status")["conflicts"] == 1
    (item,) = ada("review", "list").rows
    assert item["message"].endswith("set another value meanwhile.")
    assert (item["kind"], item["entity"], item["group"]) == ("conflict", "keyword", "volume_override")
    assert f'"{item["name"]}"' == where
    assert [item[side]["volume_override"] for side in ("base", "mine", "theirs")] == [None, 2002, 1001]
    assert item["by"]
    assert ada("keywords", "list", "--where", "is:conflict").rows[0]["sync"] == "conflict"
    assert ada("sync").code == 6
    done = ada.ok("review", "resolve", "--keep", keep, item["id"])
    assert done["resolved"] == 1
    assert ada("review", "list").rows == []
    assert ada("sync").code == 0
    assert ben("sync").code == 0
    assert volume_of(ada, where) == volume_of(ben, where) == stays
    assert ben("review", "list").rows == []
    assert ada.ok("sync")["pushed"] == 0


def test_that_a_row_in_the_trash_is_made_anew_with_what_was_wanted(ada: Cli, ben: Cli) -> None:
    """P88, P91: restore as new, for what cannot be decided where it stood; the question ends."""
    where = one_keyword(ada)
    ben.ok("keywords", "delete", "--where", where)
    ada.ok("keywords", "set", "--where", where, "--volume", "2002")
    ben.ok("sync")
    assert ada("sync").code == 6
    (item,) = ada("review", "list").rows
    wrong = ada("review", "restore", item["id"], "--site", "northlight-office")
    assert wrong.code == 2
    unknown = ada("review", "restore", "0" * 32)
    assert (unknown.code, unknown.error["code"]) == (2, "unknown_item")
    assert ada.ok("review", "restore", item["id"])["resolved"] == 1
    ada.ok("sync")
    ben.ok("sync")
    assert volume_of(ada, where) == volume_of(ben, where) == 2002
    assert ada("review", "list").rows == []


def test_that_one_site_can_be_synced_alone(ada: Cli, ben: Cli) -> None:
    for site in ("northlight-office", "trailhead-outfitters"):
        ada.ok("keywords", "set", "--where", "", "--site", site, "--volume", "31")
    one = len(ada("keywords", "list", "--where", "is:waiting", "--site", "trailhead-outfitters").rows)
    assert ada.ok("sync", "--site", "trailhead-outfitters")["pushed"] == one
    assert {row["site"] for row in ada("keywords", "list", "--where", "is:waiting").rows} == {
        "Northlight Office"
    }
    ada.ok("sync")
    ben.ok("sync")


def test_that_undoing_what_was_sent_is_sent_too(ada: Cli, ben: Cli) -> None:
    before = ben("keywords", "list", "--where", "is:override").rows
    done = ada.ok("keywords", "set", "--where", "", "--volume", "55", "--site", "northlight-office")
    ada.ok("sync")
    ben.ok("sync")
    assert ada.ok("undo", done["action"])["changed"] == done["changed"]
    assert ada.ok("sync")["pushed"] == done["changed"]
    ben.ok("sync")
    assert ben("keywords", "list", "--where", "is:override").rows == before


def test_that_every_row_can_be_compared_with_the_platforms(ada: Cli) -> None:
    done = ada.ok("verify", "--site", "northlight-office")
    assert done["equal"] is True
    found = {site["site"]: site for site in ada.ok("status")["sites"]}
    assert found["Northlight Office"]["equal"] is True
    assert found["Northlight Office"]["checked"].endswith("Z")
    assert found["Trailhead Outfitters"]["checked"] is None
    ada.ok("keywords", "set", "--where", "", "--volume", "56", "--site", "northlight-office")
    (stands,) = [site for site in ada.ok("status")["sites"] if site["site"] == "Northlight Office"]
    assert stands["equal"] is False
    ada.ok("undo")


def test_that_what_was_never_fetched_is_not_called_compared(cli: Cli, platform: Platform) -> None:
    """P93: after damage nothing is here; nothing differing is not the same as everything equal."""
    cli.sign_in(platform, platform.people()[1])
    done = cli("verify")
    assert done.code != 0, done
    done = cli("verify", as_json=False)
    assert "planner sync" in done.out + done.err


def test_that_the_removal_of_much_is_asked_about_before_it_happens(
    ada: Cli, platform: Platform, tmp_path: Path
) -> None:
    """P35, P96: nothing goes until it is allowed, everything else goes on."""
    ada.ok("sites", "create", "--name", "Emptied", "--industry", "home-office", "--sectors", "desks,chairs")
    for sector in ("desks", "chairs"):
        place = ("--site", "emptied", "--sector", sector)
        seeds = ada("library", "search", "", *place, "--limit", "300").rows
        ids = [part for seed in seeds for part in ("--seed", seed["id"])]
        ada.ok("keywords", "add-from-seeds", *place, *ids)
    there = ada.ok("sync")["pushed"]
    assert there > 200
    elsewhere = replace(ada, folder=tmp_path / "elsewhere")
    elsewhere.sign_in(platform, platform.people()[0])
    elsewhere.ok("sync")
    ada.ok("keywords", "delete", "--where", "", "--site", "emptied")
    ada.ok("sync")

    held = elsewhere("sync")

    assert held.code == 6
    status = elsewhere.ok("status")
    assert status["state"] == "asks"
    (site,) = [found for found in status["sites"] if found["site"] == "Emptied"]
    assert site["held_back"] == {"rows": there, "of": there, "kinds": {"keyword": there}}
    assert (
        len(elsewhere("keywords", "list", "--where", "", "--site", "emptied", "--limit", "1000").rows)
        == there
    )
    told = elsewhere("sync", as_json=False)
    assert f"--allow-removal {site['site_id']}" in told.err

    assert elsewhere.ok("sync", "--allow-removal", "emptied")["review"] == 0
    assert elsewhere("keywords", "list", "--where", "", "--site", "emptied").rows == []
    assert elsewhere.ok("status")["state"] == "idle"
    nothing = elsewhere("sync", "--allow-removal", "emptied")
    assert (nothing.code, nothing.error["code"]) == (2, "nothing_to_allow")


def test_that_a_new_site_can_be_worked_in_at_once(ada: Cli) -> None:
    made = ada.ok(
        "sites", "create", "--name", "Pop-up", "--industry", "home-office", "--sectors", "desks,Chairs"
    )
    assert made["industry"] == "Home Office"
    assert {row["name"] for row in ada("sectors", "--site", made["id"]).rows} == {"Desks", "Chairs"}
    (seed, *_) = ada("library", "search", "desk", "--site", "pop-up", "--sector", "desks").rows
    assert seed["added"] is False
    ada.ok("keywords", "add-from-seeds", "--site", "Pop-up", "--sector", "desks", "--seed", seed["id"])
    assert ada.ok("sync")["pushed"] == 1
    assert ada.ok("keywords", "delete", "--where", "", "--site", "pop-up")["changed"] == 1
    ada.ok("sync")


@pytest.mark.parametrize(
    ("industry", "sectors"),
    [("gardening", "desks"), ("home-office", "tents"), ("home-office", ""), ("home-office", "a,b,c,d,e,f")],
)
def test_that_a_site_is_not_made_by_halves(ada: Cli, industry: str, sectors: str) -> None:
    before = ada("sites").rows
    assert ada("sites", "create", "--name", "Half", "--industry", industry, "--sectors", sectors).code == 2
    ada.ok("sync")
    assert ada("sites").rows == before
