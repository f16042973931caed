"""Decisions about reviews, without I/O."""

from veza.core.access import Member, Role
from veza.domains.marketplace.reviews.models import Review, ReviewAuthor, StoredReview


def can_delete_review(review: StoredReview, member: Member) -> bool:
    """Return whether a member may delete a review: its author and staff may."""
    return member.role in {Role.MODERATOR, Role.ADMIN} or review.buyer_id == member.id


def show_review(review: StoredReview) -> Review:
    """Return a review as everybody sees it."""
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
