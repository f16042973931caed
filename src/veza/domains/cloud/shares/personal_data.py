"""Personal data of this domain: its export and its erasure."""

from veza.core.ids import UserId
from veza.core.pages import read_all
from veza.domains.cloud.shares import queries
from veza.domains.cloud.shares.models import ExportedShare
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("file_shares",)


async def export(conn: Conn, user_id: UserId) -> list[ExportedShare]:
    """Return the links to a member's files."""
    return await read_all(lambda after: queries.list_own(conn, user_id, after))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the links to a member's files."""
    await queries.delete_shares_of(tx, user_id)
