"""Mailed links reset passwords, verify addresses and disavow; factors are removed here."""

import math
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec import structs

from veza.core.access import Member
from veza.core.addresses import network_of
from veza.core.audit_record import AuditRecord
from veza.core.clock import now
from veza.core.errors import Allowance, required
from veza.core.ids import ModerationActionId, UserId
from veza.core.signed_urls import Resource, UrlSigner
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.service import (
    account_passwords,
    login_context,
    member_accounts,
    own_account,
)
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.api_keys import shared_queries as api_key_queries
from veza.domains.auth.app_passwords import shared_queries as app_password_queries
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.factors.errors import NoFactorRecovery
from veza.domains.auth.factors.models import FactorRecovery
from veza.domains.auth.factors.service import lost_factors, overview
from veza.domains.auth.identities import service as identities
from veza.domains.auth.recovery import queries, rules
from veza.domains.auth.recovery.errors import (
    AlreadyVerified,
    FactorRecoveryExists,
    InvalidLink,
    NothingToRecover,
    OwnFactorRecovery,
)
from veza.domains.auth.recovery.models import (
    Contact,
    EmailToken,
    FactorRecoveryForm,
    MailPurpose,
    NoticeToken,
    PasswordReset,
    SendMail,
)
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.domains.platform.mail.errors import TooManyMails
from veza.domains.platform.mail.rules import limits
from veza.domains.platform.mail.service import FilledTemplate, SiteMailer, fill_letter
from veza.domains.platform.suppressions import service as suppressions
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.mail.mailer import Mail
from veza.infra.postgres.database import Conn, Database, Tx

_PACKAGE = "veza.domains.auth.recovery"
# Records a change that nobody requests at that moment.
type RecordChange = Callable[[Tx, AuditRecord], Awaitable[None]]


async def request_password_reset(
    database: Database, site_mailer: SiteMailer, email: str, *, ip: str
) -> None:
    """Enqueue a mail with a link for a new password.

    Whether an account has the address is looked up by the job alone, so that neither the answer nor
    its timing reveals it. Raises TooManyMails.
    """
    await _ensure_few_requests(
        site_mailer, f"mail-asked:{network_of(ip)}", limits.MAX_REQUESTS_FROM_IP
    )
    async with database.transaction() as tx:
        await enqueue_mail(tx, MailPurpose.PASSWORD_RESET, to=email)


async def reset_password(database: Database, context: LoginContext, reset: PasswordReset) -> str:
    """Set a new password with the token from a mail, and end all sessions. Returns a device token.

    The failed logins of the account are reset. With the device token the owner is not held back by
    attacks on the account. The address counts as verified, since the mail arrived; if it was not
    verified before, API keys and app passwords are revoked as well, and identities unlinked. A
    refused password leaves the token valid. Raises PasswordSignInOff.
    """
    account_passwords.ensure_passwords_open(context)
    token_hash = rules.hash_token(reset.token)
    async with database.read() as conn:
        email_token = await queries.find_token(conn, token_hash, MailPurpose.PASSWORD_RESET)
        contact = required(
            email_token and await queries.find_contact(conn, email_token.user_id), InvalidLink
        )
    hashed = await account_passwords.hash_new_password(
        context, reset.new_password, username=contact.username, email=contact.email
    )
    async with database.transaction() as tx:
        email_token = await _use_token(tx, context, token_hash, MailPurpose.PASSWORD_RESET)
        await account_passwords.set_password(
            tx, email_token.user_id, hashed, email=email_token.email
        )
        # An attacker may have registered with this address and created an API key, waiting for the
        # owner of the address to take over the account.
        if reset.revoke_api_keys or not contact.email_verified:
            await api_key_queries.revoke_keys(tx, email_token.user_id)
            await app_password_queries.delete_passwords(tx, email_token.user_id)
        if not contact.email_verified:
            await identities.unlink_all(tx, email_token.user_id, keeps_first=False)
    await account_passwords.clear_failed_logins(context, email_token.user_id)
    return login_context.issue_device_token(context, email_token.user_id, hashed)


