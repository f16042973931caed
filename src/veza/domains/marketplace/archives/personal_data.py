"""Exports and erases the archives of a member's releases, and their requests for others."""

from veza.core.ids import UserId
from veza.domains.marketplace.archives import rules
from veza.domains.marketplace.archives.models import PersonalArchives
from veza.domains.marketplace.archives.queries import archives
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Tables with a person's id, or with a reference to such a table.
TABLES = ("release_archives", "archive_requests")


async def export(conn: Conn, user_id: UserId) -> PersonalArchives:
    """Return the archives of a member's releases, and those for which the member waits."""
    return PersonalArchives(
        await archives.list_archives_of(conn, user_id),
        await archives.list_requests_of(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's requests, and the archives of the member's releases with their files."""
    await archives.delete_requests_of(tx, user_id)
    deleted = await archives.delete_archives_of(tx, user_id)
    if deleted:
        await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in deleted]))
