"""What one mutation (or one REST call) carries along while it is applied: the open gate, the site, and what there is to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner_core.decision import Refused
from planner_core.entities import Value, Values
from planner_core.merge import mark_of
from planner_core.wire.feed import RowResult
from planner_server.accounts.models import Site, User
from planner_server.feed import sql
from planner_server.feed.catalogue import SOURCES
from planner_server.feed.gate import Gate
from planner_server.planning.facts import SiteFacts


@dataclass(slots=True)
class Place:
    """The site that is written to: integer ids, what the facts answered so far, and whether anything there has an alias."""

    site_id: int
    account_id: int
    facts: SiteFacts
    has_aliases: bool
    keyword_limit: int | None = None
    questions: set[int] = field(default_factory=set)
    """Users (integer ids) who may have open review items here."""
    kept_back: dict[tuple[str, str, str], tuple[Values, Values]] = field(default_factory=dict)
    """(entity, group, row) -> what a refused change of this push would have put there, and what it had seen."""
    found_so: dict[str, list[tuple[str, frozenset[str]]]] = field(default_factory=dict)
    """Operation id -> (group, rows) that it found as it wanted them, for those asked about (`taking_back`) and of this transaction."""
    own_operations: dict[str, bool] = field(default_factory=dict)
    """Operation id -> whether the pushing replica made it, as far as this was asked; those of this transaction are entered first."""

    @classmethod
    def of(
        cls,
        site: Site,
        gate: Gate,
        kept_back: dict[tuple[str, str, str], tuple[Values, Values]] | None = None,
    ) -> Place:
        """Read what every mutation of one transaction needs about the site."""
        known = sql.rows("SELECT 1 FROM feed_alias WHERE scope_id = %s LIMIT 1", [gate.scope_id])
        asked = sql.rows(
            "SELECT DISTINCT user_id FROM feed_conflict WHERE scope_id = %s AND state = 'open'",
            [gate.scope_id],
        )
        return cls(
            site.pk,
            site.account_id,
            SiteFacts(site.pk),
            bool(known),
            site.account.limit("max_keywords"),
            {user for (user,) in asked},
            {} if kept_back is None else kept_back,
        )


@dataclass(frozen=True, slots=True)
class Recovery:
    """What is known of the place of a mutation in a history that was lost; marks as planner_core.merge.mark_of gives them."""

    stamp: int
    """What it settles is marked with this: what its author had seen, where that is known.

    Not its own place: it may have been asked about there, and now be carried out before what it was asked about.
    """
    mark: int | None = None
    """Its own place, if it had left already: what carries a higher mark stays."""
    is_unsure: bool = False
    """It had left, and nobody knows whether it was carried out."""

    @classmethod
    def of(cls, was: int | None, made: int | None, epoch_begin: int) -> Recovery | None:
        """Return it for work with these versions, None for work of the present epoch. `made` of the present epoch is no news."""
        if was is None and (made is None or made >= epoch_begin):
            return None
        place = mark_of(was, made)
        seen = place if made is None or made >= epoch_begin else mark_of(None, made)
        return cls(seen or 0, None if was is None else place, was == 0)


@dataclass(slots=True)
class Work:
    """One mutation under way."""

    gate: Gate
    place: Place
    user: User | None = None
    """The person whose conflicts these would be; None for jobs."""
    undo_of: str = ""
    replica_id: int | None = None
    recovery: Recovery | None = None
    """None for work of the present epoch, which is nearly all."""
    supersedes: frozenset[str] = frozenset()
    """Former operation ids of this very work."""
    made: int | None = None
    """The version of the rows it was made on, where that is known."""
    written: int = 0
    """Rows written, review items included."""
    rejections: int = 0
    said: list[RowResult] = field(default_factory=list)
    undone_forms: frozenset[str] | None = None
    """Every id of the operation that is taken back, once somebody asked (`taking_back.forms`)."""
    effects: dict[str, list[Any]] = field(default_factory=dict)
    """What an undo of this must know; kept with the verdict."""

    @property
    def facts(self) -> SiteFacts:
        """The rules' view of the site."""
        return self.place.facts

    @property
    def by_person(self) -> bool:
        """Whether a person writes; jobs give way to people."""
        return self.gate.actor.kind == "user"

    def say(self, code: str, entity: str, ids: Iterable[str], **more: Any) -> None:
        """List rows that did not simply take what the mutation gave them."""
        listed = list(ids)
        if listed:
            self.said.append(RowResult(code=code, e=entity, ids=listed, **more))

    def lacks(self, entity: str, ids: Iterable[str], group: str = "") -> None:
        """List rows the platform has not: those it cleared away are gone, the others may still come."""
        absent = list(ids)
        if not absent:
            return
        gone = self.gone(absent)
        self.say(
            "gone",
            entity,
            [uid for uid in absent if uid in gone],
            group=group,
            message=f"The {entity} was in the trash for so long that it was cleared away. Create it again from here.",
        )
        self.rejections += 1 if gone else 0
        self.say(
            "missing",
            entity,
            [uid for uid in absent if uid not in gone],
            group=group,
            message=f"The platform has no such {entity} (yet).",
        )

    def gone(self, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that were cleared away for good."""
        condition, uids = sql.among("uid", ids)
        found = sql.rows(
            f"SELECT uid FROM feed_purgedrow WHERE scope_id = %s AND {condition}", [self.gate.scope_id, uids]
        )
        return {uid for (uid,) in found}

    def refuse(self, entity: str, refused: Sequence[Refused]) -> None:
        """List rows that a rule keeps as they are."""
        for one in refused:
            details: Mapping[str, Value] = {**one.details, **({"field": one.field} if one.field else {})}
            self.said.append(
                RowResult(
                    code=one.code,
                    e=entity,
                    ids=list(one.ids),
                    group=one.field,
                    message=one.message,
                    details=dict(details),
                )
            )
        self.rejections += len(refused)

    def stamp(
        self, entity: str, pks: Sequence[int], values: Mapping[str, Any], *groups: str, left: str = ""
    ) -> int:
        """Write columns of rows (integer ids) with the gate's version and a mark for each group; return how many rows.

        `left` is noted in the marks: the cluster that the rows were in and that was deleted.
        """
        if not pks:
            return 0
        assignments = "".join(f"{column} = %s, " for column in values)
        condition, pks_param = sql.among("id", pks)
        touched = sql.run(
            f"UPDATE {SOURCES[entity].table} SET {assignments}ver = %s, updated_at = %s,"
            f" field_meta = {sql.merged_json('field_meta')} WHERE {condition}",
            [
                *values.values(),
                self.gate.version,
                self.gate.at,
                sql.as_json(
                    {name: [*mark, left] if left else mark for name, mark in self.gate.mark(*groups).items()}
                ),
                pks_param,
            ],
        )
        self.written += touched
        return touched

    def latest(self, ids: Sequence[str]) -> dict[str, str]:
        """Return id -> the id that stands for it now, for ids that lost theirs in a merge (followed to the end)."""
        if not self.place.has_aliases or not ids:
            return {}
        found = self._aliases(ids)
        while onward := self._aliases([new for new in found.values() if new not in found]):
            found |= onward
        return {old: _end_of(old, found) for old in ids if old in found}

    def _aliases(self, ids: Sequence[str]) -> dict[str, str]:
        condition, ids_param = sql.among("old", sorted(set(ids)))
        pairs = sql.rows(
            f"SELECT old, new FROM feed_alias WHERE scope_id = %s AND {condition}",
            [self.gate.scope_id, ids_param],
        )
        return dict(pairs)


def _end_of(uid: str, aliases: Mapping[str, str]) -> str:
    seen = {uid}
    while uid in aliases and aliases[uid] not in seen:
        uid = aliases[uid]
        seen.add(uid)
    return uid
