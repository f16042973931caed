"""Write mails to members."""

from msgspec import structs

from veza.domains.marketplace.member_mails import queries, rules
from veza.domains.marketplace.memberships.models.state import MailMember, MemberNotice
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.mail.mailer import Mail
from veza.infra.postgres.database import Conn


async def write_mail(conn: Conn, mailer: SiteMailer, job: MailMember) -> Mail | None:
    """Return the mail of a notice; None if nobody can get it, or is asked for another price now."""
    membership = await queries.find_membership(conn, job.membership_id)
    if membership is None:
        return None
    if job.notice is MemberNotice.PRICE and str(membership.asked_cents) != job.number:
        return None
    link = f"{mailer.front_end}/settings/memberships"
    letter = rules.write_notice(membership, job.notice, host=mailer.host, link=link)
    return structs.replace(
        mailer.write(letter, membership.email, owner=membership.member_id),
        message_key=f"membership:{job.membership_id}:{job.notice}:{job.number}",
    )
