"""Every SQL statement of the domain, one function each."""

from veza.infra.db import Conn


async def ask(conn: Conn) -> None:
    """Make the database answer."""
    await conn.value(int, "select 1")
