"""Decisions about reviews, without I/O."""

from veza.core.access import Member, Role
from veza.core.structs import copy_fields
from veza.domains.marketplace.reviews.models import Review, ReviewAuthor, StoredReview


def can_delete_review(review: StoredReview, member: Member) -> bool:
    """Return whether a member may delete a review: its author and staff may."""
    return member.role in {Role.MODERATOR, Role.ADMIN} or review.buyer_id == member.id


def show_review(review: StoredReview) -> Review:
    """Return a review as everybody sees it."""
    author = ReviewAuthor(review.buyer_id, review.username)
    return copy_fields(Review, review, buyer=author)
