"""The OpenAPI document: completes what the framework derives from signatures.

Adds the envelope, every error with an example, security, forms with files, and responses that are
not JSON.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, cast

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from veza.core.access import Access, Scope
from veza.http.api_docs.framework_schema import describe_routes
from veza.http.api_docs.refusals import FAILURE, Refusals, describe_failures
from veza.http.api_docs.sharing import share_fields, share_parameters, share_responses
from veza.http.requests import idempotency
from veza.http.responses.envelope import BareEnvelope
from veza.http.security.acting import PROFILE_HEADER
from veza.http.security.authorization import (
    API_KEY_HEADER,
    access_of,
    right_of,
    scope_of,
    takes_json,
)
from veza.http.security.cookies import ACCESS_COOKIE, cookie_name

type Json = dict[str, Any]

# The header is that of 200, too, which has a response of its own in each operation.
_NOT_MODIFIED: Json = {
    "description": "Not modified: `If-None-Match` has the current `ETag`.",
    "headers": {
        "ETag": {
            "description": "Of the body as it is sent. 200 without credentials has it, too.",
            "schema": {"type": "string"},
        }
    },
}
_FAILURES = """The body of every failed request.

Other than those of a single operation, the reasons are, by their `code`:

"""
_IDEMPOTENCY_KEY: Json = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "The same key and body return the first response again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.MAX_LENGTH},
}

# Of all operations that a member may send as a profile.
_PROFILE: Json = {
    "name": PROFILE_HEADER,
    "in": "header",
    "required": False,
    "description": "The id of an artist, a band or a label in which you have a role: the request "
    "is then of that profile. Without it, or with your own id, it is yours. Links and elements "
    "of a page send it as `?profile=`, to read.",
    "schema": {"type": "string", "format": "uuid"},
}


def build_document(app: Litestar) -> Json:
    """Return the document of an application."""
    document = describe_routes(app)
    components: Json = document.setdefault("components", {})
    schemas: Json = components.get("schemas", {}) | describe_failures()
    components["schemas"] = {name: _shorten(schema, name) for name, schema in schemas.items()}
    _name_choices(components["schemas"], app.opt.get("choices", {}))
    components["securitySchemes"] = _schemes(is_secure=app.opt.get("is_production", False))
    handlers = list(list_handlers(app))
    refusals = Refusals(handler for _, _, handler in handlers)
    for path, method, handler in handlers:
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is not None:
            _complete(operation, handler, path)
            has_id = _has_id(operation)
            operation["responses"] |= refusals.describe(handler, method, has_id=has_id)
            if _is_bare(handler):
                _unwrap(operation, components["schemas"])
            for key in ("parameters", "description"):
                if not operation[key]:
                    del operation[key]
    components["schemas"]["Failure"]["description"] = _FAILURES + refusals.list_messages()
    components["parameters"] = share_parameters(document["paths"]) | {"Profile": _PROFILE}
    components["responses"] = share_responses(document["paths"], FAILURE)
    components["schemas"] |= share_fields(components["schemas"])
    # The framework keeps the paths of a handler in a set, which has another order in every
    # process.
    document["paths"] = dict(sorted(document["paths"].items()))
    return document


def _shorten(schema: Any, name: str = "") -> Any:
    """Return a schema in as few words: without its name as title, and without needless choices."""
    if isinstance(schema, list):
        return [_shorten(each) for each in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    found: Json = {key: _shorten(value) for key, value in cast(Json, schema).items()}
    if found.get("title") == name:
        del found["title"]
    if found.get("required") == []:
        del found["required"]
    match found.get("oneOf"):
        case [{} as only]:
            del found["oneOf"]
            return only | found
        case [{"type": str(kind)} as some, {"type": "null"}] if not {"enum", "const"} & some.keys():
            del found["oneOf"]
            return some | found | {"type": [kind, "null"]}
        case _:
            return found


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


def list_handlers(app: Litestar) -> Iterable[tuple[str, str, HTTPRouteHandler]]:
    """Return each handler of HTTP with a path as it is documented, and a method."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler):
                for method in handler.http_methods:
                    yield getattr(route, "path_format", route.path), str(method), handler


def _complete(operation: Json, handler: HTTPRouteHandler, path: str) -> None:
    # The docstring: its first line is the summary, the rest is the description.
    summary, _, rest = (handler.fn.__doc__ or "").strip().partition("\n")
    operation["summary"] = summary.rstrip(".")
    operation["description"] = " ".join(rest.split())
    operation["operationId"] = _name(handler, path)
    if path.startswith("/api/"):
        operation.pop("deprecated", None)
    else:
        operation["deprecated"] = True
    access = access_of(handler)
    if access is not Access.NONE:
        scope = scope_of(handler)
        operation["security"] = _security(access, scope)
    if "form" in handler.opt:
        operation["requestBody"] = _form(handler.opt["form"], handler.opt["files"])
    elif "raw" in handler.opt:
        kinds = handler.opt.get("raw_types", "application/octet-stream")
        operation["requestBody"] = _raw(handler.opt["raw"], kinds)
    elif takes_json(handler):
        data = handler.parsed_fn_signature.parameters["data"]
        operation["requestBody"]["required"] = not data.is_optional
    operation["parameters"] = [
        *(_describe_parameter(each) for each in operation.get("parameters", [])),
        *_list_headers(handler),
    ]
    operation["responses"] = _successes(operation, handler) | _list_conditional(handler)
    if _has_etag(handler):
        operation["responses"]["304"] = _NOT_MODIFIED


def _list_conditional(handler: HTTPRouteHandler) -> Json:
    """Return the answer of a route that compares the tag of what a client has by itself."""
    return {"304": _NOT_MODIFIED} if handler.opt.get("conditional") else {}


def _list_headers(handler: HTTPRouteHandler) -> Iterable[Json]:
    """Return the headers of a route that no parameter of its function stands for."""
    if handler.opt.get("idempotent"):
        yield _IDEMPOTENCY_KEY
    if right_of(handler) is not None:
        yield {"$ref": "#/components/parameters/Profile"}


def _describe_parameter(parameter: Json) -> Json:
    """Return a parameter without what the framework says twice, or of what is so by default."""
    told = {name: value for name, value in parameter.items() if value is not False}
    schema: Json = _shorten(told["schema"])
    if schema.get("description") == told.get("description"):
        schema.pop("description", None)
    return told | {"schema": schema}


def _has_id(operation: Json) -> bool:
    in_path = [each for each in operation["parameters"] if each.get("in") == "path"]
    return any(each["schema"].get("format") == "uuid" for each in in_path)


def _security(access: Access, scope: Scope | None) -> list[Json]:
    ways: list[Json] = [{"bearer": []}, {"cookie": []}]
    if scope is not None:
        ways.append({"api_key": [scope]})
    if access is Access.OPTIONAL:
        ways.append({})
    return ways


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
        known = HTTPStatus(int(status))
        said = response.get("description") or known.phrase
        kept[status] = {"description": known.phrase if said == known.description else said}
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
    """Describe a field as text: lists of texts are comma-separated, other lists are JSON."""
    if "$ref" in field:
        field = {k: v for k, v in field.items() if k != "$ref"} | definitions[
            field["$ref"].rsplit("/", 1)[-1]
        ]
    kinds = [each for each in field.get("anyOf", [field]) if each.get("type") == "array"]
    if kinds and "$ref" in kinds[0]["items"]:
        return {"type": "string", "description": f"`{name}`, as JSON: see the body of `PUT`."}
    if field.get("type") == "array":
        return {"type": "string", "description": f"`{name}`, separated by commas."}
    return {k: v for k, v in field.items() if k != "title"}
