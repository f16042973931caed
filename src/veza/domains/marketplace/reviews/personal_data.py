"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.reviews import queries, service
from veza.domains.marketplace.reviews.models import (
    ExportedAnswer,
    ExportedReview,
    ReviewsPersonalData,
)
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("reviews",)


async def export(conn: Conn, user_id: UserId) -> ReviewsPersonalData:
    """Hand out what a member said of what they bought, and what they answered as a seller."""
    reviews: list[ExportedReview] = []
    while found := await queries.list_reviews_of(
        conn, user_id, reviews[-1].id if reviews else None
    ):
        reviews += found
    answers: list[ExportedAnswer] = []
    while told := await queries.list_answers_of(conn, user_id, answers[-1].id if answers else None):
        answers += told
    return ReviewsPersonalData(reviews, answers)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member said and answered; the averages of products stay exact."""
    while places := await queries.list_places(tx, user_id, None):
        await products.lock_counts(tx, [place.product_id for place in places])
        await service.remove(tx, [place.id for place in places])
    await queries.delete_answers_of(tx, user_id)
