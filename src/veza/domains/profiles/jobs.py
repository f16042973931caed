"""Mails invitations and claims, deletes expired ones, and frees former handles."""

import secrets
from importlib import resources
from string import Template
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.auth.recovery.rules import mail_count_key
from veza.domains.auth.recovery.service import AccountMailer
from veza.domains.profiles import rules
from veza.domains.profiles.models.claims import SendProfileClaim
from veza.domains.profiles.models.invitations import SendProfileInvitation
from veza.domains.profiles.queries import claims as claim_queries
from veza.domains.profiles.queries import invitations as queries
from veza.domains.profiles.service import owners
from veza.infra.mail.mailer import Mail, MailRefused
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

_FOLDER = resources.files("veza.domains.profiles") / "mails"
_INVITATION = Template((_FOLDER / "invitation.txt").read_text())
_CLAIM = Template((_FOLDER / "claim.txt").read_text())
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
    if not await _count_mail(account_mailer, "profile_invitation", found.email):
        return
    link = f"{account_mailer.front_end}/settings/profiles#invitation={job.invitation_id}"
    text = _INVITATION.substitute(
        profile=found.profile_name,
        host=urlsplit(account_mailer.front_end).netloc,
        role=found.role,
        link=link,
    )
    await _send(account_mailer, "profile_invitation", found.email, text, owner=job.invitation_id)


async def send_claim(
    database: Database, account_mailer: AccountMailer, job: SendProfileClaim
) -> None:
    """Mail the link that claims a placeholder, unless it was withdrawn.

    Running twice sends two mails; only the newer link works. The token is created here, so that it
    is stored nowhere but in the mail.
    """
    async with database.read() as conn:
        found = await claim_queries.find_mail(conn, job.profile_id)
    if found is None or not await _count_mail(account_mailer, "profile_claim", found.email):
        return
    token = secrets.token_urlsafe(32)
    hashed = rules.hash_claim(token)
    async with database.transaction() as tx:
        if not await claim_queries.update_token(tx, job.profile_id, found.email, hashed):
            return
    text = _CLAIM.substitute(
        profile=found.profile_name,
        label=found.label_name,
        host=urlsplit(account_mailer.front_end).netloc,
        link=f"{account_mailer.front_end}/claim/{token}",
    )
    await _send(account_mailer, "profile_claim", found.email, text, owner=job.profile_id)


async def _count_mail(account_mailer: AccountMailer, purpose: str, email: str) -> bool:
    """Count a mail to an address; False if it got as many as it may."""
    window = await account_mailer.counters.add(mail_count_key(purpose, email), _WINDOW_S)
    if window.count > _MAX_MAILS:
        log.warning("mail_withheld", purpose=purpose)
    return window.count <= _MAX_MAILS


async def _send(
    account_mailer: AccountMailer, purpose: str, email: str, filled: str, *, owner: UUID
) -> None:
    """Send a filled template, of which the first line is the subject."""
    subject, _, text = filled.partition("\n\n")
    try:
        await account_mailer.send(Mail(email, subject, text, owner=str(owner)))
    except MailRefused as error:
        log.warning("mail_refused", purpose=purpose, reason=str(error))


async def follow_owner(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Hide or show the pages of an owner who was suspended or let back. Running twice is safe.

    Of a page itself, all members are disconnected as it.
    """
    await owners.settle_owned(tx, event.user_id)
    if isinstance(event, UserSuspended):
        await owners.close_sockets(tx, event.user_id)


async def sweep_invitations(database: Database) -> None:
    """Delete expired invitations and claims, and former handles that are free again."""
    async with database.transaction() as tx:
        await claim_queries.delete_expired(tx)
        await queries.delete_expired(tx)
        await queries.delete_old_handles(tx)
