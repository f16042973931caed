"""Members begin to listen together, change what plays, and end it.

Every change locks the conversation first, as messages do, and then computes what plays at that
moment by the clock of the database: so changes of several people and nodes have one order.
"""

import math
from collections.abc import Sequence

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Allowance, Unauthenticated, required
from veza.core.ids import ConversationId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.conversations import shared_queries
from veza.domains.chat.conversations.models import LockedMembership, MemberRole
from veza.domains.chat.conversations.service import conversations
from veza.domains.listening import queries, rules
from veza.domains.listening.errors import (
    ChatStays,
    NotListening,
    NotYourPlayback,
    TooManyCommands,
    TooManyListeningRooms,
)
from veza.domains.listening.events import LISTENING
from veza.domains.listening.models import (
    ListeningChange,
    ListeningEntry,
    ListeningForm,
    ListeningRoom,
    ListeningState,
    QueueEntry,
    StoredListening,
)
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.valkey.client import WindowCounters


async def get_room(
    conn: Conn,
    viewer: Member,
    conversation_id: ConversationId,
    urls: UrlBuilder,
    *,
    after: int = 0,
) -> ListeningRoom:
    """Return what a conversation listens to, with the tracks that the viewer may hear.

    Entries up to `after` are without their tracks: all who are there read each change.
    """
    conversation = await conversations.get_conversation(conn, viewer, conversation_id)
    room = required(await queries.find_room(conn, conversation_id), NotListening)
    track_ids = list(dict.fromkeys(each.track_id for each in room.entries if each.id > after))
    tracks = await visible_tracks.find_visible_tracks(conn, track_ids, viewer, urls)
    entries = [
        ListeningEntry(
            entry.id,
            entry.track_id if entry.id > after and entry.track_id in tracks else None,
            entry.duration_ms,
        )
        for entry in room.entries
    ]
    return ListeningRoom(
        rules.show_state(room),
        entries,
        list(tracks.values()),
        rules.may_control(conversation.type, conversation.role),
        room.ends_conversation,
    )


async def count_command(counters: WindowCounters, member: Member) -> None:
    """Count that a member begins, changes or ends a room. Raises TooManyCommands."""
    key = f"listening:{member.actor_id}"
    so_far = await counters.add(key, rules.COMMANDS_WINDOW_S)
    if so_far.count > rules.MAX_COMMANDS:
        allowance = Allowance(rules.MAX_COMMANDS, rules.COMMANDS_WINDOW_S)
        wait_s = max(1, math.ceil(so_far.ends_in_s))
        raise TooManyCommands(retry_after=wait_s, allowance=allowance)


async def begin(
    tx: Tx, member: Member, conversation_id: ConversationId, form: ListeningForm, urls: UrlBuilder
) -> tuple[ListeningRoom, bool]:
    """Begin to listen together. Return the room, and False where the conversation did already."""
    if not await queries.lock_member(tx, member.id):
        # The token outlived the account.
        raise Unauthenticated
    locked = await _lock_to_control(tx, member, conversation_id)
    if form.ends_conversation:
        await _ensure_may_end(tx, locked)
    ends = form.ends_conversation
    made = await queries.insert_room(tx, conversation_id, member.id, ends_conversation=ends)
    if made is not None:
        if await queries.count_begun(tx, member.id) > rules.MAX_ROOMS:
            raise TooManyListeningRooms
        change = ListeningChange(None, add=form.track_ids)
        await _store(tx, member, made, change)
    return await get_room(tx, member, conversation_id, urls), made is not None


async def change(
    database: Database,
    counters: WindowCounters,
    member: Member,
    conversation_id: ConversationId,
    wanted: ListeningChange,
) -> ListeningState:
    """Change what plays, or the queue. Raises TooManyCommands and ListeningChanged."""
    await count_command(counters, member)

    async def work(tx: Tx) -> ListeningState:
        await _lock_to_control(tx, member, conversation_id)
        room = required(await queries.find_room(tx, conversation_id), NotListening)
        return await _store(tx, member, room, wanted)

    return await database.transact(work)


async def end(tx: Tx, member: Member, conversation_id: ConversationId) -> None:
    """End the listening, and the conversation with it if that is there for it alone."""
    await _lock_to_control(tx, member, conversation_id)
    room = required(await queries.find_room(tx, conversation_id), NotListening)
    if room.ends_conversation and await shared_queries.is_room_of_its_own(tx, conversation_id):
        await conversations.end(tx, member, conversation_id)
    await queries.delete_room(tx, conversation_id)
    _signal(tx, conversation_id)


async def end_empty(tx: Tx, conversation_id: ConversationId) -> None:
    """Delete a room that was empty for hours, and its conversation if it was made for the room."""
    await queries.lock_conversation(tx, conversation_id)
    ends_conversation = await queries.delete_empty(tx, conversation_id, rules.EMPTY_FOR)
    if ends_conversation:
        await conversations.end_unattended(tx, conversation_id)
    _signal(tx, conversation_id)


async def _lock_to_control(
    tx: Tx, member: Member, conversation_id: ConversationId
) -> LockedMembership:
    """Lock a conversation for a member who controls it. Raises NotYourPlayback."""
    locked = await conversations.lock_membership(tx, member.id, conversation_id)
    if not rules.may_control(locked.type, locked.role):
        raise NotYourPlayback
    await conversations.ensure_can_message(tx, member.id, locked)
    return locked


async def _ensure_may_end(conn: Conn, locked: LockedMembership) -> None:
    """Raise ChatStays unless a conversation is a room that its owner alone decides about."""
    is_owned = locked.role is MemberRole.OWNER
    if not is_owned or not await shared_queries.is_room_of_its_own(conn, locked.id):
        raise ChatStays


async def _store(
    tx: Tx, member: Member, room: StoredListening, wanted: ListeningChange
) -> ListeningState:
    added = await _find_added(tx, member, wanted.add, room.next_entry_id)
    queue = rules.apply_change(room, wanted, added, room.read_at)
    playback = queue.playback
    version = room.version + 1
    has_new_queue = queue.entries != room.entries
    stored = structs.replace(
        room,
        version=version,
        queue_version=version if has_new_queue else room.queue_version,
        entry_ids=[entry.id for entry in queue.entries],
        track_ids=[entry.track_id for entry in queue.entries],
        durations_ms=[entry.duration_ms for entry in queue.entries],
        next_entry_id=room.next_entry_id + len(added),
        entry_id=playback.entry_id,
        position_ms=playback.position_ms,
        is_playing=playback.is_playing,
        changed_at=playback.at,
    )
    if has_new_queue:
        await queries.update_room(tx, stored)
    else:
        await queries.update_playback(tx, stored)
    _signal(tx, room.conversation_id)
    return rules.show_state(stored)


async def _find_added(
    conn: Conn, member: Member, track_ids: Sequence[TrackId], first_id: int
) -> list[QueueEntry]:
    """Return entries for tracks that the member may hear. Raises TrackNotFound."""
    if not track_ids:
        return []
    found = await visible_tracks.find_visible_names(conn, list(dict.fromkeys(track_ids)), member)
    entries: list[QueueEntry] = []
    for number, track_id in enumerate(track_ids, first_id):
        name = found.get(track_id)
        # Its length is known once it is processed.
        if name is None or not name.duration_ms:
            raise TrackNotFound
        entries.append(QueueEntry(number, track_id, name.duration_ms))
    return entries


def _signal(tx: Tx, conversation_id: ConversationId) -> None:
    tx.signal(f"{LISTENING}:{conversation_id}")
