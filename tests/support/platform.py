"""A small platform in memory that speaks the feed dialect over httpx's mock transport.

It is for the engine's tests that need a platform to misbehave on demand: forget, lie, restore itself, answer any status. What an
operation means is the real server's business; the double knows creates, sets and deletes and no more, and says so otherwise.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from planner_core.entities import ENTITIES, SCOPE_ENTITIES, rank
from planner_core.merge import Outcome, merge
from planner_core.operations import Create, Delete, Operation, Set
from planner_core.uid import conflict_id
from planner_core.wire import feed
from planner_core.wire.body import decode_body, digest

SERVER = "https://platform.example"


def uid(number: int) -> str:
    """A readable uid for tests."""
    return f"{number:032x}"


@dataclass
class Row:
    ver: int
    values: dict[str, Any]
    deleted: bool = False


@dataclass
class Scope:
    """One scope's rows, versions and what it remembers of replicas."""

    id: str
    kind: str
    name: str
    epoch: str = "e1"
    version: int = 0
    tokens: dict[int, str] = field(default_factory=lambda: {0: "t0"})
    gc_floor: int = 0
    access: str = "rw"
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    logs: dict[str, list[feed.MutationResult]] = field(default_factory=dict)
    ops: dict[str, tuple[str, feed.MutationResult]] = field(default_factory=dict)
    conflicts: list[feed.ConflictLine] = field(default_factory=list)

    @property
    def token(self) -> str:
        return self.tokens[self.version]

    def bump(self) -> int:
        self.version += 1
        self.tokens[self.version] = f"t{self.version}-{self.epoch}"
        return self.version

    def put(self, entity: str, row_id: str, **values: Any) -> None:
        """Write a row as somebody else would, under a version of its own."""
        ver = self.bump()
        fresh = {one.name: one.default for one in ENTITIES[entity].fields if one.kind != "refs"}
        held = self.rows.setdefault(entity, {}).setdefault(row_id, Row(ver, fresh))
        held.values.update(values)
        held.ver, held.deleted = ver, False

    def values(self, entity: str, row_id: str) -> dict[str, Any]:
        return self.rows[entity][row_id].values


