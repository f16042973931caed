"""Personal data of accounts: export and erase."""

from veza.core.ids import UserId
from veza.domains.auth.accounts import queries
from veza.domains.auth.accounts.models import UserAccount
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("users",)


async def export(conn: Conn, user_id: UserId) -> UserAccount | None:
    """Return the account."""
    return await queries.find_account(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the account, and all rows that reference it with `on delete cascade`."""
    await queries.delete_user(tx, user_id)
