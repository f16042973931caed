"""Reviews and answers."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import OrderId, ProductId, ReviewId, UserId
from veza.domains.auth.accounts.models import NamedMember

Rating = Annotated[int, Meta(ge=1, le=5, examples=[5])]
ReviewText = Annotated[str, Meta(max_length=5000, examples=["Amazing track!"])]
AnswerText = Annotated[str, Meta(min_length=1, max_length=5000, examples=["Thank you!"])]


class ReviewForm(Struct, frozen=True):
    """A rating with an optional comment."""

    rating: Rating
    comment: ReviewText = ""


class AnswerForm(Struct, frozen=True):
    """The seller's answer to a review; null removes it."""

    answer: AnswerText | None


class ReviewRef(Struct, frozen=True):
    """A review of a product."""

    product_id: ProductId
    id: ReviewId


class NewReview(Struct, frozen=True):
    """A review to insert."""

    id: ReviewId
    product_id: ProductId
    buyer_id: UserId
    order_id: OrderId
    rating: int
    comment: str


class Review(NewReview, frozen=True):
    """A review by a buyer of the product; `is_refunded` if they were refunded since."""

    buyer: NamedMember
    is_refunded: bool
    answer: str | None
    answered_at: datetime | None
    created_at: datetime


class ReviewPage(Struct, frozen=True):
    """A page of reviews, newest first; `total` counts all pages."""

    reviews: list[Review]
    total: int


class ExportedReview(Struct, frozen=True):
    """A review in the data export of its author."""

    id: ReviewId
    product_id: ProductId
    rating: int
    comment: str
    created_at: datetime


class ExportedAnswer(Struct, frozen=True):
    """An answer in the data export of its seller."""

    id: ReviewId
    product_id: ProductId
    answer: str


class ReviewsPersonalData(Struct, frozen=True):
    """Reviews and answers of a member."""

    reviews: list[ExportedReview]
    answers: list[ExportedAnswer]


class RecountReviews(Struct, frozen=True):
    """Job: count a member's reviews in the averages or not, whether they are suspended or not."""

    buyer_id: UserId
