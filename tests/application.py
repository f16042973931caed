"""The application without services, assembled once in a test process, and its OpenAPI document.

Assembling takes half a second and the document a second; both are the same with other settings.
"""

import functools
from typing import Any

from litestar import Litestar

from veza.app.api import create_litestar
from veza.app.setting_types import Environment
from veza.app.settings import Settings
from veza.http.api_document import document_of, pack_document

_BODY_MAX_BYTES = Settings().body_max_bytes


@functools.lru_cache(maxsize=16)
def assembled(body_max_bytes: int = _BODY_MAX_BYTES, routes: tuple[Any, ...] = ()) -> Litestar:
    """Return the application, the same each time; `test_apps` ensures that one setting matters."""
    app = create_litestar(Settings(env=Environment.TEST, body_max_bytes=body_max_bytes))
    for route in routes:
        app.register(route)
    return app


@functools.cache
def openapi_document() -> bytes:
    """Return what `/swagger/openapi.json` answers."""
    return document_of(assembled())


@functools.cache
def packed_document() -> bytes:
    """Return the same, as a server keeps it."""
    return pack_document(assembled())
