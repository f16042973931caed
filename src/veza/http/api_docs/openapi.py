"""The OpenAPI document: completes what the framework derives from signatures.

Adds the envelope, every error with an example, security, forms with files, and responses that are
not JSON.
"""

from collections.abc import Iterable
from typing import Any, cast

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from veza.core.access import Access, Scope
from veza.core.activities import EmailUnverified
from veza.core.errors import (
    DiskReserveReached,
    Invalid,
    OutOfSpace,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnderMaintenance,
    VezaError,
    WrongMediaType,
)
from veza.core.step_up import FactorsRequired, StepUpNeeded
from veza.http.layers.rate_limits import RateLimited
from veza.http.requests import idempotency
from veza.http.responses.envelope import BareEnvelope
from veza.http.responses.errors import Failure, RangeNotSatisfiable, status_of
from veza.http.route_classes import is_free
from veza.http.security.authorization import (
    API_KEY_HEADER,
    InsufficientScope,
    KeyNotAllowed,
    RoleRequired,
    TwoCredentials,
    access_of,
    activity_of,
    goes_on,
    needs_space,
    publishes,
    scope_of,
    step_up_of,
    takes_json,
)
from veza.http.security.cookies import ACCESS_COOKIE, cookie_name
from veza.http.security.csrf import CsrfFailed
from veza.infra.concurrency.fair_limiter import ServerBusy
from veza.infra.postgres.availability import StatementTimedOut
from veza.infra.valkey.hourly_limits import HourlyLimitReached

type Json = dict[str, Any]

_PREFIX = "/api/v1"
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_LIMIT_HEADERS: Json = {
    name: {"description": text, "schema": {"type": kind}}
    for name, kind, text in (
        ("Retry-After", "integer", "Seconds to wait before trying again."),
        ("X-RateLimit-Limit", "integer", "The number of requests that the limit allows."),
        ("X-RateLimit-Remaining", "integer", "The number of requests that are left."),
        ("RateLimit", "string", 'The state of the limit: `"address";r=0;t=1`.'),
        ("RateLimit-Policy", "string", 'The limits that apply: `"address";q=100;w=1`.'),
    )
}
_ETAG_HEADER: Json = {
    "ETag": {
        "description": "Of the body as it is sent; only in responses without credentials.",
        "schema": {"type": "string"},
    }
}
_NOT_MODIFIED = "Not modified: `If-None-Match` has the current `ETag`."
_IDEMPOTENCY_KEY: Json = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "The same key and body return the first response again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_LENGTH},
}
_EXAMPLE_ID = "0198c0de-0000-7000-8000-000000000001"


def build_document(app: Litestar) -> Json:
    """Return the document of an application."""
    document: Json = app.openapi_schema.to_schema()
    components: Json = document.setdefault("components", {})
    _, failure = msgspec.json.schema_components(
        [Failure], ref_template="#/components/schemas/{name}"
    )
    components["schemas"] = components.get("schemas", {}) | failure
    _name_choices(components["schemas"], app.opt.get("choices", {}))
    components["securitySchemes"] = _schemes(is_secure=app.opt.get("is_production", False))
    for path, method, handler in _list_handlers(app):
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is not None:
            _complete(operation, handler, path, method)
            if _is_bare(handler):
                _unwrap(operation, components["schemas"])
    # The framework keeps the paths of a handler in a set, which has another order in every
    # process.
    document["paths"] = dict(sorted(document["paths"].items()))
    return document


def _name_choices(schemas: Json, choices: dict[str, dict[str, list[str]]]) -> None:
    """Add the values of fields that only the assembled application knows."""
    for name, fields in choices.items():
        for field, values in fields.items():
            schemas[name]["properties"][field]["enum"] = values


def _schemes(*, is_secure: bool) -> Json:
    cookie = cookie_name(ACCESS_COOKIE, is_secure=is_secure)
    return {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
        "api_key": {"type": "apiKey", "in": "header", "name": API_KEY_HEADER},
    }


def _list_handlers(app: Litestar) -> Iterable[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler):
                for method in handler.http_methods:
                    yield getattr(route, "path_format", route.path), str(method), handler


