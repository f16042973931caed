"""Exports the browsers that get push messages; erasing deletes their subscriptions."""

from veza.core.ids import UserId
from veza.domains.notifications.push import queries
from veza.domains.notifications.push.models import PushSubscription
from veza.infra.postgres.database import Conn

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("push_subscriptions",)

erase = queries.delete_of_member


async def export(conn: Conn, user_id: UserId) -> list[PushSubscription]:
    """Return the browsers of a member that get push messages."""
    return await queries.list_subscriptions(conn, user_id, None)
