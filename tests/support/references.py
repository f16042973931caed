"""References inside of an OpenAPI document."""

from typing import Any

type Json = dict[str, Any]


def resolve(node: Json, document: Json) -> Json:
    """Return the component that a node refers to; itself if it is no reference."""
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].removeprefix("#/components/").split("/")
    return document["components"][kind][name]
