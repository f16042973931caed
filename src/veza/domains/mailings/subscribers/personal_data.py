"""Exports the subscriptions of a member; erasing deletes them, and the subscribers of a page."""

from veza.core.ids import UserId
from veza.domains.mailings.subscribers import queries
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("mail_subscriptions",)

export = queries.list_of_member


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the subscriptions of a member, and those to their mail."""
    await queries.delete_of_member(tx, user_id)
    await queries.delete_of_profile(tx, user_id)
