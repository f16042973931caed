"""What one can do with contents: store them, keep them, and let go of them.

Who keeps a content does it in the transaction that says so, with its own rows locked before the
contents: then nobody waits for another in a circle.
"""

from collections.abc import AsyncIterator, Iterable
from itertools import batched

from msgspec import Struct

from veza.core.ids import BlobId, new_id
from veza.domains.cloud.blobs import queries, rules
from veza.domains.cloud.blobs.errors import UploadExpired
from veza.domains.cloud.blobs.models import BlobFigures, Content, DeleteBlobs
from veza.infra.jobs.queue import enqueue
from veza.infra.media.sniff import sniff_type
from veza.infra.media.sniff_audio import HEAD_BYTES
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.objects import Storage

_BATCH = 500


class Vault(Struct, frozen=True):
    """Where contents lie, and how large one may be."""

    storage: Storage
    max_bytes: int


async def begin_upload(database: Database) -> BlobId:
    """Note that a content will come, so that it is swept if the upload never ends."""
    blob_id = BlobId(new_id())
    async with database.transaction(recorded=False) as tx:
        await queries.insert_upload(tx, blob_id)
    return blob_id


async def store(vault: Vault, blob_id: BlobId, chunks: AsyncIterator[bytes]) -> Content:
    """Store what comes, all of it, whether or not somebody has the same already."""
    head = _Head()
    stored = await vault.storage.put_stream(rules.object_key(blob_id), head.pass_on(chunks))
    return Content(blob_id, stored.sha256, stored.size, sniff_type(bytes(head.seen)))


async def keep(tx: Tx, content: Content) -> None:
    """Count one more who has what was just stored. Where it was there, the second object goes.

    Nobody is told which: the answer is the same. Raises UploadExpired.
    """
    if not await queries.delete_upload(tx, content.blob_id):
        raise UploadExpired
    if await queries.insert_blob(tx, content) != content.blob_id:
        await enqueue(tx, DeleteBlobs([content.blob_id]))


async def hold(tx: Tx, sha256: str) -> None:
    """Count one more who has a content that somebody has, and keeps until this is committed."""
    await _count(tx, rules.tally([sha256], 1))


async def release(tx: Tx, sha256s: Iterable[str]) -> None:
    """Count one less for each: what nobody has is deleted after a day, unless it is sent again."""
    await _count(tx, rules.tally(sha256s, -1))


async def discard(tx: Tx, sha256s: Iterable[str]) -> None:
    """Count one less for each, and have deleted what nobody has, without waiting for a day.

    For whoever is erased: reading on is less than being forgotten.
    """
    less = rules.tally(sha256s, -1)
    await _count(tx, less)
    for some in batched(await queries.delete_unheld(tx, list(less)), _BATCH):
        await enqueue(tx, DeleteBlobs(list(some)))


async def abandon_upload(database: Database, blob_id: BlobId) -> None:
    """Have what an upload left deleted, unless it is kept: a commit may fail after it was done."""
    async with database.transaction(recorded=False) as tx:
        await queries.delete_upload(tx, blob_id)
        # Looked at after that: a commit that is under way yet was waited for.
        if not await queries.is_kept(tx, blob_id):
            await enqueue(tx, DeleteBlobs([blob_id]))


async def read(vault: Vault, blob_id: BlobId, first: int, last: int) -> AsyncIterator[bytes]:
    """Stream the bytes of a content from `first` to `last`. Raises ObjectMissing."""
    async for chunk in vault.storage.read(rules.object_key(blob_id), first, last):
        yield chunk


def object_key(blob_id: BlobId) -> str:
    """Tell where in the storage a content lies."""
    return rules.object_key(blob_id)


async def count_blobs(conn: Conn) -> BlobFigures:
    """Count the contents, and what they take."""
    return await queries.count_blobs(conn)


async def _count(tx: Tx, more: dict[str, int]) -> None:
    if more:
        counted = await queries.add_to_refs(tx, list(more), list(more.values()))
        assert counted == len(more), "A content that somebody has is there."


class _Head:
    """Looks at the first bytes of what passes by."""

    def __init__(self) -> None:
        self.seen = bytearray()

    async def pass_on(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            if len(self.seen) < HEAD_BYTES:
                self.seen += chunk[: HEAD_BYTES - len(self.seen)]
            yield chunk
