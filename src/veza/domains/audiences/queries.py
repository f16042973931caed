"""Lock the tier that a form chooses, before its item."""

from veza.core.ids import TierId, UserId
from veza.infra.postgres.database import Tx


async def lock_tier(tx: Tx, profile_id: UserId, tier_id: TierId) -> bool:
    """Prevent the deletion of a tier of a profile; return False if it has no such tier."""
    sql = "select true from tiers where id = $1 and profile_id = $2 for key share"
    return await tx.value(bool, sql, tier_id, profile_id) or False
