"""The proofs of a buyer's place. They are deleted when the buyer is erased."""

from collections.abc import Sequence

from veza.core.ids import MembershipId, OrderId, UserId
from veza.domains.marketplace.orders.models.checkout import MemberPlace
from veza.domains.marketplace.taxes.models import OrderPlace
from veza.domains.marketplace.taxes.shared_queries import best_place
from veza.infra.postgres.database import Conn, Tx


async def insert_places(tx: Tx, order_id: OrderId, places: Sequence[OrderPlace]) -> None:
    """Insert proofs; of each kind the first one stays."""
    sql = """
        insert into order_places (order_id, kind, country)
             select $1, g.kind, g.country from unnest($2::text[], $3::text[]) as g (kind, country)
        on conflict (order_id, kind) do nothing
    """
    kinds = [place.kind for place in places]
    await tx.run(sql, order_id, kinds, [place.country for place in places])


async def find_member_place(conn: Conn, membership_id: MembershipId) -> MemberPlace | None:
    """Return the place of a member, as the last paid period of a membership had it."""
    sql = f"""
        select o.billing, {best_place("o.id")} as country
          from membership_periods m
          join order_items i on i.id = m.item_id
          join orders o on o.id = i.order_id
         where m.membership_id = $1 and o.paid_at is not null
         order by m.number desc, o.id desc
         limit 1
    """
    return await conn.maybe(MemberPlace, sql, membership_id)


async def delete_of_orders(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    await tx.run("delete from order_places where order_id = any($1)", order_ids)


async def delete_of_buyer(tx: Tx, user_id: UserId) -> None:
    sql = """
        delete from order_places p
         using orders o
         where o.id = p.order_id and o.buyer_id = $1
    """
    await tx.run(sql, user_id)
