"""What this domain keeps of a person: to hand out, and to erase."""

from contextlib import suppress

from veza.core.access import Member, Role
from veza.core.ids import UserId
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.live import queries, rules
from veza.domains.live.models import ExportedStream
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("streams", "stream_keys")

_PAGE = 500


async def export(conn: Conn, user_id: UserId) -> list[ExportedStream]:
    """Hand out what a member broadcast. The key is none of it: it lets others in."""
    streams: list[ExportedStream] = []
    cursor = None
    while page := await queries.list_own(conn, user_id, limit=_PAGE - 1, cursor=cursor):
        streams += [rules.export_stream(stream) for stream in page]
        cursor = rules.own_cursor_of(page[-1])
    return streams


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member broadcast, with the rooms of theirs in which it was talked about."""
    rooms = await queries.list_rooms(tx, user_id)
    await conversations.lock_for_erasure(tx, user_id, rooms)
    owner = Member(user_id, Role.USER, None)
    for room in rooms:
        # Whom they handed a room to has it still.
        with suppress(ConversationNotFound, NotYourConversation):
            await conversations.end(tx, owner, room)
    await queries.delete_streams(tx, user_id)
    await queries.delete_key(tx, user_id)
