"""Creates streams that are to come, each with a room."""

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import StreamId, new_id
from veza.core.stream_audiences import StreamAudience
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.models import (
    ConversationChange,
    ConversationForm,
    ConversationType,
)
from veza.domains.chat.conversations.service import conversations, creation
from veza.domains.live import errors
from veza.domains.live.models.audiences import AudienceChoice
from veza.domains.live.models.forms import StreamChange
from veza.domains.live.models.stored_streams import NewStream, StoredStream, StreamDetails
from veza.domains.live.models.stream_keys import KeyOwner
from veza.domains.live.queries import guests, stored_streams
from veza.domains.live.rules import audiences, descriptions
from veza.domains.live.service import access
from veza.infra.postgres.database import Tx


async def add_draft(
    tx: Tx,
    owner: Member,
    details: StreamDetails,
    choice: AudienceChoice,
    *,
    is_announced: bool,
) -> StoredStream:
    """Create a draft, and the room in which its viewers chat."""
    form = ConversationForm(ConversationType.ROOM, descriptions.room_name(details.title))
    room = (await creation.create_in(tx, owner, form)).conversation
    media_id = access.new_media_id(choice.audience)
    new = NewStream(StreamId(new_id()), owner.id, details, room.id, is_announced, choice, media_id)
    await stored_streams.insert_stream(tx, new)
    stream = required(await stored_streams.lock_stream(tx, new.id), errors.StreamNotFound)
    if choice.audience is not StreamAudience.PUBLIC:
        await access.close_room(tx, stream, choice.audience)
    return stream


async def add_draft_like_last(tx: Tx, key_owner: KeyOwner) -> StoredStream:
    """Create a draft with the details and the audience of the member's last stream.

    Raises PublishRefused.
    """
    owner = Member(key_owner.id, key_owner.role, None)
    last = await stored_streams.find_latest(tx, key_owner.id)
    if last is not None and last.taken_down is not None:
        raise errors.PublishRefused(
            "Your last stream was taken down: announce another one before you go live."
        )
    if last is None:
        details = descriptions.default_details(key_owner.username)
        return await add_draft(tx, owner, details, AudienceChoice(), is_announced=False)
    details = descriptions.apply_change(last, StreamChange())
    choice = audiences.choice_of(last)
    stream = await add_draft(tx, owner, details, choice, is_announced=False)
    named = await guests.list_guests(tx, [last.id])
    if named:
        await guests.update_named(tx, stream.id, [each.user_id for each in named])
    if last.slow_mode_seconds:
        await set_slow_mode(tx, owner, stream, last.slow_mode_seconds)
    return stream


async def set_slow_mode(tx: Tx, owner: Member, stream: StoredStream, seconds: int) -> None:
    """Change the slow mode of a stream's room."""
    room_id = required(stream.conversation_id, ConversationNotFound)
    change = ConversationChange(slow_mode_seconds=seconds)
    await conversations.update_conversation(tx, owner, room_id, change)
