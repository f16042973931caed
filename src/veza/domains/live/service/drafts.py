"""Creates streams that are to come, each with a room."""

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import StreamId, new_id
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.models import (
    ConversationChange,
    ConversationForm,
    ConversationType,
)
from veza.domains.chat.conversations.service import conversations, creation
from veza.domains.live import errors
from veza.domains.live.models import (
    KeyOwner,
    NewStream,
    StoredStream,
    StreamChange,
    StreamDetails,
)
from veza.domains.live.queries import stored_streams
from veza.domains.live.rules import descriptions
from veza.infra.postgres.database import Tx


async def add_draft(
    tx: Tx, owner: Member, details: StreamDetails, *, is_announced: bool
) -> StoredStream:
    """Create a draft, and the room in which its viewers chat."""
    form = ConversationForm(ConversationType.ROOM, descriptions.room_name(details.title))
    room = (await creation.create_in(tx, owner, form)).conversation
    new = NewStream(StreamId(new_id()), owner.id, details, room.id, is_announced)
    await stored_streams.insert_stream(tx, new)
    return required(await stored_streams.lock_stream(tx, new.id), errors.StreamNotFound)


async def add_draft_like_last(tx: Tx, key_owner: KeyOwner) -> StoredStream:
    """Create a draft with the details of the member's last stream. Raises PublishRefused."""
    owner = Member(key_owner.id, key_owner.role, None)
    last = await stored_streams.find_latest(tx, key_owner.id)
    if last is not None and last.taken_down is not None:
        raise errors.PublishRefused(
            "Your last stream was taken down: announce another one before you go live."
        )
    if last is None:
        details = descriptions.default_details(key_owner.username)
        return await add_draft(tx, owner, details, is_announced=False)
    details = descriptions.apply_change(last, StreamChange())
    stream = await add_draft(tx, owner, details, is_announced=False)
    if last.slow_mode_seconds:
        await set_slow_mode(tx, owner, stream, last.slow_mode_seconds)
    return stream


async def set_slow_mode(tx: Tx, owner: Member, stream: StoredStream, seconds: int) -> None:
    """Change the slow mode of a stream's room."""
    room_id = required(stream.conversation_id, ConversationNotFound)
    change = ConversationChange(slow_mode_seconds=seconds)
    await conversations.update_conversation(tx, owner, room_id, change)
