"""What one can do with an account. What hashes takes the database and opens short transactions."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member, Role, is_lower, session_of
from veza.core.ids import SessionId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts import queries, rules
from veza.domains.auth.accounts.errors import (
    ApprovalNeeded,
    EmailTaken,
    LastAdmin,
    TooManyLogins,
    UsernameTaken,
    UserNotFound,
    WrongPassword,
)
from veza.domains.auth.accounts.events import (
    EmailChanged,
    PasswordChanged,
    UserRegistered,
    UserRenamed,
    UserSuspended,
    UserUnsuspended,
)
from veza.domains.auth.accounts.models import (
    Account,
    Admission,
    CreatorAnswer,
    Identity,
    NewUser,
    OptOut,
    Part,
    PasswordChange,
    ProfileChange,
    Registration,
    SignedIn,
    Standing,
    StoredUser,
    UserEvidence,
    UserFigures,
    UserForStaff,
    UserPage,
    UserQuery,
)
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.auth.sessions.models import Bearer, Device
from veza.domains.auth.sessions.service import Door
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.security.device_tokens import DeviceTokens
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passwords import Passwords

_TAKEN = {"users_username_key": UsernameTaken, "users_email_key": EmailTaken}


class Doorkeeper(Struct, frozen=True):
    """What signing in needs: the door, passwords, the count of tries, and devices known."""

    door: Door
    passwords: Passwords
    attempts: LoginThrottle
    device_tokens: DeviceTokens
    creators_need_approval: bool


async def register(
    database: Database, keeper: Doorkeeper, device: Device, wish: Registration
) -> Admission:
    """Become a member, and be signed in at once."""
    user = await _prepare_user(keeper, wish, Role.USER)
    async with database.transaction() as tx:
        await _insert_user(tx, user)
        await emit(tx, UserRegistered(user.id, user.email))
        return await open_session(tx, keeper, device, user)


async def create_account(
    database: Database, keeper: Doorkeeper, wish: Registration, role: Role
) -> UserId:
    """Make an account with a role, from the command line. It isn't announced as registered."""
    user = await _prepare_user(keeper, wish, role)
    async with database.transaction() as tx:
        await _insert_user(tx, user)
    return user.id


def list_faults(field: Literal["username", "email", "password"], text: str) -> list[str]:
    """Say why nobody could register with a text in a field, but for its being taken."""
    return rules.FAULTS[field](text)


async def has_admin(conn: Conn) -> bool:
    """Tell whether there is anybody with the role `admin`."""
    return await queries.count_admins(conn) > 0


async def get_account(conn: Conn, user_id: UserId) -> Account:
    """Tell a member what is known of them."""
    account = await queries.find_account(conn, user_id)
    if account is None:
        raise InvalidToken
    return account


async def find_any_user_id(conn: Conn, username: str) -> UserId:
    """Tell whose name it is, be they suspended or not. Raises UserNotFound."""
    user_id = await queries.find_any_user_id(conn, username)
    if user_id is None:
        raise UserNotFound
    return user_id


async def recount_in_parts[P](
    database: Database, user_id: UserId, recount: Callable[[Tx, Part[P]], Awaitable[Sequence[P]]]
) -> None:
    """Count what a suspended member did no more, or again, each part in a transaction of its own.

    Twice, beside another or late does no harm: each part goes by what is so at that moment.
    """
    part: Sequence[P] | None = None
    while part is None or part:
        async with database.transaction(recorded=False) as tx:
            is_suspended = await queries.lock_suspension(tx, user_id)
            if is_suspended is None:
                return
            part = await recount(tx, Part(user_id, part[-1] if part else None, hide=is_suspended))


async def update_profile(
    database: Database, keeper: Doorkeeper, member: Member, change: ProfileChange
) -> Account:
    """Change name, address or bio. Another address needs the current password."""
    async with database.read() as conn:
        user = await get_user(conn, member.id)
    if change.email is not None and change.email != user.email:
        rules.ensure_normal_email(change.email)
        await ensure_password(keeper, user, change.current_password or "")
    async with database.transaction() as tx:
        try:
            await queries.update_profile(
                tx, member.id, username=change.username, email=change.email, bio=change.bio
            )
        except ConstraintViolation as violation:
            raise _TAKEN[violation.constraint] from violation
        if change.username is not None and change.username != user.username:
            await emit(tx, UserRenamed(member.id, change.username))
        if change.email is not None and change.email != user.email:
            await emit(tx, EmailChanged(member.id, user.email, change.email))
        return await get_account(tx, member.id)


