"""Limits, timeouts and the configuration of uvicorn."""

from collections.abc import Callable
from typing import Any

import uvicorn

from veza.server.limits import ConnectionTable

# For the request line and the headers.
HEAD_TIMEOUT_S = 10.0
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
MAX_VALUE_BYTES = 16 * 1024
# For a request line that arrives in parts, as each part is scanned again.
MAX_LINE_BYTES = 16 * 1024
# For a connection between two requests.
KEEP_ALIVE_S = 30
# A client that reads less of a response than this within this time is disconnected.
WRITE_WINDOW_S = 60.0
MIN_WRITTEN_BYTES = 16 * 1024
# For the client to read what was written before a close.
CLOSE_TIMEOUT_S = 10.0
# The overhead of chunk headers, extensions and trailers.
MAX_FRAMING_BYTES = 64 * 1024
MAX_FRAMING_RATIO = 16
# Requests that a client may send before the response to an earlier one.
MAX_PIPELINED = 16
# The interval of the time limit checks.
SWEEP_S = 1

MAX_MESSAGE_BYTES = 64 * 1024
# The interval of pings, and the time to answer one.
PING_S = 20.0
# Fragments of one message, and unhandled messages.
MAX_FRAGMENTS = 64
MAX_QUEUED_MESSAGES = 256

BACKLOG = 2048
# How long connections of proxies stay open when the server stops: a proxy may send a request on one
# that it believes to be idle, and must not repeat a POST.
PROXY_DRAIN_S = 3.0
# The part of the time of a stop in which bodies may arrive; the rest is for what was received.
BODY_SHARE = 0.5


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, with the connection table and the port of the health listener."""

    def __init__(
        self, app: Any, *, table: ConnectionTable, health_port: int | None, **options: Any
    ) -> None:
        super().__init__(app, **options)
        self.table = table
        self.health_port = health_port
        # Whether the application refuses requests because of an overload.
        self.is_overloaded: Callable[[], bool] = lambda: False
        # From the beginning of a stop on, each response ends its connection.
        self.is_stopping = False
