"""Decisions without I/O: everything here can be tested with plain values."""

from collections.abc import Iterable

from veza.core.access import Member, Role
from veza.core.ids import ProductId
from veza.domains.marketplace.products.models import RatingChange
from veza.domains.marketplace.reviews.models import Review, ReviewAuthor, StoredReview, Tally


def can_delete_review(review: StoredReview, member: Member) -> bool:
    """Tell whether a member may delete a review: its author, and staff."""
    return member.role in {Role.MODERATOR, Role.ADMIN} or review.buyer_id == member.id


def ratings_of(tallies: Iterable[Tally], sign: int) -> dict[ProductId, RatingChange]:
    """Tell how much more each product is rated; with a sign of -1, how much less."""
    return {
        tally.product_id: RatingChange(sign * tally.reviews, sign * tally.rating_sum)
        for tally in tallies
    }


def show_review(review: StoredReview) -> Review:
    """Show a review."""
    return Review(
        id=review.id,
        product_id=review.product_id,
        buyer_id=review.buyer_id,
        buyer=ReviewAuthor(review.buyer_id, review.username),
        order_id=review.order_id,
        rating=review.rating,
        comment=review.comment,
        is_refunded=review.is_refunded,
        answer=review.answer,
        answered_at=review.answered_at,
        created_at=review.created_at,
    )
