"""Tags and notes: what an editor writes beside her keywords, on this computer only.

labels/labels.json      tags with the ids of their keywords, notes by id, and the latest steps
labels/<n>.step.json    what a step changed, for undo; the latest `STEPS` are kept

They are keyed by the keywords' ids, so a replica that was fetched anew finds them again. Whoever writes holds the lock of the
account: another process never writes at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner_core.text import fold, tidy
from planner_desktop.app.files import make_private, read_json, write_json
from planner_desktop.app.store import Store
from sync.errors import InvalidUsage, NotFound, ReplicaTrouble

if TYPE_CHECKING:  # NumPy and the replica come after the first paint
    from planner_desktop.columns import KeywordColumns
    from planner_desktop.columns.telling import Told
    from sync.replica import Reader

FORMAT = 1
STEPS = 50
TAG_LENGTH = 100
NOTE_LENGTH = 10_000

Keys = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a step came to: its words, and how many keywords it changed and left as they were. `step` is 0 if nothing changed."""

    label: str
    changed: int = 0
    unchanged: int = 0
    step: int = 0


@dataclass(slots=True)
class Book:
    """What the file holds: tag -> ids of keywords (a dict for its order and its speed), note by id, steps oldest first."""

    tags: dict[str, dict[str, None]]
    notes: dict[str, str]
    steps: list[dict[str, Any]]

    def called(self, name: str) -> str:
        """Return a tag as it is written already, or the name itself."""
        wanted = fold(name)
        return next((tag for tag in self.tags if fold(tag) == wanted), name)


