"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import OrderId, ProductFileId, ProductId, UserId
from veza.core.pages import Cursor
from veza.domains.marketplace.products.models import ProductFile
from veza.domains.marketplace.purchases.models import StoredOrder, StoredOrderItem
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def lock_buyer(tx: Tx, user_id: UserId) -> bool:
    """False where they are gone or suspended; whoever suspends or erases them waits."""
    sql = "select true from users where id = $1 and suspended_at is null for share"
    return bool(await tx.value(bool, sql, user_id))


async def has_any(conn: Conn, buyer_id: UserId, product_ids: Sequence[ProductId]) -> bool:
    """Tell whether a buyer has one of some products."""
    sql = "select exists (select from licences where buyer_id = $1 and product_id = any($2))"
    return bool(await conn.value(bool, sql, buyer_id, product_ids))


_SELECT_ORDERS = """
    select id, status, total_cents, currency, provider, payment_ref, client_secret, billing, reason,
           created_at, expires_at, paid_at
      from orders
"""


async def find_own(conn: Conn, order_id: OrderId, buyer_id: UserId) -> StoredOrder | None:
    sql = f"{_SELECT_ORDERS} where id = $1 and buyer_id = $2"
    return await conn.maybe(StoredOrder, sql, order_id, buyer_id)


async def list_orders(
    conn: Conn, buyer_id: UserId, limit: int, cursor: Cursor | None
) -> list[StoredOrder]:
    """Newest first; one more than asked for, where there is more."""
    where = Where()
    where.add("buyer_id = {}", buyer_id)
    if cursor is not None:
        where.add("id < {}", cursor.id)
    sql = f"{_SELECT_ORDERS} {where.sql} order by id desc limit {limit + 1:d}"
    return await conn.all(StoredOrder, sql, *where.values)


async def list_viewed_lines(conn: Conn, order_ids: Sequence[OrderId]) -> list[StoredOrderItem]:
    """The lines of orders, each order's in their order."""
    sql = """
        select i.id, i.order_id, i.product_id, i.title, i.licence, i.seller_id, u.username,
               i.price_cents, i.refunded_at is not null as is_refunded
          from order_items i
          left join users u on u.id = i.seller_id
         where i.order_id = any($1)
         order by i.order_id, i.position
    """
    return await conn.all(StoredOrderItem, sql, order_ids)


async def list_licensed(conn: Conn, order_id: OrderId) -> list[ProductId]:
    """The products that an order gives at present: not those whose refund has begun."""
    sql = """
        select l.product_id
          from order_items i
          join licences l on l.item_id = i.id
         where i.order_id = $1 and i.refund_id is null
         order by i.position
    """
    return [ProductId(found) for found in await conn.column(UUID, sql, order_id)]


async def find_download(
    conn: Conn, order_id: OrderId, file_id: ProductFileId
) -> ProductFile | None:
    """A file that an order gives at present."""
    sql = """
        select f.id, f.product_id, f.name, f.size_bytes, f.content_type, f.sha256, f.created_at
          from order_items i
          join licences l on l.item_id = i.id
          join product_files f on f.product_id = i.product_id
         where i.order_id = $1 and f.id = $2 and i.refund_id is null
    """
    return await conn.maybe(ProductFile, sql, order_id, file_id)