async def replace_password(
    database: Database, context: LoginContext, user_id: UserId, new_password: str
) -> None:
    """Give a member a new password, end all sessions, and make links of earlier mails invalid.

    The operator of the server calls it for somebody whom no mail reaches. Second factors, API keys
    and app passwords stay. Raises PasswordSignInOff and WeakPassword.
    """
    account_passwords.ensure_passwords_open(context)
    async with database.read() as conn:
        user = await member_accounts.get_user(conn, user_id)
    hashed = await account_passwords.hash_new_password(
        context, new_password, username=user.username, email=user.email
    )
    async with database.transaction() as tx:
        await member_accounts.lock_account(tx, user_id)
        await account_passwords.set_password(tx, user_id, hashed, email=user.email)
        await queries.delete_tokens_for(tx, user_id, MailPurpose.PASSWORD_RESET)
    await account_passwords.clear_failed_logins(context, user_id)


async def disavow(database: Database, context: LoginContext, token: str) -> None:
    """Lock everybody out of an account whose owner did not do what a notice tells.

    All sessions end, all keys and app passwords are revoked, identities are unlinked but for that
    which made the account, and the password has to be reset, for which a mail is sent. If the
    address was changed, the earlier one counts again. Second factors stay: who reads a mailbox must
    not get rid of them; if an admin has begun to remove them, that ends. Raises InvalidLink and
    EmailTaken.
    """
    token_hash = rules.hash_token(token)
    async with database.read() as conn:
        await _find_notice(conn, token_hash)
    hashed = await context.passwords.hash(secrets.token_urlsafe(32))
    async with database.transaction() as tx:
        notice = await _find_notice(tx, token_hash)
        tx.actor = notice.user_id
        await member_accounts.lock_account(tx, notice.user_id)
        if notice.purpose is MailPurpose.EMAIL_CHANGED:
            await own_account.restore_email(tx, context, notice.user_id, notice.email)
        await account_passwords.lock_out(tx, notice.user_id, hashed)
        await factor_queries.delete_recovery(tx, notice.user_id)
        await api_key_queries.revoke_keys(tx, notice.user_id)
        await app_password_queries.delete_passwords(tx, notice.user_id)
        await identities.unlink_all(tx, notice.user_id, keeps_first=True)
        # Nobody goes on with an earlier link, neither an attacker nor the owner by mistake.
        await queries.delete_all_tokens(tx, notice.user_id)
        contact = required(await queries.find_contact(tx, notice.user_id), InvalidLink)
        if context.passwords_open:
            await enqueue_mail(
                tx, MailPurpose.PASSWORD_RESET, to=contact.email, user_id=notice.user_id
            )


async def begin_factor_recovery(
    tx: Tx, admin: Member, user_id: UserId, form: FactorRecoveryForm, *, delay: timedelta
) -> FactorRecovery:
    """Begin to remove the second factors of a member who has lost them, and tell them so.

    Raises OwnFactorRecovery, UserNotFound, NothingToRecover and FactorRecoveryExists.
    """
    if user_id == admin.id:
        raise OwnFactorRecovery
    required(await queries.find_contact(tx, user_id), UserNotFound)
    if not await overview.has_factors(tx, user_id):
        raise NothingToRecover
    if not await factor_queries.insert_recovery(tx, user_id, form.reason.strip(), delay):
        raise FactorRecoveryExists
    await emit(tx, SecurityNoticed(user_id, NoticeKind.FACTOR_RECOVERY))
    return await get_factor_recovery(tx, user_id)


async def get_factor_recovery(conn: Conn, user_id: UserId) -> FactorRecovery:
    """Return why and when the factors of a member are removed. Raises NoFactorRecovery."""
    return required(await factor_queries.find_recovery(conn, user_id), NoFactorRecovery)


