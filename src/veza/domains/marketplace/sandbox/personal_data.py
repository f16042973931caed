"""Exports and erases a seller's sandbox account; transfers to it stay."""

from veza.core.ids import UserId
from veza.domains.marketplace.sandbox import queries, service
from veza.domains.marketplace.sandbox.models import SandboxAccount
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row. Here the key contains it.
TABLES = ("sandbox_accounts",)


async def export(conn: Conn, user_id: UserId) -> SandboxAccount | None:
    """Return a seller's account."""
    return await queries.find_account_by_key(conn, service.account_key(user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a seller's account. Transfers to it stay."""
    await queries.delete_account(tx, service.account_key(user_id))
