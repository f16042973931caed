"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.marketplace.sandbox import queries, rules
from veza.domains.marketplace.sandbox.models import SandboxAccount
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does. Here a key is made of it.
TABLES = ("sandbox_accounts",)


async def export(conn: Conn, user_id: UserId) -> SandboxAccount | None:
    """Hand out a seller's account."""
    return await queries.find_account_by_key(conn, rules.account_key(user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget whose an account was. What was paid to it stays in the sandbox's books."""
    await queries.delete_account(tx, rules.account_key(user_id))
