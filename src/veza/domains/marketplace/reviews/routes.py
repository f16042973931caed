"""Buyers review a product once, and its seller answers; moderators delete."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProductId, ReviewId
from veza.core.profiles import Right
from veza.domains.marketplace.products.errors import NotYourProduct, ProductNotFound
from veza.domains.marketplace.reviews import errors, service
from veza.domains.marketplace.reviews.models import (
    AnswerForm,
    Review,
    ReviewForm,
    ReviewPage,
    ReviewRef,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import PageLimit, RowOffset
from veza.http.responses.envelope import Deleted


@get(
    "/marketplace/products/{product_id:uuid}/reviews",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[ProductNotFound, pages.PageTooFar],
)
async def list_reviews(
    request: AnyRequest,
    product_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> ReviewPage:
    """List reviews for a product, newest first. All are by buyers of the product."""
    query = pages.RowRange(limit, offset)
    return await service.list_reviews(conn, ProductId(product_id), visitor_of(request), query)


@post(
    "/marketplace/products/{product_id:uuid}/reviews",
    access=Access.USER,
    activity=Activity.COMMENT,
    scope=Scope.WRITE,
    errors=[ProductNotFound, errors.NotPurchased, errors.AlreadyReviewed],
)
async def create_review(
    request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[ReviewForm], tx: Tx
) -> Review:
    """Review a product that you bought: once for each product."""
    return await service.create_review(tx, ProductId(product_id), viewer_of(request), data)


@put(
    "/marketplace/products/{product_id:uuid}/reviews/{review_id:uuid}",
    access=Access.USER,
    activity=Activity.COMMENT,
    scope=Scope.WRITE,
    errors=[ProductNotFound, errors.ReviewNotFound, errors.NotYourReview, errors.NotPurchased],
)
async def change_review(
    request: AnyRequest,
    product_id: FromPath[UUID],
    review_id: FromPath[UUID],
    data: JSONBody[ReviewForm],
    tx: Tx,
) -> Review:
    """Change your own review, unless the product was refunded. An answer to it stays."""
    review = ReviewRef(ProductId(product_id), ReviewId(review_id))
    return await service.change_review(tx, review, viewer_of(request), data)


@put(
    "/marketplace/products/{product_id:uuid}/reviews/{review_id:uuid}/answer",
    access=Access.USER,
    activity=Activity.COMMENT,
    scope=Scope.WRITE,
    errors=[ProductNotFound, errors.ReviewNotFound, NotYourProduct],
)
async def answer_review(
    request: AnyRequest,
    product_id: FromPath[UUID],
    review_id: FromPath[UUID],
    data: JSONBody[AnswerForm],
    tx: Tx,
) -> Review:
    """Answer a review of your own product. A later answer replaces it, null removes it."""
    review = ReviewRef(ProductId(product_id), ReviewId(review_id))
    return await service.answer_review(tx, review, viewer_of(request), data)


@delete(
    "/marketplace/products/{product_id:uuid}/reviews/{review_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[ProductNotFound, errors.ReviewNotFound, errors.NotYourReview],
)
async def delete_review(
    request: AnyRequest, product_id: FromPath[UUID], review_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete your own review. Moderators may delete any."""
    review = ReviewRef(ProductId(product_id), ReviewId(review_id))
    await service.delete_review(tx, review, viewer_of(request))
    return Deleted(review_id)


router = Router(
    "/",
    route_handlers=[list_reviews, create_review, change_review, answer_review, delete_review],
    tags=["reviews"],
    opt={"right": Right.SPEAK},
)
