"""Reactions to what happened elsewhere, and the work that comes of them."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.social.posts import service
from veza.domains.social.posts.models import RecountPostLikes
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_post_like_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of posts leave out a suspended member's likes, or count them again."""
    await enqueue(tx, RecountPostLikes(event.user_id))


async def recount_post_likes(database: Database, job: RecountPostLikes) -> None:
    """Leave the likes of a suspended member out of the counts of posts, or count them again.

    It may run twice, beside another and late, as `recount_in_parts` says.
    """
    await accounts.recount_in_parts(database, job.liker_id, service.update_hidden_likes)
