"""References inside of an OpenAPI document, and what it says shorter than tests read it."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.application import openapi_document

type Json = dict[str, Any]

_CODE = re.compile(r"`(\w+)`(?:: |, |$)")
_STATUS = re.compile(r"^(?:- )?(\d{3}): (.+)$", re.MULTILINE)


def resolve(node: Json, document: Json) -> Json:
    """Return the component that a node refers to; itself if it is no reference."""
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].removeprefix("#/components/").split("/")
    return document["components"][kind][name]


def read_document() -> Json:
    """Return the document of the application, spelled out."""
    return spelled_out(msgspec.json.decode(openapi_document()))


def spelled_out(document: Json) -> Json:
    """Return a document with its parts in their places: no operation refers to what others have.

    Each status that `default` tells is a response of its own. The parameter for profiles is left.
    """
    shared = document["components"]["parameters"]
    for methods in document["paths"].values():
        common = methods.pop("parameters", [])
        for operation in methods.values():
            operation["parameters"] = [*common, *operation.get("parameters", [])]
    for operation in _list_operations(document):
        operation["parameters"] = [
            shared[name]
            if (name := each.get("$ref", "").split("/")[-1]) in shared and name != "Profile"
            else each
            for each in operation.get("parameters", [])
        ]
        told = operation["responses"]
        responses = {status: _resolve_varied(each, document) for status, each in told.items()}
        for status, codes in _STATUS.findall(responses.get("default", {}).get("description", "")):
            assert status not in responses, (operation["operationId"], status)
            responses[status] = responses["default"] | {"description": codes}
        responses.pop("default", None)
        operation["responses"] = dict(sorted(responses.items()))
    return document


def _resolve_varied(response: Json, document: Json) -> Json:
    """Return a response of which a reference may have another description."""
    varied = {key: value for key, value in response.items() if key == "description"}
    return resolve(response, document) | varied


def list_codes(response: Json) -> list[str]:
    """Return the codes that a response of a spelled-out document tells."""
    return [code for line in response["description"].splitlines() for code in _find_codes(line)]


def _find_codes(line: str) -> list[str]:
    """Return the codes at the beginning of a line; its message may name other things so."""
    codes: list[str] = []
    line = line.removeprefix("- ")
    while found := _CODE.match(line):
        codes.append(found[1])
        line = line[found.end() :]
    return codes


def _list_operations(document: Json) -> Iterator[Json]:
    for operations in document["paths"].values():
        yield from operations.values()
