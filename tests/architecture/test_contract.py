"""The OpenAPI document keeps what `endpoints.yaml` promises, and says what callers need to know."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.application import assembled
from tests.architecture.source import ROOT, ensure_none
from tests.support.references import list_codes, read_document, resolve
from veza.http.api_docs.openapi import list_handlers
from veza.http.api_docs.refusals import list_refusals
from veza.http.responses.errors import status_of

type Json = dict[str, Any]
type Endpoint = dict[str, Any]

_PREFIX = "/api/v1"

# Signed in by the refresh token that is sent, so that no other credentials are asked for.
_SIGNED_IN_BY_BODY = {"POST /sessions/refresh"}

# What isn't there is made by it.
_MADE_WHERE_MISSING = {"PUT /api/v1/admin/feature-flags/{}"}

_SECRETS = re.compile(r"password|secret|token_hash|_hash$", re.IGNORECASE)
# Fields of answers that grant access to whoever has them.
_CREDENTIALS = re.compile(r"(^|_)(key|password|secret|token)$")
# The public name of a stored version, and the key of a piece of music.
_NO_CREDENTIALS = {"musical_key", "storage_key"}
# With the first a buyer's own browser confirms a payment. An app password is shown once, when it is
# made; a list of them has their names. An authenticator app is set up with its secret.
_GIVEN = {"client_secret", "app_password", "app_passwords", "totp_secret"}
# With these, a call without credentials is answered too.
_WITHOUT_SECURITY = {"none", "optional", "webhook"}

_ENDPOINTS: list[Endpoint] = yaml.safe_load(
    (ROOT / "tests" / "architecture" / "endpoints.yaml").read_text()
)


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint['method']} {endpoint['path']}"


@pytest.fixture(scope="module")
def document() -> Json:
    return read_document()


@pytest.fixture(scope="module")
def operations(document: Json) -> dict[str, Json]:
    """All operations, by method and path with nameless parameters: `GET /api/v1/tracks/{}`."""
    return {
        f"{method.upper()} {_without_names(path)}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


@pytest.mark.parametrize(
    "endpoint", _ENDPOINTS, ids=lambda e: _name(e) + " at root" * e.get("root", 0)
)
def test_each_endpoint_is_as_promised(
    endpoint: Endpoint, operations: dict[str, Json], document: Json
):
    operation = operations.get(_key(endpoint))
    assert operation is not None, f"{_key(endpoint)} is not in the document."
    answer = operation["responses"].get(str(endpoint["ok"]))
    assert answer is not None, sorted(operation["responses"])
    assert set(endpoint.get("query", [])) <= _query_names(operation)
    if _name(endpoint) not in _SIGNED_IN_BY_BODY:
        assert _needs_security(operation) == (endpoint["auth"] not in _WITHOUT_SECURITY)
    if endpoint["auth"] in {"creator", "admin"}:
        assert "403" in operation["responses"]
    if "content_type" in endpoint:
        assert endpoint["content_type"] in answer["content"]
    for key in endpoint.get("data", []):
        _ensure_key(key, answer, document)


def test_every_operation_has_a_summary(operations: dict[str, Json]):
    ensure_none(key for key, operation in operations.items() if not operation.get("summary"))


def test_every_operation_has_a_name_of_its_own(operations: dict[str, Json]):
    names = [operation["operationId"] for operation in operations.values()]
    ensure_none({name for name in names if names.count(name) > 1})


def test_every_failure_is_told_by_its_codes(operations: dict[str, Json], document: Json):
    ensure_none(
        f"{key} {status}"
        for key, operation in operations.items()
        for status, answer in operation["responses"].items()
        if status >= "400"
        if not _tells_failures(answer) and not _shows_data(answer, document)
    )


def test_every_operation_shows_a_failure(operations: dict[str, Json], document: Json):
    ensure_none(
        key
        for key, operation in operations.items()
        if not any(_shows_failure(answer, document) for answer in operation["responses"].values())
    )


def test_every_reason_of_a_route_is_told_with_a_message(
    operations: dict[str, Json], document: Json
):
    """It stands beside the code; once for several operations in the schema of failures."""
    shared = document["components"]["schemas"]["Failure"]["description"].splitlines()
    for path, method, handler in list_handlers(assembled()):
        operation = operations.get(f"{method} {_without_names(path)}")
        if operation is None:
            continue
        for kind in list_refusals(handler, method):
            told = operation["responses"][str(status_of(kind))]
            assert kind.code in list_codes(told), (operation["operationId"], kind)
            if kind in handler.opt.get("errors", []):
                message = f"`{kind.code}`: {kind.message}"
                assert f"- {message}" in shared or message in told["description"], kind


def test_every_operation_says_what_it_refuses(operations: dict[str, Json]):
    """Whoever must sign in can be refused; whoever sends something can send the wrong thing."""
    ensure_none(
        key
        for key, operation in operations.items()
        if (_needs_security(operation) and "401" not in operation["responses"])
        or ("requestBody" in operation and not {"400", "415"} <= set(operation["responses"]))
        or ("{}" in key and key not in _MADE_WHERE_MISSING and "404" not in operation["responses"])
    )


def test_a_generator_of_clients_is_told_every_type_of_file(operations: dict[str, Json]):
    told = yaml.safe_load((ROOT / "docs/openapi-python-client.yaml").read_text())
    known = {*told["content_type_overrides"], "application/octet-stream", "multipart/form-data"}
    ensure_none(
        f"{key} {media_type}"
        for key, operation in operations.items()
        for content in (*operation["responses"].values(), operation.get("requestBody", {}))
        for media_type in content.get("content", {})
        if media_type not in known and not media_type.startswith("text/")
        if media_type.partition("/")[2].rpartition("+")[2] != "json"
    )


def test_every_parameter_of_a_path_is_documented(document: Json):
    ensure_none(
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if set(re.findall(r"\{(\w+)\}", path))
        != {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}
    )


def test_no_answer_holds_a_secret(operations: dict[str, Json], document: Json):
    ensure_none(
        f"{key} {status} {name}"
        for key, operation in operations.items()
        for status, answer in operation["responses"].items()
        for name in _property_names(answer, document, frozenset())
        if _SECRETS.search(name) and name not in _GIVEN
    )


def test_no_answer_to_an_api_key_holds_a_credential(operations: dict[str, Json], document: Json):
    ensure_none(
        f"{key} answers {name}"
        for key, operation in operations.items()
        if any("api_key" in way for way in operation.get("security", []))
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for name in _property_names(answer, document, frozenset())
        if _CREDENTIALS.search(name) and name not in _NO_CREDENTIALS
    )


def test_a_secret_deep_inside_an_answer_is_found():
    inner = {"properties": {"users": {"items": {"$ref": "#/components/schemas/User"}}}}
    document = {"components": {"schemas": {"User": {"properties": {"password_hash": {}}}}}}
    assert "password_hash" in set(_property_names(inner, document, frozenset()))


def _key(endpoint: Endpoint) -> str:
    prefix = "" if endpoint.get("root") else _PREFIX
    return f"{endpoint['method']} {prefix}{_without_names(endpoint['path'])}"


def _without_names(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", path)


def _query_names(operation: Json) -> set[str]:
    return {p["name"] for p in operation.get("parameters", []) if p.get("in") == "query"}


def _needs_security(operation: Json) -> bool:
    security = operation.get("security", [])
    return bool(security) and {} not in security


def _ensure_key(key: str, answer: Json, document: Json) -> None:
    """Hold one of the promised keys against the schema of `data`; `tracks*` is a list."""
    envelope = answer["content"]["application/json"]["schema"]
    data = resolve(envelope["properties"]["data"], document)
    name = key.removesuffix("*")
    assert name in data["properties"], sorted(data["properties"])
    if key.endswith("*"):
        assert resolve(data["properties"][name], document)["type"] == "array"


def _tells_failures(answer: Json) -> bool:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return schema == {"$ref": "#/components/schemas/Failure"} and bool(list_codes(answer))


def _shows_failure(answer: Json, document: Json) -> bool:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return any(
        example["success"] is False and {"error", "code", "request_id"} <= set(example)
        for example in resolve(schema, document).get("examples", [])
    )


def _shows_data(answer: Json, document: Json) -> bool:
    """Tell whether the answer is a report, as the probes give it with 503 too."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return "data" in resolve(schema, document).get("properties", {})


def _property_names(node: Any, document: Json, seen: frozenset[str]) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _property_names(item, document, seen)
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        yield from _property_names(resolve(node, document), document, seen | {reference})
    properties = node.get("properties")
    yield from properties if isinstance(properties, dict) else ()
    for value in node.values():
        yield from _property_names(value, document, seen)
