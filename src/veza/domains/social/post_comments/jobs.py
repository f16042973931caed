"""Reactions to what happened elsewhere, and the work that comes of them."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.social.post_comments import service
from veza.domains.social.post_comments.models import RecountPostComments
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def order_recount_of_post_comments(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of posts leave out what a suspended member wrote, or count it again."""
    await enqueue(tx, RecountPostComments(event.user_id))


async def recount_post_comments(database: Database, job: RecountPostComments) -> None:
    """Leave what a suspended member wrote out of the counts of posts, or count it again.

    The lists leave it out by themselves, at once. It may run twice, beside another and late, as
    `recount_in_parts` says.
    """
    await accounts.recount_in_batches(database, job.author_id, service.hide_comments)
