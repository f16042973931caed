"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.marketplace.refunds import queries
from veza.domains.marketplace.refunds.models import PersonalRefund
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("refunds",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalRefund]:
    """Hand out the refunds that a member requested."""
    refunds: list[PersonalRefund] = []
    while found := await queries.list_refunds_of(
        conn, user_id, refunds[-1].id if refunds else None
    ):
        refunds += found
    return refunds


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget who requested refunds, and why. What went back stays in the books."""
    await queries.update_requester_gone(tx, user_id)
