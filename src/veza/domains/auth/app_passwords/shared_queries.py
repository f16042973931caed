"""The statement with which account recovery revokes app passwords."""

from veza.core.ids import UserId
from veza.infra.postgres.database import Tx


async def delete_passwords(tx: Tx, user_id: UserId) -> None:
    """Delete all app passwords of a member."""
    await tx.run("delete from app_passwords where user_id = $1", user_id)
