"""The reaction of products to the new name of their seller."""

from veza.core.ids import LOWEST_ID
from veza.domains.auth.accounts.events import UserRenamed
from veza.domains.marketplace.products import rules
from veza.domains.marketplace.products.queries import listings, records
from veza.infra.postgres.database import Database, Tx


async def sum_product_counts(database: Database) -> None:
    """Sum up the changes of the number of listed products, so that few rows are read."""
    async with database.transaction() as tx:
        await listings.sum_counts(tx)


async def reindex_seller(tx: Tx, event: UserRenamed) -> None:
    """Update the search texts of a seller's products to the new name."""
    after = LOWEST_ID
    while found := await records.lock_search_fields(tx, event.user_id, after):
        texts = [
            rules.search_text(product.title, event.username, product.type) for product in found
        ]
        await records.update_search_texts(tx, [product.id for product in found], texts)
        after = found[-1].id
