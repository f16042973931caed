"""Renews memberships, ends those that are over, and removes what was never paid."""

from veza.domains.marketplace.memberships.models.state import ForgetMethod
from veza.domains.marketplace.memberships.service import engine
from veza.domains.marketplace.renewals.models import RenewMembership
from veza.domains.marketplace.renewals.service import charging
from veza.domains.marketplace.renewals.service.desk import RenewalDesk
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx


async def renew_due(database: Database) -> None:
    """Enqueue the renewals that are due, and end the memberships whose time is over."""
    await run_in_batches(database, engine.end_some)

    async def enqueue_some(tx: Tx) -> int:
        due = await engine.claim_due(tx)
        for membership_id in due:
            await enqueue(tx, RenewMembership(membership_id), key=f"renew:{membership_id}")
        return len(due)

    await run_in_batches(database, enqueue_some)


async def delete_unpaid(database: Database) -> None:
    """Delete memberships whose first order was never paid."""
    await run_in_batches(database, engine.delete_unpaid)


async def renew(database: Database, desk: RenewalDesk, job: RenewMembership) -> None:
    """Charge a membership that is due. It may run twice: each period is charged once."""
    await charging.renew(database, desk, job)


async def forget_method(database: Database, desk: RenewalDesk, job: ForgetMethod) -> None:
    """Delete a method at the provider if no membership is charged to it. It may run twice."""
    await charging.forget_method(database, desk, job)
