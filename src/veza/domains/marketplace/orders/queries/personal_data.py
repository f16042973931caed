"""Erasing removes names from orders and deletes licences; the orders stay."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import OrderId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models.personal_data import (
    PersonalOrder,
    PersonalPart,
    PersonalSale,
)
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Conn, Tx


async def list_orders(conn: Conn, buyer_id: UserId) -> list[PersonalOrder]:
    """Return the orders of a buyer, by id."""
    sql = """
        select o.id, o.status, o.total_cents, o.currency, o.billing, o.vat_check, o.created_at,
               o.paid_at,
               (select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'country', p.country)
                                          order by p.kind), '[]')
                  from order_places p
                 where p.order_id = o.id) as places,
               (select g.email from guest_orders g where g.order_id = o.id) as guest_email,
               array(select i.title
                       from order_items i
                      where i.order_id = o.id
                      order by i.position) as titles
          from orders o
         where o.buyer_id = $1
         order by o.id
    """
    return await conn.every(PersonalOrder, sql, buyer_id)


async def list_sales(conn: Conn, seller_id: UserId) -> list[PersonalSale]:
    """Return the sold items of a seller, by order."""
    sql = """
        select i.id, i.order_id, i.kind, i.title, i.price_cents, i.fee_cents, i.net_cents,
               o.currency, o.paid_at, i.refunded_at
          from order_items i
          join orders o on o.id = i.order_id
         where i.seller_id = $1 and o.paid_at is not null and not o.came_late
         order by i.order_id, i.id
    """
    return await conn.every(PersonalSale, sql, seller_id)


async def list_parts(conn: Conn, party_id: UserId) -> list[PersonalPart]:
    """Return the parts of a member of sold items, by order."""
    sql = """
        select i.id, i.order_id, i.kind, i.title, p.parts_per_10000, p.price_cents, p.fee_cents,
               p.net_cents, o.currency, o.paid_at, i.refunded_at
          from order_item_parts p
          join order_items i on i.id = p.item_id
          join orders o on o.id = i.order_id
         where p.party_id = $1 and o.paid_at is not null and not o.came_late
         order by i.order_id, i.id
    """
    return await conn.every(PersonalPart, sql, party_id)


async def has_open_sales(conn: Conn, seller_id: UserId, modes: Collection[MoneyMode]) -> bool:
    """Return whether sales of these modes may still be paid, delivered, refunded or disputed.

    Also of those that the member has a part of.
    """
    sql = """
        select exists (
            select from order_items i
              join orders o on o.id = i.order_id
             where i.id in (select s.id from order_items s where s.seller_id = $1
                             union all
                            select p.item_id from order_item_parts p where p.party_id = $1)
               and o.mode = any($2)
               and (o.status in ('pending', 'failed')
                    or (i.is_undelivered and i.price_cents > 0
                        and (i.is_given
                             or exists (select from licences l where l.item_id = i.id)))
                    or (i.refund_id is not null and i.refunded_at is null)
                    or exists (select from order_disputes d
                                where d.order_id = o.id and d.status = 'open'))
        )
    """
    return bool(await conn.value(bool, sql, seller_id, list(modes)))


async def update_buyer_gone(tx: Tx, user_id: UserId) -> None:
    sql = """
        update orders
           set buyer_id = null, is_guest = false, billing = null, vat_check = null,
               client_secret = null
         where buyer_id = $1
    """
    await tx.run(sql, user_id)


async def update_seller_gone(tx: Tx, user_id: UserId) -> None:
    """Remove a seller's id from sold items, and their name from titles and licences."""
    sql = f"""
        update order_items i
           set seller_id = null,
               title = {anonymized("i.title")},
               licence = {anonymized("i.licence")},
               variant = case when i.variant is not null then
                   i.variant || jsonb_build_object(
                       'title', {anonymized("i.variant->>'title'")},
                       'work', coalesce({anonymized("i.variant->>'work'")}, ''),
                       'credit_line', '', 'clauses', '') end,
               service = jsonb_set(i.service, array['questions'], '""')
          from users u
         where i.seller_id = u.id and u.id = $1
    """
    # Labels of reductions are the seller's words, too.
    labels = f"""
        update order_item_reductions r
           set label = {anonymized("r.label")}
          from order_items i, users u
         where i.id = r.item_id and i.seller_id = u.id and u.id = $1
    """
    await tx.run(labels, user_id)
    await tx.run(sql, user_id)


async def update_party_gone(tx: Tx, user_id: UserId) -> None:
    await tx.run("update order_item_parts set party_id = null where party_id = $1", user_id)


async def update_admin_gone(tx: Tx, user_id: UserId) -> None:
    await tx.run("update flag_clearances set cleared_by = null where cleared_by = $1", user_id)


async def delete_licences(tx: Tx, user_id: UserId) -> None:
    """Delete the licences of an account, with those of what it bought another time."""
    sql = """
        delete from licences l
         using order_items i, orders o
         where i.id = l.item_id and o.id = i.order_id and o.buyer_id = $1
    """
    await tx.run(sql, user_id)


async def delete_deliveries(tx: Tx, user_id: UserId) -> None:
    """Forget the addresses with which an account ordered as a guest, and revoke the links."""
    sql = """
        delete from guest_orders g
         using orders o
         where o.id = g.order_id and o.buyer_id = $1
    """
    await tx.run(sql, user_id)


async def lock_unclaimed(tx: Tx, email_key: str) -> list[OrderId]:
    """Lock the orders of an address that no account has; return their ids."""
    sql = """
        select o.id
          from guest_orders g
          join orders o on o.id = g.order_id
         where g.email_key = $1 and o.buyer_id is null
         order by o.id
           for no key update of o
    """
    return [OrderId(found) for found in await tx.column(UUID, sql, email_key)]


async def lock_abandoned(tx: Tx, age: timedelta) -> list[OrderId]:
    """Lock up to 500 orders of guests that were cancelled, and are no longer polled."""
    sql = """
        select o.id
          from guest_orders g
          join orders o on o.id = g.order_id
         where o.status = 'cancelled' and o.buyer_id is null
           and o.poll_at is null and o.expires_at < now() - $1::interval
         order by o.id
         limit 500
           for no key update of o skip locked
    """
    return [OrderId(found) for found in await tx.column(UUID, sql, age)]


async def update_guest_gone(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Remove a guest from orders that no account has: address, billing details, licences, links."""
    sql = """
        delete from licences l
         using order_items i
         where i.id = l.item_id and i.order_id = any($1)
    """
    await tx.run(sql, order_ids)
    await tx.run("delete from guest_orders where order_id = any($1)", order_ids)
    sql = """
        update orders
           set is_guest = false, billing = null, vat_check = null, client_secret = null
         where id = any($1)
    """
    await tx.run(sql, order_ids)


async def has_traded(conn: Conn, user_id: UserId) -> bool:
    """Return whether a profile bought or sold anything, paid or not, or has a part of a sale."""
    sql = """
        select exists (select from orders where buyer_id = $1)
            or exists (select from order_items where seller_id = $1)
            or exists (select from order_item_parts where party_id = $1)
    """
    return bool(await conn.value(bool, sql, user_id))
