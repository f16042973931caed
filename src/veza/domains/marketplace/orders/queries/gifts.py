"""Gifts belong to lines of orders. Their order is locked before them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import OrderId, OrderItemId, UserId
from veza.domains.marketplace.orders.models.gifts import (
    GiftPlace,
    GiftRef,
    MailFailure,
    NewGift,
    PersonalGift,
    ReceivedGift,
    RecipientForm,
    StoredGift,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# The payment of a line `i` is being refunded or disputed.
_HELD = """
    (i.refund_id is not null and i.refunded_at is null
     or exists (select from order_disputes d
                 where d.order_id = i.order_id and d.status = 'open'))
"""

_SELECT_GIFTS = f"""
    select g.item_id, i.order_id, i.product_id, i.variant, o.buyer_id, i.title,
           coalesce(u.display_name, u.username) as seller, i.available_at, g.recipient,
           g.recipient_name, g.sender_name, g.message, g.language, g.send_at, g.due_at, g.attempts,
           g.tried_at, g.sent_at, g.failure, g.code_nonce, g.code_hash, g.redeemed_item_id,
           g.redeemed_at, o.paid_at is not null as is_paid, i.is_given, {_HELD} as is_held
      from gifts g
      join order_items i on i.id = g.item_id
      join orders o on o.id = i.order_id
      left join users u on u.id = i.seller_id
"""

# Forgets what the buyer wrote. A gift that is still to be mailed keeps its address until then.
_FORGOTTEN = """
    sender_name = null, message = null, recipient_name = null,
    recipient = case when i.is_given and g.due_at is not null then g.recipient end,
    due_at = case when i.is_given then g.due_at end
