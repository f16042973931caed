"""Export and erasure of the codes of sellers, and of those that members redeemed."""

from veza.core.ids import UserId
from veza.domains.marketplace.codes import queries
from veza.domains.marketplace.codes.models import PersonalCodes
from veza.infra.postgres.database import Conn, Tx

# Tables that belong to a seller's products, or to a buyer's order.
TABLES = ("code_batches", "download_codes")


async def export(conn: Conn, user_id: UserId) -> PersonalCodes:
    """Return the batches of a member's products, and the codes that they redeemed."""
    return PersonalCodes(
        await queries.list_batches_of(conn, user_id), await queries.list_redeemed(conn, user_id)
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a seller's unused codes and the labels of their batches.

    A code that a member redeemed refers to an order, from which they are removed.
    """
    await queries.delete_unused_of(tx, user_id)
    await queries.update_unlabelled(tx, user_id)
