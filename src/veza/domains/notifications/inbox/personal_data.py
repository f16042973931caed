"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import NotificationId, UserId
from veza.core.pages import Cursor
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.notifications.inbox import queries, rules, service
from veza.domains.notifications.inbox.models import Notification
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("notifications", "notification_actors")

_PAGE = 500


async def export(conn: Conn, user_id: UserId) -> list[Notification]:
    """Hand out what a member was told, as far as it is kept."""
    told: list[Notification] = []
    cursor = None
    while page := await queries.list_notifications(conn, user_id, _PAGE - 1, cursor):
        told += [rules.show_notification(one) for one in page]
        cursor = Cursor(page[-1].told_at, page[-1].id)
    return told


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member was told, and their name from what others were told of them."""
    await queries.delete_of_member(tx, user_id)
    after: NotificationId | None = None
    while ids := await service.hide_actor(tx, RecountBatch(user_id, after, hide=True)):
        after = ids[-1]
    await queries.delete_actor(tx, user_id)
