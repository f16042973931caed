"""Notifies hubs of WebSub of changed feeds. The operator chooses the hubs, and trusts them."""

import asyncio
import ssl
from collections.abc import Collection
from enum import Enum, auto
from http import HTTPStatus

TIMEOUT_S = 10.0
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class HubAnswer(Enum):
    """The result of notifying a hub."""

    ACCEPTED = auto()
    # It doesn't accept this feed, and wouldn't accept it later.
    REFUSED = auto()
    # It is busy or can't be reached: the notification may be repeated.
    UNAVAILABLE = auto()


class HubClient:
    """Sends the requests of a publisher to some hubs, which may lie in a private network."""

    def __init__(
        self,
        hubs: Collection[str],
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._hubs = hubs
        self._tls = tls
        self._timeout_s = timeout_s

    async def publish(self, hub: str, feed_url: str) -> HubAnswer:
        """Notify a hub that the feed at an address has changed; its answer's body is not read."""
        # Imported when a hub is notified: most workers never do that, and it takes 15 MB.
        import httpx  # noqa: PLC0415

        from veza.infra.foreign_http.transport import (  # noqa: PLC0415
            GuardedTransport,
            origin_of,
        )

        self._tls = self._tls or httpx.create_ssl_context()
        transport = GuardedTransport({origin_of(each) for each in self._hubs}, self._tls)
        form = {"hub.mode": "publish", "hub.url": feed_url}
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpx.AsyncClient(transport=transport, trust_env=False, timeout=None) as client,  # noqa: S113
                client.stream("POST", hub, data=form, follow_redirects=False) as answer,
            ):
                return read_answer(answer.status_code)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return HubAnswer.UNAVAILABLE


def read_answer(status: int) -> HubAnswer:
    """Return what the status of an answer means. Redirects are refusals."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return HubAnswer.ACCEPTED
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return HubAnswer.UNAVAILABLE
    return HubAnswer.REFUSED