@dataclass
class Platform:
    """The whole double. `requests` lists "METHOD path" of everything asked; `intercept` may answer first."""

    account: str = uid(0xA0)
    user: str = uid(0xB0)
    page_rows: int = 5_000
    part_bytes: int = 1_048_576
    scopes: dict[str, Scope] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    intercept: Callable[[httpx.Request], httpx.Response | None] | None = None
    after: Callable[[httpx.Request, httpx.Response], httpx.Response] | None = None
    access: set[str] = field(default_factory=lambda: {"access-1"})
    renewals: int = 0
    retired: set[str] = field(default_factory=set)

    def add(self, scope_id: str, kind: str, name: str = "") -> Scope:
        self.scopes[scope_id] = Scope(scope_id, kind, name)
        return self.scopes[scope_id]

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def count(self, ending: str) -> int:
        return sum(1 for one in self.requests if one.endswith(ending))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path}")
        if self.intercept is not None and (early := self.intercept(request)) is not None:
            return early
        response = self._route(request)
        return self.after(request, response) if self.after is not None else response

    def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.startswith("/api/v1/auth/"):
            return self._auth(request, path)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.access:
            return refusal(401, "auth")
        if path == "/sync/v1/hello":
            return _reply(self._hello(feed.HelloRequest.model_validate_json(_content(request))))
        _, _, _, _, scope_id, verb = path.split("/", 5)
        scope = self.scopes.get(scope_id)
        if scope is None or scope.access == "none":
            return refusal(404, "not_found")
        verbs: dict[str, Callable[[], httpx.Response]] = {
            "push": lambda: self._push(scope, request),
            "pull": lambda: self._pull(scope, request.url.params),
            "snapshot": lambda: self._snapshot(scope, request.url.params),
            "digest": lambda: _reply(self._digest(scope)),
            "ops/known": lambda: self._known(scope, feed.KnownRequest.model_validate_json(_content(request))),
        }
        return verbs[verb]()

    def _auth(self, request: httpx.Request, path: str) -> httpx.Response:
        body = json.loads(_content(request))
        if path.endswith("/login/"):
            if body["password"] != "right":
                return httpx.Response(401, json={"success": False, "error": "Invalid credentials"})
            pair = {"access": "access-1", "refresh": "refresh-1"}
            user = {"uid": self.user, "email": body["email"], "role": "editor"}
            return httpx.Response(200, json={"success": True, "data": {"user": user, **pair}})
        if path.endswith("/auth/refresh/"):
            if body["refresh"] != "refresh-1":
                return httpx.Response(401, json={"success": False, "error": "Token is blacklisted"})
            self.renewals += 1
            access = f"access-{self.renewals + 1}"
            self.access = {access}
            return httpx.Response(200, json={"success": True, "data": {"access": access}})
        return httpx.Response(204)

    def _hello(self, request: feed.HelloRequest) -> feed.HelloReply:
        asked = {one.id: one for one in request.scopes}
        states = [
            self._state(scope, request.replica_id, asked.get(scope.id)) for scope in self.scopes.values()
        ]
        known = any(request.replica_id in scope.logs for scope in self.scopes.values())
        return feed.HelloReply(
            protocol=1,
            server_time=0,
            limits=feed.Limits(
                part_bytes=self.part_bytes, page_rows=self.page_rows, snapshot_rows=self.page_rows
            ),
            replica="ok" if known else "new",
            account=self.account,
            account_name="Acme",
            user=feed.Person(id=self.user, email="eve@acme.example", role="editor"),
            scopes=states,
        )

    def _state(self, scope: Scope, replica: str, held: feed.HelloScope | None) -> feed.ScopeState:
        log = scope.logs.get(replica, [])
        if (
            held is not None
            and held.told is not None
            and held.epoch == scope.epoch
            and scope.tokens.get(held.told.version) != held.told.token
        ):
            self.new_epoch(scope)
        is_same = held is not None and held.epoch == scope.epoch
        stale = is_same and held is not None and held.cursor_ver < scope.gc_floor
        return feed.ScopeState(
            id=scope.id,
            kind=scope.kind,  # type: ignore[arg-type]
            name=scope.name,
            epoch=scope.epoch,
            version=scope.version,
            token=scope.token,
            gc_floor=scope.gc_floor,
            access=scope.access,  # type: ignore[arg-type]
            last_seq=len(log),
            last_op_id=log[-1].op_id if log else "",
            action="drop" if scope.access == "none" else "pull" if is_same and not stale else "snapshot",
        )

    def new_epoch(self, scope: Scope) -> None:
        """What a restore from a backup leads to."""
        scope.epoch += "'"
        scope.logs.clear()

    def _push(self, scope: Scope, request: httpx.Request) -> httpx.Response:
        raw = _content(request)
        if len(raw) > self.part_bytes:
            return refusal(413, "too_large")
        lines = raw.splitlines()
        head = feed.PushHeader.model_validate_json(lines[0])
        if request.headers["X-Replica"] != head.replica_id:
            return refusal(400, "bad_request")
        if head.epoch != scope.epoch:
            return refusal(409, "epoch", epoch=scope.epoch)
        if scope.access != "rw":
            return refusal(403, "forbidden")
        results = []
        for header, body in zip(lines[1::2], lines[2::2], strict=True):
            given = feed.MutationHeader.model_validate_json(header)
            verdict = self._one(scope, head.replica_id, given, body)
            if isinstance(verdict, httpx.Response):
                return verdict
            results.append(verdict)
        last = len(scope.logs.get(head.replica_id, []))
        return _reply(
            feed.PushReply(
                epoch=scope.epoch, version=scope.version, token=scope.token, last_seq=last, results=results
            )
        )

    def _one(
        self, scope: Scope, replica: str, given: feed.MutationHeader, body: bytes
    ) -> feed.MutationResult | httpx.Response:
        assert digest(body) == given.sha256, "the body is not what was hashed"
        log = scope.logs.setdefault(replica, [])
        if given.seq <= len(log):
            stored = log[given.seq - 1]
            return stored if stored.op_id == given.op_id else refusal(409, "replica_forked")
        if given.seq != len(log) + 1:
            return refusal(409, "gap", expected=len(log) + 1)
        if given.op_id in scope.ops:
            sha256, stored = scope.ops[given.op_id]
            if sha256 != given.sha256:
                return refusal(409, "op_reused")
            result = stored.model_copy(update={"seq": given.seq})
        else:
            result = self._apply(scope, given, body)
        log.append(result)
        scope.ops[given.op_id] = (given.sha256, result)
        return result

    def _apply(self, scope: Scope, given: feed.MutationHeader, body: bytes) -> feed.MutationResult:
        rows: list[feed.RowResult] = []
        ver = scope.bump()
        for operation in decode_body(body).operations:
            rows += _carry_out(scope, operation, ver, given.op_id)
        for one in rows:
            if one.code == "conflict":
                line = {
                    "id": one.conflict,
                    "ver": ver,
                    "e": one.e,
                    "row": one.ids[0],
                    "group": one.group,
                    "state": "open",
                }
                values = {"base": one.base, "mine": one.mine, "theirs": one.theirs, "ops": [given.op_id]}
                scope.conflicts.append(feed.ConflictLine.model_validate(line | values))
        verdict: feed.Verdict = (
            "rejected"
            if rows and all(one.code == "poison" for one in rows)
            else "applied_with"
            if rows
            else "applied"
        )
        return feed.MutationResult(seq=given.seq, op_id=given.op_id, verdict=verdict, ver=ver, rows=rows)

    def _pull(self, scope: Scope, params: httpx.QueryParams) -> httpx.Response:
        cursor = (
            feed.Cursor.parse(params["cursor"]) if params.get("cursor") else feed.Cursor(epoch=scope.epoch)
        )
        if cursor.epoch != scope.epoch or not _told_holds(scope, params.get("told")):
            return refusal(409, "epoch")
        if params.get("cursor") and cursor.ver < scope.gc_floor:
            return refusal(410, "resnapshot")
        limit = min(int(params["limit"]), self.page_rows)
        after = (cursor.ver, cursor.rank, cursor.id)
        waiting = sorted(
            (row.ver, rank(entity), row_id, entity, row)
            for entity, rows in scope.rows.items()
            for row_id, row in rows.items()
            if (row.ver, rank(entity), row_id) > after
        )
        taken, more = waiting[:limit], len(waiting) > limit
        last = taken[-1][:3] if more else (scope.version, 99, "")
        end = feed.Cursor(epoch=scope.epoch, ver=last[0], rank=last[1], id=last[2]).text
        lines = [_row_line(entity, row_id, row) for _, _, row_id, entity, row in taken]
        news = [one.model_dump_json() for one in scope.conflicts if one.ver > cursor.ver]
        return page(scope, [*lines, *news], len(lines), cursor=end, has_more=more)

    def _snapshot(self, scope: Scope, params: httpx.QueryParams) -> httpx.Response:
        at = int(params.get("at", scope.version))
        place = params.get("after", "-1.")
        number, _, row_id = place.partition(".")
        dead_from = int(params.get("deleted_after", at))
        live = sorted(
            (rank(entity), key, entity)
            for entity, rows in scope.rows.items()
            for key, row in rows.items()
            if (not row.deleted or row.ver > dead_from) and (rank(entity), key) > (int(number), row_id)
        )
        taken = live[: min(int(params["limit"]), self.page_rows)]
        lines = [_row_line(entity, key, scope.rows[entity][key]) for _, key, entity in taken]
        news = [
            one.model_dump_json() for one in scope.conflicts if one.state == "open" and "after" not in params
        ]
        after = f"{taken[-1][0]}.{taken[-1][1]}" if taken else place
        return page(scope, [*lines, *news], len(lines), after=after, at=at, has_more=len(live) > len(taken))

    def _digest(self, scope: Scope) -> feed.DigestReply:
        entities = {
            one.name: feed.digest_rows(
                [key, *(_wire(one.name, row.values)[name] for name in one.columns)]
                for key, row in scope.rows.get(one.name, {}).items()
                if not row.deleted
            )
            for one in SCOPE_ENTITIES[scope.kind]
        }
        return feed.DigestReply(epoch=scope.epoch, version=scope.version, entities=entities)

    def _known(self, scope: Scope, request: feed.KnownRequest) -> httpx.Response:
        known = [scope.ops[one][1] for one in request.op_ids if one in scope.ops]
        unknown = [one for one in request.op_ids if one not in scope.ops]
        state = {"epoch": scope.epoch, "version": scope.version, "token": scope.token}
        return _reply(feed.KnownReply(**state, known=known, unknown=unknown, too_old=[]))  # type: ignore[arg-type]


