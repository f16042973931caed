"""Kinds switched off are stored; recipients of a kind are locked while they are chosen."""

from typing import Literal

from veza.core.ids import UserId
from veza.domains.notifications.preferences.models import NotificationKind, SwitchedKinds
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


async def delete_preferences(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from notification_preferences where user_id = $1", user_id)
