"""The application without services, assembled once in a test process, and its OpenAPI document.

Assembling takes half a second and the document a second; both are the same with other settings.
"""

import functools
from collections import deque
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from veza.app.api import create_litestar, wrap
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.http.api_docs.api_document import document_of, pack_document

_BODY_MAX_BYTES = Settings().body_max_bytes
# The latest applications as a server runs them.
_WRAPPED: deque[tuple[Litestar, Settings, Any]] = deque(maxlen=4)


@dataclass
class _Extended:
    """An application with routes of tests, and the paths of these."""

    body_max_bytes: int
    app: Litestar
    routes: list[tuple[HTTPRouteHandler, ...]]
    paths: set[str]


_EXTENDED: list[_Extended] = []


def assembled(body_max_bytes: int = _BODY_MAX_BYTES) -> Litestar:
    """Return the application, the same each time; `test_apps` ensures that one setting matters."""
    return _assemble(body_max_bytes)


@functools.lru_cache(maxsize=4)
def _assemble(body_max_bytes: int) -> Litestar:
    return create_litestar(Settings(env=Environment.TEST, body_max_bytes=body_max_bytes))


def with_routes(body_max_bytes: int, routes: tuple[HTTPRouteHandler, ...]) -> Litestar:
    """Return an application that also has these routes, and perhaps those of other tests.

    One with routes of another test is used again, unless both have the same path.
    """
    paths = {path for route in routes for path in route.paths}
    for extended in _EXTENDED:
        if extended.body_max_bytes == body_max_bytes and routes in extended.routes:
            return extended.app
    for extended in _EXTENDED:
        if extended.body_max_bytes == body_max_bytes and not paths & extended.paths:
            break
    else:
        made = create_litestar(Settings(env=Environment.TEST, body_max_bytes=body_max_bytes))
        extended = _Extended(body_max_bytes, made, [], set())
        _EXTENDED.append(extended)
    for route in routes:
        extended.app.register(route)
    extended.routes.append(routes)
    extended.paths.update(paths)
    return extended.app


def wrapped(app: Litestar, settings: Settings) -> Any:
    """Return an application as a server runs it, the same for all clients: making it takes 4 ms.

    Tests of what it remembers between requests call `wrap`.
    """
    for known_app, known_settings, made in _WRAPPED:
        if known_app is app and known_settings is settings:
            return made
    made = wrap(app, settings)
    _WRAPPED.append((app, settings, made))
    return made


@functools.cache
def openapi_document() -> bytes:
    """Return what `/swagger/openapi.json` answers."""
    return document_of(assembled())


@functools.cache
def packed_document() -> bytes:
    """Return the same, as a server keeps it."""
    return pack_document(assembled())
