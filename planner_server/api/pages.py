"""/api/schema/ and the pages that show it. Everything they load comes from this server: they work without a network.

The library that describes the API, and the package with the pages' scripts, are looked for when they are asked for: a start of the
server does not wait for them.
"""
# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from planner_server.api.envelope import plain_failure

YAML, JSON = "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"
ASSETS = {
    "swagger-ui.css": ("swagger-ui-dist/swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": ("swagger-ui-dist/swagger-ui-bundle.js", "text/javascript"),
    "favicon-32x32.png": ("swagger-ui-dist/favicon-32x32.png", "image/png"),
    "redoc.standalone.js": ("redoc/bundles/redoc.standalone.js", "text/javascript"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Planner platform: the API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/png" href="/api/docs/assets/favicon-32x32.png">
{head}</head><body style="margin:0">{body}</body></html>
"""
_SWAGGER = _PAGE.format(
    head='<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css">\n',
    body='<div id="page"></div><script src="/api/docs/assets/swagger-ui-bundle.js"></script>'
    '<script src="/api/docs/assets/start.js"></script>',
)
_REDOC = _PAGE.format(
    head="",
    body='<redoc spec-url="/api/schema/?format=json"></redoc><script src="/api/docs/assets/redoc.standalone.js"></script>',
)
_START = """SwaggerUIBundle({
  url: "/api/schema/?format=json", dom_id: "#page", deepLinking: true, docExpansion: "none", validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout",
});
"""


def schema(request: HttpRequest) -> HttpResponseBase:
    """Answer with the description: YAML, or JSON for `?format=json` or an Accept that asks for it."""
    if request.method not in {"GET", "HEAD"}:
        return _only_reading(request)
    from planner_server.api.openapi.writing import as_json, as_yaml

    wanted = request.GET.get("format") or ("json" if "json" in request.headers.get("Accept", "") else "yaml")
    if wanted not in {"json", "yaml"}:
        return plain_failure(request, 400, f"There is no format {wanted!r}. Use json or yaml.", "bad_request")
    if wanted == "json":
        return HttpResponse(as_json(), content_type=JSON)
    return HttpResponse(as_yaml(), content_type=YAML)


def docs(request: HttpRequest) -> HttpResponseBase:
    """Answer with the page on which calls can be tried."""
    return _page(request, _SWAGGER)


def redoc(request: HttpRequest) -> HttpResponseBase:
    """Answer with the page for reading."""
    return _page(request, _REDOC)


def asset(request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer with one of the pages' files."""
    if request.method not in {"GET", "HEAD"}:
        return _only_reading(request)
    if name == "start.js":
        return HttpResponse(_START, content_type="text/javascript; charset=utf-8")
    package = find_spec("drf_spectacular_sidecar")
    if name not in ASSETS or package is None or package.origin is None:
        return plain_failure(request, 404, f"There is nothing at {request.path}.", "not_found")
    place, kind = ASSETS[name]
    file = Path(package.origin).parent / "static" / "drf_spectacular_sidecar" / place
    return HttpResponse(
        file.read_bytes(), content_type=kind, headers={"Cache-Control": "public, max-age=3600"}
    )


def _page(request: HttpRequest, text: str) -> HttpResponseBase:
    if request.method not in {"GET", "HEAD"}:
        return _only_reading(request)
    return HttpResponse(text, headers={"Content-Security-Policy": _POLICY})


def _only_reading(request: HttpRequest) -> HttpResponseBase:
    response = plain_failure(request, 405, f'Method "{request.method}" not allowed.', "method_not_allowed")
    response.headers["Allow"] = "GET, HEAD"
    return response


urlpatterns: list[URLPattern] = [
    path("schema/", csrf_exempt(schema), name="schema"),
    path("docs/", csrf_exempt(docs), name="docs"),
    path("redoc/", csrf_exempt(redoc), name="redoc"),
    path("docs/assets/<str:name>", csrf_exempt(asset), name="docs-asset"),
]
