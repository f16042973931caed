"""Jars are locked with their profiles, before products; messages belong to lines of orders."""

from collections.abc import Sequence

from veza.core.ids import UserId
from veza.core.visibility import active
from veza.domains.marketplace.tips.models import (
    NewTip,
    OpenJar,
    PersonalJar,
    PersonalTip,
    TipJarForm,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def lock_open_jars(tx: Tx, profile_ids: Sequence[UserId]) -> list[OpenJar]:
    """Lock the jars that take tips of these profiles, and the profiles against erasure."""
    sql = f"""
        select j.profile_id, left(coalesce(u.display_name, u.username), 200) as name, j.currency
          from tip_jars j
          join users u on u.id = j.profile_id
         where j.profile_id = any($1) and j.is_open and {active("u")}
         order by u.id
           for key share of u
           for share of j
    """
    return await tx.all(OpenJar, sql, profile_ids)


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


async def delete_jar(tx: Tx, profile_id: UserId) -> None:
    await tx.run("delete from tip_jars where profile_id = $1", profile_id)


async def update_messages_gone(tx: Tx, user_id: UserId) -> None:
    """Forget what a member wrote with tips, and what was written to them."""
    sql = """
        update tips t
           set message = null
          from order_items i
          join orders o on o.id = i.order_id
         where i.id = t.item_id and i.kind = 'tip' and (o.buyer_id = $1 or i.seller_id = $1)
    """
    await tx.run(sql, user_id)


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
