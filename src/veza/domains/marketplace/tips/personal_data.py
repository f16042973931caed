"""Export and erasure of jars and messages; tips themselves are lines of orders."""

from veza.core.ids import UserId
from veza.domains.marketplace.tips import queries
from veza.domains.marketplace.tips.models import PersonalTips
from veza.infra.postgres.database import Conn, Tx

TABLES = ("tip_jars", "tips")


async def export(conn: Conn, user_id: UserId) -> PersonalTips:
    """Return the jar of a member, and the tips that they gave and got."""
    return PersonalTips(
        await queries.find_personal_jar(conn, user_id),
        await queries.list_given(conn, user_id),
        await queries.list_personal_received(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's jar, and the messages that they wrote or got. The tips stay as orders."""
    await queries.delete_jar(tx, user_id)
    await queries.update_messages_gone(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the jar of a page to another profile, unless this one has its own."""
    await queries.delete_jar_of_both(tx, user_id, into_id)
    await queries.update_profile(tx, user_id, into_id)
