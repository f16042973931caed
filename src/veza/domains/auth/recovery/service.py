"""What one can do without one's password, or with one's address."""

import math
import secrets

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.addresses import network_of
from veza.core.clock import now
from veza.core.ids import UserId
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.service import Doorkeeper
from veza.domains.auth.api_keys import service as keys
from veza.domains.auth.recovery import queries, rules
from veza.domains.auth.recovery.errors import AlreadyVerified, InvalidLink, TooManyMails
from veza.domains.auth.recovery.models import Contact, Link, PasswordReset, Purpose, SendMail, Site
from veza.infra.jobs.queue import enqueue
from veza.infra.mail.mailer import Mail, Mailer
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.valkey.client import WindowCounters


class Postroom(Struct, frozen=True):
    """What mails need: somebody to send them, the count of those sent, and where links lead."""

    mailer: Mailer
    counters: WindowCounters
    site: Site


async def forget_password(database: Database, postroom: Postroom, email: str, *, ip: str) -> None:
    """Order a mail with a link to a new password.

    Whether anybody has the address is found out by the job alone: so the caller can't tell, by the
    answer or by its time.
    """
    await _count_asking(postroom, f"mail-asked:{network_of(ip)}", rules.MAX_ASKED_FROM_IP)
    async with database.transaction() as tx:
        await order_mail(tx, Purpose.PASSWORD_RESET, to=email)


async def reset_password(database: Database, keeper: Doorkeeper, reset: PasswordReset) -> str:
    """Set another password by a link, which is used by it, and end all sessions.

    Failed logins to the account are forgotten. Returns a device token: who came by the link isn't
    held by the limit of the account, though others go on guessing.

    The address counts as verified, since the link came there; if it wasn't before, API keys end as
    well. A password that is refused leaves the link as it was.
    """
    token_hash = rules.hash_token(reset.token)
    async with database.read() as conn:
        link = await queries.find_link(conn, token_hash, Purpose.PASSWORD_RESET)
        contact = link and await queries.find_contact(conn, link.user_id)
    if contact is None:
        raise InvalidLink
    hashed = await accounts.hash_new_password(
        keeper, reset.new_password, username=contact.username, email=contact.email
    )
    async with database.transaction() as tx:
        link = await _use_link(tx, token_hash, Purpose.PASSWORD_RESET)
        await accounts.set_password(tx, link.user_id, hashed, email=link.email)
        # Before there was proof, anybody could give this address and leave a key in the account
        # for when its owner takes it over.
        if reset.revoke_api_keys or not contact.email_verified:
            await keys.revoke_all_keys(tx, link.user_id)
    await accounts.clear_failed_logins(keeper, link.user_id)
    return accounts.trust_device(keeper, link.user_id, hashed)


async def verify_email(tx: Tx, token: str) -> None:
    """Prove that an address is one's own, by a link, which is used by it."""
    await _use_link(tx, rules.hash_token(token), Purpose.EMAIL_VERIFICATION)


async def ask_verification(database: Database, postroom: Postroom, member: Member) -> None:
    """Order one more mail with a link that proves one's address."""
    async with database.read() as conn:
        account = await accounts.get_account(conn, member.id)
    if account.email_verified:
        raise AlreadyVerified
    await _count_asking(postroom, f"mail-asked:{member.id}", rules.MAX_MAILS_TO_ADDRESS)
    async with database.transaction() as tx:
        await order_mail(tx, Purpose.EMAIL_VERIFICATION, to=account.email, user_id=member.id)


async def order_mail(tx: Tx, purpose: Purpose, *, to: str, user_id: UserId | None = None) -> None:
    """Have a mail written and sent; one is enough while the same still waits."""
    key = f"{rules.count_key(purpose, to)}:{user_id}"
    await enqueue(tx, SendMail(purpose, to, now(), user_id), key=key)


async def find_recipient(conn: Conn, order: SendMail) -> Contact | None:
    """Tell whom a mail is for, and where it goes; None where it has become pointless meanwhile."""
    if order.user_id is None:
        # With the address of the account rather than the one that was typed in: two that look
        # alike may be one to the database, and two to a mail server.
        return await queries.find_contact_by_email(conn, order.to)
    contact = await queries.find_contact(conn, order.user_id)
    if contact is None:
        return None
    if order.purpose is Purpose.EMAIL_VERIFICATION and (
        contact.email_verified or contact.email != order.to
    ):
        return None
    return structs.replace(contact, email=order.to)


async def has_member(conn: Conn, user_id: UserId) -> bool:
    """Return whether an account still exists."""
    return await queries.find_contact(conn, user_id) is not None


async def write_mail(tx: Tx, site: Site, purpose: Purpose, contact: Contact) -> Mail:
    """Write a mail, with a new link where it holds one."""
    lasts = rules.LINK_LIFETIMES.get(purpose)
    token = None if lasts is None else secrets.token_urlsafe(32)
    if token is not None and lasts is not None:
        await queries.insert_link(
            tx,
            Link(contact.id, contact.email),
            purpose,
            token_hash=rules.hash_token(token),
            lasts=lasts,
        )
    letter = rules.write_letter(site, purpose, username=contact.username, token=token)
    return Mail(contact.email, letter.subject, letter.text, owner=str(contact.id))


async def _use_link(tx: Tx, token_hash: bytes, purpose: Purpose) -> Link:
    link = await queries.delete_link(tx, token_hash, purpose)
    if link is None:
        raise InvalidLink
    tx.actor = link.user_id
    # A link is proof of the address to which it went, and of no other.
    if not await accounts.confirm_email(tx, link.user_id, link.email):
        raise InvalidLink
    return link


async def _count_asking(postroom: Postroom, key: str, most: int) -> None:
    window = await postroom.counters.add(key, rules.MAIL_WINDOW_S)
    if window.count > most:
        raise TooManyMails(retry_after=max(1, math.ceil(window.ends_in_s)))
