"""Exports memberships. Erasing a member ends theirs; erasing a profile ends those of its members.

The orders that paid them stay, without names.
"""

from veza.core.ids import UserId
from veza.domains.marketplace.memberships.models.shown import PersonalMembership
from veza.domains.marketplace.memberships.queries import shown as queries
from veza.domains.marketplace.memberships.service import closing
from veza.infra.postgres.database import Conn, Tx

TABLES = ("memberships", "membership_periods")


async def export(conn: Conn, user_id: UserId) -> list[PersonalMembership]:
    """Return the memberships of a member."""
    return await queries.list_personal(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """End the memberships of a member, whose methods are forgotten, and of a profile."""
    await closing.erase(tx, user_id)
