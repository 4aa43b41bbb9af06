"""Jobs write through the same services as people, and give way to them."""

import pytest

from planner_core.operations import Create, Delete, Seen
from planner_server import clock
from planner_server.feed.models import Conflict
from planner_server.planning.models import Clusters, Keywords
from planner_server.planning.services import job_write
from tests.planner_server.world import Desk, Team, keyword, make_team, placement, set_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def anna(team: Team) -> Desk:
    return Desk(team.owner, team.site.uid)


def test_a_persons_edit_between_a_jobs_reading_and_writing_stays(team: Team, anna: Desk) -> None:
    """P60: 1,000 rows would do the same; the report names each row that was kept."""
    ids = team.keywords(6)
    anna.push(set_of("volume_override", [None], [7], ids[:2]))
    version = team.scope.version
    report = job_write(
        site=team.site, job="metrics", operations=[set_of("volume_override", [None], [9], ids)]
    )
    assert [(row.code, row.group, sorted(row.ids)) for row in report] == [
        ("kept", "volume_override", sorted(ids[:2]))
    ]
    assert [keyword(uid).volume_override for uid in ids] == [7, 7, 9, 9, 9, 9]
    assert team.scope.version == version + 1
    assert not Conflict.objects.exists()


def test_a_job_on_one_field_does_not_make_another_its_own(team: Team, anna: Desk) -> None:
    """P62, I11: who wrote last is known by field, so the person's value still stands against the next job and asks a person."""
    (one,) = team.keywords(1)
    x = team.cluster("X")
    carl = Desk(team.colleague, team.site.uid)
    carl.push(set_of("volume_override", [None], [7], [one]))
    job_write(
        site=team.site,
        job="clustering",
        operations=[set_of("placement", [None, "new"], [x, "mapped"], [one])],
    )
    assert job_write(
        site=team.site, job="metrics", operations=[set_of("volume_override", [None], [9], [one])]
    )
    result = anna.push(set_of("volume_override", [None], [5], [one]))
    assert [row.code for row in result.rows] == ["conflict"]
    assert (keyword(one).volume_override, placement(one)) == (7, (x, "mapped"))


def test_a_person_wins_over_what_a_job_wrote_since(team: Team, anna: Desk) -> None:
    """P60: by the table of who wins; nobody is asked about a job's work."""
    (one,) = team.keywords(1)
    job_write(site=team.site, job="metrics", operations=[set_of("volume_override", [None], [9], [one])])
    assert anna.push(set_of("volume_override", [None], [5], [one])).verdict == "applied"
    assert keyword(one).volume_override == 5


def test_a_jobs_clusters_and_its_deletions_follow_the_same_rules(team: Team, anna: Desk) -> None:
    """I11: a taken name gets a number; what a person has touched is not deleted by a job."""
    one, two = team.keywords(2)
    team.cluster("Loans")
    uid = clock.new_uid()
    created = Create("cluster", {"sector": team.sector.uid}, ("name",), [[uid, "Loans"]])
    report = job_write(site=team.site, job="clustering", operations=[created])
    assert [row.code for row in report] == ["renamed"]
    assert Clusters.objects.get(uid=uid).name == "Loans (2)"
    anna.push(set_of("volume_override", [None], [7], [one]))
    seen = {"volume_override": (None,)}
    report = job_write(
        site=team.site, job="cleaning", operations=[Delete("keyword", [Seen(seen, [one, two])])]
    )
    assert [(row.code, row.ids) for row in report] == [("kept", [one])]
    assert set(Keywords.objects.filter(deleted_at=None).values_list("uid", flat=True)) == {one}
