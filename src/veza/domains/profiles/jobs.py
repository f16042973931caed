"""Mails invitations and claims, deletes expired ones, frees former handles, and checks links."""

import asyncio
import secrets

from veza.core.ids import ProfileId
from veza.domains.auth.accounts.events import UserRenamed, UserSuspended, UserUnsuspended
from veza.domains.platform.mail.models import MailReason
from veza.domains.platform.mail.service import FilledTemplate, SiteMailer, fill_letter
from veza.domains.profiles import rules
from veza.domains.profiles.models.claims import SendProfileClaim
from veza.domains.profiles.models.invitations import SendProfileInvitation
from veza.domains.profiles.models.links import LinkOutcome, VerifyLinks, WantedLinks
from veza.domains.profiles.queries import claims as claim_queries
from veza.domains.profiles.queries import invitations as queries
from veza.domains.profiles.service import links, owners
from veza.domains.profiles.service.links import LinkReader
from veza.infra.foreign_http.fetched_page import NoPage, PageAway
from veza.infra.postgres.database import Database, Tx

_PACKAGE = "veza.domains.profiles"


async def send_invitation(
    database: Database, site_mailer: SiteMailer, job: SendProfileInvitation
) -> None:
    """Mail an invitation to an address, unless it was withdrawn. Running twice sends two mails.

    The mail names the profile, and not who sent it, whose language it has. Its link has the id of
    the invitation.
    """
    async with database.read() as conn:
        found = await queries.find_mail(conn, job.invitation_id)
    if found is None:
        return
    async with site_mailer.counting("profile_invitation", found.email) as may_send:
        if not may_send:
            return
        role = rules.ROLE_WORDS[found.language][found.role]
        link = f"{site_mailer.front_end}/settings/profiles#invitation={job.invitation_id}"
        values = {"profile": found.profile_name, "role": role}
        letter = fill_letter(
            site_mailer,
            found.language,
            FilledTemplate(_PACKAGE, "invitation", values, link),
            MailReason.ADDRESS_GIVEN,
        )
        mail = site_mailer.write(letter, found.email, owner=job.invitation_id)
        await site_mailer.send_or_drop(mail, "profile_invitation")


async def send_claim(database: Database, site_mailer: SiteMailer, job: SendProfileClaim) -> None:
    """Mail the link that claims a placeholder, unless it was withdrawn.

    Running twice sends two mails; only the newer link works. The token is created here, so that it
    is stored nowhere but in the mail. The language is that of who runs the label.
    """
    async with database.read() as conn:
        found = await claim_queries.find_mail(conn, job.profile_id)
    if found is None:
        return
    async with site_mailer.counting("profile_claim", found.email) as may_send:
        if not may_send:
            return
        token = secrets.token_urlsafe(32)
        hashed = rules.hash_claim(token)
        async with database.transaction() as tx:
            if not await claim_queries.update_token(tx, job.profile_id, found.email, hashed):
                return
        values = {"profile": found.profile_name, "label": found.label_name}
        link = f"{site_mailer.front_end}/claim/{token}"
        letter = fill_letter(
            site_mailer,
            found.language,
            FilledTemplate(_PACKAGE, "claim", values, link),
            MailReason.ADDRESS_GIVEN,
        )
        mail = site_mailer.write(letter, found.email, owner=job.profile_id)
        await site_mailer.send_or_drop(mail, "profile_claim")


async def verify_links(database: Database, reader: LinkReader, job: VerifyLinks) -> None:
    """Read the pages of a profile's links, and store which of them link back to it.

    Running twice stores what was found last.
    """
    async with database.read() as conn:
        wanted = await links.find_wanted(conn, reader.bases, job.profile_id)
    if wanted is None:
        return
    async with asyncio.TaskGroup() as group:
        checks = {url: group.create_task(_check(reader, wanted, url)) for url in wanted.urls}
    outcomes = {url: check.result() for url, check in checks.items()}
    async with database.transaction() as tx:
        await links.store_outcomes(tx, wanted, outcomes)


async def _check(reader: LinkReader, wanted: WantedLinks, url: str) -> LinkOutcome:
    if rules.is_of_site(url, reader.bases):
        return LinkOutcome.MISSING
    try:
        declared = await reader.pages.list_own_addresses(url)
    except PageAway:
        return LinkOutcome.AWAY
    except NoPage:
        return LinkOutcome.MISSING
    is_back = any(rules.normalize_address(each) in wanted.addresses for each in declared)
    return LinkOutcome.FOUND if is_back else LinkOutcome.MISSING


async def recheck_links(database: Database) -> None:
    """Enqueue checks of verified links whose last one was a week ago."""
    async with database.transaction() as tx:
        await links.enqueue_due(tx)


async def check_renamed(tx: Tx, event: UserRenamed) -> None:
    """Enqueue a check of links that were verified under another handle. Running twice is safe."""
    await links.check_renamed(tx, ProfileId(event.user_id))


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
