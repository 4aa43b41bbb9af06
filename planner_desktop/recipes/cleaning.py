"""The cleaning steps of a recipe, done to the rows of an import plan. Every row that is left out says which step did it, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planner_desktop.columns.loose import alike, found_in
from planner_desktop.importing import Chunk, ImportPlan, Watch
from planner_desktop.importing.keywords import key_of
from planner_desktop.importing.plan import DUPLICATE
from planner_desktop.importing.remaking import Dropped, Remaking, picked
from planner_desktop.recipes.excluding import Excluder
from planner_desktop.recipes.model import (
    Cleaning,
    Dedupe,
    Drop,
    Exclude,
    Keep,
    Lower,
    Recipe,
    Trim,
    Volume,
    When,
    Words,
    said,
)

EXCLUDED = "excluded"
SAMPLE = 5

There = tuple[str, str | None]
"""A keyword that the sector has, with its country."""
Reasons = Mapping[int, str]
"""Place in the batch -> why the row there is left out."""


@dataclass(slots=True)
class Cleaned:
    """What one step did: rows it left out, texts it wrote anew, and a few of either."""

    number: int
    step: Cleaning
    dropped: int = 0
    rewritten: int = 0
    sample: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return it as the command line's contract has it."""
        return {
            "step": self.number,
            "do": said(self.step),
            "left_out": self.dropped,
            "rewritten": self.rewritten,
            "sample": list(self.sample),
        }

    def note(self, text: str) -> None:
        """Keep a few of what the step met."""
        if len(self.sample) < SAMPLE:
            self.sample.append(text)


class Cleaner:
    """Cleans one plan. `entries` are what the exclude steps name, by the number of the step; `there` are the keywords of the
    sector with their countries, for steps that look at them.
    """

    def __init__(
        self,
        recipe: Recipe,
        entries: Mapping[int, Sequence[str]],
        watch: Watch | None = None,
        there: Sequence[There] = (),
    ) -> None:
        """Raise InvalidUsage for a list that cannot be looked for."""
        self.done = [Cleaned(number, step) for number, step in recipe.cleaning]
        self._excluders = {
            number: Excluder(entries[number], step.match, f"The list of step {number}")
            for number, step in recipe.cleaning
            if isinstance(step, Exclude)
        }
        self._watch = watch or Watch()
        self._there = there
        self._seen: dict[tuple[str, str | None], None] | None = None
        if any(isinstance(step, Trim) and step.characters for _, step in recipe.cleaning):
            # What differed at its ends only is the same keyword now.
            self._seen = {}

    def clean(self, plan: ImportPlan) -> ImportPlan:
        """Return the plan of what is left; the caller closes it. Raises Cancelled, DiskFull."""
        remaking = Remaking(plan)
        try:
            self._watch.begin("", len(plan))
            chunks: Iterator[Chunk] = plan.chunks()
            for stage in _stages(self.done):
                if isinstance(stage[0].step, Dedupe):
                    chunks = iter(self._without_likes(list(chunks), stage[0], remaking))
                else:
                    chunks = self._through(chunks, stage, remaking)
            for chunk in chunks:
                remaking.keep(self._without_repeats(chunk, remaking))
            return remaking.finish()
        except BaseException:
            remaking.close()
            raise

    def _through(
        self, chunks: Iterator[Chunk], stage: Sequence[Cleaned], remaking: Remaking
    ) -> Iterator[Chunk]:
        for chunk in chunks:
            self._watch.step(0)
            rest = chunk
            for one in stage:
                rest = self._one(rest, one, remaking)
            yield rest

    def _one(self, chunk: Chunk, one: Cleaned, remaking: Remaking) -> Chunk:
        """Do one step to some rows."""
        texts, reasons = self._judged(chunk, one)
        if texts is not chunk.keywords:
            changed = [new for old, new in zip(chunk.keywords, texts, strict=True) if old != new]
            one.rewritten += len(changed)
            for text in changed[:SAMPLE]:
                one.note(text)
        return self._left(chunk, texts, reasons, one, remaking)

    def _left(
        self, chunk: Chunk, texts: Sequence[str], reasons: Reasons, one: Cleaned, remaking: Remaking
    ) -> Chunk:
        if not reasons:
            return chunk if texts is chunk.keywords else replace(chunk, keywords=texts)
        one.dropped += len(reasons)
        dropped: list[Dropped] = []
        for at, reason in reasons.items():
            text = chunk.keywords[at]
            one.note(text)
            dropped.append(
                (chunk.file, chunk.lines[at], EXCLUDED, f"step {one.number}, {said(one.step)}{reason}", text)
            )
        remaking.drop(dropped)
        places = [at for at in range(len(chunk)) if at not in reasons]
        return picked(chunk, places, [texts[at] for at in places])

    def _judged(self, chunk: Chunk, one: Cleaned) -> tuple[Sequence[str], Reasons]:
        """Return the texts as they are after a step, and which rows go."""
        texts = chunk.keywords
        match one.step:
            case Trim(characters=characters):
                cut = characters + " \t\u00a0"
                trimmed = [text.strip(cut) for text in texts]
                return trimmed, {at: ": nothing is left of it" for at, text in enumerate(trimmed) if not text}
            case Lower():
                return [text.lower() for text in texts], {}
            case Drop(pattern=source):
                return texts, {at: "" for at, found in enumerate(found_in(source, texts)) if found}
            case Keep(pattern=source):
                return texts, {at: "" for at, found in enumerate(found_in(source, texts)) if not found}
            case Words(min=least, max=most):
                numbers = [len(text.split()) for text in texts]
                return texts, {at: "" for at, count in enumerate(numbers) if not _within(count, least, most)}
            case Volume():
                return texts, _by_volume(chunk, one.step)
            case Exclude():
                named = self._excluders[one.number].named_in(texts)
                return texts, {at: f": it holds {entry!r}" for at, entry in enumerate(named) if entry}
            case _:
                return texts, {}

    def _without_likes(self, chunks: list[Chunk], one: Cleaned, remaking: Remaking) -> Iterator[Chunk]:
        """Yield the rows that survive among near-duplicates of one country."""
        against = self._there if isinstance(one.step, Dedupe) and one.step.against == "sector" else ()
        losers = _losers(chunks, against)
        at = 0
        for chunk in chunks:
            self._watch.step(0)
            reasons = {
                place: f": as {losers[at + place]!r}" for place in range(len(chunk)) if at + place in losers
            }
            at += len(chunk)
            yield self._left(chunk, chunk.keywords, reasons, one, remaking)

    def _without_repeats(self, chunk: Chunk, remaking: Remaking) -> Chunk:
        if self._seen is None:
            return chunk
        countries = chunk.columns.get("country") or (None,) * len(chunk)
        places: list[int] = []
        dropped: list[Dropped] = []
        for at, (text, country) in enumerate(zip(chunk.keywords, countries, strict=True)):
            key = (key_of(text), country)
            if key in self._seen:
                dropped.append(
                    (chunk.file, chunk.lines[at], DUPLICATE, "trimmed, it is a keyword met before", text)
                )
            else:
                self._seen[key] = None
                places.append(at)
        remaking.drop(dropped)
        return chunk if not dropped else picked(chunk, places, [chunk.keywords[at] for at in places])


