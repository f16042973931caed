"""Jobs and reactions of products."""

from datetime import timedelta

import structlog

from veza.domains.auth.accounts.events import UserRenamed
from veza.domains.marketplace.products import rules
from veza.domains.marketplace.products.events import ProductDeleted
from veza.domains.marketplace.products.models import DeleteProductFiles
from veza.domains.marketplace.products.queries import file_records, records
from veza.domains.marketplace.products.service import ProductFileStorage, abandon_upload
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

_MAX_UPLOAD_AGE = timedelta(days=1)


async def enqueue_file_deletion(tx: Tx, event: ProductDeleted) -> None:
    """Delete the files of a deleted product."""
    await enqueue(tx, DeleteProductFiles(event.product_id))


async def delete_product_files(product_files: ProductFileStorage, job: DeleteProductFiles) -> None:
    """Delete the files of a deleted product, or a removed file. May run twice."""
    await product_files.storage.delete_folder(rules.folder_of(job.product_id, job.file_id))


async def reindex_seller(tx: Tx, event: UserRenamed) -> None:
    """Update the search texts of a seller's products to the new name."""
    after = None
    while found := await records.lock_search_fields(tx, event.user_id, after):
        texts = [
            rules.search_text(product.title, event.username, product.type) for product in found
        ]
        await records.update_search_texts(tx, [product.id for product in found], texts)
        after = found[-1].id


async def sweep_product_uploads(database: Database, product_files: ProductFileStorage) -> None:
    """Delete uploads that began a day ago and never finished."""
    async with database.read() as conn:
        abandoned = await file_records.list_old_uploads(conn, _MAX_UPLOAD_AGE)
    for place in abandoned:
        await abandon_upload(database, product_files, place)
    if abandoned:
        log.info("product_uploads_swept", count=len(abandoned))
