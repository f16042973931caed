"""Erases the links to a member's files, and exports them without their tokens."""

from veza.core.ids import UserId
from veza.domains.cloud.shares import queries
from veza.infra.postgres.database import Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("file_shares",)


export = queries.list_own


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the links to a member's files."""
    await queries.delete_shares_of(tx, user_id)
