"""Work done after the fact: files of products that are gone, and sellers with another name."""

from veza.domains.auth.accounts.events import UserRenamed
from veza.domains.marketplace.products import queries, rules
from veza.domains.marketplace.products.events import ProductDeleted
from veza.domains.marketplace.products.models import DeleteProductFiles
from veza.domains.marketplace.products.service import Stockroom
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Tx


async def order_deletion_of_files(tx: Tx, event: ProductDeleted) -> None:
    """Have the files of a deleted product deleted too."""
    await enqueue(tx, DeleteProductFiles(event.product_id))


async def delete_product_files(stockroom: Stockroom, job: DeleteProductFiles) -> None:
    """Delete the files of what is gone. Doing it twice is the same as once."""
    await stockroom.storage.delete_folder(rules.folder_of(job.product_id, job.file_id))


async def reindex_seller(tx: Tx, event: UserRenamed) -> None:
    """Have the products of a seller found under the new name."""
    after = None
    while named := await queries.lock_named_products(tx, event.user_id, after):
        texts = [
            rules.search_text(product.title, event.username, product.type) for product in named
        ]
        await queries.update_search_texts(tx, [product.id for product in named], texts)
        after = named[-1].id
