"""Export and erasure of the bundles of sellers. Orders keep what was taken off for a bundle."""

from veza.core.ids import UserId
from veza.domains.marketplace.bundles import queries
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("bundles", "bundle_products")

export = queries.list_personal_bundles


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a seller's bundles."""
    await queries.delete_bundles_of(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the bundles of a page to another profile."""
    await queries.update_seller(tx, user_id, into_id)
