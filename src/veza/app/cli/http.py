"""`veza http`."""

import argparse

from veza.app.http_server import inherit_listeners, open_listeners, run_http
from veza.app.settings import Settings


def http(settings: Settings, arguments: argparse.Namespace) -> None:
    """Serve HTTP until SIGTERM."""
    if arguments.fd is None:
        listeners = open_listeners(settings, arguments.host, arguments.port)
    else:
        listeners = inherit_listeners(arguments.fd, arguments.health_fd)
    run_http(settings, listeners)
