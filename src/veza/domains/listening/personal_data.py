"""Exports which rooms a member began; erasing leaves them to those who are there."""

from veza.core.ids import UserId
from veza.domains.listening import queries
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("listening_rooms",)

export = queries.list_begun


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget who began the rooms of a member."""
    await queries.update_begun(tx, user_id)
