"""Staff pages of the audit trail, and of what staff did on these pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import cached_property

from planner_server.accounts.models import Account, Device, Site, User
from planner_server.audit.models import Entry
from planner_server.library.models import IndustrySector
from planner_server.staff.site import SITE, ReadOnly
from planner_server.staff.times import shown

COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # takes no parameter at run time
    """Counts no further than staff will turn pages: the trail has millions of rows."""

    @cached_property
    def count(self) -> int:
        """Return how many entries there are, COUNTED at most."""
        rows: Any = self.object_list
        return len(rows.order_by().values_list("pk", flat=True)[:COUNTED])


class _OfAccount(admin.SimpleListFilter):
    title, parameter_name = "account", "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django passes them
        """Return the accounts."""
        return [(str(pk), name) for pk, name in Account.objects.order_by("name").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:  # noqa: ARG002 - Django passes it
        """Return the entries of the account chosen."""
        chosen = self.value() or ""
        return queryset.filter(account_id=int(chosen)) if chosen.isdecimal() else queryset


@admin.register(Entry, site=SITE)
class EntryAdmin(ReadOnly):
    """Who changed what, from which device, with which application, and what he called it; the latest first."""

    list_display = ("when", "person", "label", "device_name", "app", "kind", "place", "version")
    list_display_links = None
    list_filter = (_OfAccount, "kind")
    search_fields = ("label", "who__exact", "device__exact", "op_id__exact", "scope__exact")
    search_help_text = "Words of the label, or the whole uid of a person, device, operation, site or account."
    ordering = ("-pk",)
    paginator = CappedPaginator
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Return the entries with the names that their uids stand for today."""

        def named(model: Any, column: str, field: str) -> Subquery:
            return Subquery(model.objects.filter(uid=OuterRef(column)).values(field)[:1])

        entries: QuerySet[Entry] = super().get_queryset(request)
        return entries.annotate(
            person_name=named(User, "who", "email"),
            device_said=named(Device, "device", "name"),
            place_name=Coalesce(
                named(Site, "scope", "name"),
                named(IndustrySector, "scope", "name"),
                named(Account, "scope", "name"),
                Value(""),
            ),
        )

    @admin.display(description="when", ordering="pk")
    def when(self, entry: Entry) -> str:
        """Return the time."""
        return shown(entry.at)

    @admin.display(description="who")
    def person(self, entry: Any) -> str:
        """Return the address of the person, or the job's name."""
        return str(entry.person_name or entry.who)

    @admin.display(description="device")
    def device_name(self, entry: Any) -> str:
        """Return how the device calls itself."""
        return str(entry.device_said or entry.device)

    @admin.display(description="where")
    def place(self, entry: Any) -> str:
        """Return the site, the library's sector, or the account."""
        return str(entry.place_name or entry.scope)


@admin.register(LogEntry, site=SITE)
class LogEntryAdmin(ReadOnly):
    """What was done on these pages, plans and people included."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "get_change_message")
    list_display_links = None
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__email")
