"""Ask members whether they agree to a higher price."""

from veza.core.ids import MembershipId
from veza.domains.marketplace.memberships.models.state import AskMembers, MailMember, MemberNotice
from veza.domains.marketplace.memberships.queries import memberships as queries
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Tx

_BATCH = 200


async def ask_some(tx: Tx, job: AskMembers) -> MembershipId | None:
    """Enqueue a mail to each of the next members who pay less than their tier costs.

    Returns the last of them, None after the last part.
    """
    asked = await queries.list_asked(tx, job.tier_id, job.after, limit=_BATCH)
    for member in asked:
        mail = MailMember(member.id, MemberNotice.PRICE, str(member.asked_cents))
        await enqueue(tx, mail, key=f"price:{member.id}:{member.asked_cents}")
    return asked[-1].id if len(asked) == _BATCH else None
