"""Distribute events to the connections of this process: read once, encoded once, sent to all.

A signal starts the reading of a conversation. Every second the heads of all subscribed
conversations are compared with what was published, so that a lost signal loses no event.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import UUID

import structlog
from msgspec import structs

from veza.core.access import session_of
from veza.core.activities import Activity
from veza.core.errors import Unavailable
from veza.core.ids import ConversationId, SessionId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.sessions.events import SESSION_ENDED
from veza.domains.chat.conversations import shared_queries as conversation_queries
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.events import CONVERSATION, READ
from veza.domains.chat.conversations.models import ConversationHead, Membership
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.models.events import ConversationEvent, ConversationEventType
from veza.domains.chat.messages.service import history
from veza.domains.listening.events import LISTENING
from veza.domains.music.library.events import QUEUE
from veza.domains.notifications.inbox.events import NOTIFIED
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.profiles.events import PROFILE_ROLE_CHANGED
from veza.domains.realtime import queries, rules
from veza.domains.realtime.block_tracker import BlockTracker
from veza.domains.realtime.connections import (
    PLACEHOLDER_BASE,
    Channel,
    Connection,
    EncodedEvent,
    Subscription,
)
from veza.domains.realtime.errors import NotJoined, TooManyJoined
from veza.domains.realtime.listening_feed import ListeningFeed
from veza.domains.realtime.models import ErrorData, FrameType, JoinedData, QueueData, ServerFrame
from veza.domains.realtime.notification_push import NotificationPush
from veza.domains.realtime.presence_feed import PRESENCE, TYPING, PresenceFeed
from veza.domains.relationships.events import BLOCKS_CHANGED
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.revisions import Revisions
from veza.infra.processes.tasks import running
from veza.infra.valkey.broadcast import Broadcast
from veza.infra.valkey.hourly_limits import HourlyLimits
from veza.server.websocket_sender import CloseCode, WebSocketSender, make_frame

log = structlog.get_logger()

INTERVAL_S = 1.0
# The number of conversations that are read concurrently, and of heads per statement.
_MAX_READS = 4
_MAX_HEADS = 1000

# The types of events whose frames have the whole message.
_WITH_MESSAGE = frozenset({ConversationEventType.MESSAGE, ConversationEventType.RESTORED})

_PING = make_frame(ServerFrame(FrameType.PING, {}))


class Hub:
    """All connections of this process, and the channels that they subscribe to."""

    def __init__(
        self,
        database: Database,
        presence_feed: PresenceFeed,
        urls_of: Callable[[str], UrlBuilder],
        hourly_limits: HourlyLimits,
        text_filters: TextFilters,
    ) -> None:
        self.database = database
        self.hourly_limits = hourly_limits
        self.text_filters = text_filters
        self.presence_feed = presence_feed
        self.urls_of = urls_of
        self.channels = presence_feed.channels
        self.connections: set[Connection] = set()
        self._by_session: defaultdict[SessionId, set[Connection]] = defaultdict(set)
        self._by_user: defaultdict[UserId, set[Connection]] = defaultdict(set)
        # By account, also of those that act as a profile.
        self._by_actor: defaultdict[UserId, set[Connection]] = defaultdict(set)
        self.notification_push = NotificationPush(database, self._by_user, urls_of)
        self.listening_feed = ListeningFeed(database, self.channels)
        self.blocks = BlockTracker(database, self._by_user, presence_feed.refresh)
        self._read_slots = asyncio.Semaphore(_MAX_READS)
        self._open_sockets = 0

    def listen(self, revisions: Revisions, broadcast: Broadcast) -> None:
        """Listen to all that other processes announce. Call it once."""
        feed = self.presence_feed
        revisions.listen(NOTIFIED, self.notification_push.on_notified)
        revisions.listen(SESSION_ENDED, self.end_sessions)
        revisions.listen(PROFILE_ROLE_CHANGED, self.end_roles)
        revisions.listen(BLOCKS_CHANGED, self.blocks.on_blocks_changed)
        broadcast.listen_subjects(CONVERSATION, self.on_conversation_changed)
        broadcast.listen_subjects(READ, feed.on_read)
        broadcast.listen_subjects(QUEUE, self.on_queue_changed)
        broadcast.listen_subjects(LISTENING, self.listening_feed.on_changed)
        broadcast.listen_subjects(TYPING, feed.on_typing)
        broadcast.listen_subjects(PRESENCE, feed.on_presence_changed)

    @contextmanager
    def counting(self, sender: WebSocketSender) -> Generator[None]:
        """Count a socket while it is open; close it where too many are not authenticated yet."""
        self._open_sockets += 1
        if self._open_sockets - len(self.connections) > rules.MAX_UNAUTHENTICATED:
            reason = "Too many sockets are opening right now: try again in a moment."
            sender.request_close(CloseCode.TRY_AGAIN_LATER, reason)
        try:
            yield
        finally:
            self._open_sockets -= 1

    def register(self, connection: Connection) -> bool:
        """Add a connection; return False where its member has too many."""
        actor_id = connection.member.actor_id
        if len(self._by_actor.get(actor_id, ())) >= rules.MAX_CONNECTIONS_PER_MEMBER:
            return False
        self._by_actor[actor_id].add(connection)
        self.connections.add(connection)
        self._by_user[connection.user_id].add(connection)
        self._by_session[session_of(connection.member)].add(connection)
        return True

    def unregister(self, connection: Connection) -> None:
        """Remove a connection whose socket is closed."""
        for conversation_id in list(connection.joined):
            self.leave(connection, conversation_id)
        self.connections.discard(connection)
        _discard(self._by_actor, connection.member.actor_id, connection)
        _discard(self._by_user, connection.user_id, connection)
        _discard(self._by_session, session_of(connection.member), connection)

    async def join(self, connection: Connection, conversation_id: ConversationId) -> JoinedData:
        """Subscribe to a conversation. In a public room this makes the caller a member."""
        if conversation_id not in connection.joined and len(connection.joined) >= rules.MAX_JOINED:
            raise TooManyJoined
        channel = self.channels.setdefault(conversation_id, Channel(conversation_id))
        # Before the first read: all later events are published, or read below.
        channel.joining += 1
        try:
            membership = await self._find_membership(connection, channel)
            await self.blocks.load(connection)
            return self._subscribe(connection, channel, membership)
        finally:
            channel.joining -= 1
            self._drop_if_unused(channel)

    def leave(self, connection: Connection, conversation_id: ConversationId) -> None:
        """Unsubscribe from a conversation."""
        if conversation_id in connection.joined:
            channel = self.channels[conversation_id]
            connection.joined.discard(conversation_id)
            connection.last_typing_at.pop(conversation_id, None)
            del channel.subscriptions[connection]
            self.presence_feed.on_leave(channel, connection)
            self._drop_if_unused(channel)

    def get_channel(self, connection: Connection, conversation_id: ConversationId) -> Channel:
        """Return the channel of a conversation. Raises NotJoined."""
        if conversation_id not in connection.joined:
            raise NotJoined
        return self.channels[conversation_id]

    def on_conversation_changed(self, subject: str) -> None:
        """Publish new events of a conversation: a listener of the signal."""
        if channel := self.channels.get(ConversationId(UUID(subject))):
            self._request_read(channel)

    async def end_sessions(self, subjects: list[str]) -> None:
        """Close the connections of sessions that ended: a listener of `Revisions`."""
        for subject in subjects:
            for connection in self._by_session.get(SessionId(UUID(subject)), ()):
                reason = "The session has ended: sign in again."
                connection.sender.request_close(rules.CLOSE_NOT_SIGNED_IN, reason)

    async def end_roles(self, subjects: list[str]) -> None:
        """Close the connections of members as profiles whose roles changed: a listener."""
        for subject in subjects:
            profile_id, _, user_id = subject.partition(":")
            for connection in self._by_user.get(UserId(UUID(profile_id)), ()):
                # Of nobody: of all.
                if user_id in {"", str(connection.member.account_id)}:
                    reason = "Your role in the profile has changed: connect again."
                    connection.sender.request_close(rules.CLOSE_NOT_YOUR_PROFILE, reason)

    def on_queue_changed(self, subject: str) -> None:
        """Send the version of a member's play queue to their connections: a listener of a signal.

        They are few, and a version that is lost is followed by a higher one.
        """
        member, _, version = subject.partition(":")
        connections = self._by_user.get(UserId(UUID(member)), ())
        if connections:
            frame = make_frame(ServerFrame(FrameType.QUEUE, QueueData(int(version))))
            for connection in list(connections):
                connection.sender.send(frame)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Send pings, compare heads and exchange presence every second while inside."""
        pushing, blocks = self.notification_push.running(), self.blocks.running()
        async with running(self._run()), pushing, blocks, self.listening_feed.running():
            yield

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            try:
                self._ping_idle()
                await self.compare_heads()
                await self.presence_feed.sync()
            except Unavailable as error:
                log.warning("heads_unread", error=str(error))
            except Exception:
                # If this loop ended, events whose signal was lost would never be published.
                log.exception("heads_unread")

    async def compare_heads(self) -> None:
        """Read conversations in which something happened that was not published."""
        known = [channel for channel in self.channels.values() if channel.seq is not None]
        for first in range(0, len(known), _MAX_HEADS):
            channels = known[first : first + _MAX_HEADS]
            async with self.database.read() as conn:
                found = await conversation_queries.list_heads(conn, [each.id for each in channels])
            heads = {head.conversation_id: head for head in found}
            for channel in channels:
                if not _is_up_to_date(channel, heads.get(channel.id)):
                    self._request_read(channel)

    async def _find_membership(self, connection: Connection, channel: Channel) -> Membership:
        while True:
            membership = await self._join_if_needed(connection, channel.id)
            # A membership older than the published version may have ended since: read it again.
            known = channel.members_version
            if known is None or membership.members_version >= known:
                return membership

    async def _join_if_needed(
        self, connection: Connection, conversation_id: ConversationId
    ) -> Membership:
        user_id = connection.user_id
        async with self.database.read() as conn:
            with suppress(ConversationNotFound):
                return await conversations.get_membership(conn, user_id, conversation_id)
        await self.hourly_limits.count(Activity.MEMBERSHIP, connection.member)

        async def join(tx: Tx) -> Membership:
            await conversations.join(tx, connection.member, conversation_id)
            return await conversations.get_membership(tx, user_id, conversation_id)

        return await self.database.transact(join)

    def _subscribe(
        self, connection: Connection, channel: Channel, membership: Membership
    ) -> JoinedData:
        if channel.seq is None:
            channel.seq, channel.members_version = membership.last_seq, membership.members_version
        subscription = channel.subscriptions.get(connection)
        if subscription is None:
            # Later events are published; earlier ones are history.
            live_from = max(channel.seq, membership.last_seq)
            subscription = Subscription(live_from, membership.joined_seq, live_from)
            channel.subscriptions[connection] = subscription
            connection.joined.add(channel.id)
            channel.newcomers.add(connection)
        if channel.has_news:
            self._request_read(channel)
        last_number = membership.last_number
        read_number = membership.read_number
        return JoinedData(channel.id, subscription.live_from, last_number, read_number)

    def _drop_if_unused(self, channel: Channel) -> None:
        if channel.is_unused and self.channels.get(channel.id) is channel:
            del self.channels[channel.id]

    def _request_read(self, channel: Channel) -> None:
        channel.has_news = True
        if channel.read_task is None and channel.seq is not None:
            channel.read_task = asyncio.create_task(self._read(channel))

    async def _read(self, channel: Channel) -> None:
        try:
            while channel.has_news and channel.subscriptions:
                channel.has_news = False
                async with self._read_slots:
                    await self._publish_events(channel)
        except Unavailable as error:
            # The next comparison of heads will find that something is missing.
            log.warning("conversation_unread", error=str(error))
        except Exception:
            log.exception("conversation_unread")
        finally:
            channel.read_task = None

    async def _publish_events(self, channel: Channel) -> None:
        has_more = True
        while has_more:
            assert channel.seq is not None
            async with self.database.read() as conn:
                urls = self.urls_of(PLACEHOLDER_BASE)
                events = await history.list_unfiltered_events(
                    conn, channel.id, channel.seq, limit=rules.PAGE_SIZE, urls=urls
                )
                # After the events: members who left by now get none of them.
                heads = await conversation_queries.list_heads(conn, [channel.id])
            await self._update_members(channel, heads)
            for event in events:
                channel.publish(_encode(event), event.seq, event.message.seq)
                channel.seq = event.seq
            has_more = len(events) == rules.PAGE_SIZE

    async def _update_members(self, channel: Channel, heads: list[ConversationHead]) -> None:
        """Unsubscribe connections whose members left, or lost the tier of the conversation."""
        version = heads[0].members_version if heads else None
        if version == channel.members_version and not (heads and heads[0].has_tier):
            return
        subscribed = list(channel.subscriptions)
        user_ids = [connection.user_id for connection in subscribed]
        async with self.database.read() as conn:
            found = await queries.list_channel_members(conn, channel.id, user_ids)
        joined = {member.user_id: member.joined_seq for member in found}
        for connection in subscribed:
            if connection not in channel.subscriptions:
                continue
            if connection.user_id in joined:
                channel.subscriptions[connection].joined_seq = joined[connection.user_id]
            else:
                self.leave(connection, channel.id)
                error = ConversationNotFound
                data = ErrorData(error.code, error.message, channel.id)
                connection.sender.send(make_frame(ServerFrame(FrameType.ERROR, data)))
        channel.members_version = version

    def _ping_idle(self) -> None:
        now = time.monotonic()
        for connection in self.connections:
            silent_s = now - connection.last_frame_at
            if connection.answers_pings and silent_s > rules.PING_TIMEOUT_S:
                reason = "You didn't answer any ping for 90 seconds."
                connection.sender.request_close(rules.CLOSE_PING_TIMEOUT, reason)
            elif (
                now - max(connection.last_frame_at, connection.last_ping_at) > rules.PING_INTERVAL_S
            ):
                connection.last_ping_at = now
                connection.sender.send(_PING)


def _encode(event: ConversationEvent) -> EncodedEvent:
    frame = rules.make_event_frame(event)
    quote = event.message.reply_to
    if quote is None or event.type not in _WITH_MESSAGE:
        return EncodedEvent(frame)
    message = structs.replace(event.message, reply_to=None)
    unquoted = EncodedEvent(rules.make_event_frame(structs.replace(event, message=message)))
    return EncodedEvent(frame, quote_seq=quote.seq, unquoted=unquoted)


def _is_up_to_date(channel: Channel, head: ConversationHead | None) -> bool:
    known = (channel.seq, channel.members_version)
    return head is not None and known == (head.seq, head.members_version)


def _discard[K](index: defaultdict[K, set[Connection]], key: K, connection: Connection) -> None:
    index[key].discard(connection)
    if not index[key]:
        del index[key]
