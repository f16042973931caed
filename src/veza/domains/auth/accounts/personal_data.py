"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.auth.accounts import queries
from veza.domains.auth.accounts.models import Account
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("users",)


async def export(conn: Conn, user_id: UserId) -> Account | None:
    """Hand out the account."""
    return await queries.find_account(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the account, and all that hangs on it."""
    await queries.delete_user(tx, user_id)
