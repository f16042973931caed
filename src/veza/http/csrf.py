"""Cross-site request forgery: what a browser sends by itself changes nothing.

First counts what the browser says of where a request comes from (Fetch Metadata, or else its
origin), then a token that only our own pages can read. A bearer token or a key needs neither, since
no browser sends those by itself.
"""

from typing import Any

from litestar.connection import ASGIConnection

from veza.core.errors import Forbidden
from veza.http.cors import Origins
from veza.infra.security.secrets import DerivedKeys

HEADER = "x-csrf-token"
_PURPOSE = "csrf"
_FROM_ELSEWHERE = "The request comes from a page of another site."

# Sent by our own pages, or by the person at the browser themselves.
_OUR_SITES = {"same-origin", "none"}

type Connection = ASGIConnection[Any, Any, Any, Any]


class CsrfFailed(Forbidden):
    """The CSRF token is missing, or belongs to another session; or another site is asking."""

    code = "csrf_failed"
    message = "Send the token of GET /csrf-token in the header X-CSRF-Token."


class CsrfTokens:
    """Tokens bound to a session by a signature, so that nothing needs to be stored."""

    def __init__(self, keys: DerivedKeys, origins: Origins, public_url: str | None) -> None:
        self._keys = keys
        self._origins = origins
        self._public_host = _host_of(public_url or "")

    def token(self, session: str) -> str:
        """Make the token of a session."""
        return self._keys.sign(_PURPOSE, session)

    def ensure(self, connection: Connection, session: str) -> None:
        """Raise CsrfFailed unless a page of ours sent the request, with the session's token."""
        if not self._is_from_us(connection):
            raise CsrfFailed(_FROM_ELSEWHERE)
        given = connection.headers.get(HEADER, "")
        if not self._keys.is_signed(_PURPOSE, session, given):
            raise CsrfFailed

    def ensure_welcome(self, connection: Connection) -> None:
        """Raise CsrfFailed where a page that may not read our answers sent the request.

        For what no cookie authenticates: another site's page must not sign anybody in, either.
        """
        if not self._origins.are_any and not self._is_from_us(connection):
            raise CsrfFailed(_FROM_ELSEWHERE)

    def _is_from_us(self, connection: Connection) -> bool:
        if self._is_named(connection):
            return True
        site = connection.headers.get("sec-fetch-site")
        if site is not None:
            return site in _OUR_SITES
        # An older browser says at least this much; a program says neither.
        origin = connection.headers.get("origin")
        hosts = {connection.headers.get("host", "").lower(), self._public_host}
        return origin is None or _host_of(origin) in hosts - {""}

    def _is_named(self, connection: Connection) -> bool:
        return self._origins.has(connection.headers.get("origin", ""))


def _host_of(origin: str) -> str:
    """Read host and port off an origin; the opaque one, `null`, has none."""
    return origin.partition("://")[2].lower()
