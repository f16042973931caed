"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.auth.api_keys import queries
from veza.domains.auth.api_keys.models import KnownKey
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("api_keys",)


async def export(conn: Conn, user_id: UserId) -> list[KnownKey]:
    """Hand out which keys there are, and when they were used last."""
    return await queries.list_known_keys(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget the keys: they let nobody in any more."""
    await queries.delete_keys(tx, user_id)
