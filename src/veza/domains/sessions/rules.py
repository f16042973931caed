"""Decisions without I/O: how long a session lasts, and which one a token names."""

from datetime import timedelta
from uuid import UUID

ACCESS_LIFETIME = timedelta(hours=1)
# Counted anew at each refresh; a session that nobody uses for so long is over.
REFRESH_LIFETIME = timedelta(days=30)


def session_in_refresh_token(token: str) -> str:
    """Read the session's id off a refresh token, as text; empty where there is none.

    The CSRF token is bound to it. Nothing is proven by it: the token itself is checked elsewhere.
    """
    try:
        return str(UUID(token.partition(".")[0]))
    except ValueError:
        return ""
