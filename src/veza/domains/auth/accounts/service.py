"""Accounts are created, changed and suspended here; the last admin can't be lost."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member, Role, is_lower, session_of
from veza.core.errors import required
from veza.core.ids import SessionId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.core.step_up import StepUp
from veza.domains.auth.accounts import queries, rules, shared_queries
from veza.domains.auth.accounts.errors import (
    EmailTaken,
    LastAdmin,
    PasswordSignInOff,
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
    AccountChange,
    AdminUser,
    Identity,
    LoginResult,
    OptOut,
    PasswordChange,
    RecountBatch,
    RegistrationForm,
    SignedInUser,
    StoredUser,
    UserAccount,
    UserEvidence,
    UserPage,
    UserQuery,
    UserStatus,
)
from veza.domains.auth.factors.service.overview import FactorContext, may_only_enrol
from veza.domains.auth.factors.service.step_ups import ensure_stepped_up
from veza.domains.auth.mail_domains import service as mail_domains
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.auth.sessions.models import Device, Proof, SessionUser
from veza.domains.auth.sessions.service import SessionTokens
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.security.device_tokens import DeviceTokens
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passwords import Passwords

_TAKEN = {"users_username_key": UsernameTaken, "users_email_key": EmailTaken}


type OfferAppeal = Callable[[Conn, UserId], Awaitable[str | None]]


class LoginContext(Struct, frozen=True):
    """The dependencies of logins: tokens, password hashing, limits, device tokens, factors."""

    session_tokens: SessionTokens
    passwords: Passwords
    attempts: LoginThrottle
    device_tokens: DeviceTokens
    creators_need_approval: bool
    members_may_invite: bool
    factors: FactorContext
    passwords_open: bool = True
    # Finds the page on which a suspended member may appeal.
    offer_appeal: OfferAppeal | None = None


async def insert_user(tx: Tx, user: StoredUser) -> None:
    """Store an account of a visitor. Raises UsernameTaken and EmailTaken."""
    await _insert_user(tx, user)
    await emit(tx, UserRegistered(user.id, user.email))


async def create_account(
    database: Database, context: LoginContext, form: RegistrationForm, role: Role
) -> UserId:
    """Create an account with a role, from the command line. `UserRegistered` is not emitted."""
    ensure_valid(form)
    user = await prepare_user(context, form, role)
    async with database.transaction() as tx:
        await _insert_user(tx, user)
    return user.id


def list_field_problems(field: Literal["username", "email", "password"], text: str) -> list[str]:
    """Return the reasons why a value can't be registered, except that it is taken."""
    return rules.FIELD_CHECKS[field](text)


async def has_admin(conn: Conn) -> bool:
    """Return whether there is any admin."""
    return await queries.count_admins(conn) > 0


async def list_admins(conn: Conn) -> list[UserId]:
    """Return all admins who are not suspended."""
    return await queries.list_admins(conn)


async def get_account(conn: Conn, user_id: UserId) -> UserAccount:
    """Return the account of its owner. Raises InvalidToken if it is gone."""
    return required(await queries.find_account(conn, user_id), InvalidToken)


async def find_any_user_id(conn: Conn, username: str) -> UserId:
    """Return the id of a member, suspended or not. Raises UserNotFound."""
    return required(await queries.find_any_user_id(conn, username), UserNotFound)


async def recount_in_batches[P](
    database: Database,
    user_id: UserId,
    recount: Callable[[Tx, RecountBatch[P]], Awaitable[Sequence[P]]],
) -> None:
    """Exclude a suspended member from counts, or include them again, batch by batch.

    Each batch is a transaction and uses the state at that moment. So running twice, late, or
    concurrently does no harm.
    """
    rows: Sequence[P] | None = None
    while rows is None or rows:
        async with database.transaction(recorded=False) as tx:
            is_suspended = await queries.lock_suspension(tx, user_id)
            if is_suspended is None:
                return
            rows = await recount(
                tx, RecountBatch(user_id, rows[-1] if rows else None, hide=is_suspended)
            )


async def update_profile(
    database: Database, context: LoginContext, member: Member, change: AccountChange
) -> UserAccount:
    """Change name, address or biography. A new address requires the current password."""
    async with database.read() as conn:
        user = await get_user(conn, member.id)
    if change.email is not None and change.email != user.email:
        rules.ensure_normal_email(change.email)
        async with database.read() as conn:
            await ensure_stepped_up(conn, member, StepUp.WITH_FACTORS)
            await mail_domains.ensure_accepted(conn, change.email)
        await confirm_owner(database, context, member, user, change.current_password or "")
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


