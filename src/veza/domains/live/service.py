"""A stream key admits one encoder; a stream is live until it is ended or its encoder lost."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated, required
from veza.core.ids import StreamId, UserId, new_id
from veza.core.listener_identity import ListenerIdentity
from veza.core.pages import Cursor, cut
from veza.core.structs import copy_fields
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.chat.conversations.models import (
    ConversationChange,
    ConversationForm,
    ConversationType,
)
from veza.domains.chat.conversations.service import conversations, creation
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.live import errors, queries, rules
from veza.domains.live.events import StreamEnded, StreamStarted
from veza.domains.live.models import (
    KeyOwner,
    NewStream,
    OwnStream,
    OwnStreamPage,
    Publisher,
    StoredStream,
    Stream,
    StreamAccess,
    StreamChange,
    StreamDetails,
    StreamEvidence,
    StreamForm,
    StreamPage,
    StreamQuery,
    StreamState,
    StreamStatus,
    ViewerHeartbeat,
)
from veza.domains.live.stream_keys import ensure_key, find_key, replace_key
from veza.domains.live.viewers import REFRESH_S, ViewerCounter
from veza.infra.jobs.outbox import emit
from veza.infra.media.mpegts import remove_missing_video
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.encryption import Encryptor
from veza.infra.storage.local_files import read_file


class LiveContext(Struct, frozen=True):
    """The dependencies of streams: encryption, viewer counts, the media folder, and URLs."""

    encryptor: Encryptor
    viewers: ViewerCounter
    folder: Path
    creators_only: bool
    # The base URL of the media at a CDN, if configured.
    playback_base_url: str | None
    # Depend on the request: the base URL of the API, and the RTMP URL for encoders.
    base: str = ""
    rtmp_url: str = ""


async def create_stream(tx: Tx, context: LiveContext, owner: Member, form: StreamForm) -> OwnStream:
    """Announce a stream: a draft until the owner's encoder connects."""
    _ensure_may_stream(context, owner)
    await _lock_owner(tx, owner.id)
    if await queries.count_drafts(tx, owner.id) >= rules.MAX_DRAFTS:
        raise errors.TooManyDrafts
    made = await _add_draft(tx, owner, rules.clean_form(form), is_announced=True)
    if form.slow_mode_seconds:
        await _set_slow_mode(tx, owner, made, form.slow_mode_seconds)
    await ensure_key(tx, context.encryptor, owner.id)
    return await _get_own(tx, context, made.id)


async def get_stream(
    conn: Conn, context: LiveContext, stream_id: StreamId, viewer: Member | None
) -> Stream:
    """Return a stream with its viewer counts."""
    stream = await _get_visible(conn, stream_id, viewer and viewer.id)
    [shown] = await _show(context, [stream])
    return shown


async def list_streams(conn: Conn, context: LiveContext, query: StreamQuery) -> StreamPage:
    """Return a page of visible streams, the latest first."""
    found = await queries.list_streams(conn, query)
    shown, next_cursor = cut(found, query.limit, lambda each: Cursor(each.listed_at, each.id))
    return StreamPage(await _show(context, shown), next_cursor, next_cursor is not None)


async def list_own(
    conn: Conn, context: LiveContext, owner: Member, *, limit: int, cursor: Cursor | None
) -> OwnStreamPage:
    """Return a page of the caller's streams, with the settings for their encoder."""
    found = await queries.list_own(conn, owner.id, limit=limit, cursor=cursor)
    shown, next_cursor = cut(found, limit, lambda each: Cursor(each.created_at, each.id))
    access = await _get_access(conn, context, owner.id)
    streams = [rules.show_own(each, access) for each in await _show(context, shown)]
    return OwnStreamPage(streams, next_cursor, next_cursor is not None)


