"""What one can do with reviews: say how it was, answer, and take it back."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import Fault, Invalid, Unauthenticated
from veza.core.ids import ProductId, ReviewId, new_id
from veza.core.pages import ensure_within_reach
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.marketplace.orders import service as orders
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import NotYourProduct
from veza.domains.marketplace.products.models import Ratings
from veza.domains.marketplace.reviews import queries, rules
from veza.domains.marketplace.reviews.errors import (
    AlreadyReviewed,
    NotPurchased,
    NotYourReview,
    ReviewNotFound,
)
from veza.domains.marketplace.reviews.models import (
    AnswerForm,
    NewReview,
    Review,
    ReviewForm,
    ReviewPage,
    ReviewPlace,
    ReviewQuery,
)
from veza.infra.postgres.database import Conn, Tx


async def review(tx: Tx, product_id: ProductId, buyer: Member, form: ReviewForm) -> Review:
    """Say how a product is that one bought, and has still; once."""
    await _ensure_there(tx, buyer)
    await products.lock_visible(tx, product_id, buyer)
    purchase = await orders.find_purchase(tx, buyer.id, product_id)
    if purchase is None or purchase.is_refunded:
        raise NotPurchased
    written = NewReview(
        id=ReviewId(new_id()),
        product_id=product_id,
        buyer_id=buyer.id,
        order_id=purchase.order_id,
        rating=form.rating,
        comment=form.comment.strip(),
    )
    if not await queries.insert_review(tx, written):
        raise AlreadyReviewed
    await products.count_ratings(tx, {product_id: Ratings(1, form.rating)})
    return await _show(tx, ReviewPlace(product_id, written.id))


async def list_reviews(
    conn: Conn, product_id: ProductId, viewer: Member | None, wish: ReviewQuery
) -> ReviewPage:
    """List the reviews of a product, newest first, in a page."""
    ensure_within_reach(wish.offset, wish.limit)
    await products.get_visible(conn, product_id, viewer)
    found = await queries.list_reviews(conn, product_id, wish)
    total = await queries.count_reviews(conn, product_id)
    return ReviewPage([rules.show_review(one) for one in found], total)


async def answer(tx: Tx, place: ReviewPlace, seller: Member, form: AnswerForm) -> Review:
    """Answer a review of one's own product, or take the answer back; the last one stands."""
    await _ensure_there(tx, seller)
    product = await products.get_visible(tx, place.product_id, seller)
    if product.seller_id != seller.id:
        raise NotYourProduct
    text = form.answer and form.answer.strip()
    if text == "":
        raise Invalid(details=[Fault("answer", "An answer needs words; null takes it back.")])
    await _show(tx, place)
    await queries.update_answer(tx, place.id, text)
    return await _show(tx, place)


async def delete_review(tx: Tx, place: ReviewPlace, member: Member) -> None:
    """Delete a review: one's own, or any as staff. Afterwards its author may write another."""
    await products.lock_counts(tx, [place.product_id])
    written = await queries.find_review(tx, place)
    if written is None or not rules.can_delete_review(written, member):
        # Of a product that isn't sold any more, others don't even learn that there is a review.
        await products.get_visible(tx, place.product_id, member)
        raise ReviewNotFound if written is None else NotYourReview
    await remove(tx, [place.id])


async def remove(tx: Tx, review_ids: Sequence[ReviewId]) -> None:
    """Delete reviews of products that are locked; the averages stay exact."""
    deleted = await queries.delete_reviews(tx, review_ids)
    await products.count_ratings(tx, rules.ratings_of(deleted, -1))


async def hide_reviews(tx: Tx, part: RecountBatch[ReviewPlace]) -> list[ReviewPlace]:
    """Count some hundreds of a member's reviews no more, or again; tell which."""
    places = await queries.list_places(tx, part.user_id, part.after)
    await products.lock_counts(tx, [place.product_id for place in places])
    changed = await queries.update_hidden(tx, [place.id for place in places], hide=part.hide)
    await products.count_ratings(tx, rules.ratings_of(changed, -1 if part.hide else 1))
    return places


async def _ensure_there(tx: Tx, member: Member) -> None:
    """Keep a member from being erased or suspended; before the product, as whoever does that."""
    if not await queries.lock_member(tx, member.id):
        raise Unauthenticated


async def _show(conn: Conn, place: ReviewPlace) -> Review:
    found = await queries.find_review(conn, place)
    if found is None:
        raise ReviewNotFound
    return rules.show_review(found)
