"""Pushes notifications to the browsers of their members."""

from datetime import timedelta
from typing import Protocol

import msgspec

from veza.domains.notifications.inbox import service as inbox
from veza.domains.notifications.inbox.events import MembersNotified
from veza.domains.notifications.push import queries, rules
from veza.domains.notifications.push.models import PushNotification
from veza.infra.jobs.queue import RetryLater, enqueue
from veza.infra.postgres.database import Database, Tx
from veza.infra.web_push.encryption import BrowserKeys
from veza.infra.web_push.sender import Outcome, PushMessage, PushResult

_FIRST_PAUSE = timedelta(seconds=15)


class PushSender(Protocol):
    """Sends a message to an endpoint."""

    async def send(self, url: str, keys: BrowserKeys, message: PushMessage) -> PushResult:
        """Send a message that only the browser with these keys can read."""
        ...


async def enqueue_pushes(tx: Tx, event: MembersNotified) -> None:
    """Enqueue a job for each browser; a job that waits already will push the latest state."""
    for due in await queries.list_due(tx, event.notification_ids):
        job = PushNotification(due.subscription_id, due.notification_id)
        await enqueue(
            tx,
            job,
            key=f"push:{due.subscription_id}:{due.notification_id}",
            also_while_running=True,
            owner_id=due.user_id,
        )


async def push_notification(database: Database, sender: PushSender, job: PushNotification) -> None:
    """Push a notification to one browser, if the member may still see it and has not read it.

    Running twice sends it twice; the browser shows it once. Raises RetryLater.
    """
    async with database.read() as conn:
        target = await queries.find_target(conn, job.subscription_id)
        shown = target and await inbox.find_unread(conn, job.notification_id)
    if target is None or shown is None:
        return
    keys = BrowserKeys(target.p256dh, target.auth)
    message = PushMessage(
        content=msgspec.json.encode(rules.write_content(target, shown)),
        # A later message about the same, such as another like, replaces this one.
        topic=shown.id.hex,
        ttl=rules.time_to_live(shown.kind),
        is_urgent=rules.is_urgent(shown.kind),
    )
    result = await sender.send(target.endpoint, keys, message)
    async with database.transaction(recorded=False) as tx:
        match result.outcome:
            case Outcome.ACCEPTED:
                await queries.update_sent(tx, target.id)
            case Outcome.GONE:
                await queries.delete_gone(tx, target.id)
            case Outcome.REFUSED | Outcome.AWAY:
                await queries.update_failing(tx, target.id, rules.GIVEN_UP_AFTER)
    if result.outcome is Outcome.AWAY:
        raise RetryLater(max(result.retry_after or _FIRST_PAUSE, _FIRST_PAUSE))
