"""HEAD requests: GET without the body, for every route (RFC 9110, 9.3.2)."""

from collections.abc import Awaitable
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """Handles HEAD as GET, and drops the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return self._app(scope, receive, send)
        return self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner: Any = {**scope, "method": "GET", "veza_head": True}

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.body":
                if message.get("more_body"):
                    return
                message["body"] = b""
            await send(message)

        await self._app(inner, receive, send_on)
        if "path_template" in inner:
            # For the log and the metrics, which run outside of this layer.
            scope["path_template"] = inner["path_template"]


def is_head(scope: Any) -> bool:
    """Return whether the request is HEAD, so that no file needs to be read."""
    return "veza_head" in scope
