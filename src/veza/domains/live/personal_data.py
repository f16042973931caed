"""Exports streams without the stream key; erasing ends the rooms that a member still owns."""

from contextlib import suppress

from veza.core.access import Member, Role
from veza.core.ids import UserId
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.chat.conversations.service import conversations
from veza.domains.live.errors import StillOnAir
from veza.domains.live.models.exports import ExportedStreams
from veza.domains.live.queries import calendars, guests, keys, reminders, stored_streams
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("streams", "stream_keys", "stream_guests", "stream_reminders", "calendar_feeds")


async def export(conn: Conn, user_id: UserId) -> ExportedStreams:
    """Return the streams of a member, those to which they are admitted, and their reminders."""
    return ExportedStreams(
        await stored_streams.list_personal_streams(conn, user_id),
        await guests.list_invitations(conn, user_id),
        await reminders.list_personal_reminders(conn, user_id),
        await calendars.find_calendar_time(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the streams of a member, and end the rooms that they still own."""
    rooms = await stored_streams.list_rooms(tx, user_id)
    await conversations.lock_for_erasure(tx, user_id, rooms)
    owner = Member(user_id, Role.USER, None)
    for room in rooms:
        # A room with a new owner is kept.
        with suppress(ConversationNotFound, NotYourConversation):
            await conversations.end(tx, owner, room)
    await guests.delete_guest(tx, user_id)
    await calendars.delete_calendar(tx, user_id)
    # Streams before reminders, as those who take reminders lock them.
    await stored_streams.delete_streams(tx, user_id)
    await reminders.delete_of_member(tx, user_id)
    await keys.delete_key(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the streams of a page to another profile; its stream key ends."""
    await stored_streams.update_owner(tx, user_id, into_id)
    await guests.update_guest(tx, user_id, into_id)
    await reminders.move_reminders(tx, user_id, into_id)


async def ensure_off_air(tx: Tx, user_id: UserId) -> None:
    """Raise StillOnAir while a stream is live."""
    if await stored_streams.is_on_air(tx, user_id):
        raise StillOnAir