async def opt_out(tx: Tx, member: Member, choice: OptOut) -> OptOut:
    """Store whether a member's data may be sold or shared."""
    if not await queries.update_do_not_sell(tx, member.id, do_not_sell=choice.do_not_sell):
        raise InvalidToken
    return choice


async def change_password(
    database: Database, context: LoginContext, member: Member, change: PasswordChange
) -> str:
    """Set a new password, and end all other sessions. Returns a new device token.

    Earlier device tokens become invalid, and failed logins are reset.
    """
    async with database.read() as conn:
        user = await get_user(conn, member.id)
    await confirm_owner(database, context, member, user, change.current_password)
    hashed = await hash_new_password(
        context, change.new_password, username=user.username, email=user.email
    )
    async with database.transaction() as tx:
        await set_password(tx, member.id, hashed, email=user.email, except_for=session_of(member))
    await clear_failed_logins(context, member.id)
    return issue_device_token(context, member.id, hashed)


async def hash_new_password(
    context: LoginContext, new_password: str, *, username: str, email: str
) -> str:
    """Return the hash of a new password. Raises WeakPassword."""
    rules.ensure_good_password(new_password, username=username, email=email, field="new_password")
    return await context.passwords.hash(new_password)


async def set_password(
    tx: Tx, user_id: UserId, password_hash: str, *, email: str, except_for: SessionId | None = None
) -> None:
    """Store a new password, end all other sessions, and emit PasswordChanged."""
    await queries.update_password(tx, user_id, password_hash)
    await sessions.end_sessions(tx, user_id, except_for=except_for)
    await emit(tx, PasswordChanged(user_id, email))


async def lock_out(tx: Tx, user_id: UserId, password_hash: str) -> None:
    """Replace the password by one that nobody knows, and end all sessions: it must be reset."""
    await queries.update_password(tx, user_id, password_hash)
    await sessions.end_sessions(tx, user_id)


async def restore_email(tx: Tx, user_id: UserId, email: str) -> None:
    """Give a member an earlier address back, which counts as verified. Raises EmailTaken."""
    try:
        await queries.update_profile(tx, user_id, username=None, email=email, bio=None)
    except ConstraintViolation as violation:
        raise _TAKEN[violation.constraint] from violation
    await shared_queries.update_email_verified(tx, user_id, email)


async def set_role(tx: Tx, user_id: UserId, role: Role) -> None:
    """Change a member's role, which also answers their request to become a creator.

    A lower role ends their sessions. Raises LastAdmin and UserNotFound.
    """
    standing = await lock_account_status(tx, user_id, keeps_admin=role is Role.ADMIN)
    await queries.update_role(tx, user_id, role)
    if is_lower(role, standing.role):
        await sessions.end_sessions(tx, user_id)


async def suspend(tx: Tx, user_id: UserId, reason: str) -> bool:
    """Suspend a member: their sessions end, and what they published is hidden.

    Returns False if they were suspended before; the reason stays. Raises LastAdmin and
    UserNotFound.
    """
    standing = await lock_account_status(tx, user_id, keeps_admin=False)
    if standing.is_suspended:
        return False
    await queries.update_suspended(tx, user_id, reason)
    await sessions.end_sessions(tx, user_id)
    await emit(tx, UserSuspended(user_id))
    return True


async def lift_suspension(tx: Tx, user_id: UserId) -> bool:
    """Lift a suspension. Returns False if the member isn't suspended."""
    if await queries.update_suspension_lifted(tx, user_id):
        await emit(tx, UserUnsuspended(user_id))
        return True
    await get_admin_user(tx, user_id)
    return False


async def list_users(conn: Conn, query: UserQuery) -> UserPage:
    """Return a page of members for admins, newest first."""
    found = await queries.list_users(conn, query)
    shown, following = cut(found, query.limit, lambda user: Cursor(user.created_at, user.id))
    return UserPage(shown, following, following is not None)


async def get_admin_user(conn: Conn, user_id: UserId) -> AdminUser:
    """Return a member as admins see them. Raises UserNotFound."""
    return required(await queries.find_admin_user(conn, user_id), UserNotFound)


async def find_evidence(conn: Conn, user_id: UUID, _: Member) -> UserEvidence | None:
    """Return what a report of a member stores; None if they aren't visible."""
    return await queries.find_evidence(conn, UserId(user_id))


