"""OPTIONS tells every method of an address (RFC 9110, 9.3.7), on whichever handlers they stand."""

from http import HTTPStatus
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

# A method that no route knows: the router refuses it with the list of those that it knows.
_UNKNOWN = "VEZA-OPTIONS"


class OptionsMiddleware:
    """Answers OPTIONS from what the router says when it refuses a method.

    The framework's own answer knows the methods of one handler only. A browser's question whether
    another site may call was answered before, where it may.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            await self._app(scope, receive, send)
            return
        inner: Any = {**scope, "method": _UNKNOWN}
        is_known = False

        async def send_on(message: Message) -> None:
            nonlocal is_known
            if message["type"] == "http.response.start":
                is_known = message["status"] == HTTPStatus.METHOD_NOT_ALLOWED
                if is_known:
                    message["status"] = HTTPStatus.NO_CONTENT.value
                    message["headers"] = _without_body(message["headers"])
            elif is_known and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self._app(inner, receive, send_on)


def _without_body(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if not name.startswith(b"content-")]
