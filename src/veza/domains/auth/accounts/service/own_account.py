"""A member reads and changes their account; a new address needs the password."""

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import UserId
from veza.core.step_up import StepUp
from veza.domains.auth.accounts import queries, rules
from veza.domains.auth.accounts.events import EmailChanged, HiddenTextsChanged, UserRenamed
from veza.domains.auth.accounts.models import AccountChange, OptOut, UserAccount
from veza.domains.auth.accounts.rules import TAKEN
from veza.domains.auth.accounts.service import account_passwords, member_accounts
from veza.domains.auth.accounts.service.login_context import LoginContext, mark_verified
from veza.domains.auth.accounts.service.protected_names import ensure_unlike_verified
from veza.domains.auth.factors.service.step_ups import ensure_stepped_up
from veza.domains.auth.mail_domains import service as mail_domains
from veza.domains.auth.sessions.errors import InvalidToken
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx


async def get_account(conn: Conn, user_id: UserId) -> UserAccount:
    """Return the account of its owner. Raises InvalidToken if it is gone."""
    return required(await queries.find_account(conn, user_id), InvalidToken)


async def update_profile(
    database: Database, context: LoginContext, member: Member, change: AccountChange
) -> UserAccount:
    """Change name, address or biography. A new address requires the current password.

    Raises NameOfVerified, UsernameTaken, EmailTaken, and what a new address may be refused for.
    """
    async with database.read() as conn:
        user = await member_accounts.get_user(conn, member.id)
    if change.email is not None and change.email != user.email:
        rules.ensure_normal_email(change.email)
        async with database.read() as conn:
            await ensure_stepped_up(conn, member, StepUp.WITH_FACTORS)
            await mail_domains.ensure_accepted(conn, change.email)
        await account_passwords.confirm_owner(
            database, context, member, user, change.current_password or ""
        )
    async with database.transaction() as tx:
        if change.username is not None and change.username != user.username:
            await ensure_unlike_verified(tx, "username", change.username, member.id)
        try:
            is_bio_hidden = await queries.update_profile(
                tx, member.id, username=change.username, email=change.email, bio=change.bio
            )
        except ConstraintViolation as violation:
            raise TAKEN[violation.constraint] from violation
        await queries.update_choices(tx, member.id, change)
        if change.bio is not None and is_bio_hidden:
            await emit(tx, HiddenTextsChanged(member.id))
        if change.username is not None and change.username != user.username:
            await emit(tx, UserRenamed(member.id, change.username))
        if change.email is not None and change.email != user.email:
            await emit(tx, EmailChanged(member.id, user.email, change.email))
        return await get_account(tx, member.id)


async def announce_name(tx: Tx, user_id: UserId, username: str) -> None:
    """Emit that a member is shown by another name than before."""
    await emit(tx, UserRenamed(user_id, username))


async def rename(tx: Tx, user_id: UserId, username: str) -> None:
    """Give a page another name. Raises UsernameTaken; the caller has compared it with others."""
    try:
        await queries.update_username(tx, user_id, username)
    except ConstraintViolation as violation:
        raise TAKEN[violation.constraint] from violation
    await emit(tx, UserRenamed(user_id, username))


async def opt_out(tx: Tx, member: Member, choice: OptOut) -> OptOut:
    """Store whether a member's data may be sold or shared."""
    if not await queries.update_do_not_sell(tx, member.id, do_not_sell=choice.do_not_sell):
        raise InvalidToken
    return choice


async def restore_email(tx: Tx, context: LoginContext, user_id: UserId, email: str) -> None:
    """Give a member an earlier address back, which counts as verified. Raises EmailTaken."""
    try:
        await queries.update_profile(tx, user_id, username=None, email=email, bio=None)
    except ConstraintViolation as violation:
        raise TAKEN[violation.constraint] from violation
    await mark_verified(tx, context, user_id, email)
