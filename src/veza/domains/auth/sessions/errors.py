"""Refuses forged, expired and used tokens, and those of ended sessions."""

from veza.core.errors import NotFound, Unauthenticated


class InvalidToken(Unauthenticated):
    """The access token is forged or expired, or its session has ended."""

    code = "invalid_token"
    message = "Your session has expired: sign in again."


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is unknown, used or expired."""

    code = "invalid_refresh_token"
    message = "Your session has expired: sign in again."


class SessionNotFound(NotFound):
    """The member has no such session, or it has ended."""

    code = "session_not_found"
    message = "There is no such session, or it has already ended."
