"""Lock the tier that a form chooses, and refuse those of other profiles."""

from msgspec import UnsetType

from veza.core.errors import FieldError, Invalid
from veza.core.ids import TierId, UserId
from veza.domains.audiences import queries
from veza.infra.postgres.database import Tx


async def lock_chosen(tx: Tx, profile_id: UserId, tier_id: TierId | UnsetType | None) -> None:
    """Lock the tier that a form chooses, if any, before its item. Raises Invalid.

    Closed tiers can be chosen as well: they have members.
    """
    if isinstance(tier_id, UnsetType) or tier_id is None:
        return
    if not await queries.lock_tier(tx, profile_id, tier_id):
        message = "Choose one of your own tiers, or none."
        raise Invalid(details=[FieldError("tier_id", message, "own_tier")])
