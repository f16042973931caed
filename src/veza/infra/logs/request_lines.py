"""The id and the log line of a request: what logging needs to know, without the framework."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import structlog
from msgspec import UNSET, Struct, UnsetType, structs

from veza.infra.tracing.spans import current_trace_id

log = structlog.get_logger("veza.requests")

# The id of the current request; empty outside of requests.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


class RequestLine(Struct, frozen=True):
    """The log event of a request: path and bytes in development only.

    `code` is that of the error which refused it.
    """

    method: str
    route: str
    status: int
    ms: float
    request_id: str
    code: str | UnsetType = UNSET
    path: str | UnsetType = UNSET
    bytes: int | UnsetType = UNSET
    trace_id: str | UnsetType = UNSET


class RequestLines:
    """Where the lines of requests go: to structlog, until `write_to` names a cheaper way.

    `write` is None if they are not shown.
    """

    def __init__(self) -> None:
        self.write: Callable[[RequestLine], None] | None = _log_event

    def write_to(self, write: Callable[[RequestLine], None] | None) -> None:
        """Set the function that writes the lines of this process; None writes none."""
        self.write = write


def _log_event(line: RequestLine) -> None:
    given = {name: value for name, value in structs.asdict(line).items() if value is not UNSET}
    del given["request_id"]
    log.info("request", **given)


REQUEST_LINES = RequestLines()


def current_request_id() -> str:
    """Return the id of the current request; empty outside of requests."""
    return REQUEST_ID.get()


def add_request_id(_: Any, __: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add the ids of the current request and trace to a log event: a processor of structlog."""
    request_id = REQUEST_ID.get()
    if trace_id := current_trace_id():
        event = {**event, "trace_id": trace_id}
    return {**event, "request_id": request_id} if request_id else event
