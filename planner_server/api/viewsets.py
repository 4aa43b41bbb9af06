"""The base of the planner's three viewsets: tenant filter, commands behind every write, bulk actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar, TypeVar

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django_filters.rest_framework import DjangoFilterBackend  # type: ignore[import-untyped]
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from planner_core.commands import Command, DeleteRows, EditRow, SetEnabled, SetStatus
from planner_core.decision import Decision, Refused
from planner_core.entities import Value
from planner_server import clock
from planner_server.accounts.acting import acting
from planner_server.accounts.models import Sector
from planner_server.accounts.services import site_scope
from planner_server.accounts.visibility import visible_sectors, visible_sites
from planner_server.api.counting import remembered
from planner_server.api.described import described
from planner_server.api.envelope import Answer
from planner_server.api.listing import FoldedSearch, TiedOrdering
from planner_server.api.pagination import Pages
from planner_server.api.views import Enveloped
from planner_server.feed.gate import Gate, write, write_all
from planner_server.feed.models import Scope
from planner_server.planning.exports import csv_answer
from planner_server.planning.models import PlanningRow
from planner_server.planning.options import Facets, options
from planner_server.planning.serializers import (
    BulkDeleted,
    BulkIds,
    BulkUpdate,
    BulkUpdated,
    SectorRowSerializer,
)
from planner_server.planning.services import carry_out
from planner_server.refusals import Refusal

Row = TypeVar("Row", bound=PlanningRow)
Change = Callable[[Gate, list[str]], Iterable[Decision]]
"""Changes rows (uids) of the one site whose gate is open."""

_HIDDEN = ("field_meta", "extra", "created_op")
LOOKUP = 5_000
"""Ids in one query: SQLite takes 32,766 values, and a planner's time grows with them."""


def insist(decision: Decision) -> Decision:
    """Return a decision that refused nothing. Raises Refusal otherwise, which rolls everything back."""
    if decision.refused:
        raise Refusal(*decision.refused)
    return decision


def pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut a list of ids into what one query takes."""
    for start in range(0, len(ids), LOOKUP):
        yield ids[start : start + LOOKUP]


def slim(rows: QuerySet[Any], *relations: str) -> QuerySet[Any]:
    """Return rows with what they refer to, without the columns that no list shows: their JSON would be read for each row."""
    hidden = [f"{prefix}{name}" for prefix in ("", *(f"{one}__" for one in relations)) for name in _HIDDEN]
    return rows.select_related(*relations).defer(*hidden)


@dataclass(slots=True)
class Picked:
    """The rows of a bulk action: site uid -> row uids, row uid -> integer id, and the ids that are no row the user may reach."""

    by_site: dict[str, list[str]] = field(default_factory=dict)
    ids_of: dict[str, int] = field(default_factory=dict)
    not_found: list[int] = field(default_factory=list)


class SiteSectorModelViewSet(Enveloped, viewsets.ModelViewSet[Row]):
    """Rows of sites and sectors: what the user may see, everything else is 404. Every write is a command through the feed's gate.

    A subclass says how a body becomes commands: `create_commands` and `edit_values`.
    """

    entity: ClassVar[str]
    model: ClassVar[type[PlanningRow]]
    bulk_serializer_class: ClassVar[type[BulkIds]] = BulkUpdate
    reference_names: ClassVar[Mapping[str, str]] = {}
    """The rules' names of fields -> this entity's in REST."""

    export_columns: ClassVar[Mapping[str, str]] = {}
    """Heading of the exported list -> the path of its value."""
    facets: ClassVar[Facets] = Facets()
    """What `filter_options` offers."""

    pagination_class = Pages
    filter_backends = (DjangoFilterBackend, FoldedSearch, TiedOrdering)
    default_ordering = "created_at"
    lookup_value_regex = r"\d{1,18}"

    # ------------------------------------------------------------ reading

    def get_queryset(self) -> QuerySet[Row]:
        """Return the live rows of the user's sites."""
        return self.visible_rows()

    def visible_rows(self) -> QuerySet[Row]:
        """Return the same without what a list shows beside the rows."""
        rows: QuerySet[Any] = QuerySet(self.model).filter(
            deleted_at=None, sector__in=visible_sectors(self.user)
        )
        if self.user.role == self.user.Role.DEVELOPER:
            return rows
        # His sites say so already; said of the rows themselves, it lets an index give them in their order.
        return rows.filter(account_id=self.user.account_id)

    def list_state(self) -> QuerySet[Scope]:
        """Return the scopes whose writes can change what the user's lists hold: his sites', their library's and the account's."""
        if self.user.role == self.user.Role.DEVELOPER:
            return Scope.objects.all()
        sites, sectors = visible_sites(self.user), visible_sectors(self.user)
        uids = (sites.values("uid"), sectors.values("industry_sector__uid"))
        mine = Q(uid__in=uids[0]) | Q(uid__in=uids[1]) | Q(uid=self.user.account.uid)
        return Scope.objects.filter(mine)

    @action(detail=False, methods=["get"])
    @described(media_type="text/csv")
    def export(self, request: Request) -> StreamingHttpResponse:  # noqa: ARG002 - the framework passes it
        """Return the rows that the filters leave, in the order asked for, as CSV."""
        return csv_answer(f"{self.entity}s", self.filter_queryset(self.get_queryset()), self.export_columns)

    @action(detail=False, methods=["get"])
    def filter_options(self, request: Request) -> Response:
        """Return the values that each filter could still take under the others."""
        rows = self.visible_rows()
        asked = f"options-{sha256(request.META.get('QUERY_STRING', '').encode()).hexdigest()}"
        return Answer(
            remembered(rows, self.list_state, asked, lambda: options(self, request, rows, self.facets))
        )

    # ------------------------------------------------------------ writing one row

    def create_commands(self, uid: str, sector: Sector, given: Mapping[str, Any]) -> Iterable[Command]:
        """Return the commands that make the row `uid` in a sector from a checked body. Called inside the gate."""
        raise NotImplementedError

    def edit_values(self, sector: Sector, given: Mapping[str, Any]) -> dict[str, Value]:
        """Return the rules' field values of a checked body, references as uids."""
        raise NotImplementedError

    def more_commands(self, row: Row, given: Mapping[str, Any]) -> Iterable[Command]:  # noqa: ARG002 - for subclasses
        """Return what an edit needs besides its values."""
        return ()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Make a row; 201 with the row."""
        body = self._checked(self.get_serializer(data=request.data))
        sector = self.sector_of(body)
        uid = clock.new_uid()
        # What the commands look up is asked inside the gate: outside it somebody else may make the same row meanwhile.
        with self.renamed_refusals(), write(site_scope(sector.site), acting(self.request)) as gate:
            for command in self.create_commands(uid, sector, body):
                insist(carry_out(gate, command))
        return Response(self._shown(uid), status=201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Change a row; 200 with the row as it is then."""
        row = self.get_object()
        body = self._checked(
            self.get_serializer(row, data=request.data, partial=kwargs.get("partial", False))
        )
        with self.renamed_refusals():
            values = self.edit_values(row.sector, body)
            commands: list[Command] = [EditRow(self.entity, row.uid, values)] if values else []
            commands += self.more_commands(row, body)
            if commands:
                with write(site_scope(row.site), acting(self.request)) as gate:
                    for command in commands:
                        insist(carry_out(gate, command))
        return Response(self._shown(row.uid))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - the framework passes them
        """Move a row to the trash; 204."""
        row = self.get_object()
        with write(site_scope(row.site), acting(self.request)) as gate:
            insist(carry_out(gate, DeleteRows(self.entity, [row.uid])))
        return Response(status=204)

    # ------------------------------------------------------------ writing many rows

    @action(detail=False, methods=["post"])
    @described(body=BulkIds, answer=BulkDeleted)
    def bulk_delete(self, request: Request) -> Response:
        """Move the rows of `ids` that the filters leave to the trash, in one transaction."""
        body = BulkIds(data=request.data)
        body.is_valid(raise_exception=True)
        counts = self.run(self.picked(body.validated_data["ids"]), self.delete_rows)
        return Answer({"deleted": counts.pop("changed"), **counts})

    @action(detail=False, methods=["post"])
    @described(body=BulkUpdate, answer=BulkUpdated)
    def bulk_update(self, request: Request) -> Response:
        """Set the status (and what else the body names) of the rows of `ids` that the filters leave, in one transaction."""
        return self._update_rows(request)

    @action(detail=False, methods=["post"])
    @described(body=BulkUpdate, answer=BulkUpdated)
    def bulk_status(self, request: Request) -> Response:
        """Do what `bulk_update` does: the later name of the same."""
        return self._update_rows(request)

    def _update_rows(self, request: Request) -> Response:
        body = self.bulk_serializer_class(data=request.data, context={"entity": self.entity})
        body.is_valid(raise_exception=True)
        given = body.validated_data
        counts = self.run(self.picked(given["ids"]), self.bulk_change(given))
        return Answer({"updated": counts.pop("changed"), **counts})

    def delete_rows(self, gate: Gate, uids: list[str]) -> list[Decision]:
        """Move rows of one site to the trash."""
        return [carry_out(gate, DeleteRows(self.entity, uids))]

    def bulk_change(self, given: Mapping[str, Any]) -> Change:
        """Return what changes the rows of one site as a bulk update says. Called before any gate is open."""
        make = self.bulk_commands(given)
        return lambda gate, uids: [carry_out(gate, command) for command in make(uids)]

    def bulk_commands(self, given: Mapping[str, Any]) -> Callable[[list[str]], list[Command]]:
        """Return what makes the commands of a bulk update for the rows of one site. Called before any gate is open."""

        def make(uids: list[str]) -> list[Command]:
            commands: list[Command] = []
            if "status" in given:
                commands.append(SetStatus(self.entity, uids, given["status"]))
            if "disabled" in given:
                commands.append(SetEnabled(self.entity, uids, enabled=not given["disabled"]))
            return commands

        return make

    def picked(self, ids: list[int]) -> Picked:
        """Return the rows among `ids` that the user sees and the filters leave."""
        rows = self.filter_queryset(self.get_queryset()).order_by()
        picked = Picked()
        for piece in pieces(ids):
            for pk, uid, site in rows.filter(pk__in=piece).values_list("pk", "uid", "site__uid"):
                picked.by_site.setdefault(site, []).append(uid)
                picked.ids_of[uid] = pk
        found = set(picked.ids_of.values())
        picked.not_found += [pk for pk in ids if pk not in found]
        return picked

    def run(self, picked: Picked, apply: Change) -> dict[str, Any]:
        """Call `apply` for each site of the picked rows inside one transaction over the gates of all; the counts of the answer."""
        decisions: list[Decision] = []
        if picked.by_site:
            scopes = {scope.uid: scope for scope in Scope.objects.filter(uid__in=picked.by_site)}
            with write_all(scopes.values(), acting(self.request)) as gates:
                for site, uids in sorted(picked.by_site.items()):
                    decisions += apply(gates[scopes[site].pk], uids)
        return bulk_answer(decisions, picked)

    # ------------------------------------------------------------ shared pieces

    def sector_of(self, given: Mapping[str, Any]) -> Sector:
        """Return the sector a body names. Raises ValidationError when the user has no such site, or the site no such sector."""
        sectors = visible_sectors(self.user).filter(site_id=given["site_id"]).select_related("site")
        found = {sector.pk: sector for sector in sectors}
        if not found:
            raise ValidationError({"site_id": ["There is no such site with sectors. See auth/sites/."]})
        if given["sector_id"] not in found:
            raise ValidationError(
                {"sector_id": ["The site has no such sector. See auth/sites/{id}/sectors/."]}
            )
        return found[given["sector_id"]]

    @contextmanager
    def renamed_refusals(self) -> Iterator[None]:
        """Give refusals of the block this entity's field names."""
        try:
            yield
        except Refusal as refusal:
            names = self.reference_names
            raise Refusal(
                *(
                    Refused(one.code, one.message, one.ids, names.get(one.field, one.field), one.details)
                    for one in refusal.refused
                )
            ) from refusal

    def _checked(self, serializer: Any) -> Mapping[str, Any]:
        assert isinstance(serializer, SectorRowSerializer)
        serializer.is_valid(raise_exception=True)
        given: Mapping[str, Any] = serializer.validated_data
        return given

    def _shown(self, uid: str) -> Any:
        return self.get_serializer(self.get_queryset().get(uid=uid)).data


