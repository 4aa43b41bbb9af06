"""Bodies: JSON only, and whatever is not JSON is the caller's mistake, never a fault of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class StrictJSONParser(JSONParser):
    """JSON that can be kept and shown again: no half characters, nested no deeper than can be read."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - the framework passes it
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """Return the value. Raises ParseError for what is no JSON."""
        raw: bytes = stream.read()
        try:
            value = json.loads(raw.decode(), parse_constant=_refuse_constant)
            if _ESCAPED_SURROGATE.search(raw):
                json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except UnicodeError as error:
            raise ParseError("The body is not text in UTF-8, or holds half of a character.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error
        return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
