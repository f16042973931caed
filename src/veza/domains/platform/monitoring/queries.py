"""Every SQL statement of the domain, one function each."""

from veza.infra.postgres.database import Conn


async def ask(conn: Conn) -> None:
    """Make the database answer."""
    await conn.value(int, "select 1")
