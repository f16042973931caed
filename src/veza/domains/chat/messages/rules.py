"""Decides who deletes a message, which texts are emoji, and that deleted ones show nothing."""

import unicodedata
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType, structs

from veza.core.access import Member, Role
from veza.core.errors import FieldError, Invalid
from veza.core.foreign_json import decode_json
from veza.core.ids import ConversationId
from veza.core.pages import BadCursor, decode_text, encode_text
from veza.core.people import NO_APPEARANCE, Appearance
from veza.core.search_text import index_words, parse_search, quote_lexeme
from veza.core.takedowns import TakenDown
from veza.domains.auth.accounts.models import NamedMember, name_member
from veza.domains.chat.attachments.models import Attachments
from veza.domains.chat.conversations.models import ConversationType, LockedMembership, MemberRole
from veza.domains.chat.messages.errors import TooManyReactions
from veza.domains.chat.messages.models.events import ConversationEvent, StoredConversationEvent
from veza.domains.chat.messages.models.lists import HistoryCursor, HistoryDirection
from veza.domains.chat.messages.models.messages import (
    MAX_DISTINCT_REACTIONS,
    KeptMessage,
    Message,
    MessageQuote,
    MessageTrack,
    NewMessage,
    ReactionCount,
    StoredMessage,
    StoredQuote,
    StoredReaction,
)

# Unicode categories of emoji and their parts: joiners, variation selectors, tags of flags.
_IN_EMOJI = {"So", "Sk", "Sm", "Sc", "Mn", "Me", "Cf", "Po", "Pd", "Nd"}
# Shorter beginnings of words are too common. Chinese and Japanese words are of two characters.
_MIN_PREFIX_LENGTH = 3
_FIRST_UNSPACED = "\u3005"


def clean_content(content: str, *, has_attachments: bool) -> str:
    """Trim a text. Raises Invalid if neither text nor attachments are left."""
    trimmed = content.strip()
    if not trimmed and not has_attachments:
        raise Invalid(
            details=[FieldError("content", "A message needs text or an attachment.", "blank")]
        )
    return trimmed


def ensure_emoji(text: str) -> None:
    """Raise Invalid for anything but emoji, such as letters, spaces or ASCII."""
    kinds = {unicodedata.category(char) for char in text}
    if text.isascii() or not kinds <= _IN_EMOJI:
        raise Invalid(details=[FieldError("emoji", "React with an emoji.", "not_an_emoji")])


def toggle_reaction(
    reactions: Sequence[StoredReaction], emoji: str, *, is_added: bool
) -> list[StoredReaction]:
    """Add or remove a reaction, keeping the order. Raises TooManyReactions."""
    counts = {reaction.emoji: reaction.count for reaction in reactions}
    counts[emoji] = counts.get(emoji, 0) + (1 if is_added else -1)
    left = [StoredReaction(kind, count) for kind, count in counts.items() if count > 0]
    if is_added and len(left) > MAX_DISTINCT_REACTIONS:
        raise TooManyReactions
    return left


def is_staff(member: Member) -> bool:
    """Return whether a member may delete messages of others everywhere."""
    return member.role in {Role.MODERATOR, Role.ADMIN}


def can_delete(message: StoredMessage, locked: LockedMembership, member: Member) -> bool:
    """Return whether a member may delete a message, as its sender or as an admin."""
    is_admin = locked.type is not ConversationType.DIRECT and locked.role is not MemberRole.MEMBER
    return message.sender_id == member.id or is_admin


def is_readable(message: StoredMessage, joined_seq: int) -> bool:
    """Return whether a message can be read by a member who joined after `joined_seq`."""
    is_there = message.deleted_at is None and not message.is_hidden
    return is_there and message.seq > joined_seq


def can_remove(message: StoredMessage, joined_seq: int) -> bool:
    """Return whether a message can be deleted: one to read, or an own one that is taken down."""
    if message.taken_down is not None:
        return message.seq > joined_seq
    return is_readable(message, joined_seq)


def encode_history_cursor(cursor: HistoryCursor) -> str:
    """Encode a cursor as URL-safe text: base64 of JSON."""
    return encode_text(msgspec.json.encode(cursor))


def decode_history_cursor(text: str) -> HistoryCursor:
    """Decode a cursor. Raises BadCursor."""
    try:
        return decode_json(decode_text(text), HistoryCursor)
    except ValueError as error:
        raise BadCursor from error


def read_history_cursor(text: str, direction: HistoryDirection) -> HistoryCursor:
    """Decode a cursor; `direction` applies where it fixes none. Raises BadCursor."""
    decoded = decode_history_cursor(text)
    return HistoryCursor(decoded.seq, decoded.to or direction)


def index_message(conversation_id: ConversationId, content: str) -> str:
    """Return what a search finds a message by: its words, and the conversation, as a tsvector."""
    return f"{index_words((content, 'A'))} {_lexeme_of(conversation_id)}"


def search_messages(text: str, conversation_ids: Sequence[ConversationId]) -> str | None:
    """Return the tsquery for messages of conversations with all words of a text.

    The last word may be the beginning of a word. None if nothing can be found: a text without
    letters and digits, or no conversations.
    """
    terms = parse_search(text).terms
    if not terms or not conversation_ids:
        return None
    parts = [
        " | ".join(f"({_all_of(words, is_last=n == len(terms))})" for words in term.alternatives)
        for n, term in enumerate(terms, 1)
    ]
    parts.append(" | ".join(map(_lexeme_of, conversation_ids)))
    return " & ".join(f"({part})" for part in parts)


