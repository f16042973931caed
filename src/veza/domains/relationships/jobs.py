"""Recount followers when a member is suspended, or the suspension is lifted."""

from functools import partial

from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.auth.accounts.service import suspensions
from veza.domains.relationships import service
from veza.domains.relationships.models import FollowRole, RecountFollows
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_follow_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of the members who follow, or are followed by, this member."""
    await enqueue(tx, RecountFollows(event.user_id))


async def recount_follows(database: Database, job: RecountFollows) -> None:
    """Exclude a suspended member from the counts of others, or include them again.

    Lists exclude them by themselves, at once. Running twice does no harm: see `recount_in_batches`.
    """
    for role in FollowRole:
        recount = partial(service.recount_batch, role=role)
        await suspensions.recount_in_batches(database, job.user_id, recount)
