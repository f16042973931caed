"""Exports the take-downs of a member's items; erasing leaves their type, category and times."""

from veza.core.ids import UserId
from veza.domains.moderation.takedowns import queries
from veza.domains.moderation.takedowns.models import PersonalTakedown
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("takedowns",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalTakedown]:
    """Return the take-downs of a member's items, without the notes of staff."""
    return await queries.list_personal_takedowns(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase all of the take-downs of a member's items but their type, category and times.

    Their decisions as staff are kept without their id.
    """
    await queries.delete_all_held(tx, user_id)
    await queries.anonymize_takedowns(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move the take-downs of a page's items to the profile that gets the items."""
    await queries.update_owner(tx, user_id, into_id)