async def get_stream_access(tx: Tx, context: LiveContext, owner: Member) -> StreamAccess:
    """Return the settings for the caller's encoder; create a draft if they have no stream."""
    _ensure_may_stream(context, owner)
    username = await _lock_owner(tx, owner.id)
    if await queries.find_latest(tx, owner.id) is None:
        await _add_draft(tx, owner, rules.default_details(username), is_announced=False)
    await ensure_key(tx, context.encryptor, owner.id)
    return await _get_access(tx, context, owner.id)


async def regenerate_key(tx: Tx, context: LiveContext, owner: Member) -> StreamAccess:
    """Replace the caller's key, and interrupt the stream that uses the old key."""
    _ensure_may_stream(context, owner)
    await _lock_owner(tx, owner.id)
    await replace_key(tx, context.encryptor, owner.id)
    stream = await _lock_current(tx, owner.id)
    if stream is not None:
        await _save_state(tx, stream, rules.interrupt(rules.state_of(stream), now()))
    return await get_stream_access(tx, context, owner)


async def update_stream(
    tx: Tx,
    context: LiveContext,
    stream_id: StreamId,
    owner: Member,
    *,
    change: StreamChange,
) -> OwnStream:
    """Change the details of a stream, and the name and slow mode of its room."""
    stream = await _lock_own_stream(tx, stream_id, owner)
    details = rules.apply_change(stream, change)
    await queries.update_details(tx, stream_id, details)
    if details.title != stream.title and stream.conversation_id is not None:
        name = ConversationChange(name=rules.room_name(details.title))
        # Only the owner of the room may rename it, who may be another member now.
        with suppress(ConversationNotFound, NotYourConversation):
            await conversations.update_conversation(tx, owner, stream.conversation_id, name)
    if change.slow_mode_seconds is not UNSET:
        await _set_slow_mode(tx, owner, stream, change.slow_mode_seconds)
    return await _get_own(tx, context, stream_id)


async def end_stream(tx: Tx, context: LiveContext, stream_id: StreamId, owner: Member) -> OwnStream:
    """End a stream for good; its encoder is disconnected."""
    stream = await _lock_own_stream(tx, stream_id, owner)
    await _save_state(tx, stream, rules.end(rules.state_of(stream), now()))
    return await _get_own(tx, context, stream_id)


async def count_viewer(
    database: Database, context: LiveContext, stream_id: StreamId, listener: ListenerIdentity
) -> ViewerHeartbeat:
    """Count a viewer of a live stream."""
    async with database.read() as conn:
        stream = await _get_visible(conn, stream_id, listener.user_id)
    if not stream.is_live:
        raise errors.StreamNotLive
    viewer = await context.viewers.count_viewer(stream_id, listener)
    if viewer is None:
        return ViewerHeartbeat(0, REFRESH_S)
    if viewer.is_due:
        async with database.transaction(recorded=False) as tx:
            await queries.lock_streams(tx, [stream_id])
            await queries.update_viewer_counts(tx, {stream_id: viewer.counts})
    return ViewerHeartbeat(viewer.counts.current, REFRESH_S)


async def read_media(
    database: Database, context: LiveContext, stream_id: StreamId, name: str
) -> bytes:
    """Return a playlist or segment of a playable stream. Raises StreamNotFound."""
    if not rules.is_file_name(name):
        raise errors.StreamNotFound
    async with database.read() as conn:
        stream = await queries.find_stream(conn, stream_id)
    if stream is None or not rules.is_playable(stream, now()):
        raise errors.StreamNotFound
    content = required(
        await read_file(context.folder / str(stream_id) / name), errors.StreamNotFound
    )
    if name != rules.PLAYLIST:
        return remove_missing_video(content)
    return rules.end_playlist(content) if stream.status is StreamStatus.ENDED else content


async def publish(tx: Tx, context: LiveContext, publisher: Publisher) -> StreamId:
    """Authorize an encoder to publish; return its stream. Raises PublishRefused.

    It continues an interrupted stream, or starts the latest draft, or else a copy of the last
    stream.
    """
    key_owner = await _authenticate(tx, context, publisher)
    stream = await _lock_current(tx, key_owner.id) or await _add_draft_like_last(tx, key_owner)
    state = rules.start_publishing(rules.state_of(stream), publisher.client_ref, now())
    await _save_state(tx, stream, state)
    return stream.id


