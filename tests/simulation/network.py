"""The network of a world: what becomes of a request on its way there and of its answer on the way back."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx

from planner_core.operations import Operation
from planner_core.wire.body import BadBody, decode_body
from planner_core.wire.feed import MutationHeader, PushHeader, PushReply
from tests.simulation.platform import Answer, Platform, PlatformDied
from tests.simulation.witness import Witness

if TYPE_CHECKING:
    from tests.simulation.machine import Machine

_DROPPED_ON_THE_WAY = frozenset({"host", "connection", "accept"})
_LIMIT = re.compile(r"\blimit=\d+")


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it left a machine."""

    machine: Machine
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class SentMutation:
    """One mutation of a push: its header, and its operations (None for a body that cannot be read)."""

    header: MutationHeader
    raw: bytes

    @cached_property
    def operations(self) -> tuple[Operation, ...] | None:
        """The decoded operations."""
        try:
            return tuple(decode_body(self.raw).operations)
        except BadBody:
            return None

    @cached_property
    def undo_of(self) -> str:
        """The operation it takes back, "" if none."""
        try:
            return decode_body(self.raw).undo_of or ""
        except BadBody:
            return ""

    @cached_property
    def supersedes(self) -> tuple[str, ...]:
        """The operations it replaces."""
        try:
            return tuple(decode_body(self.raw).supersedes)
        except BadBody:
            return ()


@dataclass(frozen=True)
class Push:
    """A push request, read, and the platform's reply to it (None: refused as a whole, or the platform died)."""

    scope: str
    header: PushHeader
    mutations: list[SentMutation]
    reply: PushReply | None


@dataclass(frozen=True)
class Exchange:
    """A request that the platform carried out, with its answer (None: it died on it). `late`: nobody waits for the answer."""

    message: Message
    answer: Answer | None
    late: bool = False

    @property
    def machine(self) -> Machine:
        """Whose request it was."""
        return self.message.machine

    @property
    def kind(self) -> str:
        """hello, push, pull, snapshot, digest, known, or the path of another request."""
        path = self.message.target.partition("?")[0].rstrip("/")
        return path.rpartition("/")[2]

    @property
    def is_dry(self) -> bool:
        """Whether it is a dry run."""
        return "dry_run=1" in self.message.target

    @cached_property
    def document(self) -> Any:
        """The answer's JSON; None where it is none."""
        raw = self._plain
        if raw is None:
            return None
        try:
            return json.loads(raw)
        except ValueError:
            return None

    @cached_property
    def push(self) -> Push:
        """The request as a push."""
        body = self.message.body
        if ("content-encoding", "gzip") in [(name.lower(), value) for name, value in self.message.headers]:
            body = gzip.decompress(body)
        lines = body.removesuffix(b"\n").split(b"\n")
        heads = [MutationHeader.model_validate_json(line) for line in lines[1::2]]
        reply = None
        if self.answer is not None and self.answer.status == 200 and self._plain is not None:
            reply = PushReply.model_validate_json(self._plain)
        return Push(
            self.message.target.split("/scopes/")[1].split("/")[0],
            PushHeader.model_validate_json(lines[0]),
            [SentMutation(head, raw) for head, raw in zip(heads, lines[2::2], strict=True)],
            reply,
        )

    @cached_property
    def _plain(self) -> bytes | None:
        if self.answer is None:
            return None
        encoded = any(name.lower() == "content-encoding" for name, _ in self.answer.headers)
        return gzip.decompress(self.answer.body) if encoded else self.answer.body


@dataclass(frozen=True, slots=True)
class Weather:
    """How often what goes wrong, each between 0 and 1, for one request."""

    request_lost: float = 0.0
    answer_lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    cut: float = 0.0
    refused: float = 0.0


CALM = Weather()
STORMY = Weather(0.03, 0.04, 0.06, 0.03, 0.03, 0.04)


