"""Pages of the feed, changed on their way."""

from __future__ import annotations

import json
import zlib

import httpx


def resealed(response: httpx.Response, *more: bytes, drop: str = "") -> httpx.Response:
    """Return a page with more lines before its end, and without lines that hold `drop`; its check sum is right again."""
    lines = response.content.split(b"\n")[:-1]
    end = json.loads(lines[-1])
    kept = [line for line in lines[:-1] if not drop or drop.encode() not in line]
    content = b"".join(line + b"\n" for line in [*kept, *more])
    end |= {"crc32": zlib.crc32(content), "n": sum(len(rows(line)) for line in [*kept, *more])}
    return again(response, content + json.dumps(end).encode() + b"\n")


def rows(line: bytes) -> list[object]:
    """Return the rows of a line, nothing for a line of another kind."""
    document = json.loads(line)
    return document["rows"] if document["t"] == "rows" else []


def cut(response: httpx.Response) -> httpx.Response:
    """Return a page that breaks off in the middle of its last line of rows."""
    *whole, broken, _ = response.content.removesuffix(b"\n").split(b"\n")
    return again(response, b"".join(line + b"\n" for line in whole) + broken[: len(broken) // 2])


def again(response: httpx.Response, content: bytes) -> httpx.Response:
    """Return the answer with another body."""
    return httpx.Response(
        response.status_code, headers={"Content-Type": response.headers["content-type"]}, content=content
    )


def unreadable(response: httpx.Response, uid: str) -> httpx.Response:
    """Return a page with one more row, of a keyword, whose figure is no number."""
    *body, end = [json.loads(line) for line in response.content.split(b"\n")[:-1]]
    for line in body:
        if line["t"] == "rows" and line["e"] == "keyword":
            row = list(line["rows"][0])
            columns = next(one["columns"]["keyword"] for one in body if one["t"] == "begin")
            row[0], row[3 + columns.index("volume_override")] = uid, "many"
            line["rows"].append(row)
            end["n"] += 1
            break
    content = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in body)
    return again(response, content + json.dumps(end | {"crc32": zlib.crc32(content)}).encode() + b"\n")
