"""A buyer without a refund reviews a product once; the member is locked before it."""

from collections.abc import Sequence

from veza.core.access import Member, Role
from veza.core.errors import Unauthenticated, required
from veza.core.ids import ProductId, ReviewId, new_id
from veza.core.normalize import require_text
from veza.core.pages import RowRange, ensure_within_reach
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.domains.marketplace.products.errors import NotYourProduct
from veza.domains.marketplace.products.models.products import RatingChange
from veza.domains.marketplace.reviews import errors, queries
from veza.domains.marketplace.reviews.models import (
    AnswerForm,
    NewReview,
    Review,
    ReviewForm,
    ReviewPage,
    ReviewRef,
)
from veza.infra.postgres.database import Conn, Tx

_NO_ANSWER = "Write an answer, or send null to remove it."


async def create_review(tx: Tx, product_id: ProductId, buyer: Member, form: ReviewForm) -> Review:
    """Review a product that the caller bought and wasn't refunded for, once.

    Raises ProductNotFound, NotPurchased and AlreadyReviewed.
    """
    await _lock_member(tx, buyer)
    await products.lock_visible(tx, product_id, buyer)
    purchase = await order_queries.find_purchase(tx, buyer.id, product_id)
    if purchase is None or purchase.is_refunded:
        raise errors.NotPurchased
    review = NewReview(
        id=ReviewId(new_id()),
        product_id=product_id,
        buyer_id=buyer.id,
        order_id=purchase.order_id,
        rating=form.rating,
        comment=form.comment.strip(),
    )
    if not await queries.insert_review(tx, review):
        raise errors.AlreadyReviewed
    await product_queries.add_to_ratings(tx, [RatingChange(product_id, 1, form.rating)])
    return await _get_review(tx, ReviewRef(product_id, review.id))


async def list_reviews(
    conn: Conn, product_id: ProductId, viewer: Member | None, query: RowRange
) -> ReviewPage:
    """List the reviews of a product, newest first."""
    ensure_within_reach(query.offset, query.limit)
    await products.get_visible(conn, product_id, viewer)
    found = await queries.list_reviews(conn, product_id, query)
    total = await queries.count_reviews(conn, product_id)
    return ReviewPage(found, total)


async def change_review(tx: Tx, review: ReviewRef, buyer: Member, form: ReviewForm) -> Review:
    """Change the caller's own review. An answer to it stays.

    Raises ProductNotFound, ReviewNotFound, NotYourReview, and NotPurchased after a refund.
    """
    await _lock_member(tx, buyer)
    await products.lock_visible(tx, review.product_id, buyer)
    stored = await _get_review(tx, review)
    if stored.buyer_id != buyer.id:
        raise errors.NotYourReview
    if stored.is_refunded:
        raise errors.NotPurchased
    await product_queries.add_to_ratings(tx, await queries.update_review(tx, review, form))
    return await _get_review(tx, review)


async def answer_review(tx: Tx, review: ReviewRef, seller: Member, form: AnswerForm) -> Review:
    """Set or remove the answer to a review of the caller's product.

    Raises ProductNotFound, NotYourProduct and ReviewNotFound.
    """
    await _lock_member(tx, seller)
    product = await products.get_visible(tx, review.product_id, seller)
    if product.seller_id != seller.id:
        raise NotYourProduct
    text = form.answer and require_text(form.answer, "answer", _NO_ANSWER)
    await _get_review(tx, review)
    await queries.update_answer(tx, review.id, text)
    return await _get_review(tx, review)


async def delete_review(tx: Tx, review: ReviewRef, member: Member) -> None:
    """Delete the caller's review, or any as staff. Its author may write a new review.

    Raises ProductNotFound, ReviewNotFound and NotYourReview.
    """
    await product_queries.lock_counts(tx, [review.product_id])
    stored = await queries.find_review(tx, review)
    is_staff = member.role in {Role.MODERATOR, Role.ADMIN}
    if stored is None or not (is_staff or stored.buyer_id == member.id):
        # If the product isn't visible, it is not revealed whether there is such a review.
        await products.get_visible(tx, review.product_id, member)
        raise errors.ReviewNotFound if stored is None else errors.NotYourReview
    await delete_reviews(tx, [review.id])


async def delete_reviews(tx: Tx, review_ids: Sequence[ReviewId]) -> None:
    """Delete reviews of locked products, and update the average ratings."""
    await product_queries.add_to_ratings(tx, await queries.delete_reviews(tx, review_ids))


async def hide_reviews(tx: Tx, batch: RecountBatch[ReviewRef]) -> list[ReviewRef]:
    """Remove some of a member's reviews from the averages, or add them again; return them."""
    reviews = await queries.list_review_refs(tx, batch.user_id, batch.after)
    await product_queries.lock_counts(tx, [review.product_id for review in reviews])
    review_ids = [review.id for review in reviews]
    changes = await queries.update_hidden(tx, review_ids, hide=batch.hide)
    await product_queries.add_to_ratings(tx, changes)
    return reviews


async def _lock_member(tx: Tx, member: Member) -> None:
    """Lock a member, before the product, as suspending and erasing does. Raises Unauthenticated."""
    if not await queries.lock_member(tx, member.id):
        raise Unauthenticated


async def _get_review(conn: Conn, review: ReviewRef) -> Review:
    return required(await queries.find_review(conn, review), errors.ReviewNotFound)
