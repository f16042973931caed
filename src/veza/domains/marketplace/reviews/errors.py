"""Refuses reviews without a purchase, second ones, and those of others."""

from veza.core.errors import Conflict, Forbidden, NotFound


class ReviewNotFound(NotFound):
    """The product has no such review."""

    code = "review_not_found"
    message = "There is no such review."


class NotPurchased(Forbidden):
    """Only buyers whose purchase isn't refunded may review a product."""

    code = "not_purchased"
    message = "Only buyers of this product can review it."


class AlreadyReviewed(Conflict):
    """A buyer reviews a product once."""

    code = "already_reviewed"
    message = "You have already reviewed this product."


class NotYourReview(Forbidden):
    """Only its author may change a review, and only they and moderators may delete it."""

    code = "not_your_review"
    message = "This review is not yours."
