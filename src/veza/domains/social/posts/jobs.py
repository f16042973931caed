"""Reactions to what happened elsewhere, and the work that comes of them."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.social.posts import service
from veza.domains.social.posts.models import RecountLikes
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def order_recount_of_likes(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of posts leave out a suspended member's likes, or count them again."""
    await enqueue(tx, RecountLikes(event.user_id))


async def recount_likes(database: Database, job: RecountLikes) -> None:
    """Leave the likes of a suspended member out of the counts of posts, or count them again.

    It may run twice, beside another and late, as `recount_in_parts` says.
    """
    await accounts.recount_in_batches(database, job.liker_id, service.hide_likes)