def _carry_out(scope: Scope, operation: Operation, ver: int, op_id: str) -> Iterable[feed.RowResult]:
    match operation:
        case Create():
            for row in operation.rows:
                named = dict(zip(operation.columns, row[1:], strict=True))
                if "poison" in str(named.get("name", "")):
                    yield feed.RowResult(
                        code="poison", e=operation.entity, ids=[str(row[0])], message="Refused on purpose."
                    )
                    continue
                fresh = {
                    one.name: one.default for one in ENTITIES[operation.entity].fields if one.kind != "refs"
                }
                values = fresh | dict(operation.common) | named
                scope.rows.setdefault(operation.entity, {})[str(row[0])] = Row(ver, values)
        case Set():
            for change in operation.changes:
                for row_id in change.ids:
                    yield from _set(scope, operation, change.old, change.new, row_id, ver, op_id)
        case Delete():
            for row_id in operation.ids:
                held = scope.rows[operation.entity][row_id]
                held.ver, held.deleted = ver, True
        case _:
            raise AssertionError(f"the double does not know {type(operation).__name__}")


def _set(
    scope: Scope,
    operation: Set,
    old: tuple[Any, ...],
    new: tuple[Any, ...],
    row_id: str,
    ver: int,
    op_id: str,
) -> Iterable[feed.RowResult]:
    entity, held = ENTITIES[operation.entity], scope.rows.get(operation.entity, {}).get(row_id)
    group = entity.group(operation.group)
    named = {"e": entity.name, "ids": [row_id], "group": group.name}
    if held is None or held.deleted:
        yield feed.RowResult(code="missing" if held is None else "target_deleted", **named)  # type: ignore[arg-type]
        return
    current = tuple(held.values[name] for name in group.fields)
    outcome = merge(entity, group, old, new, current)
    if outcome is Outcome.APPLY:
        held.values.update(zip(group.fields, new, strict=True))
        held.ver = ver
    elif outcome is Outcome.CONFLICT:
        values = {"base": list(old), "mine": list(new), "theirs": list(current)}
        conflict = conflict_id(op_id, row_id, group.name)
        yield feed.RowResult(code="conflict", conflict=conflict, by="Cem", **named, **values)  # type: ignore[arg-type]


