"""Equal contents share one object, which is deleted a day after its last reference.

References change in the transaction of the rows that refer to the content. Those rows are locked
before the contents, so that there are no deadlocks.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from itertools import batched

from msgspec import Struct

from veza.core.ids import BlobId
from veza.domains.cloud.blobs import queries
from veza.domains.cloud.blobs.models import Content
from veza.infra.jobs.queue import enqueue
from veza.infra.media.sniff import sniff_type
from veza.infra.media.sniff_audio import HEAD_BYTES
from veza.infra.postgres.database import Tx
from veza.infra.storage.deletion import DeleteFolders
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

    stored = await blobs.storage.put_stream(object_key(blob_id), keep_head())
    return Content(blob_id, stored.sha256, stored.size, sniff_type(bytes(head)))


async def add_content(tx: Tx, content: Content) -> None:
    """Add a reference to a content that was just stored.

    If the same content was stored already, a job deletes the new object. Callers get the same
    result, so that they can't find out which contents exist.
    """
    if await queries.insert_blob(tx, content) != content.blob_id:
        await enqueue(tx, DeleteFolders([folder_of(content.blob_id)]))


async def add_reference(tx: Tx, sha256: str) -> None:
    """Add a reference to a content whose existing reference is locked until the commit."""
    await _change(tx, count_changes([sha256], 1))


async def remove_references(
    tx: Tx, sha256s: Iterable[str], *, delete_at_once: bool = False
) -> None:
    """Remove a reference for each hash. A content without references is deleted after a day.

    With `delete_at_once`, for erasures, it is deleted without that delay, even if it is being read.
    """
    changes = count_changes(sha256s, -1)
    await _change(tx, changes)
    if delete_at_once:
        deleted = await queries.delete_unreferenced(tx, list(changes))
        for batch in batched(deleted, _BATCH):
            await enqueue(tx, DeleteFolders([folder_of(blob_id) for blob_id in batch]))


def folder_of(blob_id: BlobId) -> str:
    """Return the folder of an object in the storage, below one of 256 folders."""
    # The end of an id is random; its beginning is a timestamp.
    return f"blobs/{blob_id.hex[-2:]}/{blob_id}"


def object_key(blob_id: BlobId) -> str:
    """Return the storage key of an object."""
    return f"{folder_of(blob_id)}/content"


def count_changes(sha256s: Iterable[str], each: int) -> dict[str, int]:
    """Return the change of the reference count of each content; `each` is 1 or -1."""
    return {sha256: each * count for sha256, count in sorted(Counter(sha256s).items())}


async def _change(tx: Tx, changes: dict[str, int]) -> None:
    if changes:
        await queries.lock_contents(tx, list(changes))
        changed = await queries.add_to_refs(tx, list(changes), list(changes.values()))
        assert changed == len(changes), "A content with references exists."
