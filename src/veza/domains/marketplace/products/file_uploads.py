"""Receiving the files of products."""

from collections.abc import AsyncIterator

from veza.core.access import Member
from veza.core.chunks import bounded
from veza.core.filenames import plain_filename
from veza.core.ids import ProductFileId, ProductId, new_id
from veza.core.structs import copy_fields
from veza.domains.marketplace.products import errors, rules
from veza.domains.marketplace.products.models.files import (
    MAX_FILES,
    ProductFile,
    ProductFileRef,
    UploadedProductFile,
)
from veza.domains.marketplace.products.queries import file_records
from veza.domains.marketplace.products.service import lock_own
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.domains.platform.uploads.models import FileForm, IncomingForm, NewUpload, StorageKind
from veza.domains.platform.uploads.service import Uploads, open_session
from veza.infra.postgres.database import Tx
from veza.infra.storage.objects import Storage


async def upload_file(
    uploads: Uploads,
    seller: Member,
    product_id: ProductId,
    *,
    form: IncomingForm[FileForm],
    max_bytes: int,
) -> ProductFile:
    """Receive a file of the caller's own product, and append it to the others.

    Raises TooManyProductFiles before anything is read, ProductFileEmpty and ProductFileTooLarge.
    """
    ref = ProductFileRef(product_id, ProductFileId(new_id()))

    async def ensure_allowed(tx: Tx) -> None:
        await ensure_may_add_file(tx, product_id, seller)

    async def store(filename: str, chunks: AsyncIterator[bytes]) -> UploadedProductFile:
        limited = bounded(session.receive(chunks), max_bytes, errors.ProductFileTooLarge)
        return await _store_file(uploads.storage, ref, filename, limited)

    new = NewUpload(
        ref.file_id,
        StorageKind.PRODUCT_FILES,
        rules.folder_of(product_id, ref.file_id),
        parent_id=product_id,
        body_bytes=form.body_bytes,
        file_bytes=form.file_bytes,
        source=form.source,
    )
    async with open_session(uploads, seller, new, ensure_allowed=ensure_allowed) as session:
        file, _ = await form.receive(store)
        async with uploads.database.transaction() as tx:
            await session.finish(tx, file.size_bytes)
            await lock_own(tx, product_id, seller)
            return copy_fields(ProductFile, await file_records.insert_file(tx, file))


async def ensure_may_add_file(tx: Tx, product_id: ProductId, seller: Member) -> None:
    """Raise TooManyProductFiles, or ProductNotFound and NotYourProduct for those of others."""
    await lock_own(tx, product_id, seller)
    count = await file_records.count_files(tx, product_id)
    if count + await upload_queries.count_uploads(tx, product_id) >= MAX_FILES:
        raise errors.TooManyProductFiles


async def _store_file(
    storage: Storage, ref: ProductFileRef, filename: str, chunks: AsyncIterator[bytes]
) -> UploadedProductFile:
    name = plain_filename(filename)
    stored = await storage.put_stream(rules.file_key(ref.product_id, ref.file_id), chunks)
    if not stored.size:
        raise errors.ProductFileEmpty
    return UploadedProductFile(ref, name, stored.size, rules.guess_type(name), stored.sha256)
