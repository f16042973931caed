"""Decides what plays at a moment, what a change makes of a queue, and who may change it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import UNSET, Struct, structs

from veza.core.structs import copy_fields
from veza.domains.chat.conversations.models import ConversationType, MemberRole
from veza.domains.listening.errors import ListeningChanged, ListeningQueueFull
from veza.domains.listening.models import (
    MAX_ENTRIES,
    ListeningChange,
    ListeningState,
    Playback,
    QueueEntry,
    SharedState,
    StoredListening,
)

MAX_ROOMS = 5
# Commands of a member, in a window of seconds.
MAX_COMMANDS = 30
COMMANDS_WINDOW_S = 10
# After this long without anybody a room ends.
EMPTY_FOR = timedelta(hours=3)
# How often it is noted that somebody is there.
NOTED_EVERY = timedelta(minutes=5)

_MS = timedelta(milliseconds=1)


class Queue(Struct, frozen=True):
    """Entries, and what plays of them."""

    entries: list[QueueEntry]
    playback: Playback


def may_control(kind: ConversationType, role: MemberRole | None) -> bool:
    """Return whether a member with a role controls a conversation: in direct ones both do."""
    return kind is ConversationType.DIRECT or role in {MemberRole.OWNER, MemberRole.ADMIN}


def playing_at(entries: Sequence[QueueEntry], playback: Playback, moment: datetime) -> Playback:
    """Return what plays at a moment: an entry follows the one before it without a gap."""
    if not playback.is_playing or playback.entry_id is None:
        return structs.replace(playback, at=moment)
    position_ms = playback.position_ms + max(0, (moment - playback.at) // _MS)
    for entry in entries[_index(entries, playback.entry_id) :]:
        if position_ms < entry.duration_ms:
            return Playback(entry.id, position_ms, True, moment)
        position_ms -= entry.duration_ms
    return Playback(None, 0, True, moment)


def apply_change(
    room: StoredListening, change: ListeningChange, added: Sequence[QueueEntry], moment: datetime
) -> Queue:
    """Return the queue of a room after a change. Raises ListeningChanged, ListeningQueueFull."""
    if change.version not in {None, room.version}:
        raise ListeningChanged
    queue = Queue(room.entries, playing_at(room.entries, room.playback, moment))
    queue = _remove(queue, change.remove)
    if change.move is not None:
        moved = queue.entries[_index(queue.entries, change.move)]
        others = [entry for entry in queue.entries if entry is not moved]
        queue = Queue(_insert(others, [moved], change.before), queue.playback)
    if added:
        queue = _add(queue, added, change.before)
    return Queue(queue.entries, _play(queue, change))


def show_state(room: StoredListening) -> ListeningState:
    """Return what a room plays at the moment when it was read."""
    playing = playing_at(room.entries, room.playback, room.read_at)
    return copy_fields(
        ListeningState,
        room,
        entry_id=playing.entry_id,
        position_ms=playing.position_ms,
        at_ms=in_ms(playing.at),
    )


def show_shared(state: SharedState) -> ListeningState:
    """Return what a room played when it was changed, from which readers count on."""
    return copy_fields(ListeningState, state, at_ms=in_ms(state.changed_at))


def in_ms(moment: datetime) -> int:
    """Return a moment in milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def _remove(queue: Queue, removed: Sequence[int]) -> Queue:
    """Remove entries; if one of them plays, what follows it plays from its beginning."""
    playback = queue.playback
    left = [entry for entry in queue.entries if entry.id not in removed]
    if playback.entry_id in removed:
        rest = queue.entries[_index(queue.entries, playback.entry_id) :]
        following = next((entry.id for entry in rest if entry.id not in removed), None)
        playback = structs.replace(playback, entry_id=following, position_ms=0)
    return Queue(left, playback)


def _add(queue: Queue, added: Sequence[QueueEntry], before: int | None) -> Queue:
    """Add entries; where they don't fit, the first that were played make room for them."""
    playback = queue.playback
    entries = _insert(queue.entries, added, before)
    if playback.entry_id is None:
        playback = structs.replace(playback, entry_id=added[0].id, position_ms=0)
    excess = max(0, len(entries) - MAX_ENTRIES)
    if excess > _index(entries, playback.entry_id):
        raise ListeningQueueFull
    return Queue(entries[excess:], playback)


def _play(queue: Queue, change: ListeningChange) -> Playback:
    playback = queue.playback
    is_playing = playback.is_playing if change.is_playing is UNSET else change.is_playing
    entry_id, position_ms = playback.entry_id, playback.position_ms
    if change.entry_id is not UNSET:
        entry_id, position_ms = change.entry_id, 0
    elif entry_id is None and change.is_playing is True and queue.entries:
        # Once more from the beginning.
        entry_id = queue.entries[0].id
    if change.position_ms is not UNSET:
        position_ms = change.position_ms
    if entry_id is None:
        return Playback(None, 0, is_playing, playback.at)
    entry = queue.entries[_index(queue.entries, entry_id)]
    return Playback(entry_id, min(position_ms, entry.duration_ms), is_playing, playback.at)


def _insert(
    entries: Sequence[QueueEntry], added: Sequence[QueueEntry], before: int | None
) -> list[QueueEntry]:
    place = len(entries) if before is None else _index(entries, before)
    return [*entries[:place], *added, *entries[place:]]


def _index(entries: Sequence[QueueEntry], entry_id: int | None) -> int:
    """Return the place of an entry. Raises ListeningChanged."""
    for place, entry in enumerate(entries):
        if entry.id == entry_id:
            return place
    raise ListeningChanged
