"""The parameters that many operations have, as components of the document."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

type Json = dict[str, Any]

_MIN_USES = 2
# A reference takes about half as much.
_MIN_LENGTH = 70


def share_parameters(paths: Json) -> Json:
    """Put references in the place of parameters that operations repeat; return these by name.

    The most frequent one of a name has this name, and others a number behind it.
    """
    found = {_write(each): each for parameters in _list(paths) for each in parameters}
    written = Counter(_write(each) for parameters in _list(paths) for each in parameters)
    names: dict[bytes, str] = {}
    for text, uses in sorted(written.items(), key=lambda item: (-item[1], item[0])):
        parameter = found[text]
        if "name" in parameter and uses >= _MIN_USES and len(text) >= _MIN_LENGTH:
            name = _name(parameter["name"], set(names.values()))
            names[text] = name
    for parameters in _list(paths):
        for at, each in enumerate(parameters):
            name = names.get(_write(each))
            if name is not None:
                parameters[at] = {"$ref": f"#/components/parameters/{name}"}
    return {name: found[text] for text, name in sorted(names.items(), key=lambda item: item[1])}


def _write(parameter: Json) -> bytes:
    return msgspec.json.encode(parameter)


def _list(paths: Json) -> Iterator[list[Json]]:
    for operations in paths.values():
        for operation in operations.values():
            yield operation.get("parameters", [])


def _name(wanted: str, taken: set[str]) -> str:
    found, number = wanted.replace("-", "_"), 1
    while found in taken:
        number += 1
        found = f"{wanted.replace('-', '_')}_{number}"
    return found
