"""What befalls the requests of a world on which a fixed history is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from tests.simulation.histories.seen import Seen
from tests.simulation.machine import Machine


class Wire(Seen):
    """Requests do what the history says: others come in between, answers change on their way, or somebody else answers."""

    @contextmanager
    def on_request(
        self,
        kind: str,
        act: Callable[[], object],
        *,
        after: bool = False,
        times: int = 1,
        exactly: bool = True,
    ) -> Iterator[None]:
        """Do something when a request of a kind (push, pull, snapshot, hello, known) passes: before it arrives, or after.

        So many times, unless not `exactly`: then at most.
        """
        carry = self.world.network.carry
        left = times

        def watched(machine: Machine, request: httpx.Request) -> httpx.Response:
            nonlocal left
            meant = left > 0 and request.url.path.endswith(f"/{kind}")
            left -= meant
            if meant and not after:
                act()
            response = carry(machine, request)
            if meant and after:
                act()
            return response

        self.world.network.carry = watched  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.world.network.carry = carry  # type: ignore[method-assign]
        assert not exactly or not left, f"{left} of {times} {kind} requests did not come"

    @contextmanager
    def answers(self, kind: str, change: Callable[[httpx.Response], httpx.Response]) -> Iterator[None]:
        """Change the answers to requests of a kind on their way back."""
        carry = self.world.network.carry

        def changed(machine: Machine, request: httpx.Request) -> httpx.Response:
            response = carry(machine, request)
            return change(response) if request.url.path.endswith(f"/{kind}") else response

        self.world.network.carry = changed  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.world.network.carry = carry  # type: ignore[method-assign]

    @contextmanager
    def instead_of(self, kind: str, answer: httpx.Response, times: int = 1) -> Iterator[None]:
        """Answer the next requests of a kind with this, without asking the platform."""
        carry = self.world.network.carry
        left = times

        def instead(machine: Machine, request: httpx.Request) -> httpx.Response:
            nonlocal left
            if left and request.url.path.endswith(f"/{kind}"):
                left -= 1
                return httpx.Response(
                    answer.status_code, headers=answer.headers, content=answer.content, request=request
                )
            return carry(machine, request)

        self.world.network.carry = instead  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.world.network.carry = carry  # type: ignore[method-assign]
