"""A browser subscribes in one session, and ends with it; failing ones are deleted later."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import NotificationId, PushSubscriptionId, SessionId, UserId
from veza.core.visibility import active
from veza.domains.notifications.push.models import (
    DuePush,
    NewPushSubscription,
    PushSubscription,
    PushTarget,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_COLUMNS = "id, user_agent, language, has_previews, created_at, last_sent_at"


async def lock_live_session(tx: Tx, session_id: SessionId, user_id: UserId) -> bool:
    """Lock a member and a session of theirs; False if either is gone or the session ended.

    The end of the session waits, and then deletes the subscription.
    """
    sql = "select id from users where id = $1 for no key update"
    if await tx.value(UUID, sql, user_id) is None:
        return False
    sql = """
        select id from sessions
         where id = $1 and user_id = $2 and ended_at is null and expires_at > now()
           for share
    """
    return await tx.value(UUID, sql, session_id, user_id) is not None


async def delete_replaced(tx: Tx, session_id: SessionId, endpoint: str) -> None:
    """Delete the subscription of a session, and that of the same browser in another session."""
    sql = "delete from push_subscriptions where session_id = $1 or endpoint = $2"
    await tx.run(sql, session_id, endpoint)


async def insert_subscription(tx: Tx, new: NewPushSubscription) -> PushSubscription | None:
    """Insert a subscription; None if the same browser subscribes at this moment elsewhere."""
    sql = f"""
        insert into push_subscriptions (
                    id, session_id, user_id, endpoint, p256dh, auth, user_agent, language,
                    has_previews)
             values (:id, :session_id, :user_id, :endpoint, :p256dh, :auth, :user_agent,
                     :language, :has_previews)
        on conflict (endpoint) do nothing
          returning {_COLUMNS}, true as is_current
    """
    return await tx.maybe(PushSubscription, *bind(sql, new))


async def delete_beyond(tx: Tx, user_id: UserId, *, keep: int) -> None:
    """Delete all but the newest subscriptions of a member."""
    sql = f"""
        delete from push_subscriptions
              where id in (select id
                             from push_subscriptions
                            where user_id = $1
                            order by created_at desc, id desc
                           offset {keep:d})
    """
    await tx.run(sql, user_id)


async def list_subscriptions(
    conn: Conn, user_id: UserId, session_id: SessionId | None
) -> list[PushSubscription]:
    """Return a member's subscriptions, newest first; there are at most 20."""
    sql = f"""
        select {_COLUMNS}, session_id is not distinct from $2 as is_current
          from push_subscriptions
         where user_id = $1
         order by created_at desc, id desc
    """
    return await conn.all(PushSubscription, sql, user_id, session_id)


async def delete_subscription(tx: Tx, user_id: UserId, subscription_id: PushSubscriptionId) -> bool:
    """Delete a subscription; False if the member has no such subscription."""
    sql = "delete from push_subscriptions where id = $2 and user_id = $1"
    return await tx.run(sql, user_id, subscription_id) == 1


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from push_subscriptions where user_id = $1", user_id)


async def list_due(conn: Conn, ids: Sequence[NotificationId]) -> list[DuePush]:
    """Return the subscriptions that get unread notifications, by their members' preferences."""
    sql = """
        select s.id as subscription_id, s.user_id, n.id as notification_id
          from notifications n
          join push_subscriptions s on s.user_id = n.user_id
         where n.id = any($1)
           and n.read_at is null
           and not exists (select from notification_preferences p
                            where p.user_id = n.user_id and n.kind = any(p.not_pushed))
         order by s.id, n.id
    """
    return await conn.every(DuePush, sql, list(ids))


async def find_target(conn: Conn, subscription_id: PushSubscriptionId) -> PushTarget | None:
    """Return a subscription, unless its session is over or its member is suspended."""
    sql = f"""
        select p.id, p.endpoint, p.p256dh, p.auth, p.language, p.has_previews
          from push_subscriptions p
          join sessions s on s.id = p.session_id
          join users u on u.id = p.user_id
         where p.id = $1
           and s.ended_at is null
           and s.expires_at > now()
           and {active("u")}
    """
    return await conn.maybe(PushTarget, sql, subscription_id)


async def update_sent(tx: Tx, subscription_id: PushSubscriptionId) -> None:
    sql = """
        update push_subscriptions
           set last_sent_at = now(), failing_since = null
         where id = $1
    """
    await tx.run(sql, subscription_id)


async def update_failing(
    tx: Tx, subscription_id: PushSubscriptionId, given_up_after: timedelta
) -> None:
    """Store since when nothing was accepted; delete the subscription if that is too long ago."""
    sql = """
        with given_up as (
            delete from push_subscriptions
                  where id = $1 and failing_since < now() - $2::interval
              returning id
        )
        update push_subscriptions
           set failing_since = now()
         where id = $1 and failing_since is null and id not in (select id from given_up)
    """
    await tx.run(sql, subscription_id, given_up_after)


async def delete_gone(tx: Tx, subscription_id: PushSubscriptionId) -> None:
    await tx.run("delete from push_subscriptions where id = $1", subscription_id)