def _complete(operation: Json, handler: HTTPRouteHandler, path: str, method: str) -> None:
    # The docstring: its first line is the summary, the rest is the description.
    summary, _, rest = (handler.fn.__doc__ or "").strip().partition("\n")
    operation["summary"] = summary.rstrip(".")
    operation["description"] = " ".join(rest.split())
    operation["operationId"] = _name(handler, path)
    if not path.startswith("/api/"):
        operation["deprecated"] = True
    access = access_of(handler)
    if access is not Access.NONE:
        scope = scope_of(handler)
        operation["security"] = _security(access, scope)
        operation["description"] = f"{operation['description']} {_reach(scope)}".strip()
    if "form" in handler.opt:
        operation["requestBody"] = _form(handler.opt["form"], handler.opt["files"])
    elif "raw" in handler.opt:
        kinds = handler.opt.get("raw_types", "application/octet-stream")
        operation["requestBody"] = _raw(handler.opt["raw"], kinds)
    elif takes_json(handler):
        data = handler.parsed_fn_signature.parameters["data"]
        operation["requestBody"]["required"] = not data.is_optional
    if handler.opt.get("idempotent"):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    failures = _failures(handler, method)
    operation["responses"] = _successes(operation, handler) | failures
    if _has_etag(handler):
        operation["responses"]["200"]["headers"] = _ETAG_HEADER
        operation["responses"]["304"] = {"description": _NOT_MODIFIED}


def _security(access: Access, scope: Scope | None) -> list[Json]:
    ways: list[Json] = [{"bearer": []}, {"cookie": []}]
    if scope is not None:
        ways.append({"api_key": [scope]})
    if access is Access.OPTIONAL:
        ways.append({})
    return ways


def _reach(scope: Scope | None) -> str:
    return f"API keys need the scope `{scope}`." if scope else "API keys are not allowed."


def _name(handler: HTTPRouteHandler, path: str) -> str:
    """Return a unique name for client generators: that of the function, or also of the path."""
    name = handler.fn.__name__
    if not path.startswith("/api/"):
        return f"{name}_at_root"
    return f"{name}_of_session" if path.endswith("/sessions/refresh") else name


def _successes(operation: Json, handler: HTTPRouteHandler) -> Json:
    kept: Json = {}
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            continue
        kept[status] = {"description": response.get("description") or "Done"}
        if produces := handler.opt.get("produces"):
            kept[status]["content"] = _binary(produces)
        else:
            kept[status]["content"] = {"application/json": {"schema": _envelope(response)}}
            kept[status]["content"] |= _binary(handler.opt.get("also_produces", ""))
    kept.get("204", {}).pop("content", None)
    if handler.opt.get("partial"):
        kept["206"] = {"description": "The requested range"} | {
            "content": _binary(handler.opt["produces"])
        }
        kept["304"] = {"description": "Not modified"}
    if handler.opt.get("may_exist"):
        kept["200"] = {"description": "It exists already", "content": kept["201"]["content"]}
    if handler.opt.get("redirects"):
        kept = {"302": {"description": "Redirect"}}
    if handler.opt.get("unfit"):
        kept["503"] = {"description": "Unhealthy", "content": kept["200"]["content"]}
    return kept


def _has_etag(handler: HTTPRouteHandler) -> bool:
    """Return whether a route answers JSON to GET without credentials, see `http.layers.etags`."""
    is_public = access_of(handler) in {Access.NONE, Access.OPTIONAL}
    is_get = "GET" in handler.http_methods
    return is_public and is_get and not {"produces", "redirects"} & handler.opt.keys()


def _binary(kinds: str) -> Json:
    """Describe files of these media types: bytes, or an object where the file is JSON."""
    file = {"type": "string", "format": "binary"}
    return {
        kind: {"schema": {"type": "object"} if kind.endswith("json") else file}
        for kind in kinds.split()
    }


def _envelope(response: Json) -> Json:
    contents: list[Json] = list(response.get("content", {}).values())
    data: Json = contents[0]["schema"] if contents else {}
    return {
        "type": "object",
        "required": ["success", "data"],
        "properties": {"success": {"const": True}, "data": data},
    }


def _is_bare(handler: HTTPRouteHandler) -> bool:
    return issubclass(cast(type, handler.resolve_response_class()), BareEnvelope)


