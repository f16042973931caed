"""Exports a member's identities; erasing deletes attempts to link others, too."""

from veza.core.ids import UserId
from veza.domains.auth.identities import queries
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("identities", "openid_attempts")

export = queries.list_identities


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's identities, and the attempts to link others."""
    await queries.delete_attempts(tx, user_id)
    await queries.delete_identities(tx, user_id, keeps_first=False)
