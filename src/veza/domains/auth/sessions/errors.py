"""What can be refused in this domain."""

from veza.core.errors import NotFound, Unauthenticated


class InvalidToken(Unauthenticated):
    """The access token is forged, expired, or its session has ended."""

    code = "invalid_token"
    message = "The token is not valid any more: sign in again."


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is unknown, spent or expired."""

    code = "invalid_refresh_token"
    message = "The refresh token is not valid: sign in again."


class SessionNotFound(NotFound):
    """The member has no such session, or it is over."""

    code = "session_not_found"
    message = "There is no such session, or it is over."
