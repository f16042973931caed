"""Counts that exclude suspended members."""

from msgspec import Struct

from veza.app.domains import DOMAINS
from veza.core.ids import UserId
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.auth.accounts.service import suspensions
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


class RecountMember(Struct, frozen=True):
    """Job: count or uncount what a member did, depending on whether they are suspended."""

    user_id: UserId


async def enqueue_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of what the member did. Lists leave suspended members out at once."""
    await enqueue(tx, RecountMember(event.user_id))


async def recount_member(database: Database, job: RecountMember) -> None:
    """Remove what a suspended member did from all counts, or add it again.

    Safe to run twice, concurrently or late: see `recount_in_batches`.
    """
    for wiring in DOMAINS.values():
        for update_hidden in wiring.hidden_counts:
            await suspensions.recount_in_batches(database, job.user_id, update_hidden)
