"""One request to a fixed address. Imported when something is sent: it imports httpx."""

import ssl
from urllib.parse import urlsplit

import httpx
from msgspec import Struct


class Unreachable(Exception):
    """There was no answer."""


class PinnedAnswer(Struct, frozen=True):
    """The status of an answer, and its `Retry-After`."""

    status: int
    retry_after: str | None


def create_tls_context() -> ssl.SSLContext:
    """Return a context that verifies certificates; it is expensive to create."""
    return httpx.create_ssl_context()


async def post(
    url: str, address: str, headers: dict[str, str], body: bytes, tls: ssl.SSLContext
) -> PinnedAnswer:
    """Send a body to a URL at this address of its host. Raises Unreachable.

    The certificate is verified for the host in the URL. The caller limits the time. No connection
    is kept: another host of the same address would be reached by it without a verification.
    """
    parts = urlsplit(url)
    shown = f"[{address}]" if ":" in address else address
    netloc = shown if parts.port is None else f"{shown}:{parts.port}"
    target = parts._replace(netloc=netloc).geturl()
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=None) as client:  # noqa: S113
        request = client.build_request(
            "POST",
            target,
            content=body,
            headers=headers | {"host": parts.netloc},
            extensions={"sni_hostname": parts.hostname},
        )
        try:
            answer = await client.send(request, stream=True, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(type(error).__name__) from error
        # Its body is not read.
        await answer.aclose()
    return PinnedAnswer(answer.status_code, answer.headers.get("retry-after"))
