"""The statement with which account recovery revokes keys."""

from veza.core.ids import UserId
from veza.infra.postgres.database import Tx


async def revoke_keys(tx: Tx, user_id: UserId) -> None:
    """Revoke all keys of a member."""
    sql = "update api_keys set revoked_at = now() where user_id = $1 and revoked_at is null"
    await tx.run(sql, user_id)
