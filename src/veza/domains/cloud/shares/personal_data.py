"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import LOWEST_ID, UserId
from veza.domains.cloud.shares import queries
from veza.domains.cloud.shares.models import OwnShare
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("file_shares",)


async def export(conn: Conn, user_id: UserId) -> list[OwnShare]:
    """Hand out what is known of the links to a member's files."""
    shares: list[OwnShare] = []
    while page := await queries.list_own(conn, user_id, shares[-1].id if shares else LOWEST_ID):
        shares += page
    return shares


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the links to a member's files: they lead nowhere at once."""
    await queries.delete_shares_of(tx, user_id)
