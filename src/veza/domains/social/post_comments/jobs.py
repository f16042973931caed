"""Reactions to events, and jobs."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.social.post_comments import service
from veza.domains.social.post_comments.models import RecountPostComments
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_post_comment_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of the posts that the member commented on."""
    await enqueue(tx, RecountPostComments(event.user_id))


async def recount_post_comments(database: Database, job: RecountPostComments) -> None:
    """Remove a suspended member's comments from the counts of posts, or add them again.

    Safe to run twice, concurrently or late: see `recount_in_parts`.
    """
    await accounts.recount_in_parts(database, job.author_id, service.update_hidden_comments)
