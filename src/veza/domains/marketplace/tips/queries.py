"""Jars are locked with their profiles, before products; messages belong to lines of orders."""

from collections.abc import Sequence

from veza.core.ids import OrderId, UserId
from veza.core.pages import Cursor
from veza.core.people import appearance
from veza.core.visibility import active, blocked, muted
from veza.domains.marketplace.tips.models import (
    NewTip,
    OpenJar,
    PersonalJar,
    PersonalReceivedTip,
    PersonalTip,
    StoredPublicJar,
    StoredTip,
    TipJar,
    TipJarForm,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where


async def lock_open_jars(
    tx: Tx, profile_ids: Sequence[UserId], giver_id: UserId | None
) -> list[OpenJar]:
    """Lock the jars that take tips of these profiles, and the profiles against erasure.

    Those are left out that block the giver, or whom the giver blocks.
    """
    where = Where("j.profile_id = any({}) and j.is_open", profile_ids)
    where.add(f"not {blocked(where.bind_optional(giver_id), 'u.id')}")
    sql = f"""
        select j.profile_id, left(coalesce(u.display_name, u.username), 200) as name, j.currency
          from tip_jars j
          join users u on u.id = j.profile_id
        {where.sql} and {active("u")}
         order by u.id
           for key share of u
           for share of j
    """
    return await tx.all(OpenJar, sql, *where.values)


async def find_jar(conn: Conn, profile_id: UserId) -> TipJar | None:
    sql = """
        select is_open, currency, suggested_cents, thanks
          from tip_jars
         where profile_id = $1
    """
    return await conn.maybe(TipJar, sql, profile_id)


async def find_public_jar(
    conn: Conn, profile_id: UserId, viewer_id: UserId | None
) -> StoredPublicJar | None:
    """Return the jar of a profile that takes tips of a viewer, who may be a visitor."""
    viewer = None if viewer_id is None else "$2"
    sql = f"""
        select u.id, u.username, {appearance("u")} as appearance, j.currency, j.suggested_cents
          from tip_jars j
          join users u on u.id = j.profile_id
         where j.profile_id = $1 and j.is_open and {active("u")}
           and not {blocked(viewer, "u.id")}
    """
    viewers = [] if viewer_id is None else [viewer_id]
    return await conn.maybe(StoredPublicJar, sql, profile_id, *viewers)


async def list_received(
    conn: Conn, profile_id: UserId, limit: int, cursor: Cursor | None
) -> list[StoredTip]:
    """Return up to `limit + 1` paid tips of a profile, newest first."""
    where = Where("i.seller_id = {} and i.kind = 'tip'", profile_id)
    where.add("o.paid_at is not null and not o.came_late")
    where.add_filter("i.order_id < {}", cursor and cursor.id)
    sql = f"""
        select i.id, i.order_id, o.buyer_id, u.username, {appearance("u")} as appearance,
               o.is_guest and o.buyer_id is null as is_guest,
               case when not {muted("i.seller_id", "o.buyer_id")} then t.message end as message,
               i.price_cents as amount_cents, i.fee_cents, i.net_cents,
               case when exists (select from order_item_parts p where p.item_id = i.id)
                    then coalesce((select p.net_cents
                                     from order_item_parts p
                                    where p.item_id = i.id and p.party_id = i.seller_id), 0)
                    else i.net_cents end as share_cents,
               o.currency, o.mode, o.created_at, o.paid_at,
               i.refunded_at is not null as is_refunded
          from order_items i
          join orders o on o.id = i.order_id
          join tips t on t.item_id = i.id
          left join users u on u.id = o.buyer_id
        {where.sql}
         order by i.order_id desc
         limit {limit + 1:d}
    """
    return await conn.all(StoredTip, sql, *where.values)


async def lock_profile(tx: Tx, profile_id: UserId) -> bool:
    """Lock an active profile against erasure; return whether it is there."""
    sql = f"select true from users where id = $1 and {active()} for key share"
    return await tx.value(bool, sql, profile_id) or False


async def upsert_jar(tx: Tx, profile_id: UserId, form: TipJarForm) -> None:
    sql = """
        insert into tip_jars as j (profile_id, is_open, currency, suggested_cents, thanks)
             values (:profile_id, :is_open, :currency, :suggested_cents, :thanks)
        on conflict (profile_id) do update
                set is_open = excluded.is_open, currency = excluded.currency,
                    suggested_cents = excluded.suggested_cents, thanks = excluded.thanks,
                    updated_at = now()
    """
    await tx.run(*bind(sql, form, profile_id=profile_id))


async def insert_tips(tx: Tx, tips: Sequence[NewTip]) -> None:
    sql = """
        insert into tips (item_id, message)
             select g.item_id, g.message
               from unnest(:item_id::uuid[], :message::text[]) as g (item_id, message)
    """
    columns = {field: [getattr(tip, field) for tip in tips] for field in NewTip.__struct_fields__}
    await tx.run(*bind(sql, columns))


async def find_message(conn: Conn, order_id: OrderId) -> str | None:
    """Return the words of the one tip of an order, if it has any."""
    sql = """
        select t.message
          from order_items i
          join tips t on t.item_id = i.id
         where i.order_id = $1
    """
    return await conn.value(str, sql, order_id)


async def delete_jar(tx: Tx, profile_id: UserId) -> None:
    await tx.run("delete from tip_jars where profile_id = $1", profile_id)


async def update_messages_gone(tx: Tx, user_id: UserId) -> None:
    """Forget what a member wrote with tips, and what was written to them."""
    sql = """
        update tips t
           set message = null
          from order_items i
          join orders o on o.id = i.order_id
         where i.id = t.item_id and i.kind <> 'product' and (o.buyer_id = $1 or i.seller_id = $1)
    """
    await tx.run(sql, user_id)


async def update_messages_of_orders_gone(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Forget what guests wrote with the tips of their orders."""
    sql = """
        update tips t
           set message = null
          from order_items i
         where i.id = t.item_id and i.kind <> 'product' and i.order_id = any($1)
    """
    await tx.run(sql, order_ids)


async def delete_jar_of_both(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Delete the jar of a profile if another one has a jar, too."""
    sql = """
        delete from tip_jars
         where profile_id = $1 and exists (select from tip_jars where profile_id = $2)
    """
    await tx.run(sql, profile_id, into_id)


async def update_profile(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Give the jar of a profile to another one."""
    await tx.run("update tip_jars set profile_id = $2 where profile_id = $1", profile_id, into_id)


async def find_personal_jar(conn: Conn, profile_id: UserId) -> PersonalJar | None:
    sql = """
        select is_open, currency, suggested_cents, thanks, updated_at
          from tip_jars
         where profile_id = $1
    """
    return await conn.maybe(PersonalJar, sql, profile_id)


async def list_given(conn: Conn, buyer_id: UserId) -> list[PersonalTip]:
    """Return the tips that a member ordered, by order."""
    sql = """
        select o.id as order_id, i.title as profile, i.price_cents as amount_cents, o.currency,
               t.message, o.created_at
          from orders o
          join order_items i on i.order_id = o.id
          join tips t on t.item_id = i.id
         where o.buyer_id = $1
         order by o.id, i.position
    """
    return await conn.every(PersonalTip, sql, buyer_id)


async def list_personal_received(conn: Conn, seller_id: UserId) -> list[PersonalReceivedTip]:
    """Return the paid tips of a profile, and monthly ones with words, by order."""
    sql = """
        select i.order_id, i.price_cents as amount_cents, o.currency, t.message, o.paid_at
          from order_items i
          join orders o on o.id = i.order_id
          join tips t on t.item_id = i.id
         where i.seller_id = $1 and i.kind <> 'product' and o.paid_at is not null
           and not o.came_late
         order by i.order_id
    """
    return await conn.every(PersonalReceivedTip, sql, seller_id)
