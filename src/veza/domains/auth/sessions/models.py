"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.access import Role
from veza.core.ids import SessionId, UserId

RefreshText = Annotated[str, Meta(max_length=512)]


class Device(Struct, frozen=True):
    """From where somebody signs in."""

    name: str
    ip: str


class Bearer(Struct, frozen=True):
    """Whom tokens are for, and in which role."""

    id: UserId
    role: Role


class AccessClaims(Struct, frozen=True):
    """What an access token says."""

    sub: UserId
    sid: SessionId
    role: Role


class RefreshRequest(Struct, frozen=True):
    """The refresh token, where no cookie holds it."""

    refresh_token: RefreshText | None = None


class LogoutRequest(Struct, frozen=True):
    """The refresh token of the session to end, where neither a bearer token nor a cookie tells."""

    refresh_token: RefreshText | None = None


class SessionLogout(Struct, frozen=True):
    """Which session of one's own to end; the one that asks, where none is named."""

    session_id: SessionId | None = None


class TokenPair(Struct, frozen=True):
    """Tokens for going on: `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class StoredRefresh(Struct, frozen=True):
    """A refresh token's row, with what is needed of its session. Never shown.

    `successor_salt` is there for a token that was spent a moment ago; `device` and `ip` are those
    that used the session last.
    """

    session_id: SessionId
    user_id: UserId
    is_spent: bool
    successor_salt: bytes | None
    device: str
    ip: str
    is_over: bool


class Exchange(Struct, frozen=True):
    """The refresh token that comes in place of a spent one. Never shown by itself.

    `is_stored` where it was given out before, and the answer was lost.
    """

    session_id: SessionId
    user_id: UserId
    refresh_token: str
    is_stored: bool


class CsrfToken(Struct, frozen=True):
    """The token for the header `X-CSRF-Token` of requests that a cookie authenticates."""

    csrf_token: str


class KnownSession(Struct, frozen=True):
    """A session as it is stored: `device` is what the device said of itself."""

    id: SessionId
    device: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class Session(Struct, frozen=True):
    """A session as its member sees it. `last_seen_at` is when it got its latest tokens."""

    id: SessionId
    device: Annotated[str, Meta(examples=["Firefox on Linux"])]
    user_agent: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


class SessionPage(Struct, frozen=True):
    """One page of sessions, newest first."""

    sessions: list[Session]
    next_cursor: str | None
    has_more: bool


class LoggedOut(Struct, frozen=True):
    """How many sessions were ended."""

    message: str
    ended_count: int
