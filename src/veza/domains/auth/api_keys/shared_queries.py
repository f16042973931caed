"""The statements with which account recovery revokes keys, and keys are limited to a profile."""

from uuid import UUID

from veza.core.ids import UserId
from veza.infra.postgres.database import Tx


async def revoke_keys(tx: Tx, user_id: UserId) -> None:
    """Revoke all keys of a member."""
    sql = "update api_keys set revoked_at = now() where user_id = $1 and revoked_at is null"
    await tx.run(sql, user_id)


async def lock_role(tx: Tx, profile_id: UUID, user_id: UserId) -> bool:
    """Lock a role while a credential is created for it; False if there is none."""
    sql = """
        select true from profile_members where profile_id = $1 and user_id = $2 for key share
    """
    return bool(await tx.value(bool, sql, profile_id, user_id))