async def complete_factor_recovery(
    database: Database, context: LoginContext, record: RecordChange, user_id: UserId
) -> None:
    """Remove the factors of a member if that is due; their password has to be reset.

    A mail with a link for that is sent, if this server takes passwords. Running twice, or after it
    was cancelled, does no harm.
    """
    hashed = await context.passwords.hash(secrets.token_urlsafe(32))
    async with database.transaction() as tx:
        if not await lost_factors.complete_recovery(tx, user_id):
            return
        await account_passwords.lock_out(tx, user_id, hashed)
        contact = required(await queries.find_contact(tx, user_id), InvalidLink)
        if context.passwords_open:
            await enqueue_mail(tx, MailPurpose.PASSWORD_RESET, to=contact.email, user_id=user_id)
        await record(tx, rules.describe_completion(user_id))


async def remove_factors(tx: Tx, user_id: UserId) -> None:
    """Remove all second factors of a member at once, and end their sessions.

    The operator of the server calls it for an admin when no other admin could begin a recovery. The
    password stays. Raises NothingToRecover.
    """
    if not await lost_factors.remove_all(tx, user_id):
        raise NothingToRecover
    await sessions.end_sessions(tx, user_id)


async def verify_email(tx: Tx, context: LoginContext, token: str) -> None:
    """Mark an address as verified, with the token from a mail. Raises InvalidLink."""
    await _use_token(tx, context, rules.hash_token(token), MailPurpose.EMAIL_VERIFICATION)


async def request_verification(database: Database, site_mailer: SiteMailer, member: Member) -> None:
    """Enqueue another verification mail. Raises AlreadyVerified and TooManyMails."""
    async with database.read() as conn:
        account = await own_account.get_account(conn, member.id)
        is_lost = await suppressions.find_suppression(conn, account.email) is not None
    if account.email_verified and not is_lost:
        raise AlreadyVerified
    await _ensure_few_requests(site_mailer, f"mail-asked:{member.id}", limits.MAX_MAILS_TO_ADDRESS)
    async with database.transaction() as tx:
        await enqueue_mail(tx, MailPurpose.EMAIL_VERIFICATION, to=account.email, user_id=member.id)


async def enqueue_mail(
    tx: Tx, purpose: MailPurpose, *, to: str, user_id: UserId | None = None
) -> None:
    """Enqueue a mail, unless the same mail is already queued."""
    key = f"{limits.mail_count_key(purpose, to)}:{user_id}"
    await enqueue(tx, SendMail(purpose, to, now(), user_id), key=key)


async def enqueue_sanction_mail(
    tx: Tx,
    purpose: MailPurpose,
    user_id: UserId,
    sanction_id: ModerationActionId,
    *,
    page_id: UserId | None = None,
) -> None:
    """Enqueue a mail about a warning or a suspension, unless it is queued or the member is gone.

    `page_id` is the page of the member that it concerns, if not their account.
    """
    contact = await queries.find_contact(tx, user_id)
    if contact is not None:
        job = SendMail(purpose, contact.email, now(), user_id, sanction_id, page_id)
        key = f"mail:{purpose}:{sanction_id}" + ("" if page_id is None else f":{user_id}")
        await enqueue(tx, job, key=key)


async def find_recipient(conn: Conn, job: SendMail) -> Contact | None:
    """Return who gets a mail, and at which address; None if it has become pointless."""
    if job.user_id is None:
        # Use the address of the account, not the one in the request: two look-alikes may be the
        # same to the database, but not to a mail server.
        return await queries.find_contact_by_email(conn, job.to)
    contact = await queries.find_contact(conn, job.user_id)
    if contact is None:
        return None
    if job.purpose is MailPurpose.FACTOR_RECOVERY and not await factor_queries.find_recovery(
        conn, contact.id
    ):
        return None
    if not await _is_wanted(conn, job, contact):
        return None
    return structs.replace(contact, email=job.to)


