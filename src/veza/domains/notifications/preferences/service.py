"""What one can do with inboxes: say what one wants, and open those of others to tell them."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import MessageId, UserId
from veza.domains.notifications.preferences import queries, rules
from veza.domains.notifications.preferences.models import (
    Letter,
    MessageRecipient,
    Preferences,
    PreferencesChange,
    Recipient,
)
from veza.infra.postgres.database import Conn, Tx


async def get_preferences(conn: Conn, member: Member) -> Preferences:
    """Tell of which kinds a member wants to be told: all, where they never said so."""
    return rules.show_preferences(await queries.find_switched_off(conn, member.id))


async def change_preferences(tx: Tx, member: Member, change: PreferencesChange) -> Preferences:
    """Switch kinds on or off."""
    off = rules.kinds_to_switch(change, on=False)
    on = rules.kinds_to_switch(change, on=True)
    switched_off = await queries.update_switched_off(tx, member.id, off, on)
    if switched_off is None:
        # The token outlived the account.
        raise Unauthenticated
    return rules.show_preferences(switched_off)


async def lock_recipients(tx: Tx, letter: Letter) -> list[Recipient]:
    """Open the inboxes of those whom it may be told and who want to hear of it.

    They stay locked until this is committed: what comes to a member comes one after the other, each
    at a later moment than the one before.
    """
    return await queries.lock_inboxes(tx, letter)


async def find_mentioned(conn: Conn, names: Sequence[str]) -> list[UserId]:
    """Find the members whom a text calls, by their names in lower case."""
    return await queries.list_by_name(conn, names) if names else []


async def list_addressees(
    conn: Conn, message_id: MessageId, names: Sequence[str]
) -> list[MessageRecipient]:
    """Find whom a message is told, and whom of them it calls, by their names in lower case."""
    return await queries.list_addressees(conn, message_id, names)
