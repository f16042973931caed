"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.notifications.preferences import queries, rules
from veza.domains.notifications.preferences.models import Preferences
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("inboxes",)


async def export(conn: Conn, user_id: UserId) -> Preferences:
    """Hand out of what a member wants to be told."""
    return rules.show_preferences(await queries.find_switched_off(conn, user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member said of that."""
    await queries.delete_inbox(tx, user_id)
