"""Makes notifications for tests, by the use cases of the application."""

from tests.make.delivery import delivered
from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.access import Member, session_of
from veza.core.ids import NotificationId, PushSubscriptionId, new_id
from veza.domains.notifications.inbox import service as notifications
from veza.domains.notifications.inbox.models import NewNotification, Notification
from veza.domains.notifications.preferences.models import NotificationKind
from veza.infra.postgres.database import Tx


async def told(services: Services, someone: Person) -> list[Notification]:
    """Give what somebody is told of all that happened, the latest first."""
    await delivered(services)
    async with services.database.read() as conn:
        page = await notifications.list_notifications(
            conn, someone.member, limit=100, cursor=None, urls=NO_LINKS
        )
    return page.notifications


async def notification(tx: Tx, member: Member, actor: Member) -> NotificationId:
    """Tell a member that somebody follows them."""
    await notifications.notify(
        tx, NewNotification(actor.id, NotificationKind.FOLLOW, member.id), [member.id]
    )
    page = await notifications.list_notifications(tx, member, limit=1, cursor=None, urls=NO_LINKS)
    return page.notifications[0].id


async def push_subscription(tx: Tx, member: Member) -> PushSubscriptionId:
    """Make a subscription of a member's session, to an address that nobody listens at."""
    subscription_id = PushSubscriptionId(new_id())
    sql = """
        insert into push_subscriptions (
                    id, session_id, user_id, endpoint, p256dh, auth, user_agent, language)
             values ($1, $2, $3, $4, $5, $6, 'well pushed', 'en')
    """
    endpoint = f"https://push.invalid/{subscription_id}"
    session_id = session_of(member)
    await tx.run(sql, subscription_id, session_id, member.id, endpoint, bytes(65), bytes(16))
    return subscription_id
