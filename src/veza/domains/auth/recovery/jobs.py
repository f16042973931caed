"""Mails that are written and sent, reactions that order them, and what the clock starts."""

import structlog

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.core.ids import UserId
from veza.domains.auth.accounts.events import EmailChanged, PasswordChanged, UserRegistered
from veza.domains.auth.recovery import queries, rules, service
from veza.domains.auth.recovery.models import ForgetMails, Purpose, SendMail
from veza.domains.auth.recovery.service import Postroom
from veza.infra.mail.mailer import MailRefused
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()


async def send_mail(database: Database, postroom: Postroom, order: SendMail) -> None:
    """Write a mail and send it.

    Done twice it sends two mails, of which the newer holds the link that works. The link is made
    here, so that it lies nowhere but in the mail.
    """
    async with database.read() as conn:
        contact = await service.find_recipient(conn, order)
    if contact is None:
        return
    key = rules.count_key(order.purpose, contact.email)
    window = await postroom.counters.add(key, rules.MAIL_WINDOW_S)
    if window.count > rules.MAX_MAILS_TO_ADDRESS:
        log.warning("mail_withheld", purpose=order.purpose)
        return
    try:
        async with database.transaction() as tx:
            mail = await service.write_mail(tx, postroom.site, order.purpose, contact)
        await postroom.mailer.send(mail)
        await _ensure_wanted(database, postroom, contact.id)
    except MailRefused as error:
        log.warning("mail_refused", purpose=order.purpose, reason=str(error))
    except Unavailable as error:
        await postroom.counters.take_back(key)
        if now() - order.ordered_at < rules.PATIENCE:
            raise
        log.warning("mail_given_up", purpose=order.purpose, reason=str(error))


async def forget_mails(postroom: Postroom, job: ForgetMails) -> None:
    """Delete the copies that are kept of mails to a member. Doing it twice is the same as once."""
    await postroom.mailer.forget(str(job.user_id))


async def sweep_mails(postroom: Postroom) -> None:
    """Delete the copies of mails that are kept no longer."""
    await postroom.mailer.forget_old()


async def welcome(tx: Tx, event: UserRegistered) -> None:
    """Ask whoever registered to prove their address."""
    await service.order_mail(tx, Purpose.EMAIL_VERIFICATION, to=event.email, user_id=event.user_id)


async def follow_to_address(tx: Tx, event: EmailChanged) -> None:
    """Ask for proof of a new address, and tell the old one, whose links are none any more."""
    await service.order_mail(tx, Purpose.EMAIL_VERIFICATION, to=event.email, user_id=event.user_id)
    await service.order_mail(tx, Purpose.EMAIL_CHANGED, to=event.old_email, user_id=event.user_id)


async def tell_of_password(tx: Tx, event: PasswordChanged) -> None:
    """Tell a member that their password was changed; a link to another one ends by that."""
    await queries.delete_links_of(tx, event.user_id, Purpose.PASSWORD_RESET)
    await service.order_mail(tx, Purpose.PASSWORD_CHANGED, to=event.email, user_id=event.user_id)


async def _ensure_wanted(database: Database, postroom: Postroom, user_id: UserId) -> None:
    """Delete the copy of a mail whose member was erased while it was written.

    Members who are erased later have it deleted by `forget_mails`.
    """
    async with database.read() as conn:
        if not await service.has_member(conn, user_id):
            await postroom.mailer.forget(str(user_id))


async def sweep_links(database: Database) -> None:
    """Forget links that nobody used in time."""
    async with database.transaction() as tx:
        await queries.delete_expired_links(tx)
