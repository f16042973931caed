"""Reactions to what happened elsewhere, and the work that comes of them."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.marketplace.reviews import service
from veza.domains.marketplace.reviews.models import RecountReviews
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def order_recount_of_reviews(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the averages leave out what a suspended member said, or count it again."""
    await enqueue(tx, RecountReviews(event.user_id))


async def recount_reviews(database: Database, job: RecountReviews) -> None:
    """Leave what a suspended member said out of the averages of products, or count it again.

    The lists leave it out by themselves, at once. It may run twice, beside another and late, as
    `recount_in_parts` says.
    """
    await accounts.recount_in_batches(database, job.buyer_id, service.hide_reviews)
