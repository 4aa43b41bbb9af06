"""What a recipe may say. One class per step; `do` names it in the file."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from planner_core.entities import NAME_LENGTH
from planner_core.query import QueryError
from planner_core.query.patterns import check_pattern
from planner_core.query.tree import Span

FORMAT = 1
LONGEST_NAME = 60
MOST_STEPS = 100
MOST_NAMED = 10_000
"""Keywords written into the recipe itself; more belong into a list."""


def _pattern(source: str) -> str:
    try:
        check_pattern(source, Span(0, len(source) + 2))
    except QueryError as error:
        raise ValueError(error.message) from None
    return source


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[Line, StringConstraints(max_length=LONGEST_NAME)]
KeywordText = Annotated[Line, StringConstraints(max_length=NAME_LENGTH)]
Pattern = Annotated[str, StringConstraints(min_length=1), AfterValidator(_pattern)]
Count = Annotated[int, Field(strict=True, ge=0, le=2_000_000_000)]
Flag = Annotated[bool, Field(strict=True)]
Which = Literal["new", "all"]
"""Keywords that this run adds, or also those of the files that were there before."""
OnDuplicate = Literal["skip", "fill", "update"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Between(_Part):
    min: Count | None = None
    max: Count | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("neither min nor max is given")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self


class Source(_Part):
    """Where the keywords of the files belong, and what the import does with those that are there already."""

    site: Line | None = None
    sector: Line | None = None
    on_duplicate: OnDuplicate = "skip"
    columns: dict[str, Line] = {}
    """Field -> heading, for sheets that no tool made."""


class When(_Part):
    """Which rows of the files a step is about: those for which everything given is true. Figures are those of the file."""

    pattern: Pattern | None = None
    min_words: Count | None = None
    max_words: Count | None = None
    min_volume: Count | None = None
    max_volume: Count | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is asked for")
        return self


class Trim(_Part):
    """Cut white space, and the characters given, off both ends."""

    do: Literal["trim"] = "trim"
    characters: Annotated[str, StringConstraints(max_length=100)] = ""


class Lower(_Part):
    """Write in small letters."""

    do: Literal["lower"] = "lower"


class Drop(_Part):
    """Leave out what a pattern (RE2) is found in."""

    do: Literal["drop"] = "drop"
    pattern: Pattern


class Keep(_Part):
    """Leave out what a pattern (RE2) is not found in."""

    do: Literal["keep"] = "keep"
    pattern: Pattern


class Words(_Between):
    """Leave out keywords with fewer or more words."""

    do: Literal["words"] = "words"


class Volume(_Between):
    """Leave out rows with a smaller or larger volume. A range is left out if all of it lies outside; unknown is not zero."""

    do: Literal["volume"] = "volume"
    unknown: Literal["keep", "drop"] = "keep"


class Exclude(_Part):
    """Leave out what is on a list: one of the profile, a file beside the recipe, or named right here."""

    do: Literal["exclude"] = "exclude"
    lists: tuple[Name, ...] = ()
    files: tuple[Line, ...] = ()
    keywords: Annotated[tuple[KeywordText, ...], Field(max_length=MOST_NAMED)] = ()
    match: Literal["word", "whole", "text"] = "word"
    """Entries as whole words in the keyword, as the whole keyword, or anywhere in it."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.lists or self.files or self.keywords):
            raise ValueError("no list is named")
        return self


class Dedupe(_Part):
    """Of near-duplicates keep one: the largest volume, then the shortest, then the first.

    Against the sector, leave out also what is one of a keyword that is there already.
    """

    do: Literal["dedupe"] = "dedupe"
    against: Literal["files", "sector"] = "files"


class Add(_Part):
    """Make keywords of the rows that have a seed; the others stay as candidates."""

    do: Literal["add"] = "add"


class _Mark(_Part):
    on: Which = "new"
    when: When | None = None


class Tag(_Mark):
    """Put tags on keywords."""

    do: Literal["tag"] = "tag"
    tags: Annotated[
        tuple[Annotated[Line, StringConstraints(max_length=100)], ...], Field(min_length=1, max_length=100)
    ]


class Note(_Mark):
    """Write a note beside keywords that have none."""

    do: Literal["note"] = "note"
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class Status(_Mark):
    """Set the status of keywords."""

    do: Literal["status"] = "status"
    status: Literal["new", "mapped"]


class Cluster(_Mark):
    """Put keywords into a cluster of the sector; with `create` it is made where it is missing."""

    do: Literal["cluster"] = "cluster"
    cluster: KeywordText
    create: Flag = False


class Disable(_Mark):
    """Switch keywords off."""

    do: Literal["disable"] = "disable"


Cleaning = Trim | Lower | Drop | Keep | Words | Volume | Exclude | Dedupe
Mark = Tag | Note | Status | Cluster | Disable
Step = Cleaning | Add | Mark
CLEANING = (Trim, Lower, Drop, Keep, Words, Volume, Exclude, Dedupe)
MARKS = (Tag, Note, Status, Cluster, Disable)


class Recipe(_Part):
    """One recipe: `[import]`, then `[[step]]` in the order in which they are done."""

    recipe: Literal[1]
    name: Name
    description: Annotated[str, StringConstraints(max_length=2_000)] = ""
    source: Source = Field(default=Source(), alias="import")
    steps: tuple[Annotated[Step, Field(discriminator="do")], ...] = Field(
        alias="step", min_length=1, max_length=MOST_STEPS
    )

    @property
    def cleaning(self) -> list[tuple[int, Cleaning]]:
        """The steps before `add`, with their numbers from 1."""
        return [(number, one) for number, one in enumerate(self.steps, 1) if isinstance(one, CLEANING)]

    @property
    def marks(self) -> list[tuple[int, Mark]]:
        """The steps after `add`, with their numbers from 1."""
        return [(number, one) for number, one in enumerate(self.steps, 1) if isinstance(one, MARKS)]


def said(step: Step) -> str:
    """Return a step in few words, as plans, reasons and lists name it."""
    match step:
        case Trim(characters=cut):
            return f"trim {cut}" if cut else "trim"
        case Drop(pattern=source) | Keep(pattern=source):
            return f"{step.do} /{source}/"
        case Words() | Volume():
            least = "" if step.min is None else f" from {step.min:,}"
            most = "" if step.max is None else f" to {step.max:,}"
            return f"{step.do}{least}{most}"
        case Dedupe(against="sector"):
            return "dedupe against the sector"
        case Exclude():
            named = [*step.lists, *step.files]
            if step.keywords:
                named.append(f"{len(step.keywords):,} named here")
            return f"exclude {', '.join(named)}"
        case _:
            return _marked(step)


def _marked(step: Step) -> str:
    match step:
        case Tag(tags=tags):
            return f"tag {', '.join(tags)}"
        case Status(status=word):
            return f"status {word}"
        case Cluster(cluster=name):
            return f"cluster {name}"
        case _:
            return step.do
