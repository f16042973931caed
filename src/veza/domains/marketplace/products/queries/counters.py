"""Locks products before they are sold or given, and before their counters change."""

from collections.abc import Collection, Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, ProductId, UserId
from veza.core.visibility import active, announced_release, taken_down
from veza.domains.marketplace.products.models.products import PurchasableProduct
from veza.domains.marketplace.products.rules import priced_in
from veza.infra.postgres.database import Conn, Tx

# A release that is still to come is not available any more once its product is withdrawn.
_SELECT_PURCHASABLE = f"""
    select p.id, p.seller_id, p.title, p.price_cents, p.currency, p.licence,
           p.pricing, p.stock, p.has_variants,
           p.exclusive_item_id is not null as is_exclusive_held,
           p.sold_exclusively_at is not null as is_sold_exclusively,
           case when p.type = 'track' then p.track_id end as track_id,
           p.ordered_at is not null as was_ordered,
           coalesce({announced_release("r")}, true) and coalesce(not {taken_down("t")}, true)
           and (p.status <> 'withdrawn' or d.available_at is null) as is_available,
           d.available_at, case when p.type = 'service' then p.service end as service
      from products p
      join users s on s.id = p.seller_id
      left join releases r on r.id = p.release_id
      left join tracks t on t.id = p.track_id
      cross join lateral (
          select greatest(r.publish_at,
                          case when r.release_date > (now() at time zone 'utc')::date
                               then r.release_date::timestamp at time zone 'utc' end,
                          case when p.type = 'service'
                               then now() + (p.service->>'delivery_days')::integer
                                            * interval '1 day' end)
                 as available_at
      ) d
"""


async def lock_for_sale(tx: Tx, product_ids: Sequence[ProductId]) -> list[PurchasableProduct]:
    """Lock and return those of the products that can be bought, by id.

    Concurrent orders and changes of the same products wait. Sellers are locked before their
    products, as erasing a seller does.
    """
    sql = f"""
        {_SELECT_PURCHASABLE}
         where p.id = any($1) and p.status = 'published' and {active("s")}
         order by p.id
           for key share of s
           for no key update of p
    """
    return await tx.all(PurchasableProduct, sql, product_ids)


async def list_for_sale(conn: Conn, product_ids: Sequence[ProductId]) -> list[PurchasableProduct]:
    """Return those of the products that can be bought, by id."""
    sql = f"""
        {_SELECT_PURCHASABLE}
         where p.id = any($1) and p.status = 'published' and {active("s")}
         order by p.id
    """
    return await conn.all(PurchasableProduct, sql, product_ids)


async def lock_to_give(tx: Tx, product_id: ProductId) -> PurchasableProduct | None:
    """Lock and return a product of any status.

    Not one that is taken down, or whose seller is deleted or suspended.
    """
    sql = f"""
        {_SELECT_PURCHASABLE}
         where p.id = $1 and p.owner_status is null and {active("s")}
           for key share of s
           for no key update of p
    """
    return await tx.maybe(PurchasableProduct, sql, product_id)


async def update_ordered(tx: Tx, product_ids: Sequence[ProductId]) -> None:
    """Set the time of the first order of locked products."""
    sql = "update products set ordered_at = now() where id = any($1) and ordered_at is null"
    await tx.run(sql, product_ids)


async def price_in(
    conn: Conn, products: list[PurchasableProduct], currency: str | None
) -> list[PurchasableProduct]:
    """Return products with their prices in a currency; those without one as they are.

    A separate statement, because the one that locks does not see what changed while it waited.
    """
    sql = """
        select coalesce(jsonb_object_agg(product_id, price_cents), '{}')
          from product_prices
         where product_id = any($1) and currency = $2
    """
    if currency is None:
        return products
    product_ids = [product.id for product in products]
    prices = await conn.value(dict[ProductId, int], sql, product_ids, currency) or {}
    return priced_in(products, currency, prices)


async def take_units(tx: Tx, product_ids: Sequence[ProductId]) -> int:
    """Take a unit of each of these locked products that has one left; return how many have."""
    sql = "update products set stock = stock - 1 where id = any($1) and stock > 0"
    return await tx.run(sql, product_ids)


async def add_to_sales_counts(
    tx: Tx, product_ids: list[ProductId], more: list[int], units: Collection[ProductId]
) -> None:
    """Add to the sales counts of locked products; limited ones of `units` get a unit back."""
    sql = """
        update products p
           set sales_count = p.sales_count + tally.more,
               stock = p.stock + case when p.id = any($3) then 1 else 0 end
          from unnest($1::uuid[], $2::integer[]) as tally (id, more)
         where p.id = tally.id
    """
    await tx.run(sql, product_ids, more, list(units))


async def list_products_of(
    conn: Conn, seller_id: UserId, after: ProductId | None
) -> list[ProductId]:
    """Return the next 500 products of a seller, by id."""
    sql = """
        select id
          from products
         where seller_id = $1 and id > $2
         order by id
         limit 500
    """
    found = await conn.column(UUID, sql, seller_id, after or LOWEST_ID)
    return [ProductId(product_id) for product_id in found]


async def update_hidden(tx: Tx, product_ids: Sequence[ProductId], *, hide: bool) -> None:
    """Hide or show locked products in the number of listed products."""
    sql = "update products set is_hidden = $2 where id = any($1) and is_hidden <> $2"
    await tx.run(sql, product_ids, hide)
