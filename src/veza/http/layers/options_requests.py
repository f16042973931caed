"""OPTIONS requests: list the methods of a path (RFC 9110, 9.3.7)."""

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

# A method of no route: the router refuses it and lists the methods that are allowed.
_UNKNOWN = "VEZA-OPTIONS"


class OptionsMiddleware:
    """Responds to OPTIONS with the methods that the router lists when it refuses one.

    The framework's own response lists the methods of one handler only. `CorsMiddleware` has
    responded to allowed preflight requests before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            return self._app(scope, receive, send)
        return self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
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