async def confirm_publishing(tx: Tx, context: LiveContext, publisher: Publisher) -> None:
    """Record that an encoder still publishes. Raises PublishRefused to disconnect it."""
    key_owner = await _authenticate(tx, context, publisher)
    stream = required(await _lock_current(tx, key_owner.id), errors.PublishRefused)
    state = rules.confirm_publishing(rules.state_of(stream), publisher.client_ref, now())
    await _save_state(tx, stream, state)


async def stop_publishing(tx: Tx, publisher: Publisher) -> StreamId | None:
    """Record that an encoder disconnected; return the stream that is interrupted.

    Reports about any other connection are ignored.
    """
    key_owner = await queries.lock_key_owner(tx, rules.hash_key(publisher.key))
    stream = None if key_owner is None else await _lock_current(tx, key_owner.id)
    if stream is None or stream.client_ref != publisher.client_ref:
        return None
    await _save_state(tx, stream, rules.interrupt(rules.state_of(stream), now()))
    return stream.id


async def expire_streams(tx: Tx) -> list[StreamId]:
    """Expire up to 100 streams whose encoder sent no heartbeat; return their ids."""
    moment = now()
    found = await queries.lock_overdue(
        tx, moment - rules.ENCODER_LOST_AFTER, moment - rules.RECONNECT_WITHIN
    )
    for stream in found:
        await _save_state(tx, stream, rules.expire(rules.state_of(stream), moment))
    return [stream.id for stream in found]


async def save_viewer_counts(
    database: Database, context: LiveContext, stream_ids: Sequence[StreamId]
) -> None:
    """Store the viewer counts of streams."""
    found = await context.viewers.get_counts(stream_ids)
    if found:
        async with database.transaction(recorded=False) as tx:
            await queries.lock_streams(tx, found)
            await queries.update_viewer_counts(tx, found)


async def find_evidence(conn: Conn, stream_id: UUID, viewer: Member) -> StreamEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the stream."""
    stream = await queries.find_stream(conn, StreamId(stream_id))
    if stream is None or not rules.is_visible_to(stream, viewer.id):
        return None
    return copy_fields(StreamEvidence, stream, author_id=stream.owner_id)


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    stream = await queries.find_stream(conn, StreamId(content_id))
    return stream and OwnedItem(stream.owner_id, stream.title)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    """End a stream at once; its encoder is refused from now on."""
    stream = await queries.lock_stream(tx, StreamId(content_id))
    if stream is None:
        return None
    if stream.status is StreamStatus.LIVE:
        await _save_state(tx, stream, rules.end(rules.state_of(stream), now()))
    await queries.update_taken_down(tx, stream.id, is_taken_down=True)
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    """Show a stream again; it stays ended."""
    if await queries.lock_stream(tx, StreamId(content_id)) is not None:
        await queries.update_taken_down(tx, StreamId(content_id), is_taken_down=False)


async def _delete_taken_down(tx: Tx, content_id: UUID, _owner: Member) -> None:
    await queries.delete_stream(tx, StreamId(content_id))


TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)


def _ensure_may_stream(context: LiveContext, member: Member) -> None:
    if not rules.may_stream(member.role, creators_only=context.creators_only):
        raise errors.MayNotStream


async def _authenticate(tx: Tx, context: LiveContext, publisher: Publisher) -> KeyOwner:
    key_owner = await queries.lock_key_owner(tx, rules.hash_key(publisher.key))
    if key_owner is None or key_owner.is_suspended:
        raise errors.PublishRefused
    if not rules.may_stream(key_owner.role, creators_only=context.creators_only):
        raise errors.PublishRefused
    return key_owner


async def _lock_owner(tx: Tx, user_id: UserId) -> str:
    # Without a name, the account was deleted or suspended after the token was checked.
    return required(await queries.lock_owner(tx, user_id), Unauthenticated)


async def _lock_own_stream(tx: Tx, stream_id: StreamId, member: Member) -> StoredStream:
    # The owner first, as erasing an account does.
    await _lock_owner(tx, member.id)
    stream = rules.ensure_visible(await queries.lock_stream(tx, stream_id), member.id)
    if stream.owner_id != member.id:
        raise errors.NotYourStream
    return stream


async def _lock_current(tx: Tx, owner_id: UserId) -> StoredStream | None:
    """Lock a member's live stream or latest draft, in its state as of now."""
    stream = await queries.lock_current(tx, owner_id)
    if stream is None:
        return None
    state = rules.expire(rules.state_of(stream), now())
    await _save_state(tx, stream, state)
    # A stream that just ended is not continued.
    return await queries.lock_current(tx, owner_id) if state != rules.state_of(stream) else stream


