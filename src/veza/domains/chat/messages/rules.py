"""Decisions without I/O: everything here can be tested with plain values."""

import unicodedata
from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from veza.core.access import Member, Role
from veza.core.errors import Fault, Invalid
from veza.core.ids import UserId
from veza.core.pages import BadCursor, decode_text, encode_text
from veza.domains.chat.attachments.models import Attachments
from veza.domains.chat.conversations.models import (
    ChatUser,
    ConversationType,
    LockedMembership,
    MemberRole,
)
from veza.domains.chat.messages.errors import TooManyReactions
from veza.domains.chat.messages.models import (
    MAX_DISTINCT_REACTIONS,
    ConversationEvent,
    HistoryCursor,
    HistoryDirection,
    Message,
    MessageTrack,
    NewMessage,
    ReactionCount,
    StoredConversationEvent,
    StoredMessage,
    StoredReaction,
)

# Besides what has no letters in it: a joiner, a variation, a tag of a flag.
_IN_EMOJI = {"So", "Sk", "Sm", "Sc", "Mn", "Me", "Cf", "Po", "Pd", "Nd"}


def clean_content(content: str, *, has_attachments: bool) -> str:
    """Trim what is said. Raises Invalid where neither words nor attachments are left."""
    trimmed = content.strip()
    if not trimmed and not has_attachments:
        raise Invalid(details=[Fault("content", "A message needs words, or something with it.")])
    return trimmed


def ensure_emoji(text: str) -> None:
    """Raise Invalid for what is no emoji: with letters or spaces in it, or of ASCII alone."""
    kinds = {unicodedata.category(char) for char in text}
    if text.isascii() or not kinds <= _IN_EMOJI:
        raise Invalid(details=[Fault("emoji", "React with an emoji.")])


def toggle_reaction(
    reactions: Sequence[StoredReaction], emoji: str, *, is_added: bool
) -> list[StoredReaction]:
    """Count one more or one fewer, in their order. Raises TooManyReactions."""
    counts = {reaction.emoji: reaction.count for reaction in reactions}
    counts[emoji] = counts.get(emoji, 0) + (1 if is_added else -1)
    left = [StoredReaction(kind, count) for kind, count in counts.items() if count > 0]
    if is_added and len(left) > MAX_DISTINCT_REACTIONS:
        raise TooManyReactions
    return left


def is_staff(member: Member) -> bool:
    """Tell whether somebody may delete what others said, wherever it is."""
    return member.role in {Role.MODERATOR, Role.ADMIN}


def can_delete(message: StoredMessage, floor: LockedMembership, member: Member) -> bool:
    """Tell whether somebody in a conversation may delete a message: their own, or as its admin."""
    sees_to_it = floor.type is not ConversationType.DIRECT and floor.role is not MemberRole.MEMBER
    return message.sender_id == member.id or sees_to_it


def is_readable(message: StoredMessage, joined_seq: int) -> bool:
    """Tell whether there is something to read, for whoever joined at a seq."""
    is_there = message.deleted_at is None and not message.is_hidden
    return is_there and message.seq > joined_seq


def encode_history_cursor(place: HistoryCursor) -> str:
    """Write a place in a history as URL-safe text: base64 of JSON."""
    return encode_text(msgspec.json.encode(place))


def decode_history_cursor(text: str) -> HistoryCursor:
    """Read a place that we wrote. Raises BadCursor for anything else."""
    try:
        return msgspec.json.decode(decode_text(text), type=HistoryCursor)
    except ValueError as error:
        raise BadCursor from error


def read_history_cursor(cursor: str, direction: HistoryDirection) -> HistoryCursor:
    """Read a place; where it doesn't say which way to go from there, in a direction."""
    place = decode_history_cursor(cursor)
    return HistoryCursor(place.seq, place.to or direction)


def parse_since(since: int | str) -> int:
    """Read since when somebody wants to know: a seq, or the cursor of a message."""
    if isinstance(since, int):
        return since
    return int(since) if _is_seq(since) else decode_history_cursor(since).seq


def show_message(message: StoredMessage, attached: Attachments) -> Message:
    """Show a message; of one that is deleted or hidden, only that it was there."""
    is_hidden = message.is_hidden
    has_track = message.track_id is not None and not is_hidden
    return Message(
        id=message.id,
        conversation_id=message.conversation_id,
        seq=message.seq,
        number=message.number,
        cursor=encode_history_cursor(HistoryCursor(message.seq)),
        sender=None if is_hidden else _person(message.sender_id, message.username),
        content="" if is_hidden else message.content,
        client_id=None if is_hidden else message.client_id,
        track_id=message.track_id if has_track else None,
        track=_show_track(message) if has_track else None,
        images=[] if is_hidden else attached.images,
        file=None if is_hidden else attached.file,
        reactions=[] if is_hidden else [ReactionCount(r.emoji, r.count) for r in message.reactions],
        created_at=message.created_at,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
        reacted=UNSET if message.reacted is None else message.reacted,
    )


def stored_from_new(new: NewMessage, floor: LockedMembership) -> StoredMessage:
    """Give a message without attachments as it was just written, without asking for it again."""
    return StoredMessage(
        id=new.id,
        conversation_id=new.conversation_id,
        seq=new.seq,
        number=new.number,
        sender_id=new.sender_id,
        username=floor.username,
        content=new.content,
        client_id=new.client_id,
        track_id=None,
        track_title=None,
        artist_id=None,
        artist=None,
        images=[],
        file=None,
        reactions=[],
        created_at=new.created_at,
        edited_at=None,
        deleted_at=None,
        is_hidden=False,
        reacted=None,
    )


def page_cursors(
    shown: Sequence[StoredMessage], place: HistoryCursor | None, *, has_more: bool
) -> tuple[str | None, str]:
    """Make the cursors of a page, the newest first: to what is older, if any is, and to newer.

    What is newer may only be said later. Where nothing was found, they lead back to where one was.
    """
    is_newer = place is not None and place.to is HistoryDirection.NEWER
    stood = 0 if place is None else place.seq
    newest = shown[0].seq if shown else stood
    oldest = shown[-1].seq if shown else stood + 1
    older = (
        encode_history_cursor(HistoryCursor(oldest, HistoryDirection.OLDER))
        if has_more or is_newer
        else None
    )
    return older, encode_history_cursor(HistoryCursor(newest, HistoryDirection.NEWER))


def show_event(event: StoredConversationEvent, attached: Attachments) -> ConversationEvent:
    """Show what happened, with the message as it is now."""
    return ConversationEvent(
        seq=event.event_seq,
        type=event.event_type,
        conversation_id=event.conversation_id,
        message=show_message(event, attached),
        actor=_person(event.actor_id, event.actor),
        emoji=event.emoji,
        is_added=event.is_added,
        created_at=event.happened_at,
    )


def _show_track(message: StoredMessage) -> MessageTrack | None:
    artist = _person(message.artist_id, message.artist)
    if message.track_id is None or message.track_title is None or artist is None:
        return None
    return MessageTrack(message.track_id, message.track_title, artist)


def _person(user_id: UserId | None, username: str | None) -> ChatUser | None:
    return None if user_id is None or username is None else ChatUser(user_id, username)


def _is_seq(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
