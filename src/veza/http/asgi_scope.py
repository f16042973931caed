"""What the layers around the application read from a bare request, and leave for its answer."""

from collections.abc import Iterable
from typing import Any

type Headers = Iterable[tuple[bytes, bytes]]

_KEY = "veza_headers"


def find_header(scope: Any, wanted: bytes) -> bytes | None:
    """Find the first header of a name, which is in lower case."""
    return next((value for name, value in scope["headers"] if name == wanted), None)


def add_headers(scope: Any, headers: Headers) -> None:
    """Have the outermost layer add headers to the answer: no layer in between need look at it."""
    scope.setdefault(_KEY, []).extend(headers)


def added_headers(scope: Any) -> Headers:
    """Give what the layers have left for the answer."""
    return scope.get(_KEY, ())
