"""Locks streams after their owners, and stores what becomes of them."""

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, required
from veza.core.ids import StreamId, UserId
from veza.domains.chat.conversations import shared_queries as rooms
from veza.domains.live import errors
from veza.domains.live.events import StreamEnded, StreamStarted
from veza.domains.live.models.stored_streams import StoredStream, StreamState, StreamStatus
from veza.domains.live.queries import stored_streams
from veza.domains.live.rules import descriptions, encoders, plans, states
from veza.domains.live.service.context import LiveContext
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def lock_own_stream(tx: Tx, stream_id: StreamId, member: Member) -> StoredStream:
    """Lock a stream of the member. Raises StreamNotFound and NotYourStream."""
    # The owner first, as erasing an account does.
    await lock_owner(tx, member.id)
    stream = descriptions.ensure_visible(await stored_streams.lock_stream(tx, stream_id), member.id)
    if stream.owner_id != member.id:
        raise errors.NotYourStream
    return stream


async def find_host(conn: Conn, stream_id: StreamId, member: Member) -> UserId:
    """Return the owner of a stream for themselves, or for somebody who manages its room.

    Raises StreamNotFound and NotYourStream.
    """
    found = await stored_streams.find_stream(conn, stream_id, member.id)
    stream = descriptions.ensure_visible(found, member.id)
    room = stream.conversation_id
    if stream.owner_id != member.id and (
        room is None or not await rooms.is_managed_by(conn, room, member.id)
    ):
        raise errors.NotYourStream
    return stream.owner_id


async def lock_current(tx: Tx, owner_id: UserId) -> StoredStream | None:
    """Lock a member's live stream or next draft, in its state as of now.

    A planned stream is next from an hour before its date.
    """
    planned_until = now() + plans.EARLIEST_START
    stream = await stored_streams.lock_current(tx, owner_id, planned_until)
    if stream is None:
        return None
    state = states.expire(states.state_of(stream), now())
    await save_state(tx, stream, state)
    # A stream that just ended is not continued.
    return (
        await stored_streams.lock_current(tx, owner_id, planned_until)
        if state != states.state_of(stream)
        else stream
    )


async def save_state(tx: Tx, stream: StoredStream, state: StreamState) -> None:
    """Store the state of a locked stream, and emit that it started or ended."""
    before = states.state_of(stream)
    if state == before:
        return
    await stored_streams.update_state(tx, stream.id, state)
    if before.status is StreamStatus.DRAFT:
        await emit(tx, StreamStarted(stream.id, stream.owner_id))
    if state.status is StreamStatus.ENDED:
        await emit(tx, StreamEnded(stream.id, stream.owner_id))


async def lock_owner(tx: Tx, user_id: UserId) -> str:
    """Lock a member, and return their name. Raises Unauthenticated."""
    # Without a name, the account was deleted or suspended after the token was checked.
    return required(await stored_streams.lock_owner(tx, user_id), Unauthenticated)


def ensure_may_stream(context: LiveContext, member: Member) -> None:
    """Raise MayNotStream unless the member may go live."""
    if not encoders.may_stream(member.role, creators_only=context.creators_only):
        raise errors.MayNotStream
