"""Personal data in this domain: export and erasure."""

from veza.core.ids import NotificationId, UserId
from veza.core.pages import Cursor
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.notifications.inbox import rules, service
from veza.domains.notifications.inbox.models import Notification
from veza.domains.notifications.inbox.queries import notifications, views
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("notifications", "notification_actors")

_PAGE = 500


async def export(conn: Conn, user_id: UserId) -> list[Notification]:
    """Return a member's notifications."""
    exported: list[Notification] = []
    cursor = None
    while page := await views.list_notifications(conn, user_id, _PAGE - 1, cursor):
        exported += [rules.show_notification(stored) for stored in page]
        cursor = Cursor(page[-1].told_at, page[-1].id)
    return exported


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's notifications, and remove them as an actor from those of others."""
    await notifications.delete_of_member(tx, user_id)
    after: NotificationId | None = None
    while ids := await service.update_hidden_actor(tx, RecountBatch(user_id, after, hide=True)):
        after = ids[-1]
    await notifications.delete_actor(tx, user_id)
