"""Sends messages to push services. The services are chosen by browsers, and not trusted.

Hosts are resolved and checked here, and the connection goes to the address that was checked.
Redirects aren't followed, bodies of answers aren't read, and a request has a time limit.
"""

import asyncio
import ssl
from collections.abc import Collection
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http import HTTPStatus

import structlog
from msgspec import Struct

from veza.core.clock import now
from veza.infra.web_push.encryption import BrowserKeys, encrypt
from veza.infra.web_push.endpoints import PrivateEndpoint, PushEndpoint, read_endpoint, resolve
from veza.infra.web_push.vapid import VapidKey

log = structlog.get_logger()

TIMEOUT_S = 10.0
MAX_RETRY_AFTER = timedelta(hours=1)

_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class Outcome(Enum):
    """The result of sending a message to a push service."""

    ACCEPTED = auto()
    # The subscription has ended and will never work again.
    GONE = auto()
    # It doesn't accept this message, and wouldn't accept it later.
    REFUSED = auto()
    # It is busy or can't be reached: the message may be sent again.
    AWAY = auto()


class PushResult(Struct, frozen=True):
    """The outcome, and for how long the push service asks to wait."""

    outcome: Outcome
    retry_after: timedelta | None = None


class PushMessage(Struct, frozen=True):
    """A message. A later one of the same topic replaces it while the browser can't be reached.

    `topic` is up to 32 characters of base64url. After `ttl` the push service drops the message.
    """

    content: bytes
    topic: str
    ttl: timedelta
    is_urgent: bool


class WebPushSender:
    """Sends messages with one VAPID key.

    `trusted` are the origins of push services that may lie in a private network, and need no HTTPS.
    """

    def __init__(
        self, key: VapidKey, trusted: Collection[str], timeout_s: float = TIMEOUT_S
    ) -> None:
        self._key = key
        self._trusted = trusted
        self._timeout_s = timeout_s
        self._tls: ssl.SSLContext | None = None

    async def send(self, url: str, keys: BrowserKeys, message: PushMessage) -> PushResult:
        """Encrypt a message and send it to the endpoint of a subscription."""
        headers = {
            "authorization": self._key.authorization(url),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(int(message.ttl.total_seconds())),
            "topic": message.topic,
            "urgency": "high" if message.is_urgent else "normal",
        }
        body = encrypt(message.content, keys)
        try:
            async with asyncio.timeout(self._timeout_s):
                endpoint = read_endpoint(url, self._trusted)
                return await self._post(url, endpoint, headers, body)
        except PrivateEndpoint:
            # A host that became private after the subscription.
            return PushResult(Outcome.REFUSED)
        except (OSError, TimeoutError):
            return PushResult(Outcome.AWAY)

    async def _post(
        self, url: str, endpoint: PushEndpoint, headers: dict[str, str], body: bytes
    ) -> PushResult:
        # Imported when something is pushed: not every worker does, and it takes 15 MB.
        from veza.infra.web_push.pinned_request import (  # noqa: PLC0415
            Unreachable,
            create_tls_context,
            post,
        )

        self._tls = self._tls or create_tls_context()
        for address in await resolve(endpoint):
            try:
                answer = await post(url, address, headers, body, self._tls)
            except Unreachable as error:
                log.info("push_service_unreachable", host=endpoint.host, reason=str(error))
                continue
            return read_result(answer.status, answer.retry_after)
        return PushResult(Outcome.AWAY)


def read_result(status: int, retry_after: str | None) -> PushResult:
    """Return what the status of an answer means. Redirects are refusals."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return PushResult(Outcome.ACCEPTED)
    if status in _GONE:
        return PushResult(Outcome.GONE)
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PushResult(Outcome.AWAY, read_retry_after(retry_after))
    return PushResult(Outcome.REFUSED)


def read_retry_after(text: str | None) -> timedelta | None:
    """Return the time of a `Retry-After` header, in seconds or as a date; at most an hour."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), MAX_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(text) - now()
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta(0)), MAX_RETRY_AFTER)
