"""An HTTP process: serves the application on its sockets."""

import uvloop
from litestar import Litestar
from litestar.types import ASGIApp
from msgspec import Struct

from veza.app.api import create_litestar, wrap
from veza.app.listeners import Listeners
from veza.app.settings import Settings
from veza.http.api_docs.api_document import has_document, keep_document, pack_document
from veza.http.context import context_in
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
    litestar = create_litestar(settings)
    return Application(wrap(litestar, settings), litestar)


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
