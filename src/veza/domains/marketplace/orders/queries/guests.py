"""Orders of guests are recognized by their request, opened by their link, and claimed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import OrderId, OrderItemId, ProductId, SubjectId, UserId
from veza.domains.marketplace.orders.models.guests import (
    DeliveredOrder,
    GuestDelivery,
    NewGuest,
    RepeatedOrder,
)
from veza.domains.marketplace.orders.queries.settlement import sellable_lines
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# More orders of an address are claimed by a job.
CLAIMED_AT_ONCE = 500

_DELIVERY = "order_id, email, language, link_nonce"
_SELECT_DELIVERED = """
    select g.order_id, g.email, g.language, g.link_nonce, o.total_cents, o.currency,
           (select jsonb_agg(jsonb_build_object('kind', i.kind, 'title', i.title)
                             order by i.position)
              from order_items i
             where i.order_id = o.id) as lines
      from guest_orders g
      join orders o on o.id = g.order_id
     where o.paid_at is not null and not o.came_late
"""


async def lock_address(tx: Tx, email_key: str) -> None:
    """Lock an address: one transaction at a time places or claims its orders."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('guest ' || $1, 0))", email_key)


async def find_by_request(
    conn: Conn, request_key: bytes, lifetime: timedelta
) -> RepeatedOrder | None:
    """Return the order of a request that was sent before with the same key."""
    sql = """
        select g.order_id, g.fingerprint, true as is_keyed
          from guest_orders g
          join orders o on o.id = g.order_id
         where g.request_key = $1 and o.created_at > now() - $2::interval
         order by g.order_id desc
         limit 1
    """
    return await conn.maybe(RepeatedOrder, sql, request_key, lifetime)


async def find_by_cart(conn: Conn, cart_key: bytes) -> RepeatedOrder | None:
    """Return the order of the same cart that can still be paid."""
    sql = """
        select g.order_id, g.fingerprint, false as is_keyed
          from guest_orders g
          join orders o on o.id = g.order_id
         where g.cart_key = $1 and o.status in ('pending', 'failed') and o.expires_at > now()
         order by g.order_id desc
         limit 1
    """
    return await conn.maybe(RepeatedOrder, sql, cart_key)


async def insert_guest(tx: Tx, order_id: OrderId, guest: NewGuest) -> None:
    sql = """
        insert into guest_orders (order_id, email, language, link_nonce, cart_key, network_key,
                                  request_key, fingerprint)
             select :order_id, :email, :language, :link_nonce, :cart_key,
                    case when exists (select from order_items
                                       where order_id = :order_id
                                         and (holds_unit or variant->>'kind' = 'exclusive'))
                         then :network_key::bytea end,
                    :request_key, :fingerprint
    """
    await tx.run(*bind(sql, guest, order_id=order_id))


async def find_delivery(conn: Conn, order_id: OrderId) -> GuestDelivery | None:
    sql = f"select {_DELIVERY} from guest_orders where order_id = $1"
    return await conn.maybe(GuestDelivery, sql, order_id)


async def find_delivered(conn: Conn, order_id: OrderId) -> DeliveredOrder | None:
    """Return an order of a guest that was paid in time."""
    return await conn.maybe(DeliveredOrder, f"{_SELECT_DELIVERED} and o.id = $1", order_id)


async def list_delivered(conn: Conn, email_key: str, limit: int) -> list[DeliveredOrder]:
    """Return the paid orders of an address, newest first."""
    sql = f"""
        {_SELECT_DELIVERED}
           and g.email_key = $1
         order by g.order_id desc
         limit {limit:d}
    """
    return await conn.all(DeliveredOrder, sql, email_key)


async def update_nonce(tx: Tx, order_id: OrderId, link_nonce: bytes) -> None:
    """Revoke the links of an order."""
    sql = "update guest_orders set link_nonce = $2 where order_id = $1"
    await tx.run(sql, order_id, link_nonce)


async def find_verified_key(conn: Conn, user_id: UserId) -> str | None:
    """Return the address of an account as it is compared, if it is verified."""
    sql = """
        select email_key
          from users
         where id = $1 and email_verified_at is not null and page_kind is null
    """
    return await conn.value(str, sql, user_id)


async def lock_claimant(tx: Tx, order_id: OrderId) -> UserId | None:
    """Lock and return the account that has the address of an order, and has verified it."""
    sql = """
        select u.id
          from guest_orders g
          join users u on u.email_key = g.email_key
         where g.order_id = $1 and u.email_verified_at is not null and u.page_kind is null
           for key share of u
    """
    found = await tx.value(UUID, sql, order_id)
    return None if found is None else UserId(found)


async def lock_claimable(tx: Tx, email_key: str, user_id: UserId) -> list[OrderId]:
    """Lock the next orders of an address that its account may claim; return their ids.

    Nobody buys from themselves: what the account sells stays with the link.
    """
    sql = f"""
        select o.id
          from guest_orders g
          join orders o on o.id = g.order_id
         where g.email_key = $1 and o.buyer_id is null and o.is_guest
           and not exists (select from order_items i
                            where i.order_id = o.id and i.seller_id = $2)
         order by o.id
         limit {CLAIMED_AT_ONCE:d}
           for no key update of o
    """
    return [OrderId(found) for found in await tx.column(UUID, sql, email_key, user_id)]


async def update_claimed(
    tx: Tx, order_ids: Sequence[OrderId], user_id: UserId, subject: SubjectId
) -> None:
    """Make an account the buyer of these orders."""
    sql = "update orders set buyer_id = $2, buyer_subject = $3 where id = any($1)"
    await tx.run(sql, order_ids, user_id, subject)


async def list_loose_items(conn: Conn, order_ids: Sequence[OrderId]) -> list[OrderItemId]:
    """Return the lines of orders whose licence nobody holds by account."""
    sql = """
        select l.item_id
          from order_items i
          join licences l on l.item_id = i.id
         where i.order_id = any($1) and l.buyer_id is null
         order by l.item_id
    """
    return [OrderItemId(found) for found in await conn.column(UUID, sql, order_ids)]


async def list_copies(
    conn: Conn, buyer_id: UserId, product_ids: Sequence[ProductId]
) -> list[OrderItemId]:
    """Return the lines by which an account bought one of these products another time."""
    sql = """
        select l.item_id
          from orders o
          join order_items i on i.order_id = o.id
          join licences l on l.item_id = i.id
         where o.buyer_id = $1 and l.buyer_id is null and l.product_id = any($2)
         order by l.item_id
    """
    return [OrderItemId(found) for found in await conn.column(UUID, sql, buyer_id, product_ids)]


async def delete_loose(tx: Tx, item_ids: Sequence[OrderItemId]) -> list[OrderItemId]:
    """Delete the licences of these lines that no account holds; return the lines."""
    sql = """
        delete from licences where item_id = any($1) and buyer_id is null returning item_id
    """
    return [OrderItemId(found) for found in await tx.column(UUID, sql, item_ids)]


async def insert_loose(tx: Tx, item_ids: Sequence[OrderItemId]) -> int:
    """Grant the licences of lines that have none to who has the link to their order.

    Not after an exclusive one, as `insert_licences`. Returns how many were granted.
    """
    sql = f"""
        {sellable_lines("$1")}
        insert into licences (product_id, item_id)
             select product_id, id
               from sellable
              order by id
        on conflict (item_id) do nothing
    """
    return await tx.run(sql, item_ids)
