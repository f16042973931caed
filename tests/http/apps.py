"""The assembled application with something changed: other settings, another engine, more routes."""

import copy
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import msgspec
from litestar import Litestar
from litestar.datastructures import State

from tests.application import assembled, with_routes
from tests.support.addresses import BASE_URL
from veza.app.api import fill_state, wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.http.services import ServiceRegistry


def assemble(
    services: Services, settings: Settings | None = None, routes: Sequence[Any] = ()
) -> tuple[Litestar, Any]:
    """Put the application together; give it bare, and as the server runs it."""
    settings = settings or services.settings
    limit = settings.body_max_bytes
    app = copy.copy(with_routes(limit, tuple(routes)) if routes else assembled(limit))
    app.state = State()
    fill_state(app.state, msgspec.structs.replace(services, settings=settings))
    return app, wrap(app, settings)


@asynccontextmanager
async def calling(
    app: Any, *, path: str = "/api/v1/", peer: str = "127.0.0.1", scheme: str = "http"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application, from an address of one's choice."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 1234))
    base = BASE_URL.replace("http", scheme) + path
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield client


async def ask(
    app: Any,
    scope: dict[str, Any],
    messages: Iterable[dict[str, Any]],
    hear: Callable[[Any], None] = lambda _: None,
) -> list[Any]:
    """Speak bare ASGI: what no well-behaved client would send. `hear` gets each message first."""
    waiting = iter(messages)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(waiting, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        hear(message)
        sent.append(message)

    whole = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": scope.get("path", "/").encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"veza.test")],
        "client": ("127.0.0.1", 1234),
        "server": ("veza.test", 80),
    }
    await app(whole | scope, receive, send)
    return sent


@contextmanager
def replaced[T](app: Litestar, service: T, kind: type[T] | None = None) -> Iterator[T]:
    """Replace the service of a type in an application for a while."""
    registry: ServiceRegistry = app.state.services
    kind = kind or type(service)
    before = registry.replace(kind, service)
    try:
        yield service
    finally:
        registry.replace(kind, before)
