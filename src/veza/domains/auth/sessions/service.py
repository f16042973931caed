"""What one can do with a session: begin it, go on with it, end it."""

import base64
import hashlib
import hmac
import secrets
import time
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member, session_of
from veza.core.ids import SessionId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.auth.sessions import queries, rules
from veza.domains.auth.sessions.errors import InvalidRefreshToken, InvalidToken, SessionNotFound
from veza.domains.auth.sessions.events import SESSION_ENDED
from veza.domains.auth.sessions.models import (
    AccessClaims,
    Bearer,
    Device,
    Exchange,
    SessionPage,
    StoredRefresh,
    TokenPair,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce
from veza.infra.security.tokens import BadToken, TokenSigner


class EndedSessions:
    """The sessions whose access tokens live on but count no more: one set in each process."""

    def __init__(self) -> None:
        self._ended: dict[SessionId, float] = {}

    async def learn(self, subjects: list[str]) -> None:
        """Hear from the table of revisions which sessions ended."""
        now = time.monotonic()
        self._ended.update((SessionId(UUID(subject)), now) for subject in subjects)
        if len(self._ended) > 10_000:
            # An hour on, the access tokens of a session have expired by themselves.
            oldest = now - rules.ACCESS_LIFETIME.total_seconds() - 60
            self._ended = {sid: at for sid, at in self._ended.items() if at > oldest}

    def __contains__(self, session_id: SessionId) -> bool:
        """Tell whether a session has ended."""
        return session_id in self._ended


class Door(Struct, frozen=True):
    """What lets somebody in who has a session: tokens, and who is out.

    `refresh_key` derives the refresh token that follows another one.
    """

    tokens: TokenSigner
    ended: EndedSessions
    refresh_key: bytes


async def authenticate(door: Door, token: str) -> Member:
    """Tell who holds an access token. Raises InvalidToken. Asks nothing of the database."""
    try:
        claims = door.tokens.read(token, AccessClaims)
    except BadToken as error:
        raise InvalidToken from error
    if claims.sid in door.ended:
        raise InvalidToken
    return Member(claims.sub, claims.role, claims.sid)


async def open_session(tx: Tx, door: Door, device: Device, bearer: Bearer) -> TokenPair:
    """Begin a session, and get its first tokens."""
    session_id = SessionId(new_id())
    tx.actor = bearer.id
    await queries.insert_session(tx, session_id, bearer.id, device, lasts=rules.REFRESH_LIFETIME)
    return await issue(tx, door, session_id, bearer)


async def spend(tx: Tx, door: Door, device: Device, refresh_token: str) -> Exchange | None:
    """Exchange a refresh token for its successor. Raises InvalidRefreshToken.

    A spent one gets the same successor once more where its answer may have been lost: within 10 s,
    from the same device, while the successor is unused. Any other spent token that comes again was
    stolen, from or by somebody: its session ends at once, which is to be committed. Then the answer
    is None.
    """
    token_hash = _hash(refresh_token)
    found = await queries.lock_refresh_token(tx, token_hash, rules.SUCCESSOR_GRACE)
    if found is None or found.is_over:
        raise InvalidRefreshToken
    tx.actor = found.user_id
    if found.is_spent:
        successor = await _find_successor(tx, door, device, found, refresh_token)
        if successor is None:
            await end_session(tx, found.session_id)
            return None
        return Exchange(found.session_id, found.user_id, successor, is_stored=True)
    salt = secrets.token_bytes(16)
    await queries.update_refresh_token_spent(tx, token_hash, found.session_id, salt)
    await queries.update_session_seen(tx, found.session_id, device, rules.REFRESH_LIFETIME)
    successor = _derive_successor(door, found.session_id, refresh_token, salt)
    return Exchange(found.session_id, found.user_id, successor, is_stored=False)


async def complete(tx: Tx, door: Door, exchange: Exchange, bearer: Bearer) -> TokenPair:
    """Return the tokens of an exchange: a new access token, and the successor."""
    if not exchange.is_stored:
        await _store(tx, exchange.session_id, exchange.refresh_token)
    return _pair(door, exchange.session_id, bearer, exchange.refresh_token)


async def issue(tx: Tx, door: Door, session_id: SessionId, bearer: Bearer) -> TokenPair:
    """Get new tokens for a session that has no refresh token to go on with."""
    refresh_token = _write_token(session_id, secrets.token_bytes(32))
    await _store(tx, session_id, refresh_token)
    return _pair(door, session_id, bearer, refresh_token)


async def renew(tx: Tx, door: Door, session_id: SessionId, bearer: Bearer) -> TokenPair:
    """Get new tokens in place of those that a session has, without showing them."""
    await queries.update_refresh_tokens_spent(tx, session_id)
    return await issue(tx, door, session_id, bearer)


async def logout(
    tx: Tx, door: Door, *, access_token: str | None, refresh_token: str | None
) -> None:
    """End the session that the tokens name, be they expired or not. Unknown ones end nothing."""
    session_id = None
    if refresh_token is not None:
        session_id = await queries.find_session_of_token(tx, _hash(refresh_token))
    if session_id is None and access_token is not None:
        session_id = _session_of(door, access_token)
    if session_id is not None:
        tx.actor = await end_session(tx, session_id)


async def list_sessions(
    conn: Conn, member: Member, *, limit: int, cursor: Cursor | None
) -> SessionPage:
    """List a member's sessions that are not over, newest first."""
    found = await queries.list_live_sessions(conn, member.id, limit, cursor)
    shown, following = cut(found, limit, lambda one: Cursor(one.created_at, one.id))
    sessions = [rules.show_session(one, session_of(member)) for one in shown]
    return SessionPage(sessions, following, following is not None)


async def logout_session(tx: Tx, member: Member, session_id: SessionId) -> None:
    """End one of a member's own sessions. Raises SessionNotFound.

    The one that asks can be ended twice at once: it was let in, and is over either way.
    """
    if session_id == session_of(member):
        await end_session(tx, session_id)
        return
    if not await queries.end_session_of(tx, session_id, member.id):
        raise SessionNotFound
    await announce(tx, SESSION_ENDED, str(session_id))


async def end_session(tx: Tx, session_id: SessionId) -> UserId | None:
    """End a session: within a second no process takes its tokens any more. Tells whose it was."""
    owner = await queries.end_session(tx, session_id)
    if owner is not None:
        await announce(tx, SESSION_ENDED, str(session_id))
    return owner


async def end_sessions(tx: Tx, user_id: UserId, *, but: SessionId | None = None) -> int:
    """End all sessions of a member, but for one that may stay; tell how many ended."""
    ended = await queries.end_sessions(tx, user_id, but=but)
    await announce(tx, SESSION_ENDED, *(str(session_id) for session_id in ended))
    return len(ended)


async def _find_successor(
    tx: Tx, door: Door, device: Device, spent: StoredRefresh, refresh_token: str
) -> str | None:
    """Return the successor of a spent token; None unless it may be given out once more."""
    if spent.successor_salt is None or not rules.is_same_device(spent, device):
        return None
    successor = _derive_successor(door, spent.session_id, refresh_token, spent.successor_salt)
    return successor if await queries.find_unused(tx, _hash(successor)) else None


def _derive_successor(door: Door, session_id: SessionId, refresh_token: str, salt: bytes) -> str:
    """Derive the token that follows another one.

    It takes the server's key, the spent token and the salt, which is deleted when the successor is
    spent: the database alone gives none, and a token that leaked later gives no later ones.
    """
    digest = hmac.digest(door.refresh_key, salt + refresh_token.encode(), hashlib.sha256)
    return _write_token(session_id, digest)


def _write_token(session_id: SessionId, secret: bytes) -> str:
    # The session stands in front, so that the CSRF token can be bound to it without a query.
    return f"{session_id.hex}.{base64.urlsafe_b64encode(secret).rstrip(b'=').decode()}"


async def _store(tx: Tx, session_id: SessionId, refresh_token: str) -> None:
    await queries.insert_refresh_token(tx, _hash(refresh_token), session_id, rules.REFRESH_LIFETIME)


def _pair(door: Door, session_id: SessionId, bearer: Bearer, refresh_token: str) -> TokenPair:
    access_token = door.tokens.sign(AccessClaims(bearer.id, session_id, bearer.role))
    return TokenPair(access_token, refresh_token, int(door.tokens.lifetime.total_seconds()))


def _session_of(door: Door, access_token: str) -> SessionId | None:
    try:
        return door.tokens.read(access_token, AccessClaims, expired_too=True).sid
    except BadToken:
        return None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
