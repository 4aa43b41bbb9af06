"""How a file's bytes are to be read as text, and what is no text at all."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from planner_desktop.importing.trouble import UnreadableFile

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
TELLING = 8_192
"""Bytes; more would not make a guess better, only take longer than a person waits."""
ZIP, GZIP, OLE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "a word processor's document (RTF)"),
    (b"PAR1", "a Parquet file"),
)
# Relatives of Western European: Windows-1252 holds all their letters, and is what spreadsheets write.
_WESTERN = frozenset(
    {
        *(
            "cp1252",
            "latin_1",
            "iso8859_15",
            "cp850",
            "cp437",
            "cp858",
            "mac_roman",
            "iso8859_9",
            "cp1254",
            "cp775",
        ),
        *("hp_roman8", "iso8859_10", "iso8859_14", "cp860", "cp861", "cp863", "cp865"),
    }
)
_TURKISH = frozenset({"cp1254", "iso8859_9"})
_TURKISH_BYTES = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_SIGN_IN_WORD = re.compile(r"(?<=[^\W\d_])[¡-¿](?=[^\W\d_])")
_LATIN = _WESTERN | {
    *(
        "cp1250",
        "cp1257",
        "cp852",
        "mac_latin2",
        "iso8859_2",
        "iso8859_3",
        "iso8859_4",
        "iso8859_13",
        "iso8859_16",
    ),
}
_MAINFRAMES = ("cp037", "cp500", "cp1026", "cp273", "cp1140", "cp424", "cp875")
_WESTERN_LANGUAGES = frozenset(
    {
        "German",
        "French",
        "Spanish",
        "Italian",
        "Portuguese",
        "Dutch",
        "Swedish",
        "Danish",
        "Norwegian",
        "Finnish",
    }
)
_WESTERN_LETTERS = frozenset("äöüßÄÖÜéèàâçêëîïôùûñáíóúãõåæøÅÆØÉÇ¿¡€’‘“”–—…\xa0°·")
_MARKUP = re.compile(rb"\s*(?:<\?xml|<!doctype|<html|<table|[\[{]\s*[\"\[{])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name, and why it was taken. `is_sure` is False for a guess the editor should look at."""

    name: str
    why: str
    is_sure: bool = True


def refuse_foreign(name: str, start: bytes) -> None:
    """Raise UnreadableFile for what begins like no text: documents, pictures, programs, mark-up, anything with zero bytes."""
    for magic, kind in _KINDS:
        if start.startswith(magic):
            raise UnreadableFile(
                "not_a_list", f"{name} is {kind}, not a keyword list.", "Export the list as CSV or XLSX."
            )
    if start.startswith(OLE):
        raise UnreadableFile(
            "old_workbook",
            f"{name} is a workbook of the old XLS format, or one with a password.",
            "Open it and save it as XLSX without a password, or as CSV.",
        )
    if _MARKUP.match(start.removeprefix(codecs.BOM_UTF8)):
        raise UnreadableFile(
            "markup", f"{name} is a web page, XML or JSON, not a table.", "Export the list as CSV or XLSX."
        )
    is_wide = any(start.startswith(mark) for mark, codec in BYTE_ORDER_MARKS if codec != "utf-8-sig")
    if not is_wide and b"\x00" in start and _wide_without_mark(start) is None:
        place = start.index(b"\x00")
        raise UnreadableFile(
            "binary",
            f"{name} is not text: byte {place + 1:,} is zero.",
            "Export the list as CSV or XLSX and import that.",
        )


def detect(start: bytes, *, is_whole: bool) -> Encoding:
    """Return how to decode a file that begins so; `is_whole` says that there is no more of it."""
    for mark, codec in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return Encoding(codec, "it begins with that encoding's mark")
    try:
        # The start may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(start, final=is_whole)
    except UnicodeDecodeError:
        wide = _wide_without_mark(start)
        return Encoding(wide, "every second byte is zero") if wide else guess(start)
    wide = _wide_without_mark(start)
    if wide:
        return Encoding(wide, "every second byte is zero")
    return Encoding("utf-8", "all of it is UTF-8" if not start.isascii() else "plain ASCII so far")


def guess(start: bytes) -> Encoding:
    """Return the most likely one-byte or Asian encoding of text that is not UTF-8: Windows-1252 unless the letters say otherwise."""
    # Costs 30 ms to import, which only such files pay.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    # Whole lines with letters beyond ASCII carry what there is to know.
    telling = b"\n".join(line for line in start.splitlines() if not line.isascii())[:TELLING]
    best = from_bytes(telling).best() if len(telling) >= 60 else None
    western = Encoding("cp1252", "it is not UTF-8; Western European letters fit", is_sure=False)
    if best is None or not _decodes(telling, best.encoding) or best.encoding.startswith(_MAINFRAMES):
        return western
    if best.encoding in _TURKISH and _TURKISH_BYTES.search(telling):
        return Encoding("cp1254", "it is not UTF-8; Turkish letters fit", is_sure=False)
    if best.encoding in _LATIN and _broken_words(telling, "cp1252") > _broken_words(telling, "cp1250"):
        return Encoding("cp1250", "it is not UTF-8; Central European letters fit", is_sure=False)
    is_western = best.encoding in _WESTERN or best.language in _WESTERN_LANGUAGES
    if is_western or (best.language in {"Unknown", "English"} and _looks_western(telling)):
        return western
    return Encoding(best.encoding, "it is not UTF-8; the letters fit this encoding best", is_sure=False)


def _broken_words(text: bytes, codec: str) -> int:
    """How many letters an encoding takes for signs, such as "³" in the middle of a word."""
    return len(_SIGN_IN_WORD.findall(text.decode(codec, "replace")))


def _looks_western(text: bytes) -> bool:
    """Whether Windows-1252 gives only such letters beyond ASCII as Western languages are full of, and those between others."""
    letters = [letter for letter in text.decode("cp1252", "replace") if not letter.isascii()]
    usual = sum(letter in _WESTERN_LETTERS for letter in letters)
    return usual == len(letters) and 2 * len(letters) < sum(chr(byte).isalpha() for byte in text)


def known_codec(name: str) -> str:
    """Return Python's name for an encoding the editor chose. Raises UnreadableFile for one there is not."""
    try:
        # Codecs that are not for text (base64, zip) refuse this, too.
        bytes(4).decode(name, "replace")
    except (LookupError, ValueError):
        raise UnreadableFile(
            "unknown_encoding",
            f"There is no encoding {name!r}.",
            "Use utf-8, utf-16 or windows-1252, for example.",
        ) from None
    return codecs.lookup(name).name


def _decodes(text: bytes, codec: str) -> bool:
    try:
        text.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _wide_without_mark(start: bytes) -> str | None:
    """UTF-16 without its mark has a zero in every second byte, as far as its letters are Latin."""
    if len(start) < 8:
        return None
    even, odd = start[::2], start[1::2]
    half = min(len(even), len(odd))
    zeros = even.count(0), odd.count(0)
    if zeros[1] > 0.4 * half and zeros[0] < 0.05 * half:
        return "utf-16-le"
    if zeros[0] > 0.4 * half and zeros[1] < 0.05 * half:
        return "utf-16-be"
    return None
