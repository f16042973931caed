"""Handle the frames of a client, each answered by an `ack`, a `pong`, or pages of history."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct, structs

from veza.core.access import Role
from veza.core.activities import Activity
from veza.core.errors import Unavailable
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.chat.conversations.models import ReadState
from veza.domains.chat.messages.models.events import (
    ConversationEvent,
    ConversationEventPage,
    ConversationEventType,
    SeqRange,
)
from veza.domains.chat.messages.models.messages import MessageReader, MessageRef
from veza.domains.chat.messages.service import changed_messages, history, sent_messages
from veza.domains.realtime import rules
from veza.domains.realtime.connections import Channel, Connection
from veza.domains.realtime.errors import BadFrame
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.models import (
    AuthFrame,
    ClientFrame,
    ConversationData,
    DeleteFrame,
    EditData,
    EditFrame,
    EventData,
    FrameId,
    FrameType,
    HistoryData,
    JoinData,
    JoinedData,
    JoinFrame,
    LeaveFrame,
    MessageAckData,
    MessageData,
    MessageFrame,
    PingFrame,
    PongData,
    PongFrame,
    ReactData,
    ReactFrame,
    ReadData,
    ReadFrame,
    ServerFrame,
    SyncData,
    SyncFrame,
    TypingFrame,
)
from veza.infra.postgres.database import Tx
from veza.server.websocket_sender import CloseCode, make_frame

type FrameHandler = Callable[[Hub, Connection, Any], Awaitable[Struct | None]]
type MessageHandler = Callable[[Tx, Connection, Any, UrlBuilder], Awaitable[Struct]]


async def handle_frame(hub: Hub, connection: Connection, frame: ClientFrame) -> None:
    """Execute a frame and send the answer. Raises a VezaError where it is refused."""
    if isinstance(frame, AuthFrame):
        raise BadFrame("You are signed in already.")
    if isinstance(frame, PingFrame | PongFrame):
        connection.answers_pings = True
        if isinstance(frame, PingFrame):
            hub.listening_feed.note_listener(connection, rules.read_ping(frame.data))
            data = PongData(hub.listening_feed.clock.time_ms())
            connection.sender.send(make_frame(ServerFrame(FrameType.PONG, data, frame.id)))
        return
    if isinstance(frame, SyncFrame):
        await _sync(hub, connection, frame.data, frame.id)
        return
    if activity := _ACTIVITIES.get(type(frame)):
        await hub.hourly_limits.count(activity, connection.member)
    done = await _HANDLERS[type(frame)](hub, connection, frame.data)
    if done is not None:
        connection.sender.send(make_frame(ServerFrame(FrameType.ACK, done, frame.id)))
    if isinstance(frame, JoinFrame) and frame.data.since is not None:
        data = SyncData(frame.data.conversation_id, frame.data.since)
        await _sync(hub, connection, data, frame.id, is_join=True)


def needs_space(frame: ClientFrame) -> bool:
    """Return whether a frame stores something new, as those do whose activity is limited."""
    return type(frame) in _ACTIVITIES


async def _join(hub: Hub, connection: Connection, data: JoinData) -> JoinedData:
    return await hub.join(connection, data.conversation_id)


async def _leave(hub: Hub, connection: Connection, data: ConversationData) -> ConversationData:
    hub.get_channel(connection, data.conversation_id)
    hub.leave(connection, data.conversation_id)
    return data


async def _publish_typing(hub: Hub, connection: Connection, data: ConversationData) -> None:
    channel = hub.get_channel(connection, data.conversation_id)
    await hub.presence_feed.publish_typing(connection, channel)


def _in_transaction(handler: MessageHandler) -> FrameHandler:
    """Return a handler for frames of a joined conversation that change the database."""

    async def handle(hub: Hub, connection: Connection, data: Any) -> Struct:
        hub.get_channel(connection, data.conversation_id)
        urls = hub.urls_of(connection.base_url)
        return await hub.database.transact(lambda tx: handler(tx, connection, data, urls))

    return handle


async def _send_message(hub: Hub, connection: Connection, data: MessageData) -> MessageAckData:
    hub.get_channel(connection, data.conversation_id)
    urls = hub.urls_of(connection.base_url)
    await _ensure_accepted(hub, connection, data)
    sent = await sent_messages.send_at_once(
        hub.database, connection.member, data.conversation_id, data, urls=urls
    )
    return copy_fields(MessageAckData, sent.message, message_id=sent.message.id)


async def _edit_message(hub: Hub, connection: Connection, data: EditData) -> Struct | None:
    hub.get_channel(connection, data.conversation_id)
    await _ensure_accepted(hub, connection, data)
    return await _in_transaction(_edit)(hub, connection, data)


async def _ensure_accepted(hub: Hub, connection: Connection, data: MessageData | EditData) -> None:
    await sent_messages.ensure_accepted(
        hub.database, hub.text_filters, connection.member, data.conversation_id, form=data
    )


async def _edit(tx: Tx, connection: Connection, data: EditData, urls: UrlBuilder) -> EventData:
    return _event_data(
        await changed_messages.edit(tx, connection.member, data, data.content, urls=urls)
    )


async def _delete(tx: Tx, connection: Connection, data: MessageRef, urls: UrlBuilder) -> EventData:
    # Frames are not audited, so the rights of staff don't count here.
    as_user = structs.replace(connection.member, role=Role.USER)
    return _event_data(await changed_messages.delete(tx, as_user, data, urls=urls))


async def _react(tx: Tx, connection: Connection, data: ReactData, urls: UrlBuilder) -> EventData:
    return _event_data(
        await changed_messages.react(tx, connection.member, data, data.emoji, urls=urls)
    )


async def _mark_read(tx: Tx, connection: Connection, data: ReadData, _: UrlBuilder) -> ReadState:
    return await history.mark_read(tx, connection.member, data.conversation_id, data.message_id)


async def _sync(
    hub: Hub, connection: Connection, data: SyncData, frame_id: FrameId, *, is_join: bool = False
) -> None:
    """Send the history up to where live events begin, and hold these back meanwhile.

    Without its history, a `join` ends the connection: it was acknowledged, and live events would
    follow without those before them, for which a client might never ask. Raises Unavailable.
    """
    channel = hub.get_channel(connection, data.conversation_id)
    since = history.parse_since(data.since)
    subscription = channel.subscriptions[connection]
    subscription.held_frames = []
    try:
        reached = await _send_history(hub, connection, channel, since, frame_id=frame_id)
    except Unavailable as error:
        if is_join:
            connection.sender.request_close(CloseCode.TRY_AGAIN_LATER, str(error))
        raise
    finally:
        held = subscription.held_frames
        subscription.held_frames = None
        for frame in held:
            connection.sender.send(frame)
    subscription.mark_delivered(since, reached)


async def _send_history(
    hub: Hub, connection: Connection, channel: Channel, since: int, *, frame_id: FrameId
) -> int:
    subscription = channel.subscriptions[connection]
    reader = MessageReader(connection.user_id, hub.urls_of(connection.base_url))
    for pages_left in reversed(range(rules.MAX_HISTORY_PAGES)):
        # A database connection per page, so that a slow client doesn't occupy a connection.
        async with hub.database.read() as conn:
            wanted = SeqRange(*subscription.next_undelivered(since))
            found = await history.list_member_events(
                conn, reader, channel.id, wanted, limit=rules.PAGE_SIZE
            )
        is_last = not found.has_more and wanted.until >= subscription.delivered_from
        has_more = not is_last and not pages_left
        page = _make_page(found, wanted, is_last=is_last, has_more=has_more)
        connection.sender.send(make_frame(ServerFrame(FrameType.HISTORY, page, frame_id)))
        await connection.sender.wait_until_drained()
        # The client may have newer events than this process has published: skip these.
        subscription.live_from = max(subscription.live_from, min(wanted.since, found.head))
        since = page.seq
        if is_last:
            break
    return since


def _make_page(
    found: ConversationEventPage, wanted: SeqRange, *, is_last: bool, has_more: bool
) -> HistoryData:
    new = [each for each in found.events if each.type is ConversationEventType.MESSAGE]
    changes = [each for each in found.events if each.type is not ConversationEventType.MESSAGE]
    return HistoryData(
        conversation_id=found.conversation_id,
        since=wanted.since,
        seq=max(wanted.since, found.since),
        has_more=has_more,
        messages=[event.message for event in new],
        changes=[rules.make_change_frame(event) for event in changes],
        read_marks=found.read_marks if is_last else [],
    )


def _event_data(event: ConversationEvent) -> EventData:
    return EventData(event.conversation_id, event.message.id, event.seq)


# Frames that count in the hourly limits of the equivalent routes. `join` does where it makes the
# caller a member: see `hub`.
_ACTIVITIES: dict[type, Activity] = {
    MessageFrame: Activity.MESSAGE,
    EditFrame: Activity.MESSAGE,
    ReactFrame: Activity.REACTION,
}

_HANDLERS: dict[type, FrameHandler] = {
    JoinFrame: _join,
    LeaveFrame: _leave,
    TypingFrame: _publish_typing,
    MessageFrame: _send_message,
    EditFrame: _edit_message,
    DeleteFrame: _in_transaction(_delete),
    ReactFrame: _in_transaction(_react),
    ReadFrame: _in_transaction(_mark_read),
}
