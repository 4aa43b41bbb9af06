"""Looking after the feed: what is cleared away, and what the platform must be told about its own backups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max

from planner_server import clock
from planner_server.accounts.models import Account, Site
from planner_server.api import keys, throttling
from planner_server.audit import services as audit
from planner_server.cli.console import USAGE, Failure, plural
from planner_server.feed import epochs
from planner_server.feed.gate import Actor
from planner_server.feed.models import Scope, VersionToken
from planner_server.feed.purging import sweep
from planner_server.planning.services.left_over import end_left_over, left_over

Answer = tuple[dict[str, Any], list[str]]


def clear(*, dry_run: bool) -> Answer:
    """Sweep every scope; what was cleared away, or would be."""
    swept = [sweep(scope, dry_run=dry_run) for scope in Scope.objects.order_by("pk")]
    answers = keys.forget(dry_run=dry_run)
    if not dry_run:
        throttling.forget()
    entries = audit.forget(clock.now_ms() - audit.KEPT_MS, dry_run=dry_run)
    verb = "would go" if dry_run else "cleared away"
    rows, operations, tokens = (
        sum(getattr(one, name) for one in swept) for name in ("rows", "operations", "tokens")
    )
    lines = [
        f"{one.kind} {one.scope}: {plural(one.rows, 'row')} {verb}, floor at version {one.gc_floor}."
        for one in swept
        if one.rows
    ]
    lines.append(
        f"{plural(rows, 'row')}, {plural(operations, 'operation id')} and {plural(tokens, 'name')} of old versions {verb}."
    )
    if answers:
        lines.append(f"{plural(answers, 'kept answer')} to requests with an Idempotency-Key {verb}.")
    if entries:
        lines.append(f"{plural(entries, 'entry', 'entries')} of the audit trail {verb}.")
    document = {"dry_run": dry_run, "scopes": [asdict(one) for one in swept]}
    return {**document, "kept_answers": answers, "audit": entries}, lines


def begin_epochs(uids: Sequence[str]) -> Answer:
    """Give scopes (none named: all) a new epoch. Raises Failure for one that is not there."""
    scopes = list(Scope.objects.filter(uid__in=uids).order_by("pk") if uids else Scope.objects.order_by("pk"))
    unknown = sorted(set(uids) - {scope.uid for scope in scopes})
    if unknown:
        remedy = "`planner-server new-epoch` without --scope renews all of them."
        raise Failure("unknown_scope", f"There is no scope {', '.join(unknown)}.", remedy, USAGE)
    renewed = []
    for scope in scopes:
        former = scope.version
        epochs.renew(scope, lost=scope.epoch)
        scope.refresh_from_db()
        renewed.append({"scope": scope.uid, "kind": scope.kind, "restored_at": former, "epoch": scope.epoch})
    lines = [
        f"{one['kind']} {one['scope']}: new epoch, put back at version {one['restored_at']}."
        for one in renewed
    ]
    lines.append(
        f"{plural(renewed, 'scope')} renewed. Computers that synchronise compare what they sent and send again what is lacking."
    )
    return {"scopes": renewed}, lines


def set_oldest_backup(when: str) -> Answer:
    """Keep, for each scope, the version that every backup since `when` has. Raises Failure for a time that is none."""
    try:
        given = datetime.fromisoformat(when)
    except ValueError as error:
        raise Failure(
            "time", f"{when!r} is no date and time.", "Write it as 2026-03-01T04:00.", USAGE
        ) from error
    at = int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp() * 1000)
    if at > clock.now_ms():
        raise Failure(
            "time", f"{when} is still to come.", "Give the time of the oldest backup that is kept.", USAGE
        )
    found = {}
    for scope in Scope.objects.order_by("pk"):
        top = VersionToken.objects.filter(scope=scope, at__lte=at).aggregate(top=Max("version"))["top"]
        Scope.objects.filter(pk=scope.pk).update(safe_version=top or 0)
        found[scope.uid] = top or 0
    return {"at": at, "safe_versions": found}, [
        f"Every backup kept is of {when} or later; {plural(found, 'scope')} noted."
    ]


def left_over_questions(end: Sequence[str]) -> Answer:
    """List questions that nobody is asked any more, or end those named in `end`. Raises Failure for one that is none of them."""
    found = [one for account in Account.objects.order_by("pk") for one in left_over(account)]
    unknown = sorted(set(end) - {one.uid for one in found})
    if unknown:
        raise Failure(
            "unknown_question",
            f"No question of somebody who has left has the id {', '.join(unknown)}.",
            "`planner-server left-over` lists them.",
            USAGE,
        )
    chosen = [one for one in found if one.uid in set(end)]
    for site in Site.objects.filter(uid__in={one.site for one in chosen}):
        end_left_over(
            site=site,
            uids=[one.uid for one in chosen if one.site == site.uid],
            actor=Actor("job", "left-over"),
        )
    if end:
        return {"ended": [one.uid for one in chosen]}, [
            f"{plural(chosen, 'question')} ended; the platform's values stay."
        ]
    lines = [
        f"{one.uid}: {one.email}, {one.kind} about {one.entity} {one.row} {one.group}: wanted {one.mine}, stands {one.theirs}."
        for one in found
    ]
    return {"questions": [asdict(one) for one in found]}, lines or ["No such questions."]
