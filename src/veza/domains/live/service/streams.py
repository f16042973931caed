"""Members announce, change, list and end streams."""

from contextlib import suppress

from msgspec import UNSET

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import StreamId
from veza.core.pages import Cursor, cut
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.chat.conversations.models import (
    ConversationChange,
)
from veza.domains.chat.conversations.service import conversations
from veza.domains.live import errors
from veza.domains.live.models.audiences import AudienceChoice
from veza.domains.live.models.forms import StreamChange, StreamForm
from veza.domains.live.models.stored_streams import StreamQuery
from veza.domains.live.models.stream_keys import StreamAccess
from veza.domains.live.models.streams import OwnStream, OwnStreamPage, Stream, StreamPage
from veza.domains.live.queries import guests, stored_streams, stream_lists
from veza.domains.live.rules import audiences, descriptions, states
from veza.domains.live.service import access, drafts, plans, responses, stored_states
from veza.domains.live.service.access import HashedForm
from veza.domains.live.service.context import LiveContext
from veza.domains.live.stream_keys import ensure_key, replace_key
from veza.infra.postgres.database import Conn, Tx


async def create_stream(
    tx: Tx, context: LiveContext, owner: Member, hashed: HashedForm[StreamForm]
) -> OwnStream:
    """Announce a stream: a draft until the owner's encoder connects."""
    form = hashed.form
    stored_states.ensure_may_stream(context, owner)
    await stored_states.lock_owner(tx, owner.id)
    named = await access.lock_parts(tx, owner.id, form)
    choice = audiences.choose(AudienceChoice(), form, hashed.password_hash)
    if await stored_streams.count_drafts(tx, owner.id) >= descriptions.MAX_DRAFTS:
        raise errors.TooManyDrafts
    details = descriptions.clean_form(form)
    made = await drafts.add_draft(tx, owner, details, choice, is_announced=True)
    if named:
        await guests.update_named(tx, made.id, named)
    await plans.plan(tx, owner, made, form)
    if form.slow_mode_seconds:
        await drafts.set_slow_mode(tx, owner, made, form.slow_mode_seconds)
    await ensure_key(tx, context.encryptor, owner.id)
    return await responses.get_own(tx, context, made.id)


async def get_stream(
    conn: Conn,
    context: LiveContext,
    stream_id: StreamId,
    viewer: Member | None,
    *,
    ticket: str | None = None,
) -> Stream:
    """Return a stream with its viewer counts. Raises StreamNotFound and StreamLocked."""
    viewer_id = viewer and viewer.id
    stream = await responses.get_visible(conn, context, stream_id, viewer_id, ticket)
    [shown] = await responses.show(context, [stream], viewer_id, ticket)
    return shown


async def list_streams(conn: Conn, context: LiveContext, query: StreamQuery) -> StreamPage:
    """Return a page of visible streams, the latest first."""
    found = await stream_lists.list_streams(conn, query)
    shown, next_cursor = cut(found, query.limit, lambda each: Cursor(each.listed_at, each.id))
    streams = await responses.show(context, shown, query.viewer_id)
    return StreamPage(streams, next_cursor, next_cursor is not None)


async def list_own(
    conn: Conn, context: LiveContext, owner: Member, *, limit: int, cursor: Cursor | None
) -> OwnStreamPage:
    """Return a page of the caller's streams, with the settings for their encoder."""
    found = await stored_streams.list_own(conn, owner.id, limit=limit, cursor=cursor)
    shown, next_cursor = cut(found, limit, lambda each: Cursor(each.created_at, each.id))
    streams = await responses.show_own(conn, context, shown, owner.id)
    return OwnStreamPage(streams, next_cursor, next_cursor is not None)


async def get_stream_access(tx: Tx, context: LiveContext, owner: Member) -> StreamAccess:
    """Return the settings for the caller's encoder; create a draft if they have no stream."""
    stored_states.ensure_may_stream(context, owner)
    username = await stored_states.lock_owner(tx, owner.id)
    if await stored_streams.find_latest(tx, owner.id) is None:
        details = descriptions.default_details(username)
        await drafts.add_draft(tx, owner, details, AudienceChoice(), is_announced=False)
    await ensure_key(tx, context.encryptor, owner.id)
    return await responses.get_access(tx, context, owner.id)


async def regenerate_key(tx: Tx, context: LiveContext, owner: Member) -> StreamAccess:
    """Replace the caller's key, and interrupt the stream that uses the old key."""
    stored_states.ensure_may_stream(context, owner)
    await stored_states.lock_owner(tx, owner.id)
    await replace_key(tx, context.encryptor, owner.id)
    stream = await stored_states.lock_current(tx, owner.id)
    if stream is not None:
        await stored_states.save_state(tx, stream, states.interrupt(states.state_of(stream), now()))
    return await get_stream_access(tx, context, owner)


async def update_stream(
    tx: Tx,
    context: LiveContext,
    stream_id: StreamId,
    owner: Member,
    *,
    hashed: HashedForm[StreamChange],
) -> OwnStream:
    """Change the details and the audience of a stream, and the name and slow mode of its room."""
    change = hashed.form
    await stored_states.lock_owner(tx, owner.id)
    named = await access.lock_parts(tx, owner.id, change, stream_id)
    stream = await stored_states.lock_own_stream(tx, stream_id, owner)
    details = descriptions.apply_change(stream, change)
    earlier = audiences.choice_of(stream)
    choice = audiences.choose(earlier, change, hashed.password_hash)
    await stored_streams.update_details(tx, stream_id, details)
    await plans.change_plan(tx, owner, stream, change, choice)
    if choice != earlier or named is not None:
        await access.change_audience(tx, stream, choice, named)
    if details.title != stream.title and stream.conversation_id is not None:
        name = ConversationChange(name=descriptions.room_name(details.title))
        # Only the owner of the room may rename it, who may be another member now.
        with suppress(ConversationNotFound, NotYourConversation):
            await conversations.update_conversation(tx, owner, stream.conversation_id, name)
    if change.slow_mode_seconds is not UNSET:
        await drafts.set_slow_mode(tx, owner, stream, change.slow_mode_seconds)
    return await responses.get_own(tx, context, stream_id)


async def end_stream(tx: Tx, context: LiveContext, stream_id: StreamId, owner: Member) -> OwnStream:
    """End a stream for good; its encoder is disconnected."""
    stream = await stored_states.lock_own_stream(tx, stream_id, owner)
    await stored_states.save_state(tx, stream, states.end(states.state_of(stream), now()))
    return await responses.get_own(tx, context, stream_id)