class Network:
    """Carries requests of all machines to the platform."""

    def __init__(
        self, platform: Platform, chance: random.Random, counts: Counter[str], witness: Witness
    ) -> None:
        self._platform = platform
        self.chance = chance
        self._counts = counts
        self._witness = witness
        self.weather = CALM
        self.rows_a_page = 0
        """Rows that pull and snapshot pages have at most; 0: what the machine asks for."""
        self.late: list[Message] = []
        self.answers: list[Exchange] | None = None
        """What was exchanged, while somebody wants to know it."""
        self.say: Callable[[str], None] = lambda _text: None

    def transport(self, machine: Machine) -> httpx.BaseTransport:
        """Return the way of a machine's requests."""
        return _Transport(self, machine)

    def carry(self, machine: Machine, request: httpx.Request) -> httpx.Response:
        """Bring a request there and the answer back, as the weather is."""
        message = self._message(machine, request)
        sky, roll = self.weather, self.chance.random
        if sky is CALM:
            return self._answered(request, self.deliver(message), cut=False)
        if roll() < sky.doubled:
            self._note("request doubled")
            self.late.append(message)
        if roll() < sky.request_lost:
            self._note("request lost")
            raise httpx.ConnectError("no route", request=request)
        if roll() < sky.delayed:
            self._note("request delayed")
            self.late.append(message)
            raise httpx.ReadTimeout("no answer", request=request)
        if roll() < sky.refused:
            return self._refused(request)
        exchange = self.deliver(message)
        if roll() < sky.answer_lost:
            self._note("answer lost")
            raise httpx.ReadError("connection reset", request=request)
        return self._answered(request, exchange, cut=roll() < sky.cut)

    def deliver(self, message: Message, *, late: bool = False) -> Exchange:
        """Have the platform carry out a request."""
        answer: Answer | None = None
        try:
            answer = self._platform.answer(message.method, message.target, message.headers, message.body)
        except PlatformDied:
            self._note(f"platform died at {self._platform.crashed_at}")
            self._platform.restart()
            self._witness.server_crashed(self._platform.crashed_at)
        exchange = Exchange(message, answer, late)
        self.say(f"    {message.method} {exchange.kind} -> {answer.status if answer else 'died'}")
        self._witness.exchanged(exchange)
        if self.answers is not None:
            self.answers.append(exchange)
        if exchange.kind == "push" and not exchange.is_dry:
            self._witness.pushed(exchange)
        return exchange

    def deliver_late(self) -> bool:
        """Have one of the requests arrive that are still on their way; False if there is none."""
        if not self.late:
            return False
        self._note("late arrival")
        self.deliver(self.late.pop(self.chance.randrange(len(self.late))), late=True)
        return True

    # ------------------------------------------------------------------ there and back

    def _message(self, machine: Machine, request: httpx.Request) -> Message:
        self._counts["requests"] += 1
        target = request.url.raw_path.decode()
        if self.rows_a_page:
            target = _LIMIT.sub(f"limit={self.rows_a_page}", target)
        headers = [
            (name.decode(), value.decode())
            for name, value in request.headers.raw
            if name.decode().lower() not in _DROPPED_ON_THE_WAY
        ]
        return Message(machine, request.method, target, headers, request.read())

    def _answered(self, request: httpx.Request, exchange: Exchange, *, cut: bool) -> httpx.Response:
        answer = exchange.answer
        if answer is None:
            raise httpx.RemoteProtocolError("server disconnected", request=request)
        if not cut or not answer.body:
            return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)
        self._note("answer cut")
        shorter = answer.body[: self.chance.randrange(len(answer.body))]
        fields = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
        if self.chance.random() < 0.5:
            # A proxy that closes in an orderly way: only the content can tell that something is missing.
            return httpx.Response(answer.status, headers=fields, content=shorter, request=request)
        return httpx.Response(answer.status, headers=fields, stream=_Torn(shorter), request=request)

    def _refused(self, request: httpx.Request) -> httpx.Response:
        status = self.chance.choice((500, 502, 503, 429, 401, 400, 403, 404, 413, 302))
        self._note(f"refused with {status}")
        headers = {"Content-Type": "text/html"}
        if status in {503, 429}:
            headers["Retry-After"] = str(self.chance.randrange(1, 30))
        return httpx.Response(status, headers=headers, content=b"<h1>no</h1>", request=request)

    def _note(self, what: str) -> None:
        self._counts[what] += 1
        self.say(f"    ! {what}")


class _Torn(httpx.SyncByteStream):
    """A body that breaks off."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class _Transport(httpx.BaseTransport):
    def __init__(self, network: Network, machine: Machine) -> None:
        self._network = network
        self._machine = machine

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._network.carry(self._machine, request)