"""


async def insert_gifts(tx: Tx, gifts: Sequence[NewGift]) -> None:
    sql = """
        insert into gifts (item_id, recipient, recipient_name, sender_name, message, language,
                           send_at)
             select g.item_id, g.recipient, g.recipient_name, g.sender_name, g.message,
                    g.language, coalesce(g.send_at, now())
               from unnest(:item_id::uuid[], :recipient::text[], :recipient_name::text[],
                           :sender_name::text[], :message::text[], :language::text[],
                           :send_at::timestamptz[])
                    as g (item_id, recipient, recipient_name, sender_name, message, language,
                          send_at)
    """
    columns = {field: [getattr(one, field) for one in gifts] for field in NewGift.__struct_fields__}
    await tx.run(*bind(sql, columns))


async def update_given(tx: Tx, item_ids: Sequence[OrderItemId]) -> None:
    """Mark gifts as paid for; they are mailed when their buyers want it."""
    await tx.run("update order_items set is_given = true where id = any($1)", item_ids)
    sql = """
        update gifts
           set due_at = greatest(send_at, now())
         where item_id = any($1) and recipient is not null
    """
    await tx.run(sql, item_ids)


async def update_returned(tx: Tx, item_ids: Sequence[OrderItemId]) -> None:
    """Mark gifts as returned: their codes give nothing, and no mail is sent any more."""
    await tx.run("update order_items set is_given = false where id = any($1)", item_ids)
    await tx.run("update gifts set due_at = null where item_id = any($1)", item_ids)


async def find_by_code(conn: Conn, code_hash: bytes) -> GiftRef | None:
    sql = """
        select g.item_id, i.order_id, i.product_id, i.variant
          from gifts g
          join order_items i on i.id = g.item_id
         where g.code_hash = $1
    """
    return await conn.maybe(GiftRef, sql, code_hash)


async def find_place(conn: Conn, item_id: OrderItemId) -> GiftPlace | None:
    sql = """
        select g.item_id, i.order_id
          from gifts g
          join order_items i on i.id = g.item_id
         where g.item_id = $1
    """
    return await conn.maybe(GiftPlace, sql, item_id)


async def find_received(conn: Conn, item_id: OrderItemId) -> ReceivedGift | None:
    """Return the order of the line by which a gift was redeemed."""
    sql = """
        select o.id as order_id, o.buyer_id,
               (select e.email_key from guest_orders e where e.order_id = o.id) as email_key
          from order_items i
          join orders o on o.id = i.order_id
         where i.id = $1
    """
    return await conn.maybe(ReceivedGift, sql, item_id)


async def lock_order(tx: Tx, order_id: OrderId) -> None:
    """Lock an order against changes of its state."""
    await tx.run("select from orders where id = $1 for share", order_id)


async def lock_row(tx: Tx, item_id: OrderItemId) -> None:
    await tx.run("select from gifts where item_id = $1 for no key update", item_id)


async def find_gift(conn: Conn, item_id: OrderItemId) -> StoredGift | None:
    return await conn.maybe(StoredGift, f"{_SELECT_GIFTS} where g.item_id = $1", item_id)


async def list_gifts(conn: Conn, order_id: OrderId) -> list[StoredGift]:
    """List the gifts of an order, in the order of its lines."""
    sql = f"{_SELECT_GIFTS} where i.order_id = $1 order by i.position"
    return await conn.all(StoredGift, sql, order_id)


async def list_due(conn: Conn, order_id: OrderId) -> list[OrderItemId]:
    """List the gifts of an order that are to be mailed now."""
    sql = """
        select g.item_id
          from order_items i
          join gifts g on g.item_id = i.id
         where i.order_id = $1 and i.is_given and g.due_at <= now()
         order by g.item_id
    """
    return [OrderItemId(found) for found in await conn.column(UUID, sql, order_id)]


async def claim_due(tx: Tx, *, limit: int, lease: timedelta) -> list[OrderItemId]:
    """Return gifts that are to be mailed now; they are due again after the lease."""
    sql = f"""
        with due as (
            select g.item_id
              from gifts g
              join order_items i on i.id = g.item_id
             where g.due_at <= now() and i.is_given and not {_HELD}
             order by g.due_at
             limit {limit:d}
               for no key update of g skip locked
        )
           update gifts g
              set due_at = now() + $1::interval
             from due
            where g.item_id = due.item_id
        returning g.item_id
    """
    return [OrderItemId(found) for found in await tx.column(UUID, sql, lease)]


async def update_due(tx: Tx, item_id: OrderItemId, wait: timedelta) -> None:
    """Set when a gift is mailed: after a time. The caller has locked it."""
    await tx.run("update gifts set due_at = now() + $2 where item_id = $1", item_id, wait)


async def update_code(tx: Tx, item_id: OrderItemId, nonce: bytes, code_hash: bytes) -> None:
    """Give a gift its code, in the place of a former one."""
    sql = "update gifts set code_nonce = $2, code_hash = $3 where item_id = $1"
    await tx.run(sql, item_id, nonce, code_hash)


async def update_mailed(
    tx: Tx, item_id: OrderItemId, code_hash: bytes, failure: MailFailure | None
) -> None:
    """Note that a gift was mailed with a code, or why not, unless its recipient changed meanwhile.

    The address of a gift whose buyer is erased is not needed any more.
    """
    sql = """
        update gifts
           set attempts = least(attempts + 1, 100),
               tried_at = now(),
               sent_at = case when $3::text is null then now() end,
               failure = $3,
               due_at = null,
               recipient = case when sender_name is not null then recipient end
         where item_id = $1 and code_hash = $2
    """
    await tx.run(sql, item_id, code_hash, failure)


async def update_recipient(tx: Tx, item_id: OrderItemId, form: RecipientForm) -> None:
    """Give a gift another recipient, and end the code that the former one may have."""
    sql = """
        update gifts
           set recipient = :recipient_email, recipient_name = :recipient_name, sent_at = null,
               failure = null, code_nonce = null, code_hash = null,
               due_at = greatest(send_at, now())
         where item_id = :item_id
    """
    await tx.run(*bind(sql, form, item_id=item_id))


async def update_redeemed(tx: Tx, item_id: OrderItemId, received_id: OrderItemId) -> None:
    """Mark a locked gift as redeemed by a line of another order."""
    sql = """
        update gifts
           set redeemed_item_id = $2, redeemed_at = now(), due_at = null
         where item_id = $1
    """
    await tx.run(sql, item_id, received_id)


async def list_to_take_back(conn: Conn, order_id: OrderId) -> list[GiftPlace]:
    """List what recipients got by gifts of an order that were returned, by their own orders."""
    sql = """
        select r.id as item_id, r.order_id
          from order_items i
          join gifts g on g.item_id = i.id
          join order_items r on r.id = g.redeemed_item_id
         where i.order_id = $1 and not i.is_given and r.refunded_at is null
         order by r.order_id
    """
    return await conn.all(GiftPlace, sql, order_id)


async def list_personal(conn: Conn, buyer_id: UserId) -> list[PersonalGift]:
    """List the gifts that a member bought, by line."""
    sql = """
        select g.item_id, i.order_id, i.title, g.recipient, g.recipient_name, g.sender_name,
               g.message, g.send_at, g.sent_at, g.redeemed_at is not null as is_redeemed
          from orders o
          join order_items i on i.order_id = o.id
          join gifts g on g.item_id = i.id
         where o.buyer_id = $1
         order by g.item_id
    """
    return await conn.every(PersonalGift, sql, buyer_id)


async def forget_of_member(tx: Tx, user_id: UserId) -> None:
    """Forget what a member wrote for gifts, and to whom gifts went that they redeemed."""
    sql = f"""
        update gifts g
           set {_FORGOTTEN}
          from order_items i, orders o
         where i.id = g.item_id and o.id = i.order_id and o.buyer_id = $1
    """
    await tx.run(sql, user_id)
    received = """
        update gifts g
           set sender_name = null, message = null, recipient_name = null, recipient = null
          from order_items r, orders o
         where r.id = g.redeemed_item_id and o.id = r.order_id and o.buyer_id = $1
    """
    await tx.run(received, user_id)


async def forget_of_orders(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Forget what guests wrote for gifts."""
    sql = f"""
        update gifts g
           set {_FORGOTTEN}
          from order_items i
         where i.id = g.item_id and i.order_id = any($1)
    """
    await tx.run(sql, order_ids)


async def forget_recipient(tx: Tx, email_key: str) -> None:
    """Forget an address as that of recipients; nothing more is mailed to it."""
    sql = """
        update gifts
           set sender_name = null, message = null, recipient_name = null, recipient = null,
               due_at = null
         where recipient_key = $1 and recipient is not null
    """
    await tx.run(sql, email_key)


async def forget_old(tx: Tx, *, redeemed: timedelta, cancelled: timedelta, limit: int) -> int:
    """Forget the words of gifts that were redeemed or whose orders were cancelled long ago."""
    sql = f"""
        with old as (
            select g.item_id
              from gifts g
             where g.redeemed_at < now() - $1::interval and g.recipient is not null
             limit {limit:d}
        ), unpaid as (
            select g.item_id
              from gifts g
              join order_items i on i.id = g.item_id
              join orders o on o.id = i.order_id
             where g.recipient is not null and o.status = 'cancelled' and o.poll_at is null
               and o.expires_at < now() - $2::interval
             limit {limit:d}
        )
        update gifts g
           set sender_name = null, message = null, recipient_name = null, recipient = null
         where g.item_id in (select item_id from old union select item_id from unpaid)
    """
    return await tx.run(sql, redeemed, cancelled)
