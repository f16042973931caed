"""Steps that store contents and read them."""

from collections.abc import AsyncIterator

from veza.app.services import Services
from veza.core.ids import BlobId, new_id
from veza.domains.cloud.blobs import service
from veza.domains.cloud.blobs.models import Content
from veza.domains.cloud.blobs.service import BlobStorage


async def chunks_of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def stored_content(services: Services, *chunks: bytes) -> Content:
    """Store a content without a reference."""
    blob_id = BlobId(new_id())
    return await service.store(services.cloud_storage.blobs, blob_id, chunks_of(*chunks))


async def kept_content(services: Services, *chunks: bytes) -> Content:
    """Store a content with a reference, committed."""
    content = await stored_content(services, *chunks)
    async with services.database.transaction() as tx:
        await service.add_content(tx, content)
    return content


async def read_whole(blobs: BlobStorage, blob_id: BlobId, size: int) -> bytes:
    """Read what an object holds."""
    key = service.object_key(blob_id)
    return b"".join([chunk async for chunk in blobs.storage.read(key, 0, size - 1)])