async def lock_account_status(tx: Tx, user_id: UserId, *, keeps_admin: bool) -> UserStatus:
    """Lock a member and all admins, and return the member's status. Raises LastAdmin."""
    locked = {standing.id: standing for standing in await queries.lock_with_admins(tx, user_id)}
    standing = required(locked.pop(user_id, None), UserNotFound)
    if standing.role is Role.ADMIN and not (standing.is_suspended or keeps_admin or locked):
        raise LastAdmin
    return standing


async def lock_account(tx: Tx, user_id: UserId) -> None:
    """Keep the caller's account from being erased meanwhile. Raises InvalidToken."""
    if not await queries.lock_user(tx, user_id):
        raise InvalidToken


async def get_user(conn: Conn, user_id: UserId) -> StoredUser:
    """Return an account with its password hash, for its owner. Raises InvalidToken."""
    return required(await queries.find_user(conn, user_id), InvalidToken)


async def ensure_password(context: LoginContext, user: StoredUser, password: str) -> None:
    """Raise WrongPassword, or TooManyLogins after too many attempts."""
    key = rules.password_check_key(user.id)
    async with context.attempts.attempt(key, TooManyLogins) as attempt:
        if not await context.passwords.verify(user.password_hash, password):
            attempt.fail()
            raise WrongPassword
        attempt.clear()


async def confirm_owner(
    database: Database, context: LoginContext, member: Member, user: StoredUser, password: str
) -> None:
    """Raise WrongPassword or TooManyLogins unless a member knows the password of the account.

    Without a password a recent sign-in proves it. Raises StepUpNeeded.
    """
    if user.has_password:
        await ensure_password(context, user, password)
    else:
        async with database.read() as conn:
            await ensure_stepped_up(conn, member, StepUp.EVERYBODY)


def ensure_passwords_open(context: LoginContext) -> None:
    """Raise PasswordSignInOff if members sign in at identity providers only."""
    if not context.passwords_open:
        raise PasswordSignInOff


async def clear_failed_logins(context: LoginContext, user_id: UserId) -> None:
    """Reset the failed logins of an account whose owner has just authenticated."""
    await context.attempts.clear(rules.account_key(user_id, ""))
    await context.attempts.clear(rules.password_check_key(user_id))


def issue_device_token(context: LoginContext, user_id: UserId, password_hash: str) -> str:
    """Return a device token for a device on which the owner has authenticated."""
    return context.device_tokens.issue(str(user_id), password_hash)


async def open_session(
    tx: Tx,
    context: LoginContext,
    device: Device,
    user: StoredUser,
    proof: Proof = Proof.PASSWORD,
) -> LoginResult:
    """Open a session on a device, which is trusted from now on."""
    bearer = SessionUser(user.id, user.role)
    if proof is not Proof.PROVIDER:
        bearer = await describe_bearer(tx, context, user.id, user.role)
    pair = await sessions.open_session(tx, context.session_tokens, device, bearer, proof)
    identity = Identity(user.id, user.username, user.email)
    return LoginResult(
        SignedInUser(pair.access_token, pair.refresh_token, pair.expires_in, identity),
        issue_device_token(context, user.id, user.password_hash),
    )


async def describe_bearer(
    conn: Conn, context: LoginContext, user_id: UserId, role: Role
) -> SessionUser:
    """Return what the tokens of a member say: whether they are limited, too."""
    is_limited = await may_only_enrol(conn, context.factors, user_id, role)
    return SessionUser(user_id, role, may_only_enrol=is_limited)


def ensure_valid(form: RegistrationForm) -> None:
    """Raise Invalid or WeakPassword if an account can't have these values."""
    name, email = form.username, form.email
    rules.ensure_normal_email(email)
    rules.ensure_good_password(form.password, username=name, email=email, field="password")


async def prepare_user(
    context: LoginContext, form: RegistrationForm, role: Role = Role.USER
) -> StoredUser:
    """Return a new account with the hash of its password, which takes a while."""
    hashed = await context.passwords.hash(form.password)
    return StoredUser(UserId(new_id()), form.username, form.email, role, hashed)


async def _insert_user(tx: Tx, user: StoredUser) -> None:
    try:
        await queries.insert_user(tx, user)
    except ConstraintViolation as violation:
        raise _TAKEN[violation.constraint] from violation
