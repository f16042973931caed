"""Access tokens are checked without a query; each refresh replaces the refresh token."""

import base64
import hashlib
import hmac
import secrets
import time
from uuid import UUID

from msgspec import Struct, field

from veza.core.access import Member, session_of
from veza.core.addresses import network_of
from veza.core.ids import SessionId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.auth.sessions import queries, rules
from veza.domains.auth.sessions.errors import InvalidRefreshToken, InvalidToken, SessionNotFound
from veza.domains.auth.sessions.events import SESSION_ENDED
from veza.domains.auth.sessions.models import (
    AccessClaims,
    Device,
    EndedSession,
    Proof,
    SessionPage,
    SessionUser,
    StoredRefreshToken,
    TokenPair,
    TokenRotation,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce
from veza.infra.security.tokens import BadToken, TokenCache, TokenSigner


class EndedSessions:
    """The ended sessions whose access tokens have not expired yet, in memory of each process."""

    def __init__(self) -> None:
        self._ended: dict[SessionId, float] = {}

    async def add(self, subjects: list[str]) -> None:
        """Add sessions that ended, as announced in the table of revisions."""
        now = time.monotonic()
        self._ended.update((SessionId(UUID(subject)), now) for subject in subjects)
        if len(self._ended) > 10_000:
            # After an hour, the access tokens of a session have expired.
            oldest = now - rules.ACCESS_LIFETIME.total_seconds() - 60
            self._ended = {sid: at for sid, at in self._ended.items() if at > oldest}

    def __contains__(self, session_id: SessionId) -> bool:
        """Return whether a session has ended."""
        return session_id in self._ended


class SessionTokens(Struct, frozen=True):
    """The keys of access and refresh tokens, and the sessions that have ended.

    `refresh_key` derives each refresh token from the previous one.
    """

    tokens: TokenSigner
    ended: EndedSessions
    refresh_key: bytes
    # The members of access tokens that were verified before.
    verified: TokenCache[Member] = field(default_factory=TokenCache[Member])


async def authenticate(session_tokens: SessionTokens, token: str) -> Member:
    """Return the member who sent an access token, without a query. Raises InvalidToken."""
    member = session_tokens.verified.find(token)
    if member is None:
        try:
            claims, until = session_tokens.tokens.read_with_end(token, AccessClaims)
        except BadToken as error:
            raise InvalidToken from error
        member = Member(claims.sub, claims.role, claims.sid, may_only_enrol=claims.may_only_enrol)
        session_tokens.verified.add(token, member, until)
    if session_of(member) in session_tokens.ended:
        raise InvalidToken
    return member


async def open_session(
    tx: Tx,
    session_tokens: SessionTokens,
    device: Device,
    user: SessionUser,
    proof: Proof = Proof.PASSWORD,
) -> TokenPair:
    """Open a session and return its first tokens. It replaces the member's session of a browser."""
    session_id = SessionId(new_id())
    tx.actor = user.id
    former_id = rules.find_session_id(device.refresh_token or "")
    if former_id is not None and await queries.end_session_of(tx, former_id, user.id):
        await announce(tx, SESSION_ENDED, str(former_id))
    await queries.insert_session(tx, session_id, user.id, device, lifetime=rules.REFRESH_LIFETIME)
    if proof is not Proof.PASSWORD:
        await queries.update_proof(tx, session_id, proof)
    return await issue_tokens(tx, session_tokens, session_id, user)


async def is_known_device(conn: Conn, user_id: UserId, device: Device) -> bool:
    """Return whether a member signed in with this user agent from this network before."""
    found = await queries.list_addresses(conn, user_id, device.name)
    return network_of(device.ip) in {network_of(ip) for ip in found}


async def is_first_session(conn: Conn, user_id: UserId) -> bool:
    """Return whether a member has certainly never signed in before.

    Sessions are deleted some time after their end, so the lack of any tells it only of accounts
    that are younger than that.
    """
    return not await queries.may_have_had_sessions(conn, user_id, rules.KEPT_FOR)


async def rotate_refresh_token(
    tx: Tx, session_tokens: SessionTokens, device: Device, refresh_token: str
) -> TokenRotation | None:
    """Exchange a refresh token for its successor. Raises InvalidRefreshToken.

    A used token returns the same successor again if the answer may have been lost: within 10 s,
    from the same device, while the successor is unused. Any other reuse means that the token was
    stolen: the session ends, and the result is None. The caller must commit that.
    """
    token_hash = _hash(refresh_token)
    found = await queries.lock_refresh_token(tx, token_hash, rules.SUCCESSOR_GRACE)
    if found is None or found.is_over:
        raise InvalidRefreshToken
    tx.actor = found.user_id
    if found.is_spent:
        successor = await _find_successor(tx, session_tokens, device, found, refresh_token)
        if successor is None:
            await end_session(tx, found.session_id)
            return None
        return TokenRotation(found.session_id, found.user_id, successor, is_stored=True)
    salt = secrets.token_bytes(16)
    await queries.update_refresh_token_spent(tx, token_hash, found.session_id, salt)
    await queries.update_session_seen(tx, found.session_id, device, rules.REFRESH_LIFETIME)
    successor = _derive_successor(session_tokens, found.session_id, refresh_token, salt)
    return TokenRotation(found.session_id, found.user_id, successor, is_stored=False)


async def complete_rotation(
    tx: Tx, session_tokens: SessionTokens, rotation: TokenRotation, user: SessionUser
) -> TokenPair:
    """Return the tokens of a rotation: a new access token, and the successor."""
    if not rotation.is_stored:
        await _store(tx, rotation.session_id, rotation.refresh_token)
    return _token_pair(session_tokens, rotation.session_id, user, rotation.refresh_token)


async def issue_tokens(
    tx: Tx, session_tokens: SessionTokens, session_id: SessionId, user: SessionUser
) -> TokenPair:
    """Issue tokens for a session without a valid refresh token."""
    refresh_token = _write_token(session_id, secrets.token_bytes(32))
    await _store(tx, session_id, refresh_token)
    return _token_pair(session_tokens, session_id, user, refresh_token)


async def replace_tokens(
    tx: Tx, session_tokens: SessionTokens, session_id: SessionId, user: SessionUser
) -> TokenPair:
    """Issue new tokens, and invalidate the refresh tokens of the session."""
    await queries.update_refresh_tokens_spent(tx, session_id)
    return await issue_tokens(tx, session_tokens, session_id, user)


async def logout(
    tx: Tx, session_tokens: SessionTokens, *, access_token: str | None, refresh_token: str | None
) -> None:
    """End the session of the tokens, even if they have expired. Unknown tokens are ignored."""
    session_id = None
    if refresh_token is not None:
        session_id = await queries.find_session_of_token(tx, _hash(refresh_token))
    if session_id is None and access_token is not None:
        session_id = _session_of(session_tokens, access_token)
    if session_id is not None:
        tx.actor = await end_session(tx, session_id)


async def find_ended_session(conn: Conn, refresh_token: str) -> EndedSession | None:
    """Return the session that ended with an unused refresh token."""
    return await queries.find_ended_session(conn, _hash(refresh_token))


async def list_sessions(
    conn: Conn, member: Member, *, limit: int, cursor: Cursor | None
) -> SessionPage:
    """Return a page of a member's active sessions, newest first."""
    found = await queries.list_live_sessions(conn, member.id, limit, cursor)
    shown, following = cut(found, limit, lambda session: Cursor(session.created_at, session.id))
    sessions = [rules.show_session(session, session_of(member)) for session in shown]
    return SessionPage(sessions, following, following is not None)


async def logout_session(tx: Tx, member: Member, session_id: SessionId) -> None:
    """End a session of a member. Raises SessionNotFound.

    No error if the current session was ended concurrently.
    """
    if session_id == session_of(member):
        await end_session(tx, session_id)
        return
    if not await queries.end_session_of(tx, session_id, member.id):
        raise SessionNotFound
    await announce(tx, SESSION_ENDED, str(session_id))


async def end_session(tx: Tx, session_id: SessionId) -> UserId | None:
    """End a session in all processes within a second. Returns its owner."""
    owner = await queries.end_session(tx, session_id)
    if owner is not None:
        await announce(tx, SESSION_ENDED, str(session_id))
    return owner


async def end_sessions(tx: Tx, user_id: UserId, *, except_for: SessionId | None = None) -> int:
    """End all sessions of a member, except `except_for`; return their number."""
    ended = await queries.end_sessions(tx, user_id, except_for=except_for)
    await announce(tx, SESSION_ENDED, *(str(session_id) for session_id in ended))
    return len(ended)


async def _find_successor(
    tx: Tx,
    session_tokens: SessionTokens,
    device: Device,
    spent: StoredRefreshToken,
    refresh_token: str,
) -> str | None:
    """Return the successor of a used token, or None if it must not be issued again."""
    if spent.successor_salt is None or not rules.is_same_device(spent, device):
        return None
    successor = _derive_successor(
        session_tokens, spent.session_id, refresh_token, spent.successor_salt
    )
    return successor if await queries.is_refresh_token_unused(tx, _hash(successor)) else None


def _derive_successor(
    session_tokens: SessionTokens, session_id: SessionId, refresh_token: str, salt: bytes
) -> str:
    """Derive the token that replaces a used token.

    It takes the server's key, the used token, and the salt, which is deleted once the successor is
    used. So the database alone reveals no token, and a token that leaks later reveals no later
    ones.
    """
    digest = hmac.digest(session_tokens.refresh_key, salt + refresh_token.encode(), hashlib.sha256)
    return _write_token(session_id, digest)


def _write_token(session_id: SessionId, secret: bytes) -> str:
    # The session id comes first, so that the CSRF token can be bound to it without a query.
    return f"{session_id.hex}.{base64.urlsafe_b64encode(secret).rstrip(b'=').decode()}"


async def _store(tx: Tx, session_id: SessionId, refresh_token: str) -> None:
    await queries.insert_refresh_token(tx, _hash(refresh_token), session_id, rules.REFRESH_LIFETIME)


def _token_pair(
    session_tokens: SessionTokens, session_id: SessionId, user: SessionUser, refresh_token: str
) -> TokenPair:
    claims = AccessClaims(user.id, session_id, user.role, user.may_only_enrol)
    access_token = session_tokens.tokens.sign(claims)
    return TokenPair(
        access_token, refresh_token, int(session_tokens.tokens.lifetime.total_seconds())
    )


def _session_of(session_tokens: SessionTokens, access_token: str) -> SessionId | None:
    try:
        return session_tokens.tokens.read(access_token, AccessClaims, expired_too=True).sid
    except BadToken:
        return None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
