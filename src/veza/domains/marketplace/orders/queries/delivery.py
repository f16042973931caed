"""Delivers a pre-order's lines in batches; lines that are locked wait for the next one.

A service is delivered once its buyer has accepted it.
"""

from uuid import UUID

from veza.core.ids import OrderItemId, ProductId
from veza.core.visibility import shared
from veza.domains.marketplace.orders.models.state import DeliveredLine
from veza.infra.postgres.database import Conn, Tx


async def list_deliverable(conn: Conn) -> list[ProductId]:
    """Return the products with undelivered lines whose releases are published.

    Reads one entry of an index for each product with pre-orders, however many these are.
    """
    sql = f"""
        with recursive preordered (product_id) as (
            (select product_id from order_items where is_undelivered order by product_id limit 1)
             union all
            select (select i.product_id
                      from order_items i
                     where i.is_undelivered and i.product_id > last.product_id
                     order by i.product_id
                     limit 1)
              from preordered last
             where last.product_id is not null
        )
        select p.id
          from preordered
          join products p on p.id = preordered.product_id
          join releases r on r.id = p.release_id
         where {shared("r")}
           and (r.release_date is null or r.release_date <= (now() at time zone 'utc')::date)
    """
    return [ProductId(found) for found in await conn.column(UUID, sql)]


async def update_delivered(tx: Tx, product_id: ProductId, limit: int) -> list[DeliveredLine]:
    """Deliver up to `limit` lines of a product, paid or not; lines that are locked are left out."""
    sql = f"""
        with due as (
            select id
              from order_items
             where product_id = $1 and is_undelivered and service is null
             limit {limit:d}
               for no key update skip locked
        )
           update order_items i
              set delivered_at = now()
             from due, orders o
            where i.id = due.id and o.id = i.order_id
        returning i.order_id, o.buyer_id, o.is_guest,
                  i.is_given or exists (select from licences l where l.item_id = i.id)
                  as is_licensed, i.is_gift
    """
    return await tx.all(DeliveredLine, sql, product_id)


async def update_service_delivered(tx: Tx, item_id: OrderItemId) -> bool:
    """Deliver a service; return False if it is delivered already."""
    sql = """
        update order_items
           set delivered_at = now()
         where id = $1 and service is not null and is_undelivered
    """
    return await tx.run(sql, item_id) == 1
