"""A TCP proxy on loopback that cuts, holds, delays and trickles what passes: the bad network of tests with real sockets.

Every fault is counted in bytes since it was asked for, over all connections, so the same request is hit each time.
"""

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Self

Direction = Literal["up", "down"]
PIECE = 1 << 14
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset, as a router does that has forgotten the connection."""


@dataclass
class Fault:
    """What happens to the bytes of one direction: up is to the platform.

    cut    after that many bytes the connection ends, once; the next one passes
    hold   after that many bytes the connection stays open and nothing passes any more; the next one passes
    """

    cut: int | None = None
    hold: int | None = None


class Proxy:
    """Passes connections on to a port of this computer."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._links: list[_Link] = []
        self._closing = threading.Event()
        self.accepts_only = False
        """Accept connections and never answer: half-open from the beginning."""
        self.delay = 0.0
        """Seconds each piece waits."""
        self.piece = PIECE
        """Bytes passed at once; with a delay a trickle."""
        self.resets = False
        """Whether a cut is a reset; else it is an orderly end too early."""
        self.reset()
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def reset(self) -> None:
        """Count from here, without a fault."""
        with self._lock:
            self.passed: dict[Direction, int] = {"up": 0, "down": 0}
            self._faults: dict[Direction, Fault] = {"up": Fault(), "down": Fault()}
            self.struck = False

    def cut(self, direction: Direction, after: int) -> None:
        """End the connection after that many bytes from now."""
        self.reset()
        self._faults[direction].cut = after

    def hold(self, direction: Direction, after: int) -> None:
        """Let nothing pass on the connection after that many bytes from now."""
        self.reset()
        self._faults[direction].hold = after

    def close(self) -> None:
        """End everything."""
        self._closing.set()
        # A blocked accept is not woken by closing the socket everywhere: a connection does it.
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._listener.close()
        with self._lock:
            left = list(self._links)
        for link in left:
            link.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # ------------------------------------------------------------------ passing

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._closing.is_set():
                client.close()
                return
            link = _Link(client)
            with self._lock:
                self._links.append(link)
            if not self.accepts_only and link.connect(self._target):
                for direction in ("up", "down"):
                    threading.Thread(target=self._pump, args=(link, direction), daemon=True).start()

    def _pump(self, link: "_Link", direction: Direction) -> None:
        source, sink = link.ends(direction)
        with suppress(OSError):
            while piece := source.recv(self.piece):
                if self.delay:
                    time.sleep(self.delay)
                allowed, strike = self._account(direction, len(piece))
                if not link.is_held:
                    sink.sendall(piece[:allowed])
                if strike == "hold":
                    link.is_held = True
                elif strike == "cut":
                    link.end(reset=self.resets)
        # An end is passed on; who is held stays held.
        if not link.is_held:
            link.end()

    def _account(self, direction: Direction, size: int) -> tuple[int, str]:
        """Count bytes; return how many of them may pass and what happens then."""
        with self._lock:
            before = self.passed[direction]
            self.passed[direction] = before + size
            fault = self._faults[direction]
            for name, after in (("cut", fault.cut), ("hold", fault.hold)):
                if after is not None and before + size > after and not self.struck:
                    self.struck = True
                    return after - before, name
        return size, ""


class _Link:
    """A connection of a client and the one to the platform that belongs to it."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.server: socket.socket | None = None
        self.is_held = False
        self._lock = threading.Lock()
        self._ended = False

    def connect(self, port: int) -> bool:
        """Connect to the platform; the client's connection ends where nobody listens."""
        try:
            self.server = socket.create_connection(("127.0.0.1", port), 10)
        except OSError:
            self.end()
            return False
        self.server.settimeout(None)
        return True

    def ends(self, direction: Direction) -> tuple[socket.socket, socket.socket]:
        """Return source and sink of a direction."""
        assert self.server is not None
        return (self.client, self.server) if direction == "up" else (self.server, self.client)

    def end(self, *, reset: bool = False) -> None:
        """End both connections, once."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        for one in (self.client, self.server):
            if one is None:
                continue
            with suppress(OSError):
                if reset:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                # Wakes the thread that reads it, without which nothing is really closed; a reset must not be announced by an end.
                one.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
            with suppress(OSError):
                one.close()
