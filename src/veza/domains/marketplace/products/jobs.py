"""Jobs and reactions of products."""

from veza.domains.marketplace.products import rules
from veza.domains.marketplace.products.events import ProductDeleted
from veza.domains.marketplace.products.models import DeleteProductFiles
from veza.domains.marketplace.products.queries import search
from veza.domains.marketplace.products.service import ProductFileStorage
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.search_index import recount_dictionaries, refresh_indexes


async def enqueue_file_deletion(tx: Tx, event: ProductDeleted) -> None:
    """Delete the files of a deleted product."""
    await enqueue(tx, DeleteProductFiles(event.product_id))


async def delete_product_files(product_files: ProductFileStorage, job: DeleteProductFiles) -> None:
    """Delete the files of a deleted product, or a removed file. May run twice."""
    await product_files.storage.delete_folder(rules.folder_of(job.product_id, job.file_id))


async def refresh_search(database: Database) -> None:
    """Update the popularity of products in the search."""
    await refresh_indexes(database, [search.PRODUCTS])


async def recount_search_words(database: Database) -> None:
    """Count how many products have each word."""
    await recount_dictionaries(database, [search.PRODUCTS])
