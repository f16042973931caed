"""Reactions to events, and jobs."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.social.posts import service
from veza.domains.social.posts.models import RecountPostLikes
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_post_like_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of the posts that the member likes."""
    await enqueue(tx, RecountPostLikes(event.user_id))


async def recount_post_likes(database: Database, job: RecountPostLikes) -> None:
    """Remove a suspended member's likes from the counts of posts, or add them again.

    Safe to run twice, concurrently or late: see `recount_in_parts`.
    """
    await accounts.recount_in_parts(database, job.liker_id, service.update_hidden_likes)
