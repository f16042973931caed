"""Headers and path parameters in a bare ASGI scope, for the layers around the application."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

type Headers = Iterable[tuple[bytes, bytes]]

_KEY = "veza_headers"


def find_header(scope: Any, wanted: bytes) -> bytes | None:
    """Return the first header of a name in lower case, or None."""
    return next((value for name, value in scope["headers"] if name == wanted), None)


def add_headers(scope: Any, headers: Headers) -> None:
    """Add headers to the response: the outermost layer writes them, see `RequestLogMiddleware`."""
    scope.setdefault(_KEY, []).extend(headers)


def added_headers(scope: Any) -> Headers:
    """Return the headers that layers have added."""
    return scope.get(_KEY, ())


def fill_ids(route: str, parameters: Mapping[str, object]) -> str:
    """Replace the parameters of a route that are ids; others may be secrets and stay `{name}`."""
    for name, value in parameters.items():
        if isinstance(value, UUID):
            route = route.replace(f"{{{name}}}", str(value))
    return route
