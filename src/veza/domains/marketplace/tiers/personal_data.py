"""Export and erasure of the tiers of profiles. Orders keep their names."""

from veza.core.ids import UserId
from veza.domains.marketplace.tiers import queries
from veza.domains.marketplace.tiers.models import TierList
from veza.infra.postgres.database import Conn, Tx

TABLES = ("tiers",)


async def export(conn: Conn, user_id: UserId) -> TierList:
    """Return the tiers of a profile."""
    return TierList(await queries.list_tiers(conn, user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the tiers of a profile, whose memberships have ended."""
    await queries.delete_tiers_of(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the tiers of a page to another profile, where they take no new members at first."""
    await queries.update_profile(tx, user_id, into_id)
