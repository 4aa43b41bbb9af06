"""From the addresses under /api/v1/ to the document."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Literal

import yaml
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from planner_server.api.described import Description, description_of
from planner_server.api.listing import FoldedSearch, TiedOrdering
from planner_server.api.openapi import bodies, shapes
from planner_server.api.openapi.handlers import DESCRIPTIONS
from planner_server.api.openapi.shapes import ANYTHING, JSON, Schema

VERSION = "1.0.0"
ROOT = "/api/v1/"
ABOUT = (
    "The planner's platform. One envelope round every answer; docs/api.md says what the shapes leave open."
    " Requests a minute by scope: {scopes}."
)
Direction = Literal["request", "response"]
_FILTERED = ("filter_options", "export")
_ROW_ID = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


class MomentShape(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # registers itself
    """A stored time."""

    target_class = "planner_server.api.fields.MomentField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Schema:  # noqa: ARG002 - the library passes them
        """Return its schema."""
        return {"type": "string", "format": "date-time"}


class TokenShape(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token of auth/login/."""

    target_class = "planner_server.api.authentication.DeviceJWTAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:  # noqa: ARG002 - the library passes it
        """Return its scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class SiteKeyShape(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A site's key."""

    target_class = "planner_server.api.authentication.SiteKeyAuthentication"
    name = "siteKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:  # noqa: ARG002 - the library passes it
        """Return its scheme."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "ApiKey KEY"}


class Operation(AutoSchema):
    """One method of one address."""

    def get_operation_id(self) -> str:
        """Return the address' words and what is done there."""
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        action = getattr(self.view, "action", None) or self.method.lower()
        # Answering a request puts HEAD beside GET into the same table.
        actions = {**(getattr(self.view, "action_map", None) or {})}
        actions.pop("head", None)
        if len({*actions.values()}) < len(actions):
            action = f"{action}_{self.method.lower()}"  # one function behind several methods
        return "_".join(words if words[-1:] == [action] else [*words, action])

    def get_tags(self) -> list[str]:
        """Return the first words of the address."""
        return ["/".join(self._tokenize_path()[: 2 if self._tokenize_path()[0] == "planner" else 1])]

    def get_description(self) -> str:  # type: ignore[override]  # the library's own departure from its base
        """Return the handler's own sentence."""
        return (self._handler().__doc__ or type(self.view).__doc__ or "").strip().split("\n\n")[0]

    # ------------------------------------------------------------ what comes in

    def _get_parameters(self) -> list[Schema]:
        found = [
            {"in": "path", "name": name, "required": True, "schema": _ROW_ID}
            for name in ("id",)
            if "{id}" in self.path
        ]
        found += self._queries()
        if self.method == "POST" and self._is_signed_in() and getattr(self.view, "takes_keys", False):
            found.append(shapes.key_header())
        return found

    def _queries(self) -> list[Schema]:
        described = self._description().queries
        found = [shapes.query(name, schema) for name, schema in described.items()]
        action = str(getattr(self.view, "action", "") or "")
        is_list = action == "list"
        if not (is_list or action.startswith("bulk_") or action in _FILTERED) or "{id}" in self.path:
            return found
        filters = getattr(getattr(self.view, "filterset_class", None), "base_filters", {})
        backends = getattr(self.view, "filter_backends", ())
        if filters and action != "bulk_add_from_seed":
            found += [
                shapes.filtering(name, shapes.of_filter(one))
                for name, one in filters.items()
                if name not in described
            ]
        if FoldedSearch in backends and action != "bulk_add_from_seed":
            found.append(shapes.filtering("search", shapes.TEXT, "Every word must occur."))
        if is_list and TiedOrdering in backends:
            keys = "|".join(sorted(getattr(self.view, "ordering_keys", {})))
            found.append(
                shapes.filtering("ordering", {"type": "string", "pattern": f"^-?({keys})(,-?({keys}))*$"})
            )
        return found + (shapes.paging() if is_list else [])

    def _get_request_body(self, direction: Direction = "request") -> Schema | None:
        if self.method not in {"PUT", "PATCH", "POST"}:
            return None
        body = self._body()
        if body is None:
            return None
        contents: Schema = {}
        is_required = False
        for media_type in self.map_parsers():
            made = force_instance(bodies.without_files(body) if media_type == JSON else body)  # type: ignore[no-untyped-call]
            made.partial = self.method == "PATCH"
            is_required |= (
                any(one.required and not one.read_only for one in made.fields.values()) and not made.partial
            )
            component = self.resolve_serializer(made, direction)
            contents[media_type] = {"schema": component.ref if component else {"type": "object"}}
        return {"required": True, "content": contents} if is_required else {"content": contents}

    def _body(self) -> Any:
        described = self._description()
        if getattr(self.view, "action", "") in {"bulk_update", "bulk_status"}:
            view: Any = self.view
            return bodies.bulk_of(view.bulk_serializer_class, view.entity)
        if described.body is not None:
            return described.body
        own = self._own_serializer()
        return own if own is None or self.method == "POST" else bodies.updating(own)

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> Schema | None:
        schema: Schema | None = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if schema is None:
            return None
        # A mark for the library's own naming of choices, which is not used.
        schema.pop("x-spec-enum-id", None)
        if isinstance(field, serializers.ListField) and not field.allow_empty:
            schema["minItems"] = max(1, schema.get("minItems", 0))
        return schema

    # ------------------------------------------------------------ what goes out

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        described = self._description()
        is_keyed = self.method == "POST" and self._is_signed_in()
        answers: Schema = {}
        if self.method == "DELETE" and description_of(self._handler()) is None:
            answers["204"] = {"description": "Done.", "headers": shapes.header_refs()}
        else:
            status = described.status
            if status == 200 and getattr(self.view, "action", "") == "create":
                status = 201
            answers[str(status)] = {
                "description": "Made." if status == 201 else "Done.",
                "headers": shapes.header_refs(keyed=is_keyed),
                "content": self._content(described, direction),
            }
        return answers | shapes.refusals(*self._codes())

    def _content(self, described: Description, direction: Direction) -> Schema:
        if described.media_type:
            return {described.media_type: {"schema": {"type": "string", "format": "binary"}}}
        is_page = described.paged or getattr(self.view, "action", "") == "list"
        shape = described.answer or self._own_serializer()
        if shape is None:
            return {JSON: {"schema": shapes.answer(ANYTHING)}}
        component = self.resolve_serializer(force_instance(shape), direction)  # type: ignore[no-untyped-call]
        if not component:
            return {JSON: {"schema": shapes.answer(ANYTHING)}}
        row = component.ref
        if is_page:
            return {JSON: {"schema": self._named(f"{component.name}Page", shapes.page(row))}}
        if described.many:
            return {
                JSON: {
                    "schema": self._named(
                        f"{component.name}List", shapes.answer({"type": "array", "items": row})
                    )
                }
            }
        return {JSON: {"schema": self._named(f"{component.name}Answer", shapes.answer(row))}}

    def _named(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        return shapes.ref("schemas", name)

    def _codes(self) -> list[int]:
        codes = [400, 429, 500, 503]
        if self._is_signed_in():
            codes += [401, 402, 403]
        if "{id}" in self.path or self.method in {"GET", "POST"}:
            codes.append(404)
        if self.method != "GET":
            codes.append(409)
        if self.method in {"PUT", "PATCH", "POST"}:
            codes += [401, 403, 413, 415]
        if self.method == "POST":
            codes.append(422)
        return sorted(set(codes))

    # ------------------------------------------------------------ what the view says of itself

    def _handler(self) -> Any:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, name)

    def _description(self) -> Description:
        name = getattr(self.view, "action", None) or self.method.lower()
        marked = description_of(self._handler())
        if marked is not None:
            return marked
        for cls in type(self.view).__mro__:
            if (cls.__name__, name) in DESCRIPTIONS:
                return DESCRIPTIONS[cls.__name__, name]
        return Description()

    def _own_serializer(self) -> Any:
        """Return the view's serializer where a handler is one of those that speak it."""
        action = getattr(self.view, "action", None)
        speaks = action in {"list", "retrieve", "create", "update", "partial_update"}
        if isinstance(self.view, GenericAPIView) and speaks:
            return self.view.serializer_class
        return None

    def _is_signed_in(self) -> bool:
        return not any(isinstance(one, AllowAny) for one in self.view.get_permissions())


