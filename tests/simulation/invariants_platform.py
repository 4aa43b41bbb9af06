"""Judges the platform's own books: I6 and I7, that what is said to be asked is asked (I11), and that decisions end (I17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.simulation.ledger import Ledger
from tests.simulation.sight import Item, Platform, Question, Verdict


def i7_tokens(before: Mapping[int, str], after: Mapping[int, str], now: Platform) -> Iterator[str]:
    """Each version was given once, under one name; the highest is the scope's."""
    for version, token in after.items():
        if version in before and before[version] != token:
            yield f"I7: version {version} was given twice"
    if after and max(after) != now.version:
        yield f"I7: the scope is at {now.version}, the last version with a name is {max(after)}"
    if after.get(now.version, now.token) != now.token:
        yield f"I7: the scope's token is not that of its version {now.version}"


def i6_progress(before: Mapping[str, tuple[int, str]], after: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """How far a replica's numbers have come never goes back, and a number belongs to one operation."""
    for replica, (seq, op) in after.items():
        former_seq, former_op = before.get(replica, (0, ""))
        if seq < former_seq:
            yield f"I6: the numbers of {replica} went back from {former_seq} to {seq}"
        if seq == former_seq and op != former_op:
            yield f"I6: number {seq} of {replica} was {former_op} and is {op}"


def i11_asked(
    ledger: Ledger, verdicts: Sequence[Verdict], questions: Mapping[str, Question]
) -> Iterator[str]:
    """A row that is listed as a conflict has a question of that user, which holds the value he wanted."""
    last: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for verdict in verdicts:
        for one in verdict.listed:
            if one["code"] == "conflict":
                last[one.get("conflict", "")] = (verdict.op, one)
    for verdict in verdicts:
        for one in verdict.listed:
            question = questions.get(one.get("conflict", ""))
            if one["code"] != "conflict":
                continue
            if question is None:
                yield f"I11: {verdict.op} met other work in {one['ids']} {one.get('group')}, but nobody is asked"
            elif question.user != ledger.entries[verdict.op].user or verdict.op not in question.ops:
                yield f"I11: the question {question.uid} does not speak of {verdict.op}"
    for uid, (op, one) in last.items():
        held = questions[uid].mine if uid in questions and questions[uid].state == "open" else None
        if held is not None and one.get("mine") is not None and list(held) != list(one["mine"]):
            yield f"I11: the question {uid} holds {held}, {op} wanted {one['mine']}"


def i17_closed(
    machine: str, user: str, questions: Mapping[str, Question], items: Mapping[str, Item]
) -> Iterator[str]:
    """At rest a question is open on every machine of its user, or on none."""
    for uid, question in questions.items():
        if question.user != user:
            continue
        item = items.get(uid)
        if question.state == "open" and (item is None or item.state != "open"):
            yield f"I17: the question {uid} is open on the platform and not on {machine}"
        if question.state != "open" and item is not None and item.state == "open":
            yield f"I17: the question {uid} was decided and is still open on {machine}"
