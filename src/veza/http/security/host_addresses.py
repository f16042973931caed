"""Responses with addresses that are made of the client's `Host`: they are for this client alone.

Without a configured address, URLs in responses start with the `Host` of the request, which a client
can choose. A shared cache that doesn't tell hosts apart would give others what was made for one. So
whatever asks for the address of the server by `find_base_url` is marked here, and the outermost
layer makes its response private. `no-cache` stays as it is: such a response has a tag of its whole
body, so that one for another host never passes for current.
"""

from typing import Any

type Header = tuple[bytes, bytes]

_KEY = "veza_names_host"
_UNSHARED = {b"private", b"no-store", b"no-cache"}
_CACHE_CONTROL = b"cache-control"


def mark_host(scope: Any) -> None:
    """Note that the response to a request may have addresses made of its `Host`."""
    scope[_KEY] = True


def without_sharing(given: list[Header], scope: Any) -> list[Header]:
    """Return all headers of a response: private if it may have such addresses."""
    if _KEY not in scope:
        return given
    directives = [
        directive.strip()
        for name, value in given
        if name == _CACHE_CONTROL
        for directive in value.lower().split(b",")
    ]
    if not _UNSHARED.isdisjoint(directives):
        return given
    kept = [each for each in directives if each != b"public" and not each.startswith(b"s-maxage")]
    others = [header for header in given if header[0] != _CACHE_CONTROL]
    return [*others, (_CACHE_CONTROL, b", ".join([b"private", *kept]))]
