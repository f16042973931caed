"""Kinds switched off are stored; recipients of a kind are locked while they are chosen."""

from datetime import timedelta
from typing import Literal

from veza.core.ids import UserId
from veza.domains.notifications.preferences.models import (
    Digest,
    NotificationKind,
    StoredPreferences,
    SwitchedKinds,
)
from veza.infra.postgres.database import Conn, Tx

# The kinds that a member isn't notified of, and those that are listed without being pushed.
type KindColumn = Literal["switched_off", "not_pushed"]


async def find_switched_off(
    conn: Conn, user_id: UserId, column: KindColumn = "switched_off"
) -> list[NotificationKind]:
    """Return the kinds that a member switched off, or those that aren't pushed."""
    sql = f"select unnest({column}) from notification_preferences where user_id = $1"
    return await conn.column(NotificationKind, sql, user_id)


async def update_switched_off(
    tx: Tx, user_id: UserId, change: SwitchedKinds, column: KindColumn = "switched_off"
) -> list[NotificationKind] | None:
    """Switch kinds off and on; return those that are off, None if the account is deleted."""
    sql = f"""
        insert into notification_preferences as p (user_id, {column})
             select id, $2::text[] from users where id = $1 for key share
        on conflict (user_id) do update
                set {column} = array(
                        select unnest(p.{column}) except select unnest($3::text[])
                         union select unnest($2::text[])
                    )
          returning {column}
    """
    return await tx.value(list[NotificationKind], sql, user_id, change.off, change.on)


async def find_preferences(conn: Conn, user_id: UserId) -> StoredPreferences | None:
    sql = """
        select switched_off, not_pushed, mailed, not_mailed, digest
          from notification_preferences
         where user_id = $1
    """
    return await conn.maybe(StoredPreferences, sql, user_id)


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Keep a member from being erased meanwhile; False if they are gone."""
    sql = "select true from users where id = $1 for key share"
    return bool(await tx.value(bool, sql, user_id))


async def update_mailed(tx: Tx, user_id: UserId, change: SwitchedKinds) -> None:
    """Store which kinds a locked member gets by mail, and which not, whatever is usual."""
    sql = """
        insert into notification_preferences as p (user_id, mailed, not_mailed)
             values ($1, $2, $3)
        on conflict (user_id) do update
                set mailed = array(
                        select unnest(p.mailed) except select unnest($3::text[])
                         union select unnest($2::text[])
                    ),
                    not_mailed = array(
                        select unnest(p.not_mailed) except select unnest($2::text[])
                         union select unnest($3::text[])
                    )
    """
    await tx.run(sql, user_id, change.on, change.off)


async def update_digest(tx: Tx, user_id: UserId, digest: Digest, period: timedelta | None) -> None:
    """Store how often a locked member gets a summary; a new one tells of what comes from now on."""
    sql = """
        insert into notification_preferences as p (user_id, digest, digest_due_at, digested_at)
             values ($1, $2, now() + coalesce($3::interval, '0'), now())
        on conflict (user_id) do update
                set digest = excluded.digest,
                    digest_due_at = case when p.digest = 'never' then excluded.digest_due_at
                                         else least(p.digest_due_at, excluded.digest_due_at) end,
                    digested_at = case when p.digest = 'never' then excluded.digested_at
                                       else p.digested_at end
              where p.digest <> excluded.digest
    """
    await tx.run(sql, user_id, digest, period)


async def delete_preferences(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from notification_preferences where user_id = $1", user_id)
