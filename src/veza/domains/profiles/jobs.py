"""Mails invitations, deletes expired ones, and frees former handles."""

from importlib import resources
from string import Template
from urllib.parse import urlsplit

import structlog

from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.auth.recovery.rules import mail_count_key
from veza.domains.auth.recovery.service import AccountMailer
from veza.domains.profiles.models import SendProfileInvitation
from veza.domains.profiles.queries import invitations as queries
from veza.domains.profiles.service import owners
from veza.infra.mail.mailer import Mail, MailRefused
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

_TEXT = Template((resources.files("veza.domains.profiles") / "mails/invitation.txt").read_text())
# To one address, from all members together.
_MAX_MAILS = 5
_WINDOW_S = 3600


async def send_invitation(
    database: Database, account_mailer: AccountMailer, job: SendProfileInvitation
) -> None:
    """Mail an invitation to an address, unless it was withdrawn. Running twice sends two mails.

    The mail names the profile, and not who sent it. Its link has the id of the invitation.
    """
    async with database.read() as conn:
        found = await queries.find_mail(conn, job.invitation_id)
    if found is None:
        return
    key = mail_count_key("profile_invitation", found.email)
    if (await account_mailer.counters.add(key, _WINDOW_S)).count > _MAX_MAILS:
        log.warning("mail_withheld", purpose="profile_invitation")
        return
    link = f"{account_mailer.front_end}/settings/profiles#invitation={job.invitation_id}"
    subject, _, text = _TEXT.substitute(
        profile=found.profile_name,
        host=urlsplit(account_mailer.front_end).netloc,
        role=found.role,
        link=link,
    ).partition("\n\n")
    try:
        await account_mailer.send(Mail(found.email, subject, text, owner=str(job.invitation_id)))
    except MailRefused as error:
        log.warning("mail_refused", purpose="profile_invitation", reason=str(error))


async def follow_owner(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Hide or show the pages of an owner who was suspended or let back. Running twice is safe.

    Of a page itself, all members are disconnected as it.
    """
    await owners.settle_owned(tx, event.user_id)
    if isinstance(event, UserSuspended):
        await owners.close_sockets(tx, event.user_id)


async def sweep_invitations(database: Database) -> None:
    """Delete expired invitations and former handles that are free again."""
    async with database.transaction() as tx:
        await queries.delete_expired(tx)
        await queries.delete_old_handles(tx)