def _all_of(words: Sequence[str], *, is_last: bool) -> str:
    lexemes = [quote_lexeme(word) for word in words]
    end = words[-1]
    if is_last and (len(end) >= _MIN_PREFIX_LENGTH or end >= _FIRST_UNSPACED):
        lexemes[-1] += ":*"
    return " & ".join(lexemes)


def _lexeme_of(conversation_id: ConversationId) -> str:
    # No word of a text has a colon.
    return quote_lexeme(f"c:{conversation_id.hex}")


def as_seen[M: StoredMessage](message: M) -> M:
    """Return a message as its reader sees it.

    A deleted one has no attachments; one that is taken down is as it was, to its sender.
    """
    if message.deleted_at is None:
        return message
    if message.taken_down is None:
        return structs.replace(message, images=[], file=None)
    kept = structs.asdict(message.taken_down.kept)
    return structs.replace(message, deleted_at=None, **kept)


def keep_message(message: StoredMessage) -> KeptMessage:
    """Return what restores a message that is taken down."""
    return KeptMessage(message.content, message.track_id, message.reply_to_id, message.reactions)


def restore_reactions(
    kept: Sequence[StoredReaction], left: Sequence[StoredReaction]
) -> list[StoredReaction]:
    """Return the reactions that are left of a message, in the order in which it showed them."""
    counts = {reaction.emoji: reaction.count for reaction in left}
    return [StoredReaction(one.emoji, counts[one.emoji]) for one in kept if one.emoji in counts]


def show_message(
    message: StoredMessage,
    attachments: Attachments,
    *,
    joined_seq: int,
    taken_down: TakenDown | UnsetType = UNSET,
) -> Message:
    """Show a message. Deleted messages and those of suspended senders have no content.

    A quote is shown if the answered message comes after `joined_seq`.
    """
    is_hidden = message.is_hidden
    has_track = message.track_id is not None and not is_hidden
    return Message(
        id=message.id,
        conversation_id=message.conversation_id,
        seq=message.seq,
        number=message.number,
        cursor=encode_history_cursor(HistoryCursor(message.seq)),
        sender=None if is_hidden else _show_sender(message),
        content="" if is_hidden else message.content,
        client_id=None if is_hidden else message.client_id,
        track_id=message.track_id if has_track else None,
        track=_show_track(message) if has_track else None,
        reply_to_id=None if is_hidden else message.reply_to_id,
        reply_to=None if is_hidden else _show_quote(message.quote, joined_seq),
        images=[] if is_hidden else attachments.images,
        file=None if is_hidden else attachments.file,
        reactions=[] if is_hidden else [ReactionCount(r.emoji, r.count) for r in message.reactions],
        created_at=message.created_at,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
        reacted=UNSET if message.reacted is None else message.reacted,
        taken_down=taken_down,
    )


def stored_from_new(new: NewMessage, username: str, appearance: Appearance) -> StoredMessage:
    """Return a new message without attachments as stored, without reading it again."""
    return StoredMessage(
        id=new.id,
        conversation_id=new.conversation_id,
        seq=new.seq,
        number=new.number,
        sender_id=new.sender_id,
        username=username,
        appearance=appearance,
        content=new.content,
        client_id=new.client_id,
        track_id=None,
        track_title=None,
        artist_id=None,
        artist=None,
        artist_appearance=NO_APPEARANCE,
        reply_to_id=None,
        quote=None,
        images=[],
        file=None,
        reactions=[],
        created_at=new.created_at,
        edited_at=None,
        deleted_at=None,
        is_hidden=False,
        reacted=None,
        taken_down=None,
    )


def page_cursors(
    shown: Sequence[StoredMessage], cursor: HistoryCursor | None, *, has_more: bool
) -> tuple[str | None, str]:
    """Return the cursors of a page: to older messages, if any, and to newer messages.

    There is always a cursor to newer messages, because more may be sent later. On an empty page,
    both are the cursor of the request.
    """
    is_newer = cursor is not None and cursor.to is HistoryDirection.NEWER
    start = 0 if cursor is None else cursor.seq
    newest = shown[0].seq if shown else start
    oldest = shown[-1].seq if shown else start + 1
    older = (
        encode_history_cursor(HistoryCursor(oldest, HistoryDirection.OLDER))
        if has_more or is_newer
        else None
    )
    return older, encode_history_cursor(HistoryCursor(newest, HistoryDirection.NEWER))


def show_event(event: StoredConversationEvent, message: Message) -> ConversationEvent:
    """Show an event, with its message as it is now."""
    return ConversationEvent(
        seq=event.event_seq,
        type=event.event_type,
        conversation_id=event.conversation_id,
        message=message,
        actor=name_member(event.actor_id, event.actor, event.actor_appearance),
        emoji=event.emoji,
        is_added=event.is_added,
        created_at=event.happened_at,
    )


def _show_sender(message: StoredMessage) -> NamedMember | None:
    return name_member(message.sender_id, message.username, message.appearance)


def _show_quote(quote: StoredQuote | None, joined_seq: int) -> MessageQuote | None:
    if quote is None or quote.seq <= joined_seq:
        return None
    sender = name_member(quote.sender_id, quote.username, quote.appearance)
    return None if sender is None else MessageQuote(quote.id, quote.seq, sender, quote.excerpt)


def _show_track(message: StoredMessage) -> MessageTrack | None:
    artist = name_member(message.artist_id, message.artist, message.artist_appearance)
    if message.track_id is None or message.track_title is None or artist is None:
        return None
    return MessageTrack(message.track_id, message.track_title, artist)
