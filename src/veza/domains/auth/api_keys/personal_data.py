"""Personal data of API keys: export and erase."""

from veza.core.ids import UserId
from veza.domains.auth.api_keys import queries
from veza.domains.auth.api_keys.models import PersonalApiKey
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("api_keys",)


async def export(conn: Conn, user_id: UserId) -> list[PersonalApiKey]:
    """Return a member's keys, and when each was last used."""
    return await queries.list_all_keys(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's keys."""
    await queries.delete_keys(tx, user_id)
