"""Binds the sockets that HTTP processes accept from."""

import socket


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address. Raises OSError.

    It does not listen yet: clients are refused until the first process serves on it. All processes
    accept from one queue, so a busy or dead process delays no client.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
