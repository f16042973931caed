"""What a frame of a member does, and what they are told of it."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct, structs

from veza.core.access import Role
from veza.core.activities import Activity
from veza.domains.chat.conversations.models import ReadState
from veza.domains.chat.messages import service as messages
from veza.domains.chat.messages.models import Event, EventType, MessagePlace, Reader, Replay, Span
from veza.domains.realtime import rules
from veza.domains.realtime.connections import Hall, Seat
from veza.domains.realtime.errors import BadFrame
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.models import (
    Ack,
    AuthFrame,
    DeleteFrame,
    EditData,
    EditFrame,
    FrameId,
    Happened,
    History,
    Incoming,
    JoinData,
    Joined,
    JoinFrame,
    LeaveFrame,
    MessageData,
    MessageFrame,
    Missed,
    PingFrame,
    Place,
    Pong,
    PongFrame,
    ReactData,
    ReactFrame,
    ReadData,
    ReadFrame,
    Stored,
    SyncData,
    SyncFrame,
    TypingFrame,
)
from veza.infra.http_server.websocket_sender import make_frame

type Answer = Callable[[Hub, Seat, Any], Awaitable[Struct | None]]


async def answer(hub: Hub, seat: Seat, frame: Incoming) -> None:
    """Do what a frame says, and tell that it is done. Raises what it is refused for."""
    if isinstance(frame, AuthFrame):
        raise BadFrame("You are signed in already.")
    if isinstance(frame, PingFrame | PongFrame):
        seat.answers_pings = True
        if isinstance(frame, PingFrame):
            seat.outlet.put(make_frame(Pong(id=frame.id, data={})))
        return
    if isinstance(frame, SyncFrame):
        await _sync(hub, seat, frame.data, frame.id)
        return
    if activity := _ACTIVITIES.get(type(frame)):
        await hub.hourly_limits.count(activity, seat.user_id)
    done = await _ANSWERS[type(frame)](hub, seat, frame.data)
    if done is not None:
        seat.outlet.put(make_frame(Ack(id=frame.id, data=done)))
    if isinstance(frame, JoinFrame) and frame.data.since is not None:
        await _sync(hub, seat, SyncData(frame.data.conversation_id, frame.data.since), frame.id)


async def _join(hub: Hub, seat: Seat, data: JoinData) -> Joined:
    return await hub.join(seat, data.conversation_id)


async def _leave(hub: Hub, seat: Seat, data: Place) -> Place:
    hub.find_hall(seat, data.conversation_id)
    hub.leave(seat, data.conversation_id)
    return data


async def _say(hub: Hub, seat: Seat, data: MessageData) -> Stored:
    hub.find_hall(seat, data.conversation_id)
    urls = hub.urls_of(seat.base)
    async with hub.database.transaction() as tx:
        sent = await messages.send(tx, seat.member, data.conversation_id, data, urls=urls)
    message = sent.message
    return Stored(
        conversation_id=message.conversation_id,
        message_id=message.id,
        client_id=message.client_id,
        seq=message.seq,
        number=message.number,
        cursor=message.cursor,
        created_at=message.created_at,
    )


async def _edit(hub: Hub, seat: Seat, data: EditData) -> Happened:
    hub.find_hall(seat, data.conversation_id)
    urls = hub.urls_of(seat.base)
    async with hub.database.transaction() as tx:
        event = await messages.edit(tx, seat.member, data, data.content, urls=urls)
    return _happened(event)


async def _delete(hub: Hub, seat: Seat, data: MessagePlace) -> Happened:
    hub.find_hall(seat, data.conversation_id)
    urls = hub.urls_of(seat.base)
    # The audit records no frames, so nobody does here what only staff may.
    plain = structs.replace(seat.member, role=Role.USER)
    async with hub.database.transaction() as tx:
        event = await messages.delete(tx, plain, data, urls=urls)
    return _happened(event)


async def _react(hub: Hub, seat: Seat, data: ReactData) -> Happened:
    hub.find_hall(seat, data.conversation_id)
    urls = hub.urls_of(seat.base)
    async with hub.database.transaction() as tx:
        event = await messages.react(tx, seat.member, data, data.emoji, urls=urls)
    return _happened(event)


async def _read(hub: Hub, seat: Seat, data: ReadData) -> ReadState:
    hub.find_hall(seat, data.conversation_id)
    async with hub.database.transaction() as tx:
        return await messages.mark_read(tx, seat.member, data.conversation_id, data.message_id)


async def _type(hub: Hub, seat: Seat, data: Place) -> None:
    await hub.company.tell_typing(seat, hub.find_hall(seat, data.conversation_id))


async def _sync(hub: Hub, seat: Seat, data: SyncData, frame_id: FrameId) -> None:
    """Tell what one missed, up to where one hears it by oneself; meanwhile hold back the rest."""
    hall = hub.find_hall(seat, data.conversation_id)
    since = messages.seq_of(data.since)
    spot = hall.spots[seat]
    spot.held = []
    try:
        reached = await _replay(hub, seat, hall, since, frame_id=frame_id)
    finally:
        held, spot.held = spot.held, None
        for frame in held:
            seat.outlet.put(frame)
    spot.note_told(since, reached)


async def _replay(hub: Hub, seat: Seat, hall: Hall, since: int, *, frame_id: FrameId) -> int:
    spot = hall.spots[seat]
    for left in reversed(range(rules.MAX_PAGES)):
        # With a connection for each page alone: how fast one reads is for oneself to say.
        async with hub.database.read() as conn:
            reader = Reader(seat.user_id, hub.urls_of(seat.base))
            span = Span(*spot.find_untold(since))
            replay = await messages.list_since(conn, reader, hall.id, span, limit=rules.PAGE)
        is_done = not replay.has_more and span.until >= spot.told_since
        page = _make_page(replay, span, is_done=is_done, must_ask=not is_done and not left)
        seat.outlet.put(make_frame(Missed(id=frame_id, data=page)))
        await seat.outlet.wait_for_space()
        # Whoever knows more than this process has passed on needn't hear it again.
        spot.start = max(spot.start, min(span.since, replay.head))
        since = page.seq
        if is_done:
            break
    return since


def _make_page(replay: Replay, span: Span, *, is_done: bool, must_ask: bool) -> History:
    events = replay.events
    return History(
        conversation_id=replay.conversation_id,
        since=span.since,
        seq=max(span.since, replay.since),
        has_more=must_ask,
        messages=[event.message for event in events if event.type is EventType.MESSAGE],
        changes=[
            rules.show_change(event) for event in events if event.type is not EventType.MESSAGE
        ],
        read_marks=replay.read_marks if is_done else [],
    )


def _happened(event: Event) -> Happened:
    return Happened(event.conversation_id, event.message.id, event.seq)


# What counts under an hourly limit, as the routes that do the same. Joining does where it makes one
# a member: see `hub`.
_ACTIVITIES: dict[type, Activity] = {
    MessageFrame: Activity.MESSAGE,
    EditFrame: Activity.MESSAGE,
    ReactFrame: Activity.REACTION,
}

_ANSWERS: dict[type, Answer] = {
    JoinFrame: _join,
    LeaveFrame: _leave,
    MessageFrame: _say,
    EditFrame: _edit,
    DeleteFrame: _delete,
    ReactFrame: _react,
    ReadFrame: _read,
    TypingFrame: _type,
}
