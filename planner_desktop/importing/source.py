"""From a file, a packed file or pasted text to blocks of text lines, at a flat cost of memory."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from planner_desktop.importing import archive, encodings
from planner_desktop.importing.trouble import ReadAgain, UnreadableFile
from planner_desktop.importing.watch import Watch

BLOCK = 1 << 18
START = 1 << 18
LONGEST_LINE = 1 << 22
"""Characters. Where so many come without a line end, there are no lines."""
MOST_UNPACKED = 8 << 30
"""Bytes. A packed file that holds more is no keyword list."""
MOST_RATIO = 400
"""A packed file that grows by more is made to fill the memory."""

_BLANK = b"\t\r\n \xef\xbb\xbf"
_BLANK_WIDE = b"\x00\t\r\n \xff\xfe"
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from: a file, one inside an archive (`member` names it), or text that was pasted (`path` is None then)."""

    name: str
    path: Path | None = None
    text: str = ""
    member: str = ""

    @classmethod
    def file(cls, path: Path) -> Origin:
        """Return a file as an origin, known by its name."""
        return cls(path.name, path)

    @classmethod
    def pasted(cls, text: str) -> Origin:
        """Return the clipboard's text as an origin."""
        return cls("pasted text", None, text)


@contextmanager
def opened(origin: Origin) -> Iterator[BinaryIO]:
    """Open the bytes of an origin, unpacking gzip. Raises UnreadableFile for what is no file, or not ours to read."""
    if origin.path is None:
        yield io.BytesIO(origin.text.encode("utf-8", "surrogatepass"))
        return
    with ExitStack() as files:
        try:
            if not stat.S_ISREG(origin.path.stat().st_mode):
                raise UnreadableFile(
                    "no_file", f"{origin.path} is not a file.", "Name a file or a folder of files."
                )
            raw: BinaryIO = files.enter_context(origin.path.open("rb"))
            is_packed = raw.read(2) == encodings.GZIP
            raw.seek(0)
        except OSError as error:
            raise UnreadableFile(
                "no_file",
                f"{origin.path} cannot be read: {error.strerror}.",
                "Check the path and the permissions.",
            ) from None
        if origin.member:
            member, size = archive.open_member(origin.path, origin.name, origin.member)
            yield cast("BinaryIO", _Unpacked(origin.name, files.enter_context(member), lambda: size))
        elif is_packed:
            unpacked = cast("BinaryIO", gzip.GzipFile(fileobj=raw))
            yield cast("BinaryIO", _Unpacked(origin.name, unpacked, raw.tell, raw.tell))
        else:
            yield raw


def size_of(origin: Origin) -> int:
    """Return the bytes of an origin as it lies there, for progress."""
    if origin.path is None:
        return len(origin.text)
    if origin.member:
        return archive.size_of_member(origin.path, origin.member)
    try:
        return origin.path.stat().st_size
    except OSError:
        return 0


class _Unpacked(io.RawIOBase):
    """A packed file that notices when it is made to fill the memory. `packed` gives the bytes it was packed in so far, or in all.

    `tell` speaks of what `size_of` does, for progress: what was unpacked, unless `place` says otherwise.
    """

    def __init__(
        self, name: str, stream: BinaryIO, packed: Callable[[], int], place: Callable[[], int] | None = None
    ) -> None:
        self._name = name
        self._stream = stream
        self._packed = packed
        self._place = place
        self._made = 0

    def read(self, size: int = -1) -> bytes:
        try:
            made = self._stream.read(size)
        except archive.DAMAGED as error:
            raise archive.damaged(self._name, error) from None
        self._made += len(made)
        if self._made > MOST_UNPACKED or (
            self._made > 64 << 20 and self._made > MOST_RATIO * max(1, self._packed())
        ):
            raise UnreadableFile(
                "bomb",
                f"{self._name} unpacks to more than {self._made >> 20:,} MB out of {self._packed():,} bytes.",
                "Unpack it yourself if you trust it.",
            )
        return made

    def tell(self) -> int:
        return self._place() if self._place else self._made


def start_of(origin: Origin) -> tuple[bytes, bool]:
    """Return the first bytes, and whether they are all. Raises UnreadableFile for an empty file and for what is no text."""
    with opened(origin) as raw:
        start = raw.read(START)
        is_whole = len(start) < START
    blank = _BLANK_WIDE if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else _BLANK
    if is_whole and not start.strip(blank):
        raise UnreadableFile("empty", f"{origin.name} is empty.", "Export it again, or choose another file.")
    return start, is_whole


def blocks(origin: Origin, codec: str, watch: Watch, *, is_chosen: bool = False) -> Iterator[list[str]]:
    """Yield the lines with their ends, some thousand at once.

    Bytes that are not of the encoding arrive as lone surrogates. Raises ReadAgain when a file of plain ASCII turns out to be of another
    encoding later on (unless the encoding `is_chosen`), UnreadableFile when there are no lines, Cancelled.
    """
    decoder = codecs.getincrementaldecoder(codec)(
        "surrogateescape" if codec.startswith("utf-8") else "replace"
    )
    doubtful = codec == "utf-8" and not is_chosen
    rest = ""
    watch.begin(origin.name, size_of(origin))
    with opened(origin) as raw:
        while data := raw.read(BLOCK):
            text = decoder.decode(data)
            if doubtful and not text.isascii():
                if _UNDECODED.search(text):
                    raise ReadAgain(encoding=encodings.guess(data).name)
                doubtful = False
            text = rest + text
            cut = _last_end(text)
            if not cut and len(text) > LONGEST_LINE:
                raise UnreadableFile(
                    "no_lines",
                    f"{origin.name} has a line of more than {LONGEST_LINE:,} characters.",
                    "Check that it is a table with one keyword a line.",
                )
            rest = text[cut:]
            if cut:
                yield list(io.StringIO(text[:cut], newline=""))
            watch.step(raw.tell())
    text = rest + decoder.decode(b"", final=True)
    if text:
        yield list(io.StringIO(text, newline=""))


def _last_end(text: str) -> int:
    """Return the place behind the last line end; a carriage return at the very end may be half of one."""
    cut = text.rfind("\n") + 1
    return cut or text.rfind("\r", 0, len(text) - 1) + 1
