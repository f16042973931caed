"""Exports the broadcasts that a member wrote and got; erasing deletes them."""

from veza.core.ids import UserId
from veza.domains.mailings.broadcasts.models import PersonalBroadcasts
from veza.domains.mailings.broadcasts.queries import broadcasts as queries
from veza.domains.mailings.broadcasts.queries import recipients as recipient_queries
from veza.domains.mailings.broadcasts.rules import limits
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("broadcasts", "broadcast_recipients")


async def export(conn: Conn, user_id: UserId) -> PersonalBroadcasts:
    """Return the broadcasts of a member, and those that they got in the last month."""
    return PersonalBroadcasts(
        written=await queries.list_written(conn, user_id),
        received=await recipient_queries.list_received(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the broadcasts of a profile, and that a member got or wrote others.

    Those that they wrote for another profile are of that profile.
    """
    await recipient_queries.delete_of_member(tx, user_id)
    while await recipient_queries.delete_of_profile(tx, user_id, limit=limits.DELETED_AT_ONCE):
        pass
    await queries.delete_of_profile(tx, user_id)
    await queries.forget_author(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the broadcasts of a page to another profile; what is planned is cancelled."""
    await queries.update_profile(tx, user_id, into_id)
