"""Protection from cross-site request forgery, for requests that a cookie authenticates.

Checked are the origin of the request (Fetch Metadata, else the Origin header) and a token that only
our own pages can read. Bearer tokens and API keys need neither: browsers never add them.
"""

from typing import Any

from litestar.connection import ASGIConnection

from veza.core.errors import Forbidden
from veza.http.security.origins import Origins
from veza.infra.security.secrets import DerivedKeys

HEADER = "x-csrf-token"
_PURPOSE = "csrf"
_FOREIGN_ORIGIN = "The request comes from a page of another site."

# Sent by our own pages, or typed into the address bar.
_OUR_SITES = {"same-origin", "none"}

type Connection = ASGIConnection[Any, Any, Any, Any]


class CsrfFailed(Forbidden):
    """The CSRF token is missing or of another session, or the request is from another site."""

    code = "csrf_failed"
    message = "Send the token of GET /csrf-token in the header X-CSRF-Token."


class CsrfTokens:
    """Creates and checks CSRF tokens: signatures of a session id, so nothing is stored."""

    def __init__(self, keys: DerivedKeys, origins: Origins, public_url: str | None) -> None:
        self._keys = keys
        self._origins = origins
        self._public_host = _host_of(public_url or "")

    def token(self, session: str) -> str:
        """Return the token of a session."""
        return self._keys.sign(_PURPOSE, session)

    def ensure_token(self, connection: Connection, session: str) -> None:
        """Raise CsrfFailed unless a trusted page sent the request with the session's token."""
        if not self.is_same_origin(connection):
            raise CsrfFailed(_FOREIGN_ORIGIN)
        given = connection.headers.get(HEADER, "")
        if not self._keys.is_signed(_PURPOSE, session, given):
            raise CsrfFailed

    def ensure_origin(self, connection: Connection) -> None:
        """Raise CsrfFailed if a page that CORS doesn't allow sent the request.

        For requests that no cookie authenticates: another site must not sign anybody in either.
        """
        if not self._origins.are_any and not self.is_same_origin(connection):
            raise CsrfFailed(_FOREIGN_ORIGIN)

    def is_same_origin(self, connection: Connection) -> bool:
        """Return whether a page of ours, or one that CORS allows, or no page sent the request."""
        if self._is_allowed_origin(connection):
            return True
        site = connection.headers.get("sec-fetch-site")
        if site is not None:
            return site in _OUR_SITES
        # Older browsers send this only; other programs send neither.
        origin = connection.headers.get("origin")
        hosts = {connection.headers.get("host", "").lower(), self._public_host}
        return origin is None or _host_of(origin) in hosts - {""}

    def _is_allowed_origin(self, connection: Connection) -> bool:
        return self._origins.has(connection.headers.get("origin", ""))


def _host_of(origin: str) -> str:
    """Return host and port of an origin; empty for the opaque origin `null`."""
    return origin.partition("://")[2].lower()
