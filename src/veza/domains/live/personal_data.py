"""Export and erase the streams of a member."""

from contextlib import suppress

from veza.core.access import Member, Role
from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.core.structs import copy_fields
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.live import queries
from veza.domains.live.models import ExportedStream
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("streams", "stream_keys")

_PAGE = 500


async def export(conn: Conn, user_id: UserId) -> list[ExportedStream]:
    """Return the streams of a member, without the stream key, which is a secret."""
    streams: list[ExportedStream] = []
    cursor = None
    while page := await queries.list_own(conn, user_id, limit=_PAGE - 1, cursor=cursor):
        streams += [copy_fields(ExportedStream, stream) for stream in page]
        cursor = Cursor(page[-1].created_at, page[-1].id)
    return streams


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the streams of a member, and end the rooms that they still own."""
    rooms = await queries.list_rooms(tx, user_id)
    await conversations.lock_for_erasure(tx, user_id, rooms)
    owner = Member(user_id, Role.USER, None)
    for room in rooms:
        # A room with a new owner is kept.
        with suppress(ConversationNotFound, NotYourConversation):
            await conversations.end(tx, owner, room)
    await queries.delete_streams(tx, user_id)
    await queries.delete_key(tx, user_id)
