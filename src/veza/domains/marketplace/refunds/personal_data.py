"""Exports requested refunds; erasing removes the member and the reasons only."""

from veza.core.ids import UserId
from veza.domains.marketplace.refunds import queries
from veza.infra.postgres.database import Tx

# Tables that hold a person's id, directly or by reference.
TABLES = ("refunds",)


export = queries.list_personal_refunds


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member and their reasons from refunds. The refunds themselves are kept."""
    await queries.update_requester_gone(tx, user_id)
