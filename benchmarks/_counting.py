"""A transport that counts what goes over the wire: requests, and bytes with their headers, as they are sent (compressed)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx


class Counted(httpx.BaseTransport):
    """Passes requests on and counts them; figures rise until `reset`."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.requests = self.sent = self.received = 0

    @property
    def bytes(self) -> int:
        """Return bytes both ways."""
        return self.sent + self.received

    def reset(self) -> None:
        """Count from nothing."""
        self.requests = self.sent = self.received = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and count it; the answer's body is counted while it is read."""
        self.requests += 1
        self.sent += len(request.method) + len(request.url.raw_path) + _size(request.headers)
        self.sent += len(request.read())
        response = self._inner.handle_request(request)
        self.received += _size(response.headers)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _CountedStream(response.stream, self)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class _CountedStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, counted: Counted) -> None:
        self._inner = inner
        self._counted = counted

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            self._counted.received += len(chunk)
            yield chunk

    def close(self) -> None:
        self._inner.close()


def _size(headers: httpx.Headers) -> int:
    """Name, colon, blank, value and the line's end of each header, and the empty line."""
    return sum(len(name) + len(value) + 4 for name, value in headers.raw) + 2
