"""Export and erasure of the variants of sellers. Orders keep what they bought."""

from veza.core.ids import UserId
from veza.domains.marketplace.variants import queries
from veza.infra.postgres.database import Tx

# Tables with rows that belong to a seller's products.
TABLES = ("product_variants", "product_variant_files")

export = queries.list_personal_variants


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the variants of a seller's products."""
    await queries.delete_variants_of(tx, user_id)
