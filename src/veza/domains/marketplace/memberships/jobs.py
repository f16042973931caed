"""The members of a tier that costs more are asked by mail, a part in each run."""

from veza.domains.marketplace.memberships.models.state import AskMembers
from veza.domains.marketplace.memberships.service import asking
from veza.domains.marketplace.tiers.events import TierPriceRaised
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_asking(tx: Tx, event: TierPriceRaised) -> None:
    """Enqueue that the members of a tier are asked for its new price."""
    await enqueue(tx, AskMembers(event.tier_id))


async def ask_members(database: Database, job: AskMembers) -> None:
    """Enqueue the mails to some members, and the next part. It may run twice."""
    async with database.transaction() as tx:
        last = await asking.ask_some(tx, job)
        if last is not None:
            await enqueue(tx, AskMembers(job.tier_id, last))
