"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import OrderId, ProductId, ReviewId, UserId

Rating = Annotated[int, Meta(ge=1, le=5, examples=[5])]
ReviewText = Annotated[str, Meta(max_length=5000, examples=["Amazing track!"])]
AnswerText = Annotated[str, Meta(min_length=1, max_length=5000, examples=["Thank you!"])]


class ReviewForm(Struct, frozen=True):
    """A rating, with words where there are any."""

    rating: Rating
    comment: ReviewText = ""


class AnswerForm(Struct, frozen=True):
    """What the seller says to a review; null takes it back."""

    answer: AnswerText | None


class ReviewRef(Struct, frozen=True):
    """Which review of which product."""

    product_id: ProductId
    id: ReviewId


class NewReview(Struct, frozen=True):
    """What is written for a new review."""

    id: ReviewId
    product_id: ProductId
    buyer_id: UserId
    order_id: OrderId
    rating: int
    comment: str


class ReviewAuthor(Struct, frozen=True):
    """Who says something of what they bought."""

    id: UserId
    username: str


class StoredReview(NewReview, frozen=True):
    """A review as it is stored, with the name of its author.

    It is refunded where the buyer hasn't got the product any more.
    """

    username: str
    is_refunded: bool
    answer: str | None
    answered_at: datetime | None
    created_at: datetime


class Review(Struct, frozen=True):
    """A review as it is shown: of somebody who paid for the product.

    `is_refunded` marks those who got their money back since.
    """

    id: ReviewId
    product_id: ProductId
    buyer_id: UserId
    buyer: ReviewAuthor
    order_id: OrderId
    rating: int
    comment: str
    is_refunded: bool
    answer: str | None
    answered_at: datetime | None
    created_at: datetime


class ReviewPage(Struct, frozen=True):
    """One page of reviews, newest first, and how many there are in all."""

    reviews: list[Review]
    total: int


class ReviewQuery(Struct, frozen=True):
    """Which reviews of a product are asked for."""

    limit: int = 20
    offset: int = 0


class Tally(Struct, frozen=True):
    """How many reviews of a product something happened to, and the sum of their ratings."""

    product_id: ProductId
    reviews: int
    rating_sum: int


class DeletedReview(Struct, frozen=True):
    """Which review was deleted."""

    id: ReviewId


class ExportedReview(Struct, frozen=True):
    """A review as its author gets it with their data."""

    id: ReviewId
    product_id: ProductId
    rating: int
    comment: str
    created_at: datetime


class ExportedAnswer(Struct, frozen=True):
    """What a seller answered, as they get it with their data."""

    id: ReviewId
    product_id: ProductId
    answer: str


class ReviewsPersonalData(Struct, frozen=True):
    """What this domain hands out of a member."""

    reviews: list[ExportedReview]
    answers: list[ExportedAnswer]


class RecountReviews(Struct, frozen=True):
    """Have the averages of products leave out what a member said, or not, as it is right now."""

    buyer_id: UserId