class Labels:
    """Tags and notes of one account."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.folder = folder
        store.tellers["tag"] = store.tellers["note"] = self._tell

    # ------------------------------------------------------------ what there is

    def read(self) -> Book:
        """Return everything. Raises ReplicaTrouble if the file is damaged or cannot be read."""
        path = self.folder / "labels.json"
        try:
            found = read_json(path) or {"format": FORMAT, "tags": {}, "notes": {}, "steps": []}
            if found["format"] != FORMAT:
                raise ReplicaTrouble(
                    "labels_newer", f"{path} was written by a newer version.", "Use the newer version."
                )
            tags = {str(name): dict.fromkeys(map(str, ids)) for name, ids in found["tags"].items()}
            return Book(tags, dict(found["notes"]), list(found["steps"]))
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise ReplicaTrouble(
                "labels_damaged",
                f"{path} cannot be read: {error}",
                "Put a copy of the file in its place, or move it aside to begin with no tags and notes.",
            ) from error

    def tags(self) -> list[dict[str, Any]]:
        """Return the tags with the number of their keywords, the most used first."""
        tags = self.read().tags
        return [
            {"tag": name, "keywords": len(ids)}
            for name, ids in sorted(tags.items(), key=lambda item: (-len(item[1]), fold(item[0])))
        ]

    def suggestions(self, typed: str = "") -> list[str]:
        """Return tags that begin with, then those that contain, what was typed; the most used first."""
        wanted = fold(typed)
        names = [str(row["tag"]) for row in self.tags()]
        first = [name for name in names if fold(name).startswith(wanted)]
        return first + [name for name in names if wanted in fold(name) and name not in first]

    def told(self, reader: Reader) -> Told:
        """Return tags and notes as the columns take them, of the keywords that are in the replica. Any thread may ask."""
        from planner_desktop.columns.telling import told  # noqa: PLC0415 - with NumPy, which comes with the first query

        book = self.read()
        named = {uid for ids in book.tags.values() for uid in ids}.union(book.notes)
        keys = reader.keyword_keys(list(named))
        tags = {name: [keys[uid] for uid in ids if uid in keys] for name, ids in book.tags.items()}
        return told(tags, {keys[uid]: text for uid, text in book.notes.items() if uid in keys})

    # ------------------------------------------------------------ steps

    def note(self, ids: Sequence[str], text: str) -> Labelled:
        """Write the same note beside keywords, or with an empty text take their notes away. Raises InvalidUsage."""
        return self.write(ids, note=text)

    def tag(self, ids: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> Labelled:
        """Put tags on keywords and take others off, as one step. Raises InvalidUsage for what cannot be a tag."""
        return self.write(ids, add, remove)

    def write(
        self,
        ids: Sequence[str],
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        note: str | None = None,
    ) -> Labelled:
        """Change tags and the note of keywords as one step; None leaves notes as they are. Raises InvalidUsage."""
        added = [_tag(name) for name in add]
        removed = [name for name in map(_tag, remove) if fold(name) not in {fold(one) for one in added}]
        text = None if note is None else _note(note)

        def change(book: Book) -> tuple[str, dict[str, Any], int]:
            tags, touched = _retagged(book, ids, added, removed)
            notes = {} if text is None else _renoted(book, ids, text)
            said = [f"tag {', '.join(added)}"] * bool(added) + [f"untag {', '.join(removed)}"] * bool(removed)
            if text is not None:
                said.append("note" if text else "take away the note")
            count = len(touched.union(notes))
            return _sentence(" and ".join(said), count), {"tags": tags, "notes": notes}, count

        return self._step(change, len(set(ids)))

    def mark(self, tags: Mapping[str, Sequence[str]], notes: Mapping[str, str], label: str) -> Labelled:
        """Put tags (tag -> keywords) on and write notes (keyword -> note), all as one step called so. Raises InvalidUsage."""
        wanted = {_tag(name): ids for name, ids in tags.items()}
        texts = {uid: _note(text) for uid, text in notes.items()}

        def change(book: Book) -> tuple[str, dict[str, Any], int]:
            made: dict[str, Any] = {}
            touched: set[str] = set()
            for name, ids in wanted.items():
                changes, mine = _retagged(book, ids, [name], [])
                touched |= mine
                for tag, one in changes.items():
                    made.setdefault(tag, {"added": []})["added"] += one["added"]
            written = {
                uid: [book.notes.get(uid), text] for uid, text in texts.items() if book.notes.get(uid) != text
            }
            return label, {"tags": made, "notes": written}, len(touched.union(written))

        return self._step(change, len({uid for ids in wanted.values() for uid in ids}.union(texts)))

    def turn(self, backs: Mapping[int, bool]) -> int:
        """Take steps (by number) back wherever they are, or carry them out again; return how many stood otherwise.

        Notes that were written since stay. Called on the writer's thread only.
        """
        book = self.read()
        turned = 0
        for step in book.steps:
            number = int(step["number"])
            back = backs.get(number)
            if back is None or bool(step.get("back")) == back:
                continue
            what = read_json(self.folder / f"{number}.step.json")
            if what is None:
                continue
            change = _inverse(what) if back else what
            notes = {
                uid: pair for uid, pair in change.get("notes", {}).items() if book.notes.get(uid) == pair[0]
            }
            _carry(book, {"tags": change.get("tags", {}), "notes": notes})
            step["back"] = back
            turned += 1
        if turned:
            self._write(book)
        return turned

    def rename(self, old: str, new: str) -> Labelled:
        """Give a tag another name; where that is a tag already, the two become one. Raises NotFound, InvalidUsage."""
        wanted = _tag(new)

        def change(book: Book) -> tuple[str, dict[str, Any], int]:
            source = _known(book, old)
            same = fold(source) == fold(wanted)
            target = wanted if same else book.called(wanted)
            ids = list(book.tags[source])
            if source == target:
                return f"Rename tag {source}", {}, 0
            there = book.tags.get(target, {})
            tags = {source: {"removed": ids}, target: {"added": [uid for uid in ids if uid not in there]}}
            return f"Rename tag {source} to {target}", {"tags": tags}, len(ids)

        return self._step(change, 0)

    def delete(self, name: str) -> Labelled:
        """Take a tag off all its keywords. Raises NotFound."""

        def change(book: Book) -> tuple[str, dict[str, Any], int]:
            tag = _known(book, name)
            ids = list(book.tags[tag])
            return f"Delete tag {tag}", {"tags": {tag: {"removed": ids}}}, len(ids)

        return self._step(change, 0)

    def undo(self) -> Labelled:
        """Take back the latest step. Raises NotFound if there is none."""

        def work() -> Labelled:
            book = self.read()
            # A step that is back already came back with the action it belongs to, and comes again with it.
            standing = [step for step in book.steps if not step.get("back")]
            if not standing:
                raise NotFound("nothing_to_undo", "There is no step of tags or notes to undo.", "")
            step = standing[-1]
            book.steps.remove(step)
            number = int(step["number"])
            what = read_json(self.folder / f"{number}.step.json")
            if what is None:
                raise NotFound(
                    "step_missing", f"What the step “{step['label']}” changed is not known any more.", ""
                )
            _carry(book, _inverse(what))
            self._write(book)
            with suppress(OSError):
                (self.folder / f"{number}.step.json").unlink()
            return Labelled(f"Undo: {step['label']}", int(step["changed"]))

        return self._store.do(lambda _replica: work())

    # ------------------------------------------------------------ inside

    def _tell(self, columns: KeywordColumns, reader: Reader) -> None:
        self.told(reader).tell(columns)

    def _step(self, change: Callable[[Book], tuple[str, dict[str, Any], int]], asked: int) -> Labelled:
        def work() -> Labelled:
            book = self.read()
            label, what, changed = change(book)
            if not changed:
                return Labelled(label, unchanged=asked)
            number = max((int(step["number"]) for step in book.steps), default=0) + 1
            make_private(self.folder)
            # The step comes first: cut off here, it is one that nobody knows and the next one replaces.
            write_json(self.folder / f"{number}.step.json", what)
            _carry(book, what)
            at = datetime.now(UTC).isoformat(timespec="seconds")
            book.steps.append({"number": number, "at": at, "label": label, "changed": changed})
            dropped, book.steps = book.steps[:-STEPS], book.steps[-STEPS:]
            self._write(book)
            for step in dropped:
                with suppress(OSError):
                    (self.folder / f"{step['number']}.step.json").unlink()
            return Labelled(label, changed, max(0, asked - changed), number)

        # On the writer's thread and under its lock: two windows or commands never write over one another.
        return self._store.do(lambda _replica: work())

    def _write(self, book: Book) -> None:
        document = {
            "format": FORMAT,
            "tags": {name: list(ids) for name, ids in book.tags.items()},
            "notes": book.notes,
            "steps": book.steps,
        }
        write_json(self.folder / "labels.json", document)


def _carry(book: Book, what: Mapping[str, Any]) -> None:
    for name, change in what.get("tags", {}).items():
        there = book.tags.setdefault(name, {})
        for uid in change.get("removed", ()):
            there.pop(uid, None)
        there.update(dict.fromkeys(change.get("added", ())))
        if not there:
            del book.tags[name]
    for uid, (_, after) in what.get("notes", {}).items():
        if after is None:
            book.notes.pop(uid, None)
        else:
            book.notes[uid] = after


def _inverse(what: Mapping[str, Any]) -> dict[str, Any]:
    tags = {
        name: {"added": change.get("removed", ()), "removed": change.get("added", ())}
        for name, change in what.get("tags", {}).items()
    }
    notes = {uid: [after, before] for uid, (before, after) in what.get("notes", {}).items()}
    return {"tags": tags, "notes": notes}


def _tag(name: str) -> str:
    kept = tidy(name)
    if not kept or len(kept) > TAG_LENGTH or not kept.isprintable():
        raise InvalidUsage(
            "bad_tag",
            f"{name!r} cannot be a tag.",
            f"A tag is a text of 1 to {TAG_LENGTH} characters in one line.",
        )
    return kept


def _note(text: str) -> str:
    kept = text.strip()
    if len(kept) > NOTE_LENGTH or "\x00" in kept:
        raise InvalidUsage(
            "bad_note", f"A note has at most {NOTE_LENGTH:,} characters and no NUL.", "Shorten it."
        )
    return kept


def _retagged(
    book: Book, ids: Sequence[str], added: Sequence[str], removed: Sequence[str]
) -> tuple[dict[str, Any], set[str]]:
    """Return what tags change, and the keywords they change on."""
    touched: set[str] = set()
    tags: dict[str, Any] = {}
    for name in map(book.called, removed):
        gone = [uid for uid in ids if uid in book.tags.get(name, ())]
        tags[name] = {"removed": gone}
        touched.update(gone)
    for name in map(book.called, added):
        there = book.tags.get(name, {})
        new = [uid for uid in ids if uid not in there]
        tags.setdefault(name, {})["added"] = new
        touched.update(new)
    return tags, touched


def _renoted(book: Book, ids: Sequence[str], text: str) -> dict[str, list[str | None]]:
    """Return the notes that change, before and after."""
    return {uid: [book.notes.get(uid), text or None] for uid in ids if book.notes.get(uid, "") != text}


def _known(book: Book, name: str) -> str:
    tag = book.called(tidy(name))
    if tag not in book.tags:
        raise NotFound("unknown_tag", f"There is no tag {name!r}.", "See: planner tags list")
    return tag


def _sentence(words: str, count: int) -> str:
    return f"{words[:1].upper()}{words[1:]} on {count:,} keyword{'s' * (count != 1)}".replace(
        " of on ", " of "
    )
