"""Each change of a review returns how it changes the rating of the product."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import ProductId, ReviewId, UserId
from veza.core.pages import RowRange
from veza.core.people import person_fields
from veza.core.visibility import active
from veza.domains.marketplace.products.models.products import RatingChange
from veza.domains.marketplace.reviews.models import (
    ExportedAnswer,
    ExportedReview,
    NewReview,
    Review,
    ReviewForm,
    ReviewRef,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# A buyer without a licence was refunded.
_SELECT_REVIEWS = f"""
    select r.id, r.product_id, r.buyer_id, r.order_id, r.rating, r.comment,
           jsonb_build_object({person_fields("u")}) as buyer,
           l.item_id is null as is_refunded, r.answer, r.answered_at, r.created_at
      from reviews r
      join users u on u.id = r.buyer_id and {active("u")}
      left join licences l on l.buyer_id = r.buyer_id and l.product_id = r.product_id
"""


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock a member; return False if they are deleted or suspended."""
    sql = f"select id from users where id = $1 and {active()} for share"
    return await tx.value(UUID, sql, user_id) is not None


async def insert_review(tx: Tx, review: NewReview) -> bool:
    """Insert a review; return False if the buyer has reviewed the product already."""
    sql = """
        insert into reviews (id, product_id, buyer_id, order_id, rating, comment)
             values (:id, :product_id, :buyer_id, :order_id, :rating, :comment)
        on conflict (product_id, buyer_id) do nothing
    """
    return await tx.run(*bind(sql, review)) == 1


async def find_review(conn: Conn, review: ReviewRef) -> Review | None:
    """Return a review of a product, unless its author is suspended."""
    sql = f"""
        {_SELECT_REVIEWS}
         where r.id = $1 and r.product_id = $2
    """
    return await conn.maybe(Review, sql, review.id, review.product_id)


async def list_reviews(conn: Conn, product_id: ProductId, query: RowRange) -> list[Review]:
    """List a page of the reviews of a product, newest first."""
    sql = f"""
        {_SELECT_REVIEWS}
         where r.product_id = $1
         order by r.created_at desc, r.id desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(Review, sql, product_id)


async def count_reviews(conn: Conn, product_id: ProductId) -> int:
    sql = f"""
        select count(*)
          from reviews r
          join users u on u.id = r.buyer_id and {active("u")}
         where r.product_id = $1
    """
    return await conn.value(int, sql, product_id) or 0


async def update_review(tx: Tx, review: ReviewRef, form: ReviewForm) -> list[RatingChange]:
    """Change a rating and comment; return how that changes the rating of the product."""
    sql = """
        with former as (
            select id, rating from reviews where id = $1 and product_id = $2 for update
        ), changed as (
               update reviews r
                  set rating = $3, comment = $4
                 from former
                where r.id = former.id
            returning r.product_id, r.is_hidden, r.rating - former.rating as difference
        )
        select product_id, 0 as reviews, difference as rating_sum
          from changed
         where not is_hidden and difference <> 0
    """
    return await tx.all(
        RatingChange, sql, review.id, review.product_id, form.rating, form.comment.strip()
    )


async def update_answer(tx: Tx, review_id: ReviewId, answer: str | None) -> None:
    sql = """
        update reviews
           set answer = $2, answered_at = case when $2::text is not null then now() end
         where id = $1
    """
    await tx.run(sql, review_id, answer)


async def list_review_refs(
    conn: Conn, buyer_id: UserId, after: ReviewRef | None
) -> list[ReviewRef]:
    """List a member's reviews by product, 500 at a time."""
    where = Where("buyer_id = {}", buyer_id)
    where.add_filter("product_id > {}", after and after.product_id)
    sql = f"""
        select product_id, id
          from reviews
        {where.sql}
         order by product_id
         limit 500
    """
    return await conn.all(ReviewRef, sql, *where.values)


async def update_hidden(
    tx: Tx, review_ids: Sequence[ReviewId], *, hide: bool
) -> list[RatingChange]:
    """Hide or show reviews; return how that changes the ratings of the products."""
    sql = """
        with changed as (
               update reviews
                  set is_hidden = $2
                where id = any($1) and is_hidden <> $2
            returning product_id, rating, case when is_hidden then -1 else 1 end as sign
        )
        select product_id, sum(sign) as reviews, sum(sign * rating) as rating_sum
          from changed
         group by product_id
    """
    return await tx.all(RatingChange, sql, review_ids, hide)


async def delete_reviews(tx: Tx, review_ids: Sequence[ReviewId]) -> list[RatingChange]:
    """Delete reviews; return how that changes the ratings of the products."""
    sql = """
        with deleted as (
            delete from reviews where id = any($1) returning product_id, rating, is_hidden
        )
        select product_id, -count(*) as reviews, -sum(rating) as rating_sum
          from deleted
         where not is_hidden
         group by product_id
    """
    return await tx.all(RatingChange, sql, review_ids)


async def list_reviews_of(conn: Conn, buyer_id: UserId) -> list[ExportedReview]:
    """List a member's reviews by id."""
    sql = """
        select id, product_id, rating, comment, created_at
          from reviews
         where buyer_id = $1
         order by id
    """
    return await conn.every(ExportedReview, sql, buyer_id)


async def list_answers_of(conn: Conn, seller_id: UserId) -> list[ExportedAnswer]:
    """List a seller's answers by the id of the review."""
    sql = """
        select r.id, r.product_id, r.answer
          from reviews r
          join products p on p.id = r.product_id
         where p.seller_id = $1 and r.answer is not null
         order by r.id
    """
    return await conn.every(ExportedAnswer, sql, seller_id)


async def delete_answers_of(tx: Tx, seller_id: UserId) -> None:
    sql = """
        update reviews
           set answer = null, answered_at = null
          from products p
         where p.id = reviews.product_id and p.seller_id = $1 and reviews.answer is not null
    """
    await tx.run(sql, seller_id)
