"""An HTTP process: serves the application on its sockets."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import uvloop
from litestar import Litestar
from litestar.types import ASGIApp
from msgspec import Struct

from veza.app.api import create_litestar, wrap
from veza.app.database_connections import ProcessType
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.http.api_docs.api_document import has_document, keep_document, pack_document
from veza.http.context import context_in
from veza.infra.processes.garbage import without_collections
from veza.launcher.listeners import Listeners
from veza.launcher.process_metrics import sampling
from veza.launcher.tracing import tracing
from veza.launcher.traffic import recording_traffic
from veza.server.limits import ConnectionLimits
from veza.server.server import make_server

DRAIN_S = 10


class Application(Struct, frozen=True):
    """The application with its middlewares as `asgi`, and without them."""

    asgi: ASGIApp
    litestar: Litestar

    def pack_document(self) -> bytes:
        """Make the OpenAPI document: in a child, as it takes long and much memory."""
        return pack_document(self.litestar)

    def keep_document(self, packed: bytes) -> None:
        """Keep what `pack_document` returned in the child."""
        keep_document(self.litestar, packed)


def assemble(settings: Settings) -> Application:
    """Return the application. It opens connections when it is served, not before."""
    with without_collections():
        litestar = create_litestar(settings, partial(_open_services, settings))
    return Application(wrap(litestar, settings), litestar)


@asynccontextmanager
async def _open_services(settings: Settings) -> AsyncGenerator[Services]:
    """Open the services of an HTTP process, which is traced and measured as long as they are."""
    async with (
        tracing("http"),
        open_services(settings, ProcessType.HTTP) as services,
        sampling(services, "http"),
        recording_traffic(services.database),
    ):
        yield services


def serve_http(app: Application, settings: Settings, listeners: Listeners) -> None:
    """Serve HTTP until SIGTERM. Running requests then have `DRAIN_S` seconds to end."""
    assert has_document(app.litestar), "The first client would wait for it."
    limits = ConnectionLimits(
        total=settings.connections_max,
        per_address=settings.connections_per_ip,
        exempt=settings.proxies,
    )
    server = make_server(
        app.asgi, listeners.public, health_listener=listeners.health, limits=limits, drain_s=DRAIN_S
    )
    state = app.litestar.state
    server.refusing_early(lambda: context_in(state).overload.severity > 0)
    uvloop.run(server.serve_sockets())
