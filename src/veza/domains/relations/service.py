"""What one can do with other members: follow, block, mute, and see how they are followed."""

from veza.core.ids import UserId
from veza.domains.relations import queries
from veza.infra.db import Conn


async def are_blocked(conn: Conn, one: UserId, other: UserId) -> bool:
    """Tell whether one of two blocks the other: then neither sees the other."""
    return await queries.are_blocked(conn, one, other)
