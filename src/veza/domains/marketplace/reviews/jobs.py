"""Takes reviews of suspended members out of average ratings, and puts them back."""

from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.auth.accounts.service import suspensions
from veza.domains.marketplace.reviews import service
from veza.domains.marketplace.reviews.models import RecountReviews
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_review_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Remove the reviews of a suspended member from the averages, or add them again."""
    await enqueue(tx, RecountReviews(event.user_id))


async def recount_reviews(database: Database, job: RecountReviews) -> None:
    """Remove the reviews of a suspended member from the averages, or add them again.

    Lists leave them out at once, without this. May run twice, concurrently, and late: see
    `recount_in_parts`.
    """
    await suspensions.recount_in_batches(database, job.buyer_id, service.hide_reviews)
