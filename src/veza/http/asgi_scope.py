"""A bare ASGI scope and response, for the layers around the application."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

type Headers = Iterable[tuple[bytes, bytes]]

# The bytes of a header that are parsed at most; what a client sends beyond is ignored.
MAX_PARSED = 1024

# An id in a path, as this server writes it.
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_CREDENTIALS = frozenset({b"authorization", b"cookie", b"x-api-key"})

_KEY = "veza_headers"
_BY_NAME = "veza_headers_by_name"
_CODE = "veza_error_code"


def headers_by_name(scope: Any) -> dict[bytes, bytes]:
    """Return the headers of a request by their names in lower case; of equal names the first."""
    known = scope.get(_BY_NAME)
    if known is None:
        known = scope[_BY_NAME] = dict(reversed(scope["headers"]))
    return known


def has_credentials(scope: Any) -> bool:
    """Return whether a request has a token, a cookie or an API key."""
    return not _CREDENTIALS.isdisjoint(headers_by_name(scope))


def find_header(scope: Any, wanted: bytes) -> bytes | None:
    """Return the first header of a name in lower case, or None."""
    return headers_by_name(scope).get(wanted)


def list_offers(scope: Any, wanted: bytes) -> list[bytes]:
    """Return the elements of a header that is a list, of all lines with its name in lower case."""
    if find_header(scope, wanted) is None:
        return []
    values = [value for name, value in scope["headers"] if name == wanted]
    return split_list(b",".join(values))


def split_list(value: bytes) -> list[bytes]:
    """Return the elements of a header that is a list, up to `MAX_PARSED` bytes."""
    return [each.strip() for each in value[:MAX_PARSED].split(b",")]


def add_headers(scope: Any, headers: Headers) -> None:
    """Add headers to the response: the outermost layer writes them, see `RequestLogMiddleware`."""
    scope.setdefault(_KEY, []).extend(headers)


def replace_headers(scope: Any, headers: Headers) -> None:
    """Add headers in place of those of the same names that layers have added."""
    names = {name for name, _ in headers}
    scope[_KEY] = [*(each for each in added_headers(scope) if each[0] not in names), *headers]


def added_headers(scope: Any) -> Headers:
    """Return the headers that layers have added."""
    return scope.get(_KEY, ())


async def send_response(send: Any, status: int, headers: Headers, body: bytes) -> None:
    """Send a response of one piece."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def note_error(scope: Any, code: str) -> None:
    """Note the code of the error that answers a request, for its line in the log."""
    scope[_CODE] = code


def noted_error(scope: Any) -> str | None:
    """Return the code of the error that answered a request, if any."""
    return scope.get(_CODE)


def fill_ids(route: str, parameters: Mapping[str, object]) -> str:
    """Replace the parameters of a route that are ids; others may be secrets and stay `{name}`."""
    for name, value in parameters.items():
        if isinstance(value, UUID):
            route = route.replace(f"{{{name}}}", str(value))
    return route
