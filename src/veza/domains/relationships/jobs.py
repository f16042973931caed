"""Reactions to what happened elsewhere, and the work that comes of them."""

from functools import partial

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.relationships import service
from veza.domains.relationships.models import RecountFollows, Side
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def order_recount_of_follows(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of others leave out a suspended member, or count them again."""
    await enqueue(tx, RecountFollows(event.user_id))


async def recount_follows(database: Database, job: RecountFollows) -> None:
    """Leave a suspended member out of the counts of all whom they follow and who follow them.

    Or count them again. The lists leave them out by themselves, at once. It may run twice, beside
    another and late, as `recount_in_parts` says.
    """
    for side in Side:
        hide = partial(service.hide_member, side=side)
        await accounts.recount_in_parts(database, job.user_id, hide)
