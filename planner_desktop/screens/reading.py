"""A thread with a reader of its own, for every question to the replica that a window asks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # the replica comes after the first paint
    from sync.replica import Reader

T = TypeVar("T")


class Reading:
    """Answers questions one after the other. `ask` returns at once; watch the future through the bridge."""

    def __init__(self, open_reader: Callable[[], Reader]) -> None:
        """The reader is opened by the first question, on the thread it belongs to."""
        self._open_reader = open_reader
        self._reader: Reader | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading")
        self._ended = False

    def ask(self, question: Callable[[Reader], T]) -> Future[T]:
        """Queue a question. After `close` the future is cancelled: nobody waits for it any more."""
        if self._ended:
            future: Future[T] = Future()
            future.cancel()
            return future
        return self._thread.submit(self._answer, question)

    def close(self) -> None:
        """Let questions in the queue be answered (edits are among them), close the reader and end the thread."""
        self._ended = True
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _answer(self, question: Callable[[Reader], T]) -> T:
        if self._reader is None:
            self._reader = self._open_reader()
        return question(self._reader)

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
