"""The SQL statements of monitoring."""

from veza.infra.postgres.database import Conn


async def ping(conn: Conn) -> None:
    """Run a trivial statement."""
    await conn.value(int, "select 1")
