"""Passwords are checked within the limits of attempts, and changed; other sessions end then."""

from veza.core.access import Member, session_of
from veza.core.ids import SessionId, UserId
from veza.core.step_up import StepUp
from veza.domains.auth.accounts import queries, rules
from veza.domains.auth.accounts.errors import PasswordSignInOff, TooManyLogins, WrongPassword
from veza.domains.auth.accounts.events import PasswordChanged
from veza.domains.auth.accounts.models import PasswordChange, StoredUser
from veza.domains.auth.accounts.service import login_context, member_accounts
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.factors.service.step_ups import ensure_stepped_up
from veza.domains.auth.sessions import service as sessions
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Database, Tx


async def change_password(
    database: Database, context: LoginContext, member: Member, change: PasswordChange
) -> str:
    """Set a new password, and end all other sessions. Returns a new device token.

    Earlier device tokens become invalid, and failed logins are reset.
    """
    async with database.read() as conn:
        user = await member_accounts.get_user(conn, member.id)
    await confirm_owner(database, context, member, user, change.current_password)
    hashed = await hash_new_password(
        context, change.new_password, username=user.username, email=user.email
    )
    async with database.transaction() as tx:
        await set_password(tx, member.id, hashed, email=user.email, except_for=session_of(member))
    await clear_failed_logins(context, member.id)
    return login_context.issue_device_token(context, member.id, hashed)


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
