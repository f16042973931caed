"""Reactions to what happened elsewhere, and the work that comes of them."""

from veza.core.ids import UserId
from veza.domains.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.relations import queries
from veza.domains.relations.models import Circle, RecountFollows, Related, Side
from veza.infra.db import Database, Tx
from veza.infra.jobs import enqueue

_WITH = {Side.FOLLOWER: Circle.FOLLOWING, Side.FOLLOWED: Circle.FOLLOWERS}


async def order_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of others leave out a suspended member, or count them again."""
    await enqueue(tx, RecountFollows(event.user_id))


async def recount_follows(database: Database, job: RecountFollows) -> None:
    """Leave a suspended member out of the counts of all whom they follow and who follow them.

    Or count them again. The lists leave them out by themselves, at once. It may run twice, beside
    another and late: each part goes by whether the member is suspended at that moment, and by what
    is marked already, and after the last change the last run sees all parts.
    """
    for side in Side:
        last = await _recount_part(database, job.user_id, side, None)
        while last is not None:
            last = await _recount_part(database, job.user_id, side, last)


async def _recount_part(
    database: Database, user_id: UserId, side: Side, after: Related | None
) -> Related | None:
    """Recount some hundreds, so that none who follows somebody waits long; give the last."""
    async with database.transaction(recorded=False) as tx:
        is_suspended = await queries.lock_suspension(tx, user_id)
        if is_suspended is None:
            return None
        part = await queries.list_all(tx, user_id, _WITH[side], after)
        others = [related.user_id for related in part]
        await queries.lock_counts(tx, others)
        await queries.update_hidden(tx, user_id, others, side=side, hide=is_suspended)
    return part[-1] if part else None
