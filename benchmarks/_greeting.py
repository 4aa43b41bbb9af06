"""Ids, and a platform's first answer, for benchmarks that fill a replica without a platform."""

from __future__ import annotations

from planner_core.wire.feed import HelloReply


def uid(kind: int, number: int) -> str:
    """Return an id that is spread like real ones: time in front, noise behind. Always the same for the same numbers."""
    noise = (number * 0x9E3779B97F4A7C15) & ((1 << 62) - 1)
    return f"{kind:02x}{number:014x}{noise:016x}"


def hello(kinds: dict[str, str], epoch: str, account: str, user: dict[str, str]) -> HelloReply:
    """Return the answer that grants the scopes (id -> kind) for a first snapshot of each."""
    scopes = [
        {
            "id": scope,
            "kind": kind,
            "epoch": epoch,
            "version": 1,
            "token": "t",
            "access": "rw",
            "action": "snapshot",
        }
        for scope, kind in kinds.items()
    ]
    return HelloReply.model_validate(
        {
            "protocol": 1,
            "server_time": 0,
            "replica": "ok",
            "account": account,
            "user": user,
            "scopes": scopes,
        }
    )
