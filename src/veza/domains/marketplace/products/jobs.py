"""Sums up changes of the number of listed products; refreshes their search."""

from veza.domains.marketplace.products.queries import listings, search
from veza.infra.postgres.database import Database
from veza.infra.postgres.search_index import refresh_indexes
from veza.infra.postgres.word_counts import recount_dictionaries


async def sum_product_counts(database: Database) -> None:
    """Sum up the changes of the number of listed products, so that few rows are read."""
    async with database.transaction() as tx:
        await listings.sum_counts(tx)


async def refresh_search(database: Database) -> None:
    """Update the popularity of products in the search."""
    await refresh_indexes(database, [search.PRODUCTS])


async def recount_search_words(database: Database) -> None:
    """Count how many products have each word."""
    await recount_dictionaries(database, [search.PRODUCTS])
