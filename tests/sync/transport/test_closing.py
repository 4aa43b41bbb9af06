"""A session that ends while another thread asks for something."""

import httpx
import pytest

from sync.errors import Unreachable
from sync.transport import Session, Tokens
from tests.support.platform import SERVER


def test_a_thread_that_still_asks_when_the_session_is_closed_hears_of_no_fault() -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    one = Session(SERVER, tokens=Tokens("access-1", "refresh-1"), transport=transport)
    one.close()
    with pytest.raises(Unreachable, match="closed"):
        one.request("GET", "/sync/v1/hello")
    with pytest.raises(Unreachable, match="closed"), one.stream("GET", "/sync/v1/hello"):
        pass