class Addresses(EndpointEnumerator):
    """The addresses of the documented API; the sync extension has its own description (docs/sync.md)."""

    def should_include_endpoint(self, path: str, callback: Any) -> bool:
        """Whether an address is described."""
        return path.startswith(ROOT) and bool(super().should_include_endpoint(path, callback))


class Document(SchemaGenerator):
    """All operations with the components they share."""

    endpoint_inspector_cls = Addresses

    def create_view(self, callback: Any, method: str, request: Any = None) -> APIView:
        """Return a view that describes itself as an `Operation`."""
        view: APIView = super().create_view(callback, method, request)  # type: ignore[no-untyped-call]
        self._set_schema_to_view(view, Operation())  # type: ignore[no-untyped-call]
        return view

    def get_schema(self, request: Any = None, public: bool = True) -> Schema:
        """Return the document."""
        document: Schema = super().get_schema(request, public)  # type: ignore[no-untyped-call]
        for kind, added in shapes.components().items():
            document["components"][kind] = dict(
                sorted((document["components"].get(kind, {}) | added).items())
            )
        document["info"] = {
            "title": "Planner platform",
            "version": VERSION,
            "description": ABOUT.format(scopes=shapes.scopes()),
        }
        document["servers"] = [{"url": "/"}]
        return document


@lru_cache(maxsize=1)
def described() -> Schema:
    """Return the document, made once in a process."""
    document: Schema = Document(urlconf="planner_server.config.urls").get_schema()  # type: ignore[no-untyped-call]
    return document


def as_json() -> bytes:
    """Return the document as JSON."""
    return json.dumps(described(), ensure_ascii=False).encode()


def as_yaml() -> bytes:
    """Return the document as YAML, the form it has in docs/openapi.yaml."""
    # Through JSON, as the library's own kinds of text are nothing YAML knows.
    text: str = yaml.safe_dump(
        json.loads(as_json()), sort_keys=False, allow_unicode=True, width=120, default_flow_style=False
    )
    return text.encode()
