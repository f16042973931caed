"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.platform.idempotency import queries
from veza.domains.platform.idempotency.models import PersonalKey
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("idempotency_keys",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalKey]:
    """Hand out which keys a member sent in the last day."""
    return await queries.list_keys_of(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget a member's keys, and what was answered."""
    await queries.delete_keys_of(tx, user_id)
