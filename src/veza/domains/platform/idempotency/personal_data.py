"""Personal data of idempotency keys: export and erase."""

from veza.core.ids import UserId
from veza.domains.platform.idempotency import queries
from veza.domains.platform.idempotency.models import PersonalIdempotencyKey
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("idempotency_keys",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalIdempotencyKey]:
    """Return the keys that a member sent in the last day."""
    return await queries.list_keys_of(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's keys, with the stored answers."""
    await queries.delete_keys_of(tx, user_id)
