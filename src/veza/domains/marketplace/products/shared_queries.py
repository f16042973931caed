"""Statements on files and ratings of products, which other domains call."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import OrderItemId, ProductId
from veza.core.visibility import announced_release, suspended, taken_down
from veza.domains.marketplace.products.models.files import StoredProductFile
from veza.domains.marketplace.products.models.products import ProductContents, RatingChange
from veza.infra.postgres.database import Conn, Tx

# The formats in which nothing of the sound is lost. M4A may be lossless too, but rarely is.
LOSSLESS = "('flac', 'wav', 'aiff')"
FILE_COLUMNS = "id, product_id, name, size_bytes, content_type, sha256, created_at"


def on_sale(product: str) -> str:
    """Return the condition that a product can be bought, as `lock_for_sale` decides it."""
    return f"""(
        {product}.status = 'published' and {product}.stock is distinct from 0
        and not exists (
            select from users s where s.id = {product}.seller_id and {suspended("s")})
        and not exists (
            select from releases r
             where r.id = {product}.release_id and not {announced_release("r")})
        and not exists (
            select from tracks t where t.id = {product}.track_id and {taken_down("t")}))
    """


async def list_files(conn: Conn, product_ids: Sequence[ProductId]) -> list[StoredProductFile]:
    """List the files of products, by product and position."""
    sql = f"""
        select {FILE_COLUMNS}
          from product_files
         where product_id = any($1)
         order by product_id, position
    """
    return await conn.all(StoredProductFile, sql, product_ids)


async def update_variant_price(tx: Tx, product_id: ProductId, cheapest_cents: int | None) -> None:
    """Set the price of a locked product with variants; one without any keeps its price.

    The prices of variants are in its own currency alone.
    """
    sql = """
        update products
           set has_variants = $2::integer is not null, price_cents = coalesce($2, price_cents),
               updated_at = now()
         where id = $1
    """
    await tx.run(sql, product_id, cheapest_cents)
    if cheapest_cents is not None:
        await tx.run("delete from product_prices where product_id = $1", product_id)


async def hold_exclusive(tx: Tx, product_id: ProductId, item_id: OrderItemId) -> None:
    """Have a placed line hold the exclusive licence of a locked product."""
    sql = "update products set exclusive_item_id = $2 where id = $1"
    await tx.run(sql, product_id, item_id)


async def withdraw_sold(tx: Tx, product_id: ProductId) -> None:
    """Withdraw a locked product whose exclusive licence was bought by the line that holds it."""
    sql = """
        update products
           set sold_exclusively_at = clock_timestamp(), status = 'withdrawn',
               owner_status = case when owner_status is not null then 'withdrawn' end,
               updated_at = now()
         where id = $1
    """
    await tx.run(sql, product_id)


async def release_exclusive(tx: Tx, item_ids: Sequence[OrderItemId]) -> None:
    """Release the exclusive licences that lines held, or had bought; products stay withdrawn."""
    sql = """
        update products
           set exclusive_item_id = null, sold_exclusively_at = null
         where exclusive_item_id = any($1)
    """
    await tx.run(sql, item_ids)


async def find_contents(conn: Conn, product_id: ProductId) -> ProductContents | None:
    """Return the track or the release that a product shows, whatever its status."""
    sql = "select track_id, release_id from products where id = $1"
    return await conn.maybe(ProductContents, sql, product_id)


async def lock_counts(tx: Tx, product_ids: Sequence[ProductId]) -> None:
    sql = "select id from products where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, product_ids)


async def add_to_ratings(tx: Tx, changes: Sequence[RatingChange]) -> None:
    """Add to the review counts and rating sums of locked products."""
    sql = """
        update products
           set reviews_count = reviews_count + more.reviews,
               rating_sum = products.rating_sum + more.rating_sum
          from unnest($1::uuid[], $2::integer[], $3::integer[]) as more (id, reviews, rating_sum)
         where products.id = more.id
    """
    product_ids = [change.product_id for change in changes]
    reviews = [change.reviews for change in changes]
    await tx.run(sql, product_ids, reviews, [change.rating_sum for change in changes])