def _unwrap(operation: Json, schemas: Json) -> None:
    """Repeat the keys of `data` at the top level."""
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            envelope: Json = response["content"]["application/json"]["schema"]
            data: Json = envelope["properties"]["data"]
            if "$ref" in data:
                data = schemas[data["$ref"].rsplit("/", 1)[-1]]
            envelope["properties"] |= data["properties"]
            envelope["required"] = [*envelope["required"], *data.get("required", [])]


def _failures(handler: HTTPRouteHandler, method: str) -> Json:
    kinds: list[type[VezaError]] = [*handler.opt.get("errors", [])]
    if handler.opt.get("credentials") != "ignored":
        kinds.append(Unauthenticated)
        kinds.append(KeyNotAllowed if scope_of(handler) is None else InsufficientScope)
        kinds.append(TwoCredentials)
        kinds += [] if handler.opt.get("enrols") else [FactorsRequired]
    kinds += [] if step_up_of(handler) is None else [StepUpNeeded]
    is_change = method in _UNSAFE and not handler.opt.get("changes_nothing")
    kinds += [CsrfFailed] if is_change else []
    kinds += [] if is_free(handler) else [RateLimited]
    kinds += [] if activity_of(handler) is None else [HourlyLimitReached]
    kinds += [EmailUnverified] if publishes(handler) else []
    if access_of(handler) not in {Access.NONE, Access.OPTIONAL, Access.USER}:
        kinds.append(RoleRequired)
    kinds += [RangeNotSatisfiable] if handler.opt.get("partial") else []
    kinds += [Invalid]
    if takes_json(handler):
        kinds += [RequestTimeout, TooLarge, WrongMediaType]
    if {"form", "raw"} & handler.opt.keys():
        kinds += [RequestTimeout, WrongMediaType]
    kinds += [DiskReserveReached] if needs_space(handler) else []
    kinds += [OutOfSpace] if is_change else []
    kinds += [] if goes_on(handler) else [UnderMaintenance]
    kinds += [ServerBusy, StatementTimedOut] if "expensive" in handler.opt else []
    kinds += [] if handler.opt.get("unfit") else [Unavailable]
    by_status: dict[int, list[type[VezaError]]] = {}
    for kind in kinds:
        found = by_status.setdefault(status_of(kind), [])
        if kind not in found:
            found.append(kind)
    failures = {str(status): _failure(found) for status, found in sorted(by_status.items())}
    if "429" in failures:
        failures["429"]["headers"] = _LIMIT_HEADERS
    return failures


def _failure(kinds: list[type[VezaError]]) -> Json:
    schema = {"$ref": "#/components/schemas/Failure"}
    examples = {
        kind.code: {
            "summary": kind.message,
            "value": {
                "success": False,
                "error": kind.message,
                "code": kind.code,
                "request_id": _EXAMPLE_ID,
            },
        }
        for kind in kinds
    }
    return {
        "description": " ".join(kind.message for kind in kinds),
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }


def _form(fields: type[msgspec.Struct], files: dict[str, str]) -> Json:
    schema = msgspec.json.schema(fields)
    inlined = schema["$defs"][fields.__name__]
    properties = {
        name: _as_text(name, field, schema["$defs"])
        for name, field in inlined["properties"].items()
    }
    binary = {
        name: {"type": "string", "format": "binary", "description": text}
        for name, text in files.items()
    }
    required = ["file", *inlined.get("required", [])]
    body = {"type": "object", "required": required, "properties": binary | properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": body}}}


def _raw(description: str, kinds: str) -> Json:
    """Describe a body that is a file."""
    # No body is an empty file.
    return {"required": False, "description": description, "content": _binary(kinds)}


def _as_text(name: str, field: Json, definitions: Json) -> Json:
    """Describe a field as text: lists are comma-separated."""
    if "$ref" in field:
        field = {k: v for k, v in field.items() if k != "$ref"} | definitions[
            field["$ref"].rsplit("/", 1)[-1]
        ]
    if field.get("type") == "array":
        return {"type": "string", "description": f"`{name}`, separated by commas."}
    return {k: v for k, v in field.items() if k != "title"}
