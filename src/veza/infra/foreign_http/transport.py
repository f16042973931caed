"""HTTP requests to addresses that were checked, with bounded answers.

The operator trusts some origins, such as an issuer, which may lie in a private network. All others
must be public hosts with HTTPS, and the connection goes to the address that was checked. Redirects
aren't followed.
"""

import ssl
from collections.abc import AsyncIterator, Collection
from typing import cast
from urllib.parse import urlsplit

import httpx

from veza.infra.web_push.endpoints import PrivateEndpoint, read_endpoint, resolve

MAX_ANSWER_BYTES = 256 * 1024
# One sign-in takes up to four requests, one after the other.
_MAX_CONNECTIONS = 20


class UnfitAnswer(httpx.TransportError):
    """An answer is too large or compressed, or an address isn't public."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends requests to trusted origins and to public hosts; answers have up to `max_bytes`.

    No connection is kept: another host of the same address would be reached by it without a
    verification of its certificate.
    """

    def __init__(
        self,
        trusted: Collection[str],
        tls: ssl.SSLContext,
        *,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._trusted = trusted
        self._max_bytes = max_bytes
        limits = httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises httpx.TransportError."""
        request.headers["accept-encoding"] = "identity"
        try:
            endpoint = read_endpoint(str(request.url), self._trusted)
            addresses = await resolve(endpoint)
        except PrivateEndpoint as error:
            raise UnfitAnswer("an address is not public", request=request) from error
        except OSError as error:
            raise httpx.ConnectError("a host is unknown", request=request) from error
        failure: httpx.TransportError = httpx.ConnectError("no address", request=request)
        for address in addresses:
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                # With the `Host` of the original address.
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions | {"sni_hostname": endpoint.host},
            )
            try:
                answer = await self._inner.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
                continue
            return await self._bounded(answer, request)
        raise failure

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    async def _bounded(self, answer: httpx.Response, request: httpx.Request) -> httpx.Response:
        stream = cast(httpx.AsyncByteStream, answer.stream)
        if answer.headers.get("content-encoding", "identity") != "identity":
            # A few bytes could become many.
            await stream.aclose()
            raise UnfitAnswer("an answer is compressed", request=request)
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_BoundedStream(stream, request, self._max_bytes),
            extensions=answer.extensions,
        )


class _BoundedStream(httpx.AsyncByteStream):
    """The body of an answer. Raises UnfitAnswer beyond `max_bytes`."""

    def __init__(
        self, inner: httpx.AsyncByteStream, request: httpx.Request, max_bytes: int
    ) -> None:
        self._inner = inner
        self._request = request
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._inner:
            size += len(piece)
            if size > self._max_bytes:
                raise UnfitAnswer("an answer is too large", request=self._request)
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL; empty for one that can't be read."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
