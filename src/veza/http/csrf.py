"""Cross-site request forgery: a cookie alone changes nothing.

A token that only our own pages can read must come with it. Requests with a bearer token need none,
since no browser sends those by itself.
"""

from typing import Any

from litestar.connection import ASGIConnection

from veza.core.errors import Forbidden
from veza.infra.keys import Keys

HEADER = "x-csrf-token"
_PURPOSE = "csrf"


class CsrfFailed(Forbidden):
    """The CSRF token is missing, or belongs to another session."""

    code = "csrf_failed"
    message = "Send the token of GET /csrf-token in the header X-CSRF-Token."


class Csrf:
    """Tokens bound to a session by a signature, so that nothing needs to be stored."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def token(self, session: str) -> str:
        """Make the token of a session."""
        return self._keys.sign(_PURPOSE, session)

    def ensure(self, connection: ASGIConnection[Any, Any, Any, Any], session: str) -> None:
        """Raise CsrfFailed unless the request carries the session's token."""
        given = connection.headers.get(HEADER, "")
        if not self._keys.is_signed(_PURPOSE, session, given):
            raise CsrfFailed
