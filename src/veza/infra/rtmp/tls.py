"""The context by which certificates of servers are verified."""

import ssl


def open_tls() -> ssl.SSLContext:
    """Return a context that verifies certificates; it is expensive to create. It blocks."""
    # Imported when the first stream is sent: it imports httpx.
    from veza.infra.web_push.pinned_request import create_tls_context  # noqa: PLC0415

    return create_tls_context()
