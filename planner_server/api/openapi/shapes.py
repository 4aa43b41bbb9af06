"""The schemas that no serializer has: envelopes, errors, headers, query parameters of filters."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import django_filters  # type: ignore[import-untyped]

from planner_server.api.envelope import PROBLEM
from planner_server.api.fields import LARGEST_ID
from planner_server.api.keys import HEADER, REPLAYED
from planner_server.api.models import KEY_LENGTH
from planner_server.api.throttling import LIMITS

Schema = dict[str, Any]

JSON = "application/json"
TEXT: Schema = {"type": "string"}
ANYTHING: Schema = {"description": "As docs/api.md has it."}

_ERRORS = {
    400: "A field is missing or does not fit, or a rule or limit refuses; `errors` says which by field.",
    402: "The account's plan is not in force.",
    401: "No token, or one that is not valid any more.",
    403: "The role does not allow it.",
    404: "Unknown, deleted, another account's, or on a site without a grant: the four cannot be told apart.",
    409: "Somebody was first, or the first request with this Idempotency-Key has no answer yet.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The Idempotency-Key came with another request before.",
    429: "More requests in a minute than the scope allows.",
    500: "A fault of ours, logged with the request's id.",
    503: "The database did not answer in time.",
}


def ref(kind: str, name: str) -> Schema:
    """Return the reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def answer(data: Schema) -> Schema:
    """Return the envelope of one thing."""
    return _success({"data": data, "message": TEXT}, "data")


def page(row: Schema) -> Schema:
    """Return the envelope of one page of a list."""
    link = {"type": "string", "format": "uri", "nullable": True}
    rows = {"type": "array", "items": row}
    facts = {"count": {"type": "integer", "minimum": 0}, "next": link, "previous": link, "results": rows}
    return _success(facts, *facts)


def _success(properties: Schema, *required: str) -> Schema:
    head: Schema = {"success": {"type": "boolean", "enum": [True]}}
    tail: Schema = {"request_id": TEXT}
    return {
        "type": "object",
        "properties": head | properties | tail,
        "required": ["success", *required, "request_id"],
    }


def components() -> dict[str, dict[str, Schema]]:
    """Return the components every operation refers to."""
    return {
        "schemas": {"Error": _error(), "Problem": _problem()},
        "responses": {f"E{code}": _refusal(code) for code in _ERRORS},
        "headers": headers(),
    }


def _error() -> Schema:
    return {
        "type": "object",
        "properties": {
            "success": {"type": "boolean", "enum": [False]},
            "error": TEXT | {"description": "For a person."},
            "code": TEXT | {"description": "For a program."},
            "errors": {
                "type": "object",
                "description": "Field -> what is wrong with it.",
                "additionalProperties": {},
            },
            "request_id": TEXT,
        },
        "required": ["success", "error", "code", "request_id"],
    }


def _problem() -> Schema:
    return {
        "type": "object",
        "description": "The same facts as RFC 9457 has them, for a request that names the type in Accept.",
        "properties": {
            "type": TEXT | {"format": "uri"},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "instance": TEXT,
            "code": TEXT,
            "errors": {"type": "object", "additionalProperties": {}},
            "request_id": TEXT,
        },
        "required": ["type", "title", "status", "detail", "code", "request_id"],
    }


def _refusal(code: int) -> Schema:
    shown = header_refs()
    if code in {409, 429, 503}:
        shown["Retry-After"] = ref("headers", "RetryAfter")
    return {
        "description": f"{HTTPStatus(code).phrase}. {_ERRORS[code]}",
        "headers": shown,
        "content": {
            JSON: {"schema": ref("schemas", "Error")},
            PROBLEM: {"schema": ref("schemas", "Problem")},
        },
    }


def headers() -> dict[str, Schema]:
    """Return the headers of answers."""
    number: Schema = {"type": "integer", "minimum": 0}
    return {
        "RequestId": {"description": "As `request_id` in the body.", "schema": TEXT},
        "ThrottleLimit": {"description": "Requests a minute in this scope.", "schema": number},
        "ThrottleRemaining": {"description": "What is left of them.", "schema": number},
        "ThrottleReset": {"description": "Unix seconds at which the next minute begins.", "schema": number},
        "RetryAfter": {"description": "Seconds to wait.", "schema": number},
        "Replayed": {"description": "true: the kept answer of an earlier request.", "schema": TEXT},
    }


def header_refs(*, keyed: bool = False) -> dict[str, Schema]:
    """Return the headers that every answer may have."""
    names = {
        "X-Request-ID": "RequestId",
        "X-Throttle-Limit": "ThrottleLimit",
        "X-Throttle-Remaining": "ThrottleRemaining",
        "X-Throttle-Reset": "ThrottleReset",
    }
    if keyed:
        names[REPLAYED] = "Replayed"
    return {header: ref("headers", name) for header, name in names.items()}


def refusals(*codes: int) -> dict[str, Schema]:
    """Return the error answers of an operation."""
    return {str(code): ref("responses", f"E{code}") for code in codes}


def query(name: str, schema: Schema, description: str = "") -> Schema:
    """Return one query parameter."""
    parameter: Schema = {"in": "query", "name": name, "schema": schema}
    return parameter | ({"description": description} if description else {})


def filtering(name: str, schema: Schema, description: str = "") -> Schema:
    """Return the parameter of a filter. A form sends the fields that were left empty, too: they filter nothing."""
    return query(name, schema, description) | {"allowEmptyValue": True}


def key_header() -> Schema:
    """Return the header that makes a POST repeatable."""
    schema = {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH, "pattern": "^[!-~]+$"}
    return {
        "in": "header",
        "name": HEADER,
        "schema": schema,
        "description": "Makes the request repeatable for a day.",
    }


def of_filter(one: Any) -> Schema:
    """Return the schema of a query parameter from the filter that reads it."""
    match one:
        case django_filters.BooleanFilter():
            return {"type": "boolean"}
        case django_filters.ChoiceFilter():
            return {"type": "string", "enum": [value for value, _ in one.extra["choices"]]}
        case django_filters.IsoDateTimeFilter():
            return {"type": "string", "format": "date-time"}
        case django_filters.NumberFilter():
            return {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}
        case _:
            return TEXT


def paging() -> list[Schema]:
    """Return the parameters of a page."""
    return [
        query("page", {"type": "integer", "minimum": 1}, "From 1; beyond the last is 404."),
        query("page_size", {"type": "integer", "minimum": 1}, "10 unless asked otherwise, never above 100."),
    ]


def scopes() -> str:
    """Return the limits as a sentence."""
    return ", ".join(f"{scope} {limit}" for scope, limit in LIMITS.items())
