"""Jobs and reactions of products."""

from veza.domains.auth.accounts.events import UserRenamed
from veza.domains.marketplace.products import rules
from veza.domains.marketplace.products.events import ProductDeleted
from veza.domains.marketplace.products.models import DeleteProductFiles
from veza.domains.marketplace.products.queries import listings, records
from veza.domains.marketplace.products.service import ProductFileStorage
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_file_deletion(tx: Tx, event: ProductDeleted) -> None:
    """Delete the files of a deleted product."""
    await enqueue(tx, DeleteProductFiles(event.product_id))


async def delete_product_files(product_files: ProductFileStorage, job: DeleteProductFiles) -> None:
    """Delete the files of a deleted product, or a removed file. May run twice."""
    await product_files.storage.delete_folder(rules.folder_of(job.product_id, job.file_id))


async def sum_product_counts(database: Database) -> None:
    """Sum up the changes of the number of listed products, so that few rows are read."""
    async with database.transaction() as tx:
        await listings.sum_counts(tx)


async def reindex_seller(tx: Tx, event: UserRenamed) -> None:
    """Update the search texts of a seller's products to the new name."""
    after = None
    while found := await records.lock_search_fields(tx, event.user_id, after):
        texts = [
            rules.search_text(product.title, event.username, product.type) for product in found
        ]
        await records.update_search_texts(tx, [product.id for product in found], texts)
        after = found[-1].id
