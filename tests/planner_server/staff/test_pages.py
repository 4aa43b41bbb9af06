import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from planner_server.accounts.models import Account, Device, Plan, Site, User
from planner_server.accounts.services import device_create, site_delete, user_create
from planner_server.audit.models import Entry
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope
from planner_server.library import bringing
from planner_server.library.models import Industry, IndustrySector, SeedKeyword
from planner_server.staff.site import SITE
from tests.planner_server.api.caller import PASSWORD, Caller, cluster_id
from tests.planner_server.world import Desk, Team, make_team

LOGIN = "/staff/login/"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """The real hasher takes a third of a second a password, by intent."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def team(db: None) -> Team:
    return make_team(seeds=3)


@pytest.fixture
def sam(team: Team, quick_passwords: None) -> User:
    """A staff member; on the platform he is a mere viewer."""
    made = user_create(account=team.account, email="sam@acme.test", password=PASSWORD, role="viewer")
    User.objects.filter(pk=made.pk).update(is_staff=True)
    return User.objects.get(pk=made.pk)


@pytest.fixture
def staff(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


def page(name: str, *arguments: object) -> str:
    return reverse(f"admin:{name}", args=arguments)


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.content[:2000]
    return re.sub(r"\s+", " ", response.content.decode())


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def version_of(uid: str) -> int:
    return Scope.objects.get(uid=uid).version


def save(client: Client, what: str, row: Any, /, **fields: Any) -> Any:
    """Submit a form of change as the page shows it, with these fields otherwise; True ticks a box, False leaves it."""
    url = page(f"{what}_change", row.pk)
    form = client.get(url).context["adminform"].form
    shown = {field: form.initial.get(field, form.fields[field].initial) for field in form.fields}
    sent = {field: value for field, value in (shown | fields).items() if value not in (None, False)}
    return client.post(url, {field: "on" if value is True else value for field, value in sent.items()})


# ---------------------------------------------------------------- who


def test_only_staff_gets_in_and_every_page_is_shown(staff: Client, team: Team, sam: User) -> None:
    pages = [page("index"), page("library_import")]
    for model, admin in SITE._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        pages.append(page(f"{name}_changelist"))
        row = model._default_manager.first()
        if row is not None:
            pages.append(page(f"{name}_change", row.pk))
        request: Any = staff.get(page("index")).wsgi_request
        assert not admin.has_delete_permission(request)
    assert len(pages) >= 16
    outsider, editor = Client(), Client()
    editor.force_login(team.owner)
    for url in pages:
        text_of(staff.get(url))
        for stranger in (outsider, editor):
            response: Any = stranger.get(url)
            assert response.status_code == 302
            assert response["Location"].startswith(LOGIN)
    for change in ({"is_staff": False}, {"is_active": False}):
        User.objects.filter(pk=sam.pk).update(**change)
        assert staff.get(page("index")).status_code == 302
        User.objects.filter(pk=sam.pk).update(is_staff=True, is_active=True)
    Account.objects.filter(pk=sam.account_id).update(is_active=False)
    assert staff.get(page("index")).status_code == 302


def test_a_staff_member_signs_in_with_his_password_and_others_do_not(team: Team, sam: User) -> None:
    team.owner.set_password(PASSWORD)
    team.owner.save()
    client = Client()
    for email, status in ((team.owner.email, 200), (sam.email.upper(), 302)):
        response: Any = client.post(LOGIN, {"username": email, "password": PASSWORD})
        assert response.status_code == status
    assert client.get(page("index")).status_code == 200
    cookies = client.cookies
    assert {cookies[name]["path"] for name in cookies} == {"/staff/"}
    assert client.get("/api/v1/auth/account/").status_code == 401


def test_guessing_at_the_sign_in_is_counted(sam: User, settings: Any) -> None:
    settings.PLANNER_THROTTLE = "documented"
    client = Client(REMOTE_ADDR="203.0.113.9")
    statuses = [
        client.post(LOGIN, {"username": sam.email, "password": str(number)}).status_code
        for number in range(12)
    ]
    assert set(statuses) == {200, 429}


def test_a_form_without_its_token_is_refused(sam: User, team: Team) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    url = page("accounts_account_change", team.account.pk)
    assert client.post(url, {"name": "Stolen"}).status_code == 403
    assert Account.objects.get(pk=team.account.pk).name == "Acme"


def test_the_pages_style_is_served(team: Team) -> None:
    response: Any = Client().get("/staff/static/admin/css/base.css")
    assert response.status_code == 200
    assert b"".join(response.streaming_content)


# ---------------------------------------------------------------- plans, accounts, people


def test_a_plan_is_made_and_given_and_its_limit_holds(staff: Client, team: Team) -> None:
    fields = {"name": "Tiny", "slug": "tiny", "included_credits": 0, "max_sites": 1, "is_active": "on"}
    assert staff.post(page("accounts_plan_add"), fields).status_code == 302
    plan = Plan.objects.get(slug="tiny")
    assert (plan.max_sites, plan.max_users) == (1, None)
    assert save(staff, "accounts_account", team.account, plan=plan.pk).status_code == 302
    reply = Caller(team.owner).post("auth/sites/", {"name": "Second"})
    assert (reply.status, reply.body["code"]) == (400, "limit")
    assert save(staff, "accounts_account", team.account, plan=plan.pk, max_sites=2).status_code == 302
    assert Caller(team.owner).post("auth/sites/", {"name": "Second"}).status == 201
    assert LogEntry.objects.filter(object_repr="Acme").count() == 2


def test_an_account_that_is_switched_off_is_out_at_once(staff: Client, rival: Team) -> None:
    caller = Caller(rival.owner)
    assert save(staff, "accounts_account", rival.account, is_active=False).status_code == 302
    assert caller.get("auth/account/").status == 401


@pytest.fixture
def rival(team: Team) -> Team:
    return make_team("Rival", seeds=1)


def test_a_person_is_made_with_a_token_for_his_password(staff: Client, rival: Team) -> None:
    fields = {"email": "Dev@rival.test", "account": rival.account.pk, "name": "Dev", "role": "developer"}
    response: Any = staff.post(page("accounts_user_add"), fields, follow=True)
    token = next(text for text in said(response) if "token" in text).rpartition(" ")[2]
    made = User.objects.get(email="dev@rival.test")
    assert (made.role, made.account_id) == ("developer", rival.account.pk)
    body = {"token": token, "new_password": "another good secret"}
    assert Caller().post("auth/password/reset/confirm/", body).status == 200
    again = staff.post(page("accounts_user_add"), fields)
    assert "already" in text_of(again)
    assert User.objects.filter(account=rival.account).count() == 3


def test_the_last_owner_stays_for_the_staff_too_and_nobody_takes_the_pages_from_himself(
    staff: Client, team: Team, sam: User
) -> None:
    refused = save(staff, "accounts_user", team.owner, role="viewer")
    assert "needs an owner" in text_of(refused)
    assert User.objects.get(pk=team.owner.pk).role == "owner"
    save(staff, "accounts_user", sam, is_staff=False)
    assert User.objects.get(pk=sam.pk).is_staff
    assert save(staff, "accounts_user", team.colleague, role="editor", is_staff=True).status_code == 302
    changed = User.objects.get(pk=team.colleague.pk)
    assert (changed.role, changed.is_staff) == ("editor", True)


def test_people_are_signed_out_and_get_tokens_by_the_lists_actions(staff: Client, team: Team) -> None:
    caller = Caller(team.owner)
    chosen = {"_selected_action": [team.owner.pk], "action": "sign_out"}
    response: Any = staff.post(page("accounts_user_changelist"), chosen, follow=True)
    assert said(response) == ["1 devices are signed out."]
    assert caller.get("auth/account/").status == 401
    chosen["action"] = "hand_out_token"
    response = staff.post(page("accounts_user_changelist"), chosen, follow=True)
    assert team.owner.uid in said(response)[0]


# ---------------------------------------------------------------- what the feed carries


def test_a_site_that_staff_changes_is_on_the_accounts_feed_exactly_once(staff: Client, team: Team) -> None:
    before = version_of(team.account.uid)
    assert save(staff, "accounts_site", team.site, name="New name").status_code == 302
    assert version_of(team.account.uid) == before + 1
    feed = Desk(team.owner, team.account.uid).pull()
    assert feed.live("site")[team.site.uid]["name"] == "New name"
    assert save(staff, "accounts_site", team.site).status_code == 302
    assert version_of(team.account.uid) == before + 1


def test_a_deleted_site_is_brought_back_by_staff(staff: Client, team: Team) -> None:
    site_delete(site=team.site, actor=Actor("user", team.owner.uid))
    before = version_of(team.account.uid)
    chosen = {"_selected_action": [team.site.pk], "action": "restore"}
    staff.post(page("accounts_site_changelist"), chosen)
    assert Site.objects.get(pk=team.site.pk).deleted_at is None
    assert version_of(team.account.uid) == before + 1
    staff.post(page("accounts_site_changelist"), {**chosen, "action": "move_to_trash"})
    assert Site.objects.get(pk=team.site.pk).deleted_at is not None


@pytest.mark.parametrize(
    ("name", "entity", "row"),
    [
        ("library_industry", "industry", lambda team: team.industry),
        ("library_industrysector", "industry_sector", lambda team: team.branch),
    ],
)
def test_a_new_name_in_the_library_reaches_every_account_that_sees_it(
    name: str, entity: str, row: Callable[[Team], Any], staff: Client, team: Team, rival: Team
) -> None:
    mine, theirs = version_of(team.account.uid), version_of(rival.account.uid)
    assert save(staff, name, row(team), name="  Other   name ").status_code == 302
    feed = Desk(team.owner, team.account.uid).pull()
    assert feed.live(entity)[row(team).uid]["name"] == "Other name"
    assert (version_of(team.account.uid), version_of(rival.account.uid)) == (mine + 1, theirs)
    assert save(staff, name, row(team), is_active=False).status_code == 302
    assert version_of(team.account.uid) == mine + 1


def test_industries_and_sectors_are_made(staff: Client, team: Team) -> None:
    assert staff.post(page("library_industry_add"), {"name": "Pets"}).status_code == 302
    pets = Industry.objects.get(name="Pets")
    fields = {"industry": pets.pk, "name": "Dogs"}
    assert staff.post(page("library_industrysector_add"), fields).status_code == 302
    assert Scope.objects.get(uid=IndustrySector.objects.get(name="Dogs").uid).kind == "library"


def test_names_that_come_to_the_same_slug_or_stand_already_are_no_fault(staff: Client, team: Team) -> None:
    for name in ("C++", "C#", "C"):
        assert staff.post(page("library_industry_add"), {"name": name}).status_code == 302
    assert list(Industry.objects.filter(slug__startswith="c").values_list("slug", flat=True)) == [
        "c",
        "c-2",
        "c-3",
    ]
    assert "already" in text_of(staff.post(page("library_industry_add"), {"name": " C# "}))
    other = IndustrySector.objects.create(
        uid="0" * 32, industry=team.industry, scope=team.scope, name="Other", slug="other", created_at=0
    )
    for refused in (
        staff.post(page("library_industrysector_add"), {"industry": team.industry.pk, "name": "Loans"}),
        save(staff, "library_industrysector", other, name=" loans ".title()),
    ):
        assert "already" in text_of(refused)
    wrong = save(staff, "accounts_account", team.account, account_timezone="Mars/Olympus")
    assert "IANA" in text_of(wrong)


def test_a_seeds_figures_are_changed_through_its_sectors_gate_once(staff: Client, team: Team) -> None:
    seed = SeedKeyword.objects.get(uid=team.seeds[1])
    before = version_of(team.branch.uid)
    changed = save(staff, "library_seedkeyword", seed, volume=77, intent="transactional, commercial")
    assert changed.status_code == 302
    assert version_of(team.branch.uid) == before + 1
    row = Desk(team.owner, team.branch.uid).pull().live("seed")[seed.uid]
    assert (row["volume"], row["intent"]) == (77, "commercial,transactional")
    for wrong in ({"volume": -1}, {"difficulty": 101}, {"intent": "curious"}):
        assert save(staff, "library_seedkeyword", seed, **wrong).status_code == 200
    assert version_of(team.branch.uid) == before + 1


# ---------------------------------------------------------------- import


def send(client: Client, text: str | bytes, **more: Any) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("list.csv", raw, content_type="text/csv")
    return client.post(page("library_import"), {"file": file, **more})


LIST = (
    "Keyword,Volume,KD,Intent,Country,Industry,Sector\n"
    "loan 1,4711,12,commercial,US,finance of acme,LOANS\n"
    "home loan,900,,informational,US,Finance of Acme,loans\n"
    "bad figure,many,1,,US,Finance of Acme,Loans\n"
    "no such branch,1,1,,US,Gardens,Loans\n"
    "no such sector,1,1,,US,Finance of Acme,Trees\n"
    ",5,5,,US,Finance of Acme,Loans\n"
    "Home  Loan,1000,,,US,Finance of Acme,Loans\n"
)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_list_is_matched_by_names_updates_what_is_there_and_names_bad_rows_by_line(
    pack: Callable[[bytes], bytes], staff: Client, team: Team
) -> None:
    before = version_of(team.branch.uid)
    response = send(staff, pack(LIST.encode()))
    brought = response.context["brought"]
    assert (brought.rows, brought.created, brought.updated, brought.merged, brought.bad) == (7, 1, 1, 1, 4)
    assert [row.line for row in brought.listed] == [4, 5, 6, 7]
    assert "no industry &#x27;Gardens&#x27;" in text_of(response)
    assert SeedKeyword.objects.get(keyword_key="loan 1").volume == 4711
    assert SeedKeyword.objects.get(keyword_key="home loan").volume == 1000
    assert version_of(team.branch.uid) == before + 1
    assert version_of(team.site.uid) == team.scope.version
    assert (Industry.objects.count(), IndustrySector.objects.count()) == (1, 1)
    again = send(staff, LIST).context["brought"]
    assert (again.created, again.bad) == (0, 4)


def test_a_list_without_places_goes_to_the_sector_chosen(staff: Client, team: Team) -> None:
    text = "query;search volume\ncar loan;1,200\nloan 2;\n"
    assert send(staff, text).context["brought"].bad == 2
    brought = send(staff, text, sector=team.branch.pk).context["brought"]
    # The seed that is there is of a country: without one it is another.
    assert (brought.created, brought.updated, brought.bad) == (2, 0, 0)
    assert SeedKeyword.objects.filter(keyword_key="car loan", sector=team.branch).exists()


@pytest.mark.parametrize(
    "raw",
    [b"", b"volume,kd\n1,2\n", "keyword\nx\n".encode("utf-16"), gzip.compress(b"keyword\nx\n" * 99)[:25]],
    ids=["empty", "no keyword", "utf-16", "cut off"],
)
def test_a_file_that_is_no_list_is_refused_with_a_reason_and_changes_nothing(
    raw: bytes, staff: Client, team: Team
) -> None:
    before = SeedKeyword.objects.count()
    response = send(staff, raw, sector=team.branch.pk)
    assert response.context["brought"] is None
    assert response.context["form"].errors["file"]
    assert SeedKeyword.objects.count() == before


def test_a_list_that_is_too_long_is_sent_to_the_command(
    staff: Client, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "MOST_ROWS", 2)
    response = send(staff, "keyword\na\nb\nc\n", sector=team.branch.pk)
    assert "load-library" in str(response.context["form"].errors["file"])
    assert not SeedKeyword.objects.filter(keyword_key="a").exists()


# ---------------------------------------------------------------- audit trail


def test_the_trail_names_person_device_application_and_what_was_done(staff: Client, team: Team) -> None:
    device = device_create(user=team.owner, name="Olga's laptop", app="planner-desktop 0.1")
    Caller(team.owner)
    Device.objects.exclude(pk=device.pk).delete()
    common = {"version": 1, "kind": "user", "who": team.owner.uid, "device": device.uid}
    Entry.objects.create(
        at=0,
        account_id=team.account.pk,
        scope=team.site.uid,
        app="planner-desktop 0.1",
        label="Import loans.csv",
        **common,
    )
    shown = text_of(staff.get(page("audit_entry_changelist")))
    for said_so in (team.owner.email, "Olga&#x27;s laptop", "planner-desktop 0.1", "Import loans.csv"):
        assert said_so in shown
    assert team.site.name in shown
    save(staff, "accounts_site", team.site, name="Renamed")
    assert "Staff: change site" in text_of(staff.get(page("audit_entry_changelist"), {"q": "staff"}))
    only = text_of(staff.get(page("audit_entry_changelist"), {"account": str(team.account.pk + 1)}))
    assert "Import loans.csv" not in only
    entry = Entry.objects.earliest("pk")
    assert staff.post(page("audit_entry_change", entry.pk), {"label": "x"}).status_code == 403


def test_what_the_api_did_is_in_the_trail(staff: Client, team: Team) -> None:
    pk = cluster_id(team, "Loans")
    assert Caller(team.owner).delete(f"planner/clusters/{pk}/").status == 204
    assert f"DELETE planner/clusters/{pk}/" in text_of(staff.get(page("audit_entry_changelist")))
