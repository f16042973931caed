"""Personal data of members who requested refunds: export and erasure."""

from veza.core.ids import UserId
from veza.core.pages import read_all
from veza.domains.marketplace.refunds import queries
from veza.domains.marketplace.refunds.models import PersonalRefund
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, directly or by reference.
TABLES = ("refunds",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalRefund]:
    """Return the refunds that a member requested."""
    return await read_all(lambda after: queries.list_personal_refunds(conn, user_id, after))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member and their reasons from refunds. The refunds themselves are kept."""
    await queries.update_requester_gone(tx, user_id)
