"""The application without services, assembled once in a test process, and its OpenAPI document.

Assembling takes half a second and the document a second; both are the same with other settings.
"""

import functools
from collections import deque
from typing import Any

from litestar import Litestar

from veza.app.api import create_litestar, wrap
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.http.api_docs.api_document import document_of, pack_document

_BODY_MAX_BYTES = Settings().body_max_bytes
# The latest applications as a server runs them.
_WRAPPED: deque[tuple[Litestar, Settings, Any]] = deque(maxlen=4)


@functools.lru_cache(maxsize=16)
def assembled(body_max_bytes: int = _BODY_MAX_BYTES, routes: tuple[Any, ...] = ()) -> Litestar:
    """Return the application, the same each time; `test_apps` ensures that one setting matters."""
    app = create_litestar(Settings(env=Environment.TEST, body_max_bytes=body_max_bytes))
    for route in routes:
        app.register(route)
    return app


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
