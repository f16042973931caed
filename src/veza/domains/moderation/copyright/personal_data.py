"""Exports the notices against a member's items and their answers; erasing deletes both of them."""

from veza.core.ids import UserId
from veza.domains.moderation.copyright.models.notices import PersonalCopyright
from veza.domains.moderation.copyright.queries import counters
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("copyright_notices", "copyright_items", "copyright_counters")


async def export(conn: Conn, user_id: UserId) -> PersonalCopyright:
    """Return the notices that have hidden something of a member, and their counter-notices.

    The addresses of the senders are theirs, and excluded.
    """
    return PersonalCopyright(await counters.list_for_export(conn, user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the counter-notices of a member, and what notices name of theirs.

    That there was a notice, and its decision, stays in the register, as does what they decided as
    staff, without their id.
    """
    await counters.delete_counters(tx, user_id)
    await counters.anonymize_items(tx, user_id)
    await counters.anonymize_decisions(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move what concerns a page's items to the profile that gets the items."""
    await counters.update_owner(tx, user_id, into_id)
