"""Responses to requests that do not reach the application."""

import msgspec

from veza.core.ids import new_id
from veza.server.limits import ConnectionDecision


class EarlyResponse(msgspec.Struct, frozen=True):
    """A response to a request that doesn't reach the application."""

    status: bytes
    code: str
    error: str


BAD_REQUEST = EarlyResponse(b"400 Bad Request", "bad_request", "The request can't be read.")
HEAD_TIMEOUT = EarlyResponse(
    b"408 Request Timeout", "request_timeout", "The request took too long to arrive."
)
HEAD_TOO_LARGE = EarlyResponse(
    b"431 Request Header Fields Too Large",
    "headers_too_large",
    "The headers of the request are too large.",
)
REFUSED_CONNECTIONS = {
    ConnectionDecision.TOO_MANY_OF_ADDRESS: EarlyResponse(
        b"429 Too Many Requests",
        "too_many_connections",
        "Too many connections are open from your network: close some, then try again.",
    ),
    ConnectionDecision.TOO_MANY: EarlyResponse(
        b"503 Service Unavailable",
        "unavailable",
        "The server holds as many connections as it can: try again soon.",
    ),
}


def encode_early_response(refusal: EarlyResponse) -> bytes:
    """Return a response with a body in the form of all errors, which closes the connection."""
    failure = {
        "success": False,
        "error": refusal.error,
        "code": refusal.code,
        "request_id": str(new_id()),
    }
    body = msgspec.json.encode(failure)
    head = (
        b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncache-control: no-store\r\n"
        b"retry-after: 5\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    )
    return head % (refusal.status, len(body)) + body
