"""Erasing deletes products, but those that were ordered stay for buyers, withdrawn."""

from itertools import batched

from veza.core.ids import UserId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.contributions import PersonalFile
from veza.domains.marketplace.products import rules
from veza.domains.marketplace.products.queries import file_records, listings, records, search
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_unused_words
from veza.infra.storage.deletion import DeleteFolders

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("products", "product_files", "product_prices")

_BATCH = 100


export = listings.list_personal_products


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List the files of a seller's products."""
    return [
        PersonalFile(
            f"{file.id}-{file.name}", rules.file_key(file.product_id, file.id), file.size_bytes
        )
        for file in await file_records.list_files_of(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a seller's products; those that were ordered stay for their buyers, withdrawn.

    The seller's name is removed from their titles and file names.
    """
    deleted = await records.delete_unordered_of(tx, user_id)
    for batch in batched(deleted, _BATCH):
        await enqueue(tx, DeleteFolders([rules.folder_of(product_id) for product_id in batch]))
    await records.update_nameless_files(tx, user_id)
    await search.delete_documents_of(tx, user_id)
    await delete_unused_words(tx, search.PRODUCTS, await account_queries.find_username(tx, user_id))
    await records.update_orphaned(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the products of a page, and their files, to another profile."""
    await records.update_seller(tx, user_id, into_id)
