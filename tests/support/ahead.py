"""Fetching ahead without a thread: the next page at once, where a thread would have had the time for it."""

from sync.engine import Asked
from sync.errors import PlannerError
from sync.transport import FeedClient, FeedPage


class Eager:
    """Fetches one page the moment somebody begins, and the next one the moment a page is taken."""

    def __init__(self, feed: FeedClient) -> None:
        self.feed = feed
        self.taken: list[Asked] = []
        self.dropped = 0
        self.held: tuple[Asked, FeedPage] | None = None

    def begin(self, asked: Asked, /) -> None:
        self.drop()
        try:
            self.held = asked, asked.fetch(self.feed)
        except PlannerError:
            self.held = None

    def take(self, asked: Asked, /) -> FeedPage | None:
        held, self.held = self.held, None
        if held is None or held[0] != asked:
            return None
        self.taken.append(asked)
        following = asked.next_after(held[1])
        if following is not None:
            self.begin(following)
        return held[1]

    def drop(self) -> None:
        self.dropped += self.held is not None
        self.held = None

    def close(self) -> None:
        self.drop()
