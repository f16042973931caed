"""The SQL statements of monitoring."""

from veza.infra.postgres.database import Conn


async def ping(conn: Conn) -> None:
    """Run a trivial statement."""
    await conn.value(int, "select 1")


async def count_needing_attention(conn: Conn) -> dict[str, int]:
    sql = """
        select (select count(*) from orders where is_flagged) as flagged_orders,
               (select count(*) from refunds where status = 'unresolved') as unresolved_refunds
    """
    return await conn.counts(sql)
