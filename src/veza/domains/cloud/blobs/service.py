"""Use cases of contents: store contents, and add and remove references.

References change in the transaction of the rows that refer to the content. Those rows are locked
before the contents, so that there are no deadlocks.
"""

from collections.abc import AsyncIterator, Iterable
from itertools import batched

from msgspec import Struct

from veza.core.ids import BlobId
from veza.domains.cloud.blobs import queries, rules
from veza.domains.cloud.blobs.models import BlobStatistics, Content, DeleteBlobs
from veza.infra.jobs.queue import enqueue
from veza.infra.media.sniff import sniff_type
from veza.infra.media.sniff_audio import HEAD_BYTES
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.objects import Storage

_BATCH = 500


class BlobStorage(Struct, frozen=True):
    """The storage of contents, and their maximum size."""

    storage: Storage
    max_bytes: int


async def store(blobs: BlobStorage, blob_id: BlobId, chunks: AsyncIterator[bytes]) -> Content:
    """Store a content as it arrives, whether or not the same is stored already."""
    head = bytearray()

    async def keep_head() -> AsyncIterator[bytes]:
        async for chunk in chunks:
            if len(head) < HEAD_BYTES:
                head.extend(chunk[: HEAD_BYTES - len(head)])
            yield chunk

    stored = await blobs.storage.put_stream(rules.object_key(blob_id), keep_head())
    return Content(blob_id, stored.sha256, stored.size, sniff_type(bytes(head)))


async def add_content(tx: Tx, content: Content) -> None:
    """Add a reference to a content that was just stored.

    If the same content was stored already, a job deletes the new object. Callers get the same
    result, so that they can't find out which contents exist.
    """
    if await queries.insert_blob(tx, content) != content.blob_id:
        await enqueue(tx, DeleteBlobs([content.blob_id]))


async def add_reference(tx: Tx, sha256: str) -> None:
    """Add a reference to a content whose existing reference is locked until the commit."""
    await _change(tx, rules.count_changes([sha256], 1))


async def remove_references(
    tx: Tx, sha256s: Iterable[str], *, delete_at_once: bool = False
) -> None:
    """Remove a reference for each hash. A content without references is deleted after a day.

    With `delete_at_once`, for erasures, it is deleted without that delay, even if it is being read.
    """
    changes = rules.count_changes(sha256s, -1)
    await _change(tx, changes)
    if delete_at_once:
        deleted = await queries.delete_unreferenced(tx, list(changes))
        for batch in batched(deleted, _BATCH):
            await enqueue(tx, DeleteBlobs(list(batch)))


def folder_of(blob_id: BlobId) -> str:
    """Return the folder of an object in the storage."""
    return rules.folder_of(blob_id)


def object_key(blob_id: BlobId) -> str:
    """Return the storage key of an object."""
    return rules.object_key(blob_id)


async def count_blobs(conn: Conn) -> BlobStatistics:
    """Return the number of contents, and their size."""
    return await queries.count_blobs(conn)


async def _change(tx: Tx, changes: dict[str, int]) -> None:
    if changes:
        changed = await queries.add_to_refs(tx, list(changes), list(changes.values()))
        assert changed == len(changes), "A content with references exists."
