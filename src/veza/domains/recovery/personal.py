"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.recovery import queries
from veza.domains.recovery.models import SentLink
from veza.infra.db import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("mail_tokens",)


async def export(conn: Conn, user_id: UserId) -> list[SentLink]:
    """Hand out which links were sent and still work; never the links themselves."""
    return await queries.list_links(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Let no link work any more."""
    await queries.delete_all_links_of(tx, user_id)
