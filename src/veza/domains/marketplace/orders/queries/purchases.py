"""A line that is being refunded, or is still to come, gives its buyer nothing."""

from collections.abc import Sequence

from veza.core.ids import OrderId, ProductFileId, ProductId, UserId
from veza.core.pages import Cursor
from veza.core.people import appearance
from veza.domains.marketplace.orders.models.checkout import (
    HeldProduct,
    LicensedProduct,
    StoredOrder,
    StoredOrderItem,
)
from veza.domains.marketplace.orders.shared_queries import licences_of, revoked_line
from veza.domains.marketplace.products.models.files import StoredProductFile
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The reductions of a line `i`, as a list of `Reduction`.
REDUCTIONS = """
    (select coalesce(jsonb_agg(jsonb_build_object(
                'cause', r.cause, 'reference_id', r.reference_id, 'label', r.label,
                'amount_cents', r.amount_cents) order by r.position), '[]')
       from order_item_reductions r
      where r.item_id = i.id)
"""

# A line gives the original or the release that its product is.
GIVES_CONTENTS = "(i.variant is null or (i.variant->>'includes_contents')::boolean)"

_SELECT_ORDERS = """
    select id, buyer_id, status, total_cents, currency, provider, payment_ref, client_secret,
           billing, reason as failure_reason, created_at, expires_at, paid_at
      from orders
"""


async def find_order(conn: Conn, order_id: OrderId) -> StoredOrder | None:
    return await conn.maybe(StoredOrder, f"{_SELECT_ORDERS} where id = $1", order_id)


async def list_orders(
    conn: Conn, buyer_id: UserId, limit: int, cursor: Cursor | None
) -> list[StoredOrder]:
    """Return up to `limit + 1` orders of a buyer, newest first."""
    where = Where("buyer_id = {}", buyer_id)
    where.add_filter("id < {}", cursor and cursor.id)
    sql = f"{_SELECT_ORDERS} {where.sql} order by id desc limit {limit + 1:d}"
    return await conn.all(StoredOrder, sql, *where.values)


async def list_items(conn: Conn, order_ids: Sequence[OrderId]) -> list[StoredOrderItem]:
    sql = f"""
        select i.id, i.order_id, i.kind, i.product_id, i.title, i.licence, i.seller_id, u.username,
               {appearance("u")} as appearance,
               i.price_cents + i.reduced_cents as list_cents, i.price_cents,
               {REDUCTIONS} as reductions, i.available_at, i.delivered_at,
               i.refunded_at is not null as is_refunded, i.is_gift, i.is_received, i.variant,
               i.service, t.message, i.tax_treatment, i.tax_country, i.tax_rate, i.tax_cents,
               case when i.refund_id is null and o.paid_at is not null and not o.came_late
                    then case i.kind
                         when 'tip' then (
                             select nullif(j.thanks, '') from tip_jars j
                              where j.profile_id = i.seller_id)
                         when 'membership' then (
                             select nullif(w.welcome, '')
                               from membership_periods m
                               join tiers w on w.id = m.tier_id
                              where m.item_id = i.id and m.is_paid) end
               end as thanks
          from order_items i
          join orders o on o.id = i.order_id
          left join tips t on t.item_id = i.id
          left join users u on u.id = i.seller_id
         where i.order_id = any($1)
         order by i.order_id, i.position
    """
    return await conn.all(StoredOrderItem, sql, order_ids)


async def list_licensed_products(conn: Conn, order_id: OrderId) -> list[LicensedProduct]:
    """Return the products that an order gives, and which files of those that are variants.

    Without those being refunded, still to come, or taken from their buyers.
    """
    sql = f"""
        select l.product_id, i.variant->'file_ids' as file_ids
          from order_items i
          join licences l on l.item_id = i.id
          join products p on p.id = i.product_id
         where i.order_id = $1 and i.refund_id is null and not i.is_undelivered
           and not {revoked_line("i", "p")}
         order by i.position
    """
    return await conn.all(LicensedProduct, sql, order_id)


async def has_revoked(conn: Conn, order_id: OrderId) -> bool:
    """Return whether an order has a licensed line that is taken from its buyers."""
    sql = f"""
        select exists (
            select from order_items i
              join licences l on l.item_id = i.id
              join products p on p.id = i.product_id
             where i.order_id = $1 and i.refund_id is null and {revoked_line("i", "p")}
        )
    """
    return bool(await conn.value(bool, sql, order_id))


async def has_preorder(conn: Conn, order_id: OrderId) -> bool:
    """Return whether an order has a licensed line that is still to come."""
    sql = """
        select exists (
            select from order_items i
              join licences l on l.item_id = i.id
             where i.order_id = $1 and i.refund_id is null and i.is_undelivered
        )
    """
    return bool(await conn.value(bool, sql, order_id))


async def find_download(
    conn: Conn, order_id: OrderId, file_id: ProductFileId
) -> StoredProductFile | None:
    """Return a file of a licensed product of an order.

    None if it is refunded, still to come, or taken from its buyers.
    """
    sql = f"""
        select f.id, f.product_id, f.name, f.size_bytes, f.content_type, f.sha256, f.created_at
          from order_items i
          join licences l on l.item_id = i.id
          join product_files f on f.product_id = i.product_id
          join products p on p.id = i.product_id
         where i.order_id = $1 and f.id = $2 and i.refund_id is null and not i.is_undelivered
           and (i.variant is null or i.variant->'file_ids' @> to_jsonb(f.id))
           and not {revoked_line("i", "p")}
    """
    return await conn.maybe(StoredProductFile, sql, order_id, file_id)


async def find_ordered_product(
    conn: Conn, order_id: OrderId, product_id: ProductId
) -> HeldProduct | None:
    """Return a product as one that an order gives; a line being refunded gives nothing.

    Nor does a variant without the release.
    """
    sql = f"""
        select p.id, p.release_id, false as is_own, true as is_licensed,
               not i.is_undelivered as is_delivered
          from order_items i
          join licences l on l.item_id = i.id
          join products p on p.id = i.product_id
         where i.order_id = $1 and i.product_id = $2 and i.refund_id is null
           and not {revoked_line("i", "p")}
           and {GIVES_CONTENTS}
    """
    return await conn.maybe(HeldProduct, sql, order_id, product_id)


async def find_held_product(
    conn: Conn, member_id: UserId, product_id: ProductId
) -> HeldProduct | None:
    """Return a product as one of its seller or of a buyer; a line being refunded gives nothing."""
    sql = f"""
        select p.id, p.release_id,
               p.seller_id is not distinct from $1 as is_own,
               i.id is not null as is_licensed,
               i.id is not null and not i.is_undelivered as is_delivered
          from products p
          left join ({licences_of("$1", "$2")}) l on l.product_id = p.id
          left join order_items i
            on i.id = l.item_id and i.refund_id is null and not {revoked_line("i", "p")}
           and {GIVES_CONTENTS}
         where p.id = $2
         order by is_delivered desc, is_licensed desc
         limit 1
    """
    return await conn.maybe(HeldProduct, sql, member_id, product_id)
