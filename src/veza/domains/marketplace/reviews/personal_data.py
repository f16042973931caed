"""Exports and erases reviews and answers; averages of products stay exact."""

from veza.core.ids import UserId
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.reviews import queries, service
from veza.domains.marketplace.reviews.models import ReviewsPersonalData
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("reviews",)


async def export(conn: Conn, user_id: UserId) -> ReviewsPersonalData:
    """Return all reviews of a member, and their answers as a seller."""
    return ReviewsPersonalData(
        await queries.list_reviews_of(conn, user_id), await queries.list_answers_of(conn, user_id)
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's reviews and answers; the averages of the products stay exact."""
    while reviews := await queries.list_review_refs(tx, user_id, None):
        await product_queries.lock_counts(tx, [review.product_id for review in reviews])
        await service.delete_reviews(tx, [review.id for review in reviews])
    await queries.delete_answers_of(tx, user_id)
