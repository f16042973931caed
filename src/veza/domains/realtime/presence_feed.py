"""Presence, typing and read marks among the members who have a conversation open.

Typing is sent at once; read marks and presence once a second. None of it is sent in conversations
with many subscribers, and all of it may be lost.
"""

import time
from itertools import islice
from uuid import UUID

from veza.core.ids import ConversationId, UserId
from veza.domains.chat.conversations.models import ReadMark
from veza.domains.realtime import rules
from veza.domains.realtime.connections import Channel, Connection
from veza.domains.realtime.models import (
    FrameType,
    LocalPresence,
    PresenceData,
    PresenceStatus,
    ServerFrame,
    TypingData,
)
from veza.domains.realtime.presence import REFRESH_S, PresenceStore
from veza.infra.valkey.broadcast import Broadcast
from veza.server.websocket_sender import Frame, make_frame

# Signals `typing:<conversation>:<member>` and `presence:<conversation>`.
TYPING = "typing"
PRESENCE = "presence"

_BATCH = 100

# Frames that go to many connections are encoded once.
type _Frames = dict[tuple[UserId, PresenceStatus], Frame]


class PresenceFeed:
    """The channels of this process, and who is online in them."""

    def __init__(self, store: PresenceStore, broadcast: Broadcast) -> None:
        self.channels: dict[ConversationId, Channel] = {}
        self._store = store
        self._broadcast = broadcast
        # Members who left since the last sync.
        self._left: dict[ConversationId, set[UserId]] = {}

    def on_leave(self, channel: Channel, connection: Connection) -> None:
        """Note that a connection left a channel."""
        channel.newcomers.discard(connection)
        self._left.setdefault(channel.id, set()).add(connection.user_id)

    def refresh(self, connection: Connection) -> None:
        """Send a connection the changes of visible presence after its member's blocks changed."""
        for conversation_id in connection.joined:
            channel = self.channels[conversation_id]
            if _is_small(channel):
                _send_presence(channel, connection, {})

    async def publish_typing(self, connection: Connection, channel: Channel) -> None:
        """Signal to all processes that a member is typing, at most once in three seconds."""
        if not _is_small(channel):
            return
        now = time.monotonic()
        last = connection.last_typing_at.get(channel.id, -rules.TYPING_INTERVAL_S)
        if now - last >= rules.TYPING_INTERVAL_S:
            connection.last_typing_at[channel.id] = now
            await self._broadcast.signal(frozenset({f"{TYPING}:{channel.id}:{connection.user_id}"}))

    def on_typing(self, subject: str) -> None:
        """Send that a member is typing: a listener of the signal."""
        conversation, _, user = subject.partition(":")
        channel = self._find_small(conversation)
        if channel is not None:
            user_id = UserId(UUID(user))
            data = TypingData(channel.id, user_id, rules.TYPING_EXPIRES_S)
            channel.broadcast(make_frame(ServerFrame(FrameType.TYPING, data)), about=user_id)

    def on_read(self, subject: str) -> None:
        """Note how far a member has read, to be sent within a second: a listener of the signal."""
        conversation, user, number = subject.split(":")
        channel = self._find_small(conversation)
        if channel is not None:
            user_id = UserId(UUID(user))
            channel.read_marks[user_id] = max(int(number), channel.read_marks.get(user_id, 0))

    def on_presence_changed(self, subject: str) -> None:
        """Read presence with the next tick: a listener of the signal."""
        if channel := self._find_small(subject):
            channel.presence_synced_at = 0.0

    async def sync(self) -> None:
        """Send read marks, exchange presence with other processes, and send what changed."""
        left = self._left
        self._left = {}
        for channel in self.channels.values():
            _broadcast_read_marks(channel)
        due = {channel.id for channel in self.channels.values() if _is_due(channel)}
        changed = [each for each in due if self.channels[each].newcomers] + list(left)
        waiting = iter(due | left.keys())
        while batch := list(islice(waiting, _BATCH)):
            presences = {each: self._local_presence(each, left.get(each, set())) for each in batch}
            self._apply(await self._store.sync(presences) or {})
        if changed:
            await self._broadcast.signal(frozenset(f"{PRESENCE}:{each}" for each in changed))

    def _local_presence(self, conversation_id: ConversationId, left: set[UserId]) -> LocalPresence:
        channel = self.channels.get(conversation_id)
        if channel is None or not _is_small(channel):
            return LocalPresence(set(), left)
        online = channel.user_ids()
        return LocalPresence(online, left - online)

    def _apply(self, found: dict[ConversationId, set[UserId]]) -> None:
        for conversation_id, online_ids in found.items():
            channel = self.channels.get(conversation_id)
            if channel is not None and _is_small(channel):
                _broadcast_presence(channel, online_ids)

    def _find_small(self, conversation: str) -> Channel | None:
        channel = self.channels.get(ConversationId(UUID(conversation)))
        return channel if channel is not None and _is_small(channel) else None


def _is_small(channel: Channel) -> bool:
    return len(channel.subscriptions) <= rules.MAX_PRESENCE_SUBSCRIPTIONS


def _is_due(channel: Channel) -> bool:
    is_stale = time.monotonic() - channel.presence_synced_at > REFRESH_S
    return _is_small(channel) and (bool(channel.newcomers) or is_stale)


def _broadcast_read_marks(channel: Channel) -> None:
    marks = channel.read_marks
    channel.read_marks = {}
    for user_id, number in marks.items():
        data = ReadMark(channel.id, user_id, number)
        channel.broadcast(make_frame(ServerFrame(FrameType.READ, data)), about=user_id)


def _broadcast_presence(channel: Channel, online_ids: set[UserId]) -> None:
    channel.newcomers.clear()
    channel.online_ids = online_ids
    channel.presence_synced_at = time.monotonic()
    frames: _Frames = {}
    for connection in channel.subscriptions:
        _send_presence(channel, connection, frames)


def _send_presence(channel: Channel, connection: Connection, frames: _Frames) -> None:
    """Send a connection all visible changes of presence since the last call."""
    subscription = channel.subscriptions[connection]
    before = subscription.seen_online
    online = subscription.seen_online = connection.filter_visible(channel.online_ids)
    changes = [(user_id, PresenceStatus.ONLINE) for user_id in online - before]
    changes += [(user_id, PresenceStatus.OFFLINE) for user_id in before - online]
    for change in changes:
        if change not in frames:
            data = PresenceData(channel.id, *change)
            frames[change] = make_frame(ServerFrame(FrameType.PRESENCE, data))
        connection.sender.send(frames[change])
