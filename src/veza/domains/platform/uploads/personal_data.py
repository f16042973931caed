"""Exports usage and uploads; erasing makes uploads in progress anonymous."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.platform.uploads.models import ResumableUpload, StorageUsage
from veza.domains.platform.uploads.queries import resumable
from veza.domains.platform.uploads.queries import sessions as queries
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("storage_usage", "uploads", "resumable_uploads", "resumable_segments")


class UploadData(Struct, frozen=True):
    """The storage usage of a member, and the uploads that have not expired."""

    usage: list[StorageUsage]
    resumable_uploads: list[ResumableUpload]


async def export(conn: Conn, user_id: UserId) -> UploadData:
    """Return the counts of a member's storage, and their resumable uploads."""
    usage = await queries.list_usage(conn, user_id)
    return UploadData(usage, await resumable.list_resumable_of(conn, user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the counts of a member; their uploads in progress are anonymized until swept."""
    await queries.delete_usage(tx, user_id)
    await queries.update_ownerless(tx, user_id)
    await resumable.update_expired(tx, user_id)