async def _save_state(tx: Tx, stream: StoredStream, state: StreamState) -> None:
    before = rules.state_of(stream)
    if state == before:
        return
    await queries.update_state(tx, stream.id, state)
    if before.status is StreamStatus.DRAFT:
        await emit(tx, StreamStarted(stream.id, stream.owner_id))
    if state.status is StreamStatus.ENDED:
        await emit(tx, StreamEnded(stream.id, stream.owner_id))


async def _add_draft_like_last(tx: Tx, key_owner: KeyOwner) -> StoredStream:
    owner = Member(key_owner.id, key_owner.role, None)
    last = await queries.find_latest(tx, key_owner.id)
    if last is not None and last.taken_down is not None:
        raise errors.PublishRefused(
            "Your last stream was taken down: announce another one before you go live."
        )
    if last is None:
        details = rules.default_details(key_owner.username)
        return await _add_draft(tx, owner, details, is_announced=False)
    details = rules.apply_change(last, StreamChange())
    stream = await _add_draft(tx, owner, details, is_announced=False)
    if last.slow_mode_seconds:
        await _set_slow_mode(tx, owner, stream, last.slow_mode_seconds)
    return stream


async def _add_draft(
    tx: Tx, owner: Member, details: StreamDetails, *, is_announced: bool
) -> StoredStream:
    """Create a draft, and the room in which its viewers chat."""
    form = ConversationForm(ConversationType.ROOM, rules.room_name(details.title))
    room = (await creation.create_in(tx, owner, form)).conversation
    new = NewStream(StreamId(new_id()), owner.id, details, room.id, is_announced)
    await queries.insert_stream(tx, new)
    return required(await queries.lock_stream(tx, new.id), errors.StreamNotFound)


async def _set_slow_mode(tx: Tx, owner: Member, stream: StoredStream, seconds: int) -> None:
    room_id = required(stream.conversation_id, ConversationNotFound)
    change = ConversationChange(slow_mode_seconds=seconds)
    await conversations.update_conversation(tx, owner, room_id, change)


async def _get_access(conn: Conn, context: LiveContext, user_id: UserId) -> StreamAccess:
    return StreamAccess(await find_key(conn, context.encryptor, user_id), context.rtmp_url)


async def _get_visible(conn: Conn, stream_id: StreamId, viewer_id: UserId | None) -> StoredStream:
    return rules.ensure_visible(await queries.find_stream(conn, stream_id), viewer_id)


async def _get_own(tx: Tx, context: LiveContext, stream_id: StreamId) -> OwnStream:
    stream = required(await queries.find_stream(tx, stream_id), errors.StreamNotFound)
    [shown] = await _show(context, [stream])
    return rules.show_own(shown, await _get_access(tx, context, stream.owner_id))


async def _show(context: LiveContext, streams: Sequence[StoredStream]) -> list[Stream]:
    live_ids = [stream.id for stream in streams if stream.is_live]
    found = await context.viewers.get_counts(live_ids)
    return [
        rules.show_stream(
            stream,
            rules.playback_url(context.base, context.playback_base_url, stream.id),
            found.get(stream.id),
            base=context.base,
        )
        for stream in streams
    ]
