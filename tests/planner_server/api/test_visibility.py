import pytest

from planner_server.accounts import services as accounts
from planner_server.accounts.models import Site, User
from planner_server.accounts.visibility import own_sites_condition, visible_sites
from planner_server.feed import sql
from planner_server.feed.gate import Actor
from planner_server.library import services as library


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in User.Role.values if role != "system_bot"])
def test_the_condition_in_sql_means_the_sites_of_his_own_account_that_a_user_sees(role: str) -> None:
    industry = library.industry_upsert(name="Home office")
    users = []
    for name in ("acme", "other"):
        account = accounts.account_create(name=name)
        user = accounts.user_create(account=account, email=f"eve@{name}.example", password=None, role=role)
        actor = Actor("user", user.uid)
        sites = [
            accounts.site_create(account=account, actor=actor, name=title, industry=industry, sectors=[])
            for title in ("Given", "Not given", "Gone")
        ]
        accounts.site_grant(user=user, site=sites[0])
        accounts.site_grant(user=user, site=sites[2])
        users.append(user)

    for user in users:
        condition, values = own_sites_condition(user)
        found = sql.rows(f"SELECT t.uid FROM accounts_site t WHERE {condition} ORDER BY t.uid", values)
        seen = visible_sites(user).filter(account_id=user.account_id).order_by("uid")
        assert [uid for (uid,) in found] == [site.uid for site in seen] != []
        assert len(seen) < Site.objects.count()