async def opt_out(tx: Tx, member: Member, wish: OptOut) -> OptOut:
    """Keep a member's word that nothing of theirs may be sold or shared, or that it may."""
    if not await queries.update_do_not_sell(tx, member.id, do_not_sell=wish.do_not_sell):
        raise InvalidToken
    return wish


async def change_password(
    database: Database, keeper: Doorkeeper, member: Member, change: PasswordChange
) -> str:
    """Set another password, and end all other sessions. Returns a new device token.

    Device tokens that were issued before are void, and wrong passwords before it are forgotten.
    """
    async with database.read() as conn:
        user = await get_user(conn, member.id)
    await ensure_password(keeper, user, change.current_password)
    hashed = await hash_new_password(
        keeper, change.new_password, username=user.username, email=user.email
    )
    async with database.transaction() as tx:
        await set_password(tx, member.id, hashed, email=user.email, but=session_of(member))
    await clear_failed_logins(keeper, member.id)
    return trust_device(keeper, member.id, hashed)


async def hash_new_password(
    keeper: Doorkeeper, new_password: str, *, username: str, email: str
) -> str:
    """Hash a password that is to be a member's next. Raises WeakPassword."""
    rules.ensure_good_password(new_password, username=username, email=email, field="new_password")
    return await keeper.passwords.hash(new_password)


async def set_password(
    tx: Tx, user_id: UserId, password_hash: str, *, email: str, but: SessionId | None = None
) -> None:
    """Give a member another password, and end all sessions but for one that may stay.

    The member hears of it at the address.
    """
    await queries.update_password(tx, user_id, password_hash)
    await sessions.end_sessions(tx, user_id, but=but)
    await emit(tx, PasswordChanged(user_id, email))


async def confirm_email(tx: Tx, user_id: UserId, email: str) -> bool:
    """Note that there is proof of an address; False where it isn't the member's any more."""
    return await queries.update_email_verified(tx, user_id, email)


async def become_creator(database: Database, keeper: Doorkeeper, member: Member) -> CreatorAnswer:
    """Become a creator, with tokens that say so, in place of the session's refresh token.

    Those who have another role keep it. Where an admin's approval is needed the wish is kept, and
    ApprovalNeeded raised.
    """
    async with database.transaction() as tx:
        await keep_there(tx, member.id)
        user = await get_user(tx, member.id)
        if user.role is not Role.USER:
            return await _renew(tx, keeper, member, user.role)
        if not keeper.creators_need_approval:
            await queries.update_role(tx, member.id, Role.CREATOR)
            return await _renew(tx, keeper, member, Role.CREATOR)
        await queries.update_creator_request(tx, member.id)
        tx.refusal = ApprovalNeeded
    raise ApprovalNeeded


async def set_role(tx: Tx, user_id: UserId, role: Role) -> None:
    """Give a member another role, or the same, which answers a wish to be a creator with no.

    One that takes something away ends their sessions. Raises LastAdmin.
    """
    standing = await lock_standing(tx, user_id, keeps_admin=role is Role.ADMIN)
    await queries.update_role(tx, user_id, role)
    if is_lower(role, standing.role):
        await sessions.end_sessions(tx, user_id)


async def suspend(tx: Tx, user_id: UserId, reason: str) -> bool:
    """Suspend a member: out within a second, and all they made hidden from everybody else.

    False where they were suspended before, which stays as it was. Raises LastAdmin.
    """
    standing = await lock_standing(tx, user_id, keeps_admin=False)
    if standing.is_suspended:
        return False
    await queries.update_suspended(tx, user_id, reason)
    await sessions.end_sessions(tx, user_id)
    await emit(tx, UserSuspended(user_id))
    return True


async def unsuspend(tx: Tx, user_id: UserId) -> bool:
    """Let a member sign in again, and have all they made shown. False where they weren't out."""
    if await queries.update_unsuspended(tx, user_id):
        await emit(tx, UserUnsuspended(user_id))
        return True
    await get_for_staff(tx, user_id)
    return False