def page(scope: Scope, lines: list[str], count: int, **end: Any) -> httpx.Response:
    """A page of feed lines with a right `end`."""
    columns = {one.name: list(one.columns) for one in SCOPE_ENTITIES[scope.kind]}
    first = json.dumps({"t": "begin", "scope": scope.id, "epoch": scope.epoch, "columns": columns})
    content = "".join(f"{line}\n" for line in [first, *lines]).encode()
    last = {
        "t": "end",
        "version": scope.version,
        "token": scope.token,
        "n": count,
        "crc32": zlib.crc32(content),
    } | end
    content += json.dumps(last).encode() + b"\n"
    return httpx.Response(
        200, content=content, headers={"Content-Type": feed.NDJSON, "Cache-Control": "no-store"}
    )


def refusal(status: int, code: str, **details: Any) -> httpx.Response:
    """An error as the sync extension words it."""
    reply = feed.ErrorReply(code=code, message=f"The double says {code}.", details=details)
    return httpx.Response(status, json=reply.model_dump())


def _row_line(entity: str, row_id: str, row: Row) -> str:
    values = _wire(entity, row.values)
    content = [row_id, row.ver, int(row.deleted), *(values[name] for name in ENTITIES[entity].columns)]
    return json.dumps({"t": "rows", "e": entity, "rows": [content]})


def _wire(entity: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        one.name: values.get(one.name, [] if one.kind == "refs" else one.default)
        for one in ENTITIES[entity].fields
    }


def _told_holds(scope: Scope, told: str | None) -> bool:
    if not told:
        return True
    version, _, token = told.partition(".")
    return scope.tokens.get(int(version)) == token


def _reply(message: feed.Message) -> httpx.Response:
    return httpx.Response(
        200, content=message.model_dump_json(by_alias=True), headers={"Content-Type": "application/json"}
    )


def _content(request: httpx.Request) -> bytes:
    raw = request.content
    return gzip.decompress(raw) if request.headers.get("Content-Encoding") == "gzip" else raw
