"""P91: work that was not carried out is listed on every machine of its author, and can be ended from each of them."""

from planner_core.operations import Resolve
from planner_server import clock
from planner_server.accounts import services as accounts
from planner_server.feed.models import Scope
from tests.planner_server.world import Desk, Team, set_of

WRONG = 500
"""No difficulty goes beyond 100."""


def refused(team: Team, desk: Desk) -> tuple[str, str, str]:
    """An edit that a rule refuses; the row, the operation and the item."""
    (one,) = team.keywords(1)
    op = clock.new_uid()
    (row,) = desk.push(set_of("difficulty_override", [None], [WRONG], [one]), op_id=op).rows
    assert row.conflict
    return one, op, row.conflict


def test_a_refused_edit_is_listed_on_every_machine_of_its_author(team: Team, anna: Desk, carl: Desk) -> None:
    """P91: with code, words, rows and label; nobody else sees it."""
    one, op, item = refused(team, anna)
    line = Desk(team.owner, team.site.uid).snapshot().conflicts[item]
    assert (line["kind"], line["code"], line["row"], line["ids"]) == ("refused", "invalid", one, [one])
    assert (line["label"], line["ops"], line["state"]) == ("test", [op], "open")
    assert line["message"]
    assert not carl.pull().conflicts


def test_another_machine_lets_it_go_and_a_reader_may(team: Team, anna: Desk) -> None:
    """P91: nobody is left with a question he may not end."""
    one, _, item = refused(team, anna)
    team.owner.role = "viewer"
    team.owner.save()
    accounts.site_grant(site=team.site, user=team.owner)
    other = Desk(team.owner, team.site.uid)
    end = Resolve(item, "theirs", "keyword", one, "difficulty_override", (), ())
    assert other.push(end).verdict == "applied"
    assert anna.pull().conflicts[item]["state"] == "closed"


def test_sending_it_again_ends_the_former_item(team: Team, anna: Desk) -> None:
    """P91, P67: by naming the former operation; refused again it is one new question."""
    one, op, item = refused(team, anna)
    again = anna.push(set_of("difficulty_override", [None], [WRONG + 1], [one]), supersedes=(op,))
    states = {uid: line["state"] for uid, line in anna.pull().conflicts.items()}
    assert states == {item: "closed", again.rows[0].conflict: "open"}
    anna.push(set_of("difficulty_override", [None], [50], [one]), supersedes=(again.op_id,))
    assert {line["state"] for line in anna.pull().conflicts.values()} == {"closed"}


def test_parked_work_is_listed_with_what_it_lacks(team: Team, anna: Desk) -> None:
    """P88, P91: the missing row is named; there is one open item a row and group."""
    (one,) = team.keywords(1)
    missing = clock.new_uid()
    results = [anna.push(set_of("placement", [None, "new"], [missing, "mapped"], [one])) for _ in range(2)]
    for result in results:
        assert (result.verdict, result.rows[0].details) == ("parked_dependency", {"cluster": missing})
    ((uid, line),) = anna.pull().conflicts.items()
    assert (line["kind"], line["code"], len(line["ops"])) == ("parked", "missing", 2)
    assert [result.rows[0].conflict for result in results] == [uid, uid]


def test_a_dismissal_of_what_a_restored_platform_has_forgotten_is_kept(team: Team, anna: Desk) -> None:
    """P89, P91: every machine then closes its own."""
    (one,) = team.keywords(1)
    forgotten = clock.new_uid()
    assert anna.push(Resolve(forgotten, "theirs", "keyword", one, "", (), ())).verdict == "applied"
    assert anna.pull().conflicts[forgotten]["state"] == "closed"


def test_what_is_only_told_has_no_item(team: Team, anna: Desk, carl: Desk) -> None:
    """P91: a value that was there already is no question."""
    (one,) = team.keywords(1)
    carl.push(set_of("volume_override", [None], [7], [one]))
    anna.push(set_of("volume_override", [None], [7], [one]))
    assert not anna.pull().conflicts


def test_edits_too_old_to_be_known_are_asked_about_field_by_field(team: Team, anna: Desk) -> None:
    """P74, P90: two fields of one row are two questions; the answer to one does not let the other go."""
    (one,) = team.keywords(1)
    Scope.objects.filter(uid=team.site.uid).update(op_floor=10)
    for group, value in (("volume_override", 7), ("difficulty_override", 8)):
        assert anna.push(set_of(group, [None], [value], [one]), made=1).verdict == "too_old"
    lines = anna.pull().conflicts.values()
    assert sorted(line["group"] for line in lines) == ["difficulty_override", "volume_override"]
    assert {line["code"] for line in lines} == {"too_old"}


def test_what_only_ends_a_question_is_never_too_old(team: Team, anna: Desk) -> None:
    """P74: carried out twice it comes to the same; asked about, each answer would make the next question."""
    (one,) = team.keywords(1)
    Scope.objects.filter(uid=team.site.uid).update(op_floor=10)
    anna.push(set_of("volume_override", [None], [7], [one]), made=1)
    ((asked, line),) = anna.pull().conflicts.items()
    dismissal = Resolve(asked, "theirs", "keyword", one, line["group"], (), ())
    assert anna.push(dismissal, made=1).verdict == "applied"
    assert anna.pull().conflicts[asked]["state"] == "closed"
    chosen = Resolve(asked, "mine", "keyword", one, "volume_override", (7,), (None,))
    assert anna.push(chosen, made=1).verdict == "too_old"