async def list_users(conn: Conn, wish: UserQuery) -> UserPage:
    """List members for admins, newest first."""
    found = await queries.list_users(conn, wish)
    shown, following = cut(found, wish.limit, lambda user: Cursor(user.created_at, user.id))
    return UserPage(shown, following, following is not None)


async def get_for_staff(conn: Conn, user_id: UserId) -> UserForStaff:
    """Show a member to admins."""
    user = await queries.find_for_staff(conn, user_id)
    if user is None:
        raise UserNotFound
    return user


async def find_evidence(conn: Conn, user_id: UUID, _: Member) -> UserEvidence | None:
    """Give what a report of a member has to keep; None where there is nobody to be seen."""
    return await queries.find_evidence(conn, UserId(user_id))


async def count_users(conn: Conn) -> UserFigures:
    """Count the members."""
    return await queries.count_users(conn)


async def lock_standing(tx: Tx, user_id: UserId, *, keeps_admin: bool) -> Standing:
    """Give how a member stands, who is kept so together with the admins. Raises LastAdmin."""
    locked = {standing.id: standing for standing in await queries.lock_with_admins(tx, user_id)}
    standing = locked.pop(user_id, None)
    if standing is None:
        raise UserNotFound
    if standing.role is Role.ADMIN and not (standing.is_suspended or keeps_admin or locked):
        raise LastAdmin
    return standing


async def keep_there(tx: Tx, user_id: UserId) -> None:
    """Have whoever asks be there until what they do is done. Raises InvalidToken."""
    if not await queries.lock_existence(tx, user_id):
        raise InvalidToken


async def get_user(conn: Conn, user_id: UserId) -> StoredUser:
    """Give an account whose owner asks, with what proves that it is them."""
    user = await queries.find_user(conn, user_id)
    if user is None:
        raise InvalidToken
    return user


async def ensure_password(keeper: Doorkeeper, user: StoredUser, password: str) -> None:
    """Raise WrongPassword, or TooManyLogins where it was wrong too often."""
    key = rules.count_password_checks(user.id)
    async with keeper.attempts.attempt([key], TooManyLogins) as attempt:
        if not await keeper.passwords.verify(user.password_hash, password):
            attempt.fail()
            raise WrongPassword
        attempt.clear()


async def clear_failed_logins(keeper: Doorkeeper, user_id: UserId) -> None:
    """Forget the wrong passwords of an account, whose owner has just proved who they are."""
    await keeper.attempts.clear(rules.count_by_account(user_id, ""))
    await keeper.attempts.clear(rules.count_password_checks(user_id))


def trust_device(keeper: Doorkeeper, user_id: UserId, password_hash: str) -> str:
    """Return the device token for a device on which the owner of an account proved who they are."""
    return keeper.device_tokens.issue(str(user_id), password_hash)


async def open_session(
    tx: Tx, keeper: Doorkeeper, device: Device, user: NewUser | StoredUser
) -> Admission:
    """Open a session of an account, on a device that is trusted from now on."""
    pair = await sessions.open_session(tx, keeper.door, device, Bearer(user.id, user.role))
    identity = Identity(user.id, user.username, user.email)
    return Admission(
        SignedIn(pair.access_token, pair.refresh_token, pair.expires_in, identity),
        trust_device(keeper, user.id, user.password_hash),
    )


async def _prepare_user(keeper: Doorkeeper, wish: Registration, role: Role) -> NewUser:
    name, email = wish.username, wish.email
    rules.ensure_normal_email(email)
    rules.ensure_good_password(wish.password, username=name, email=email, field="password")
    hashed = await keeper.passwords.hash(wish.password)
    return NewUser(UserId(new_id()), name, email, hashed, role)


async def _insert_user(tx: Tx, user: NewUser) -> None:
    try:
        await queries.insert_user(tx, user)
    except ConstraintViolation as violation:
        raise _TAKEN[violation.constraint] from violation


async def _renew(tx: Tx, keeper: Doorkeeper, member: Member, role: Role) -> CreatorAnswer:
    pair = await sessions.renew(tx, keeper.door, session_of(member), Bearer(member.id, role))
    return CreatorAnswer(pair.access_token, pair.refresh_token, pair.expires_in, role)
