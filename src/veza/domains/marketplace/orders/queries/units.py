"""Count the units of limited products that unpaid orders of a member or a network hold."""

from veza.core.ids import UserId
from veza.infra.postgres.database import Conn, Tx


async def lock_holder(tx: Tx, holder: str) -> None:
    """Lock a member, or a network: one transaction at a time counts the units that it holds."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('units ' || $1, 0))", holder)


async def count_held_by(conn: Conn, buyer_id: UserId | None) -> int:
    """Return how many units and exclusive licences unpaid orders of a member hold."""
    sql = """
        select count(*)
          from orders o
          join order_items i on i.order_id = o.id
         where o.buyer_id = $1 and o.status in ('pending', 'failed')
           and (i.holds_unit or i.variant->>'kind' = 'exclusive')
    """
    return await conn.value(int, sql, buyer_id) or 0


async def count_held_from(conn: Conn, network_key: bytes) -> int:
    """Return how many units and exclusive licences orders of guests from a network hold."""
    sql = """
        select count(*)
          from guest_orders g
          join orders o on o.id = g.order_id
          join order_items i on i.order_id = o.id
         where g.network_key = $1 and o.status in ('pending', 'failed')
           and (i.holds_unit or i.variant->>'kind' = 'exclusive')
    """
    return await conn.value(int, sql, network_key) or 0
