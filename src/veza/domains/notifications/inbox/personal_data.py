"""Exports notifications; erasing also removes the member as an actor of others'."""

from veza.core.ids import NotificationId, UserId
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.notifications.inbox import rules, service
from veza.domains.notifications.inbox.models import Notification
from veza.domains.notifications.inbox.queries import notifications, views
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("notifications", "notification_actors")


async def export(conn: Conn, user_id: UserId) -> list[Notification]:
    """Return a member's notifications."""
    found = await views.list_all_notifications(conn, user_id)
    return [rules.show_notification(stored) for stored in found]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's notifications, and remove them as an actor from those of others."""
    await notifications.delete_of_member(tx, user_id)
    after: NotificationId | None = None
    while ids := await service.update_hidden_actor(tx, RecountBatch(user_id, after, hide=True)):
        after = ids[-1]
    await notifications.delete_actor(tx, user_id)