def met(chunk: Chunk, when: When | None) -> list[bool]:
    """Return for each row whether everything that `when` asks for is true of it; an unknown volume is in no range."""
    found = [True] * len(chunk)
    if when is None:
        return found
    tests: list[Callable[[], Sequence[bool]]] = []
    if when.pattern is not None:
        source = when.pattern
        tests.append(lambda: found_in(source, chunk.keywords))
    if when.min_words is not None or when.max_words is not None:
        tests.append(
            lambda: [_within(len(text.split()), when.min_words, when.max_words) for text in chunk.keywords]
        )
    if when.min_volume is not None or when.max_volume is not None:
        tests.append(
            lambda: [
                volume is not None and _volume_within(volume, when.min_volume, when.max_volume)
                for volume in _volumes(chunk)
            ]
        )
    for test in tests:
        found = [old and new for old, new in zip(found, test(), strict=True)]
    return found


def _stages(steps: Sequence[Cleaned]) -> Iterator[list[Cleaned]]:
    """Yield steps that look at rows one by one together; near-duplicates are found among all rows at once."""
    stage: list[Cleaned] = []
    for one in steps:
        if isinstance(one.step, Dedupe):
            if stage:
                yield stage
            yield [one]
            stage = []
        else:
            stage.append(one)
    if stage:
        yield stage


def _losers(chunks: Sequence[Chunk], there: Sequence[There]) -> dict[int, str]:
    """Return the rows that have a better near-duplicate, by place among all, with its text. What is there already is better."""
    texts = [text for chunk in chunks for text in chunk.keywords]
    known: dict[str | None, int] = {}
    has_countries = any("country" in chunk.columns for chunk in chunks)
    places = [
        known.setdefault(country, len(known))
        for chunk in chunks
        for country in (chunk.columns.get("country") or (None,) * len(chunk))
    ]
    # A list that says nothing of countries is compared with all of them.
    places += [known.setdefault(country if has_countries else None, len(known)) for _, country in there]
    volumes = [_lowest(volume) for chunk in chunks for volume in _volumes(chunk)]
    best: dict[int, int] = {}
    groups = alike([*texts, *(text for text, _ in there)], places)
    held = {group: text for group, (text, _) in zip(groups[len(texts) :], there, strict=True)}
    same = {key_of(text) for text, _ in there}
    groups = groups[: len(texts)]
    for at, group in enumerate(groups):
        first = best.setdefault(group, at)
        if (-volumes[at], len(texts[at]), at) < (-volumes[first], len(texts[first]), first):
            best[group] = at
    losers = {at: texts[best[group]] for at, group in enumerate(groups) if best[group] != at}
    for at, group in enumerate(groups):
        if group in held:
            # The keyword itself is no duplicate of itself: the import says that it is there already.
            if key_of(texts[at]) in same:
                losers.pop(at, None)
            else:
                losers[at] = held[group]
    return losers


def _by_volume(chunk: Chunk, step: Volume) -> Reasons:
    reasons: dict[int, str] = {}
    for at, volume in enumerate(_volumes(chunk)):
        if volume is None:
            if step.unknown == "drop":
                reasons[at] = ": it has none"
        elif not _volume_within(volume, step.min, step.max):
            reasons[at] = ""
    return reasons


def _volumes(chunk: Chunk) -> Sequence[Any]:
    return chunk.columns.get("volume") or (None,) * len(chunk)


def _within(count: int, least: int | None, most: int | None) -> bool:
    return (least is None or count >= least) and (most is None or count <= most)


def _volume_within(volume: Any, least: int | None, most: int | None) -> bool:
    """A range is within if some of it is; one without an end reaches any volume."""
    if isinstance(volume, int):
        return _within(volume, least, most)
    low, high = volume
    return (least is None or high is None or high >= least) and (most is None or low <= most)


def _lowest(volume: Any) -> int:
    if volume is None:
        return -1
    return volume if isinstance(volume, int) else (volume[0] or 0)
