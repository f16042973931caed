"""References inside of an OpenAPI document."""

from typing import Any

type Json = dict[str, Any]


def resolve(node: Json, document: Json) -> Json:
    """Return the component that a node refers to; itself if it is no reference."""
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].removeprefix("#/components/").split("/")
    return document["components"][kind][name]


def with_parameters(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with its shared parameters in their places, but for the profile's."""
    shared = document["components"]["parameters"]
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [
                shared[name]
                if (name := each.get("$ref", "").split("/")[-1]) in shared and name != "Profile"
                else each
                for each in operation.get("parameters", [])
            ]
    return document
