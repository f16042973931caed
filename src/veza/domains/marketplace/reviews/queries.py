"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from veza.core.ids import ProductId, ReviewId, UserId
from veza.domains.marketplace.reviews.models import (
    ExportedAnswer,
    ExportedReview,
    NewReview,
    ReviewQuery,
    ReviewRef,
    StoredReview,
    Tally,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_BATCH = 500
_SELECT_REVIEWS = """
    select r.id, r.product_id, r.buyer_id, r.order_id, r.rating, r.comment, u.username,
           l.item_id is null as is_refunded, r.answer, r.answered_at, r.created_at
      from reviews r
      join users u on u.id = r.buyer_id and u.suspended_at is null
      left join licences l on l.buyer_id = r.buyer_id and l.product_id = r.product_id
"""


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Tell whether a member is there and not suspended, and keep it so."""
    sql = "select id from users where id = $1 and suspended_at is null for share"
    return await tx.value(UUID, sql, user_id) is not None


async def insert_review(tx: Tx, review: NewReview) -> bool:
    """False where the buyer has reviewed the product already."""
    sql = """
        insert into reviews (id, product_id, buyer_id, order_id, rating, comment)
             values ($1, $2, $3, $4, $5, $6)
        on conflict (product_id, buyer_id) do nothing
    """
    return await tx.run(sql, *structs.astuple(review)) == 1


async def find_review(conn: Conn, place: ReviewRef) -> StoredReview | None:
    """A review of a product, unless its author is suspended."""
    sql = f"""
        {_SELECT_REVIEWS}
         where r.id = $1 and r.product_id = $2
    """
    return await conn.maybe(StoredReview, sql, place.id, place.product_id)


async def list_reviews(conn: Conn, product_id: ProductId, wish: ReviewQuery) -> list[StoredReview]:
    """A page of the reviews of a product, newest first."""
    sql = f"""
        {_SELECT_REVIEWS}
         where r.product_id = $1
         order by r.created_at desc, r.id desc
         limit {wish.limit:d} offset {wish.offset:d}
    """
    return await conn.all(StoredReview, sql, product_id)


async def count_reviews(conn: Conn, product_id: ProductId) -> int:
    sql = """
        select count(*)
          from reviews r
          join users u on u.id = r.buyer_id and u.suspended_at is null
         where r.product_id = $1
    """
    return await conn.value(int, sql, product_id) or 0


async def update_answer(tx: Tx, review_id: ReviewId, answer: str | None) -> None:
    sql = """
        update reviews
           set answer = $2, answered_at = case when $2::text is not null then now() end
         where id = $1
    """
    await tx.run(sql, review_id, answer)


async def list_places(conn: Conn, buyer_id: UserId, after: ReviewRef | None) -> list[ReviewRef]:
    """Reviews of a member, in the order of their products, 500 at a time."""
    where = Where()
    where.add("buyer_id = {}", buyer_id)
    if after is not None:
        where.add("product_id > {}", after.product_id)
    sql = f"""
        select product_id, id
          from reviews
        {where.sql}
         order by product_id
         limit {_BATCH}
    """
    return await conn.all(ReviewRef, sql, *where.values)


async def update_hidden(tx: Tx, review_ids: Sequence[ReviewId], *, hide: bool) -> list[Tally]:
    """Hide or show reviews; tell what there was of each product that wasn't already."""
    sql = """
        with changed as (
               update reviews
                  set is_hidden = $2
                where id = any($1) and is_hidden <> $2
            returning product_id, rating
        )
        select product_id, count(*) as reviews, sum(rating) as rating_sum
          from changed
         group by product_id
    """
    return await tx.all(Tally, sql, review_ids, hide)


async def delete_reviews(tx: Tx, review_ids: Sequence[ReviewId]) -> list[Tally]:
    """Delete reviews, and tell what is counted no more of each product."""
    sql = """
        with deleted as (
            delete from reviews where id = any($1) returning product_id, rating, is_hidden
        )
        select product_id, count(*) as reviews, sum(rating) as rating_sum
          from deleted
         where not is_hidden
         group by product_id
    """
    return await tx.all(Tally, sql, review_ids)


async def list_reviews_of(
    conn: Conn, buyer_id: UserId, after: ReviewId | None
) -> list[ExportedReview]:
    """What a member said, in the order of the ids, 500 at a time."""
    where = Where()
    where.add("buyer_id = {}", buyer_id)
    if after is not None:
        where.add("id > {}", after)
    sql = f"""
        select id, product_id, rating, comment, created_at
          from reviews
        {where.sql}
         order by id
         limit {_BATCH}
    """
    return await conn.all(ExportedReview, sql, *where.values)


async def list_answers_of(
    conn: Conn, seller_id: UserId, after: ReviewId | None
) -> list[ExportedAnswer]:
    """What a seller answered, in the order of the ids, 500 at a time."""
    where = Where()
    where.add("p.seller_id = {} and r.answer is not null", seller_id)
    if after is not None:
        where.add("r.id > {}", after)
    sql = f"""
        select r.id, r.product_id, r.answer
          from reviews r
          join products p on p.id = r.product_id
        {where.sql}
         order by r.id
         limit {_BATCH}
    """
    return await conn.all(ExportedAnswer, sql, *where.values)


async def delete_answers_of(tx: Tx, seller_id: UserId) -> None:
    """Take back what a seller answered."""
    sql = """
        update reviews
           set answer = null, answered_at = null
          from products p
         where p.id = reviews.product_id and p.seller_id = $1 and reviews.answer is not null
    """
    await tx.run(sql, seller_id)
