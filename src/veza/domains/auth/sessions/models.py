"""Tokens and their claims, proofs of a session, and kinds of security notices."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.access import Role
from veza.core.ids import SessionId, UserId

RefreshTokenText = Annotated[str, Meta(max_length=512)]


class Proof(StrEnum):
    """The kind of the last proof of a session; a second factor includes the password."""

    PASSWORD = "password"  # noqa: S105 - a kind of proof
    FACTOR = "factor"
    # A second factor at an OpenID provider, where the settings say that it counts.
    PROVIDER = "provider"


class NoticeKind(StrEnum):
    """Events that the owner of an account learns at once, by mail and notification."""

    NEW_DEVICE = "new_device"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    # An API key, an app password, or an identity at an OpenID provider.
    KEY_CREATED = "key_created"
    # The counter of a passkey did not rise: somebody may have a copy.
    PASSKEY_COPIED = "passkey_copied"
    # An admin has begun to remove all factors.
    FACTOR_RECOVERY = "factor_recovery"


class Device(Struct, frozen=True):
    """The user agent and IP address of a client, and the refresh token that a browser keeps."""

    name: str
    ip: str
    refresh_token: str | None = None


class SessionUser(Struct, frozen=True):
    """The member that tokens are issued to, and their role.

    `may_only_enrol` limits the tokens to setting up a second factor.
    """

    id: UserId
    role: Role
    may_only_enrol: bool = False


class AccessClaims(Struct, frozen=True, omit_defaults=True):
    """The claims of an access token."""

    sub: UserId
    sid: SessionId
    role: Role
    may_only_enrol: bool = False


class RefreshTokenForm(Struct, frozen=True):
    """The refresh token of a session, unless a cookie or an access token identifies it."""

    refresh_token: RefreshTokenText | None = None


class SessionLogout(Struct, frozen=True):
    """The session to end, by default the current session."""

    session_id: SessionId | None = None


class TokenPair(Struct, frozen=True):
    """New tokens: `expires_in` is the lifetime of the access token in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class StoredRefreshToken(Struct, frozen=True):
    """A row of `refresh_tokens` with fields of its session. Never shown.

    `successor_salt` is set for a token that was used a moment ago; `device` and `ip` are those that
    used the session last.
    """

    session_id: SessionId
    user_id: UserId
    is_spent: bool
    successor_salt: bytes | None
    device: str
    ip: str
    is_over: bool


class EndedSession(Struct, frozen=True):
    """A session that has ended, whose newest refresh token was shown."""

    user_id: UserId
    ended_at: datetime


class TokenRotation(Struct, frozen=True):
    """The refresh token that replaces a used one. Never shown by itself.

    `is_stored` is true if it was issued before, and the answer was lost.
    """

    session_id: SessionId
    user_id: UserId
    refresh_token: str
    is_stored: bool


class CsrfToken(Struct, frozen=True):
    """The value for the header `X-CSRF-Token` of requests authenticated by a cookie."""

    csrf_token: str


class StoredSession(Struct, frozen=True):
    """A row of `sessions`: `device` is the user agent."""

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
    """A page of sessions, newest first."""

    sessions: list[Session]
    next_cursor: str | None
    has_more: bool


class LoggedOut(Struct, frozen=True):
    """The number of sessions that were ended."""

    message: str
    ended_count: int
