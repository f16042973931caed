"""Exports a member's passkeys; erasing deletes the challenges for them, too."""

from veza.core.ids import UserId
from veza.domains.auth.passkeys import queries
from veza.domains.auth.passkeys import shared_queries as passkey_queries
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("passkeys", "passkey_challenges")

export = passkey_queries.list_passkeys


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the passkeys of a member, and the challenges for them."""
    await queries.delete_challenges(tx, user_id)
    await passkey_queries.delete_passkeys(tx, user_id)
