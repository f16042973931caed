"""Moves parameters, responses and fields that repeat in the document into its components."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

type Json = dict[str, Any]

# About what a reference takes, and the name of what it refers to.
_REFERENCE_LENGTH = 43
_NAME_LENGTH = 15
# The schema of a field is one more that people read: it has to be worth that.
_FIELD_LENGTH = 100


class _Place(Struct, frozen=True):
    """A part of the document: what holds it, under which key, and the name that it should have.

    `alone` is what stands there if the part is not shared.
    """

    holder: Any
    key: Any
    name: str
    alone: Json


def share_parameters(paths: Json) -> Json:
    """Put references in the place of parameters that operations repeat; return these by name.

    Those that all operations of a path have are the path's own.
    """
    for methods in paths.values():
        _lift_parameters(methods)
    return _share("parameters", list(_list_parameters(paths)))


def share_responses(paths: Json, failure: Json) -> Json:
    """Do the same with responses, whose name is their status.

    A failure of a single operation refers to `failure`, with a description of its own.
    """
    return {"Failure": failure} | _share("responses", list(_list_responses(paths, failure)))


def share_fields(schemas: Json) -> Json:
    """Do the same with the fields of schemas that have a description.

    Those with a default stay, because generators look for it at the field.
    """
    shared = _share("schemas", list(_list_fields(schemas)), _FIELD_LENGTH)
    assert not shared.keys() & schemas.keys(), "A class is named like a field."
    return shared


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
                yield _Place(parameters, at, each["name"].replace("-", "_"), each)


def _list_responses(paths: Json, failure: Json) -> Iterator[_Place]:
    for operation in _list_operations(paths):
        responses: Json = operation["responses"]
        for status, each in responses.items():
            name = "any" if status == "default" else status
            yield _Place(responses, status, name, _vary(each, failure))


def _vary(response: Json, failure: Json) -> Json:
    """Return a failure as a reference that has another description, as OpenAPI 3.1 allows it."""
    told = {"description": response["description"]}
    is_failure = response == failure | told
    return {"$ref": "#/components/responses/Failure"} | told if is_failure else response


def _list_fields(schemas: Json) -> Iterator[_Place]:
    for schema in schemas.values():
        fields: Json = schema.get("properties", {})
        for name, field in fields.items():
            if "description" in field and not {"default", "$ref"} & field.keys():
                yield _Place(fields, name, _name_field(name, field), field)


def _name_field(name: str, field: Json) -> str:
    is_nullable = "null" in field.get("type", "")
    words = "".join(each.title() for each in name.split("_"))
    return f"Optional{words}Field" if is_nullable else f"{words}Field"


def _list_operations(paths: Json) -> Iterator[Json]:
    for methods in paths.values():
        yield from (each for key, each in methods.items() if key != "parameters")


def _share(kind: str, places: list[_Place], worth: int = _NAME_LENGTH) -> Json:
    """Share the parts in these places that take less room when shared: by `worth` bytes.

    The most frequent one of a name has this name, and others a number behind it.
    """
    texts = [(place.name, msgspec.json.encode(place.holder[place.key])) for place in places]
    found = dict(zip(texts, places, strict=True))
    names: dict[tuple[str, bytes], str] = {}
    numbers: Counter[str] = Counter()
    for text, uses in sorted(Counter(texts).items(), key=lambda item: (-item[1], item[0])):
        name, whole = text
        length = len(msgspec.json.encode(found[text].alone))
        if uses * (length - _REFERENCE_LENGTH) > len(whole) + worth:
            numbers[name] += 1
            names[text] = name if numbers[name] == 1 else f"{name}_{numbers[name]}"
    shared: Json = {}
    for text, place in zip(texts, places, strict=True):
        if text in names:
            shared[names[text]] = place.holder[place.key]
            place.holder[place.key] = {"$ref": f"#/components/{kind}/{names[text]}"}
        else:
            place.holder[place.key] = place.alone
    return dict(sorted(shared.items()))
