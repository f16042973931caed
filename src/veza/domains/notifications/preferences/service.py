"""Use cases of notification preferences, and the choice of recipients."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import MessageId, UserId
from veza.domains.notifications.preferences import queries, rules
from veza.domains.notifications.preferences.models import (
    MessageRecipient,
    NotificationKind,
    Preferences,
    PreferencesChange,
    Recipient,
)
from veza.infra.postgres.database import Conn, Tx


async def get_preferences(conn: Conn, member: Member) -> Preferences:
    """Return the kinds of notifications that a member receives: by default all."""
    return rules.show_preferences(await queries.find_switched_off(conn, member.id))


async def change_preferences(tx: Tx, member: Member, change: PreferencesChange) -> Preferences:
    """Switch kinds of notifications on or off."""
    off = rules.kinds_to_switch(change, on=False)
    on = rules.kinds_to_switch(change, on=True)
    switched_off = await queries.update_switched_off(tx, member.id, off, on)
    if switched_off is None:
        # The account was deleted after the token was issued.
        raise Unauthenticated
    return rules.show_preferences(switched_off)


async def lock_recipients(
    tx: Tx,
    kind: NotificationKind,
    user_ids: Sequence[UserId],
    *,
    actor_id: UserId | None = None,
    not_blocked_with: Sequence[UserId] = (),
) -> list[Recipient]:
    """Lock and return the members who enabled this kind of notification and may receive it.

    Excluded are the actor, members who mute the actor, and members with a block in either direction
    with the actor or with a member in `not_blocked_with`. The recipients' preferences stay locked
    until the transaction ends, so that each gets notifications in the order of their times.
    """
    return await queries.lock_recipients(
        tx, kind, user_ids, actor_id=actor_id, not_blocked_with=not_blocked_with
    )


async def find_mentioned(conn: Conn, names: Sequence[str]) -> list[UserId]:
    """Return the members with these usernames, in lower case."""
    return await queries.list_by_name(conn, names)


async def list_message_recipients(
    conn: Conn, message_id: MessageId, names: Sequence[str]
) -> list[MessageRecipient]:
    """Return who is notified of a message; `names` are the mentioned usernames, in lower case."""
    return await queries.list_message_recipients(conn, message_id, names)
