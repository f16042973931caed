"""Exports whether a member's address gets mail; erasing forgets it."""

from veza.core.ids import UserId
from veza.domains.platform.suppressions import queries
from veza.domains.platform.suppressions.models import PersonalSuppression
from veza.infra.postgres.database import Conn, Tx

# Found by the hash of a member's address.
TABLES = ("mail_suppressions",)


async def export(conn: Conn, user_id: UserId) -> PersonalSuppression:
    """Return what is known of the delivery of mails to a member."""
    found = await queries.find_of_member(conn, user_id)
    return PersonalSuppression([] if found is None else [found])


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget what is known of the delivery of mails to a member, but for complaints.

    That nobody at an address wants bulk mail stays, as a hash.
    """
    await queries.delete_of_member(tx, user_id)
