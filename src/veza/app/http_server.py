"""An HTTP process: serves the application on its sockets."""

from typing import Any

import uvloop

from veza.app.api import create_litestar, wrap
from veza.app.listeners import Listeners
from veza.app.settings import Settings
from veza.infra.http_server.limits import ConnectionLimits
from veza.infra.http_server.server import make_server

DRAIN_S = 10


def assemble(settings: Settings) -> Any:
    """Return the application. It opens connections when it is served, not before."""
    return wrap(create_litestar(settings), settings)


def serve_http(app: Any, settings: Settings, listeners: Listeners) -> None:
    """Serve HTTP until SIGTERM. Running requests then have `DRAIN_S` seconds to end."""
    limits = ConnectionLimits(
        total=settings.connections_max,
        per_address=settings.connections_per_ip,
        exempt=settings.proxies,
    )
    server = make_server(
        app, listeners.public, health_listener=listeners.health, limits=limits, drain_s=DRAIN_S
    )
    uvloop.run(server.serve_sockets())
