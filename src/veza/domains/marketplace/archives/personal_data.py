"""Personal data of this domain: export and erase."""

from veza.core.ids import UserId
from veza.domains.marketplace.archives.models import PersonalArchives
from veza.domains.marketplace.archives.queries import archives
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("release_archives", "archive_requests")


async def export(conn: Conn, user_id: UserId) -> PersonalArchives:
    """Return the archives of a member's releases, and those for which the member waits."""
    return PersonalArchives(
        await archives.list_archives_of(conn, user_id),
        await archives.list_requests_of(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's requests. Archives of the member's releases are deleted by a job."""
    await archives.delete_requests_of(tx, user_id)
