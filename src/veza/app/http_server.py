"""An HTTP process: serves the application on the sockets of the supervisor."""

import gc
import socket
from typing import Any

import uvloop
from msgspec import Struct

from veza.app.api import create_litestar, wrap
from veza.app.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.http_server.limits import ConnectionLimits
from veza.infra.http_server.server import bind, make_server

DRAIN_S = 10


class Listeners(Struct, frozen=True):
    """The sockets that an HTTP process listens on."""

    public: socket.socket
    health: socket.socket | None


def run_http(settings: Settings, listeners: Listeners) -> None:
    """Serve HTTP until SIGTERM. Running requests then have `DRAIN_S` seconds to end."""
    app: Any = wrap(create_litestar(settings), settings)
    limits = ConnectionLimits(
        total=settings.connections_max,
        per_address=settings.connections_per_ip,
        exempt=settings.proxies,
    )
    # The objects that exist now are never freed: exclude them from garbage collection.
    gc.collect()
    gc.freeze()
    server = make_server(
        app, listeners.public, health_listener=listeners.health, limits=limits, drain_s=DRAIN_S
    )
    uvloop.run(server.serve_sockets())


def open_listeners(settings: Settings, host: str, port: int) -> Listeners:
    """Bind the sockets that HTTP processes share. Raises CannotStart if an address is taken."""
    public = _bind(host, port, "choose another port with --port")
    if settings.health_address is None:
        return Listeners(public, None)
    health_host, _, health_port = settings.health_address.rpartition(":")
    health = _bind(health_host.strip("[]"), int(health_port), "change VEZA_HEALTH_ADDRESS")
    return Listeners(public, health)


def inherit_listeners(public: int, health: int | None) -> Listeners:
    """Return the sockets of the descriptors that the supervisor passed."""
    return Listeners(
        socket.socket(fileno=public), None if health is None else socket.socket(fileno=health)
    )


def _bind(host: str, port: int, hint: str) -> socket.socket:
    try:
        return bind(host, port)
    except OSError as error:
        raise CannotStart(
            f"Port {port} on {host} can't be used ({error.strerror}). Stop the program that uses "
            f"it, or {hint}."
        ) from error
