"""Paths that would lead somewhere if what stands for an id in them were one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.routes import BaseRoute
from litestar.types.internal_types import PathParameterDefinition

from veza.core.errors import FieldError, NotFound

type Component = str | PathParameterDefinition


class InvalidId(NotFound):
    """A part of the path should be an id, and is none."""

    code = "invalid_id"
    message = "A part of this address should be an id, and is none: ids are UUIDs."


def find_invalid_id(app: Litestar, path: str) -> InvalidId | None:
    """Return the error for a path of no route, if it is one of a route but for its ids."""
    parts = [part for part in path.split("/") if part]
    for route in app.routes:
        names = _list_invalid(_components_of(route), parts)
        if names:
            message = "This is no UUID."
            return InvalidId(details=[FieldError(name, message) for name in names])
    return None


def _components_of(route: BaseRoute) -> Sequence[Component]:
    found: Any = getattr(route, "path_components", ())
    return found


def _list_invalid(components: Sequence[Component], parts: Sequence[str]) -> Sequence[str]:
    """Return the parameters that should be ids; nothing if the path differs in something else."""
    if len(components) != len(parts):
        return ()
    invalid: list[str] = []
    for component, part in zip(components, parts, strict=True):
        if isinstance(component, str):
            if component != part:
                return ()
        elif component.type is UUID:
            invalid += [] if _is_id(part) else [component.name]
    return invalid


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