def bulk_answer(decisions: Iterable[Decision], picked: Picked) -> dict[str, Any]:
    """Return the counts of a bulk action with every row that was left out, by integer id.

    A row counts once, whatever number of commands it took: as changed if one of them changed it, else as skipped if a rule refused one.
    """
    changed: set[str] = set()
    skipped: set[str] = set()
    errors: list[dict[str, Any]] = []
    for decision in decisions:
        refused = {uid for one in decision.refused for uid in one.ids}
        named = {uid for operation in decision.operations for uid in operation.ids}
        changed |= (named & picked.ids_of.keys()) - refused
        skipped |= refused & picked.ids_of.keys()
        errors += [error_entry(one, picked.ids_of) for one in decision.refused]
    skipped -= changed
    counts = {
        "changed": len(changed),
        "unchanged": len(picked.ids_of) - len(changed) - len(skipped),
        "skipped": len(skipped),
    }
    return {
        **counts,
        "not_found": len(picked.not_found),
        "not_found_ids": picked.not_found,
        "errors": errors,
    }


def error_entry(refused: Refused, ids_of: Mapping[str, int]) -> dict[str, Any]:
    """Return a refusal as a bulk answer lists it."""
    ids = [ids_of[uid] for uid in refused.ids if uid in ids_of]
    return {"code": refused.code, "message": refused.message, "ids": ids}
