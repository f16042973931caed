"""Limits, timeouts and uvicorn's configuration, which all protocols of a process share."""

from typing import Any

import uvicorn

from veza.infra.http_server.limits import ConnectionTable

# A request's line and headers have to be there after so long, with at most so much in them.
HEAD_TIMEOUT_S = 10.0
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
# A request's line that comes in parts; each part is looked at anew.
MAX_LINE_BYTES = 16 * 1024
# A connection between two requests is closed after so long.
KEEP_ALIVE_S = 30
# A client that does not take this much of a response within this time is gone.
WRITE_WINDOW_S = 60.0
MIN_WRITTEN_BYTES = 16 * 1024
# What was written before a connection is closed has to be taken within this time.
CLOSE_TIMEOUT_S = 10.0
# Chunk headers, extensions and trailers may take so much more than the body that they carry.
MAX_FRAMING_BYTES = 64 * 1024
MAX_FRAMING_RATIO = 16
# Requests that a client sends before the answer to an earlier one.
MAX_PIPELINED = 16
# How often the connections are looked at.
SWEEP_S = 1

MAX_MESSAGE_BYTES = 64 * 1024
# A WebSocket that does not answer a ping within this time is closed; a ping is sent as often.
PING_S = 20.0
# The parts that one message may come in, and the messages that may wait to be handled.
MAX_FRAGMENTS = 64
MAX_QUEUED_MESSAGES = 256

BACKLOG = 2048


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, with the connection table and the port of the health listener."""

    def __init__(
        self, app: Any, *, table: ConnectionTable, health_port: int | None, **options: Any
    ) -> None:
        super().__init__(app, **options)
        self.table = table
        self.health_port = health_port
