"""What one can do with an account. What hashes takes the database and opens short transactions."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member, Role, is_lower, session_of
from veza.core.ids import SessionId, UserId, new_id
from veza.domains.accounts import queries, rules
from veza.domains.accounts.errors import (
    ApprovalNeeded,
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    InvalidToken,
    TooManyLogins,
    UsernameTaken,
    UserNotFound,
    WrongPassword,
)
from veza.domains.accounts.events import SESSION_ENDED, UserRenamed
from veza.domains.accounts.models import (
    AccessClaims,
    Account,
    CreatorAnswer,
    Device,
    Identity,
    Login,
    NewUser,
    PasswordChange,
    Profile,
    ProfileChange,
    Registration,
    SignedIn,
    StoredRefresh,
    StoredUser,
    TokenPair,
)
from veza.infra.attempts import Attempts
from veza.infra.db import Conn, Database, Tx, Violation
from veza.infra.outbox import emit
from veza.infra.passwords import Passwords
from veza.infra.revisions import announce
from veza.infra.tokens import BadToken, Tokens

_TAKEN = {"users_username_key": UsernameTaken, "users_email_key": EmailTaken}


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


class Doorkeeper(Struct, frozen=True):
    """What signing in needs: passwords, tokens, the count of tries, and who is out."""

    passwords: Passwords
    tokens: Tokens
    attempts: Attempts
    ended: EndedSessions
    creators_need_approval: bool


async def authenticate(door: Doorkeeper, token: str) -> Member:
    """Tell who holds an access token. Raises InvalidToken. Asks nothing of the database."""
    try:
        claims = door.tokens.read(token, AccessClaims)
    except BadToken as error:
        raise InvalidToken from error
    if claims.sid in door.ended:
        raise InvalidToken
    return Member(claims.sub, claims.role, claims.sid)


async def register(
    database: Database, door: Doorkeeper, device: Device, wish: Registration
) -> SignedIn:
    """Become a member, and be signed in at once."""
    user = await _prepare_user(door, wish, Role.USER)
    async with database.transaction() as tx:
        await _insert_user(tx, user)
        pair = await _open_session(tx, door, device, user)
    return _signed_in(pair, user)


async def create_account(
    database: Database, door: Doorkeeper, wish: Registration, role: Role
) -> UserId:
    """Make an account with a role, from the command line."""
    user = await _prepare_user(door, wish, role)
    async with database.transaction() as tx:
        await _insert_user(tx, user)
    return user.id


async def has_admin(conn: Conn) -> bool:
    """Tell whether there is anybody with the role `admin`."""
    return await queries.count_admins(conn) > 0


async def login(database: Database, door: Doorkeeper, device: Device, given: Login) -> SignedIn:
    """Sign in. Takes as long for an unknown address as for a wrong password."""
    account, address = keys = _attempt_keys(given.email, device.ip)
    await _begin_attempt(door, keys)
    user, fits = None, False
    try:
        async with database.read() as conn:
            user = await queries.find_user_by_email(conn, given.email)
        stored = user and user.password_hash
        fits = await door.passwords.verify(stored, given.password)
    finally:
        if not fits:
            await door.attempts.fail(keys)
    if user is None or not fits:
        raise InvalidCredentials
    await door.attempts.forget(account)
    await door.attempts.undo(address)
    async with database.transaction() as tx:
        pair = await _open_session(tx, door, device, user)
    return _signed_in(pair, user)


async def refresh(database: Database, door: Doorkeeper, device: Device, token: str) -> TokenPair:
    """Exchange a refresh token for new tokens.

    A spent one that comes again was stolen, from or by somebody: its session ends at once.
    """
    async with database.transaction() as tx:
        found = await queries.lock_refresh_token(tx, _hash(token))
        if found is None or found.is_over:
            raise InvalidRefreshToken
        if not found.is_spent:
            return await _rotate(tx, door, device, (token, found))
        await end_session(tx, found.session_id)
        tx.actor, tx.refusal = found.user_id, InvalidRefreshToken
    raise InvalidRefreshToken


async def logout(
    tx: Tx, door: Doorkeeper, *, access_token: str | None, refresh_token: str | None
) -> None:
    """End the session that the tokens name, be they expired or not. Unknown ones end nothing."""
    session_id = None
    if refresh_token is not None:
        session_id = await queries.find_session_of_token(tx, _hash(refresh_token))
    if session_id is None and access_token is not None:
        session_id = _session_of(door, access_token)
    if session_id is not None:
        await end_session(tx, session_id)


async def end_session(tx: Tx, session_id: SessionId) -> None:
    """End a session: within a second no process takes its tokens any more."""
    if await queries.end_session(tx, session_id):
        await announce(tx, SESSION_ENDED, str(session_id))


async def end_sessions(tx: Tx, user_id: UserId, *, but: SessionId | None = None) -> int:
    """End all sessions of a member, but for one that may stay; tell how many ended."""
    ended = await queries.end_sessions(tx, user_id, but=but)
    for session_id in ended:
        await announce(tx, SESSION_ENDED, str(session_id))
    return len(ended)


async def get_account(conn: Conn, user_id: UserId) -> Account:
    """Tell a member what is known of them."""
    account = await queries.find_account(conn, user_id)
    if account is None:
        # The token outlived the account.
        raise InvalidToken
    return account


async def get_profile(conn: Conn, username: str) -> Profile:
    """Show a member as everybody sees them."""
    profile = await queries.find_profile(conn, username)
    if profile is None:
        raise UserNotFound
    return profile


async def find_user_id(conn: Conn, username: str) -> UserId:
    """Tell whose name it is. Raises UserNotFound."""
    user_id = await queries.find_user_id(conn, username)
    if user_id is None:
        raise UserNotFound
    return user_id


async def update_profile(
    database: Database, door: Doorkeeper, member: Member, change: ProfileChange
) -> Account:
    """Change name, address or bio. Another address needs the current password."""
    async with database.read() as conn:
        user = await _get_user(conn, member.id)
    if change.email is not None and change.email != user.email:
        await _ensure_password(door, user, change.current_password or "")
    async with database.transaction() as tx:
        try:
            await queries.update_profile(
                tx, member.id, username=change.username, email=change.email, bio=change.bio
            )
        except Violation as violation:
            raise _TAKEN[violation.constraint] from violation
        if change.username is not None and change.username != user.username:
            await emit(tx, UserRenamed(member.id, change.username))
        return await get_account(tx, member.id)


async def change_password(
    database: Database, door: Doorkeeper, member: Member, change: PasswordChange
) -> None:
    """Set another password, and end all other sessions."""
    async with database.read() as conn:
        user = await _get_user(conn, member.id)
    await _ensure_password(door, user, change.current_password)
    rules.ensure_good_password(
        change.new_password, username=user.username, email=user.email, field="new_password"
    )
    hashed = await door.passwords.hash(change.new_password)
    async with database.transaction() as tx:
        await queries.update_password(tx, member.id, hashed)
        await end_sessions(tx, member.id, but=session_of(member))


async def become_creator(database: Database, door: Doorkeeper, member: Member) -> CreatorAnswer:
    """Become a creator, with tokens that say so.

    Those who have another role keep it. Where an admin's approval is needed the wish is kept, and
    ApprovalNeeded raised.
    """
    async with database.transaction() as tx:
        user = await _get_user(tx, member.id)
        if user.role is not Role.USER:
            pair = await _issue(tx, door, session_of(member), user)
            return _creator_answer(pair, user.role)
        if not door.creators_need_approval:
            await queries.update_role(tx, member.id, Role.CREATOR)
            pair = await _issue(tx, door, session_of(member), NewRole(user.id, Role.CREATOR))
            return _creator_answer(pair, Role.CREATOR)
        await queries.update_creator_request(tx, member.id)
        tx.refusal = ApprovalNeeded
    raise ApprovalNeeded


async def set_role(tx: Tx, user_id: UserId, role: Role) -> None:
    """Give a member another role. One that takes something away ends their sessions."""
    user = await queries.find_user(tx, user_id)
    if user is None:
        raise UserNotFound
    await queries.update_role(tx, user_id, role)
    if is_lower(role, user.role):
        await end_sessions(tx, user_id)


class NewRole(Struct, frozen=True):
    """Whom a token is for, and in which role."""

    id: UserId
    role: Role


type _Bearer = NewUser | StoredUser | NewRole


async def _prepare_user(door: Doorkeeper, wish: Registration, role: Role) -> NewUser:
    rules.ensure_good_password(
        wish.password, username=wish.username, email=wish.email, field="password"
    )
    hashed = await door.passwords.hash(wish.password)
    return NewUser(UserId(new_id()), wish.username, wish.email, hashed, role)


async def _insert_user(tx: Tx, user: NewUser) -> None:
    try:
        await queries.insert_user(tx, user)
    except Violation as violation:
        raise _TAKEN[violation.constraint] from violation


async def _open_session(tx: Tx, door: Doorkeeper, device: Device, user: _Bearer) -> TokenPair:
    session_id = SessionId(new_id())
    tx.actor = user.id
    await queries.insert_session(tx, session_id, user.id, device, lasts=rules.REFRESH_LIFETIME)
    return await _issue(tx, door, session_id, user)


async def _issue(tx: Tx, door: Doorkeeper, session_id: SessionId, user: _Bearer) -> TokenPair:
    # The session stands in front, so that the CSRF token can be bound to it without a query.
    refresh_token = f"{session_id.hex}.{secrets.token_urlsafe(32)}"
    await queries.insert_refresh_token(tx, _hash(refresh_token), session_id, rules.REFRESH_LIFETIME)
    access_token = door.tokens.sign(AccessClaims(user.id, session_id, user.role))
    return TokenPair(access_token, refresh_token, int(door.tokens.lifetime.total_seconds()))


async def _rotate(
    tx: Tx, door: Doorkeeper, device: Device, spent: tuple[str, StoredRefresh]
) -> TokenPair:
    token, found = spent
    await queries.update_refresh_token_spent(tx, _hash(token))
    await queries.update_session_seen(tx, found.session_id, device, rules.REFRESH_LIFETIME)
    return await _issue(tx, door, found.session_id, NewRole(found.user_id, found.role))


async def _begin_attempt(door: Doorkeeper, keys: Sequence[str]) -> None:
    wait_s = await door.attempts.begin(keys)
    if wait_s is not None:
        raise TooManyLogins(retry_after=wait_s)


def _attempt_keys(email: str, ip: str) -> tuple[str, str]:
    return f"login:{_hash(email.lower()).hex()[:32]}", f"login:{ip}"


async def _get_user(conn: Conn, user_id: UserId) -> StoredUser:
    user = await queries.find_user(conn, user_id)
    if user is None:
        raise InvalidToken
    return user


async def _ensure_password(door: Doorkeeper, user: StoredUser, password: str) -> None:
    key = f"password:{user.id}"
    await _begin_attempt(door, [key])
    fits = False
    try:
        fits = await door.passwords.verify(user.password_hash, password)
    finally:
        if not fits:
            await door.attempts.fail([key])
    if not fits:
        raise WrongPassword
    await door.attempts.forget(key)


def _session_of(door: Doorkeeper, access_token: str) -> SessionId | None:
    try:
        return door.tokens.read(access_token, AccessClaims, expired_too=True).sid
    except BadToken:
        return None


def _signed_in(pair: TokenPair, user: NewUser | StoredUser) -> SignedIn:
    return SignedIn(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        expires_in=pair.expires_in,
        user=Identity(user.id, user.username, user.email),
    )


def _creator_answer(pair: TokenPair, role: Role) -> CreatorAnswer:
    return CreatorAnswer(pair.access_token, pair.refresh_token, pair.expires_in, role)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
