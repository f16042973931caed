"""The parameters and responses that many operations have, as components of the document."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

type Json = dict[str, Any]

# About what a reference takes, and the name of what it refers to.
_REFERENCE_LENGTH = 43
_NAME_LENGTH = 15


class _Place(Struct, frozen=True):
    """A part of an operation: what holds it, under which key, and the name that it should have."""

    holder: Any
    key: Any
    name: str


def share_parameters(paths: Json) -> Json:
    """Put references in the place of parameters that operations repeat; return these by name.

    Those that all operations of a path have are the path's own.
    """
    for methods in paths.values():
        _lift_parameters(methods)
    return _share("parameters", list(_list_parameters(paths)))


def share_responses(paths: Json) -> Json:
    """Do the same with responses, whose name is their status."""
    return _share("responses", list(_list_responses(paths)))


def _lift_parameters(methods: Json) -> None:
    first, *others = methods.values()
    common = [
        each
        for each in first.get("parameters", [])
        if all(each in other.get("parameters", []) for other in others)
    ]
    if not others or not common:
        return
    for operation in (first, *others):
        operation["parameters"] = [each for each in operation["parameters"] if each not in common]
        if not operation["parameters"]:
            del operation["parameters"]
    methods["parameters"] = common


def _list_parameters(paths: Json) -> Iterator[_Place]:
    for holder in (*paths.values(), *_list_operations(paths)):
        parameters: list[Json] = holder.get("parameters", [])
        for at, each in enumerate(parameters):
            if "name" in each:
                yield _Place(parameters, at, each["name"].replace("-", "_"))


def _list_responses(paths: Json) -> Iterator[_Place]:
    for operation in _list_operations(paths):
        responses: Json = operation["responses"]
        for status in responses:
            yield _Place(responses, status, status)


def _list_operations(paths: Json) -> Iterator[Json]:
    for methods in paths.values():
        yield from (each for key, each in methods.items() if key != "parameters")


def _share(kind: str, places: list[_Place]) -> Json:
    """Share the parts in these places that take less room when shared.

    The most frequent one of a name has this name, and others a number behind it.
    """
    texts = [msgspec.json.encode(place.holder[place.key]) for place in places]
    wanted = {text: place.name for text, place in zip(texts, places, strict=True)}
    names: dict[bytes, str] = {}
    numbers: Counter[str] = Counter()
    for text, uses in sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0])):
        if uses * (len(text) - _REFERENCE_LENGTH) > len(text) + _NAME_LENGTH:
            name = wanted[text]
            numbers[name] += 1
            names[text] = name if numbers[name] == 1 else f"{name}_{numbers[name]}"
    shared: Json = {}
    for text, place in zip(texts, places, strict=True):
        if text in names:
            shared[names[text]] = place.holder[place.key]
            place.holder[place.key] = {"$ref": f"#/components/{kind}/{names[text]}"}
    return dict(sorted(shared.items()))