async def _is_wanted(conn: Conn, job: SendMail, contact: Contact) -> bool:
    """Return whether an address is to be verified, or takes mail that was not asked for."""
    if job.purpose is MailPurpose.EMAIL_VERIFICATION:
        is_lost = await suppressions.find_suppression(conn, job.to) is not None
        return contact.email == job.to and (is_lost or not contact.email_verified)
    return not await suppressions.takes_no_mail(conn, job.to)


async def has_member(conn: Conn, user_id: UserId) -> bool:
    """Return whether an account still exists."""
    return await queries.find_contact(conn, user_id) is not None


async def write_mail(tx: Tx, site_mailer: SiteMailer, job: SendMail, contact: Contact) -> Mail:
    """Write a mail, with a new token in its link, if that needs one."""
    purpose = job.purpose
    if purpose in rules.ABOUT_SANCTIONS and job.sanction_id is not None:
        lifetime = site_mailer.appeal_window + rules.READ_DECISION_FOR
        page = write_appeal_page(site_mailer.signer, job.sanction_id, lifetime)
    else:
        needs_token = purpose not in rules.WITHOUT_TOKEN
        token = await _make_token(tx, purpose, contact) if needs_token else None
        page = rules.page_of(purpose, token)
    recovery = await factor_queries.find_recovery(tx, contact.id)
    concerned = job.page_id and await account_queries.find_shown_name(tx, job.page_id)
    values = {
        "name": concerned or contact.display_name,
        "date": rules.write_date(recovery.due_at) if recovery else "",
        "days": str(site_mailer.appeal_window.days),
    }
    link = site_mailer.front_end + page
    letter = fill_letter(
        site_mailer,
        contact.language,
        FilledTemplate(_PACKAGE, purpose, values, link),
        rules.reason_of(purpose),
    )
    return site_mailer.write(letter, contact.email, owner=contact.id)


def write_appeal_page(
    signer: UrlSigner, sanction_id: ModerationActionId, lifetime: timedelta
) -> str:
    """Return the path of the page about a sanction, with what admits to it and to nothing else.

    It is in the fragment, which browsers send to no server: the page sends `expires` and
    `signature` to the routes of that sanction.
    """
    expires = int(time.time() + lifetime.total_seconds())
    signature = signer.sign(Resource.APPEAL, sanction_id, expires=expires)
    return f"/appeal/{sanction_id}#expires={expires}&signature={signature}"


async def _make_token(tx: Tx, purpose: MailPurpose, contact: Contact) -> str:
    token = secrets.token_urlsafe(32)
    await queries.upsert_token(
        tx,
        EmailToken(contact.id, contact.email),
        purpose,
        token_hash=rules.hash_token(token),
        lifetime=rules.TOKEN_LIFETIMES[purpose],
    )
    return token


async def _find_notice(conn: Conn, token_hash: bytes) -> NoticeToken:
    found = await queries.find_notice(conn, token_hash, sorted(rules.NOTICES))
    return required(found, InvalidLink)


async def _use_token(
    tx: Tx, context: LoginContext, token_hash: bytes, purpose: MailPurpose
) -> EmailToken:
    email_token = required(await queries.delete_token(tx, token_hash, purpose), InvalidLink)
    tx.actor = email_token.user_id
    # A token verifies only the address to which it was sent.
    if not await login_context.mark_verified(tx, context, email_token.user_id, email_token.email):
        raise InvalidLink
    # The mail arrived.
    await suppressions.lift(tx, email_token.email)
    return email_token


async def _ensure_few_requests(site_mailer: SiteMailer, key: str, most: int) -> None:
    window = await site_mailer.counters.add(key, limits.MAIL_WINDOW_S)
    if window.count > most:
        wait_s = max(1, math.ceil(window.ends_in_s))
        allowance = Allowance(most, limits.MAIL_WINDOW_S)
        raise TooManyMails(retry_after=wait_s, allowance=allowance)
