"""The sockets that HTTP processes listen on."""

import socket

from msgspec import Struct

from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.server.sockets import bind


class Listeners(Struct, frozen=True):
    """The sockets that an HTTP process listens on."""

    public: socket.socket
    health: socket.socket | None

    def close(self) -> None:
        """Close the sockets in this process."""
        for each in (self.public, self.health):
            if each is not None:
                each.close()


def open_listeners(settings: Settings, host: str, port: int) -> Listeners:
    """Bind the sockets that HTTP processes share. Raises CannotStart if an address is taken."""
    public = _bind(host, port, "choose another port with --port")
    if settings.health_address is None:
        return Listeners(public, None)
    health = bind_address(settings.health_address, "change VEZA_HEALTH_ADDRESS")
    return Listeners(public, health)


def bind_address(address: str, hint: str) -> socket.socket:
    """Bind the socket of a setting such as `127.0.0.1:8081`. Raises CannotStart with a hint."""
    host, _, port = address.rpartition(":")
    return _bind(host.strip("[]"), int(port), hint)


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
