"""Viewers are counted while they watch, and load media from here."""

from collections.abc import Sequence

from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import StreamId
from veza.core.listener_identity import ListenerIdentity
from veza.domains.live import errors
from veza.domains.live.models.stored_streams import StoredStream, StreamStatus
from veza.domains.live.models.viewers import StreamMedia, ViewerHeartbeat
from veza.domains.live.queries import stored_streams
from veza.domains.live.rules import audiences, media
from veza.domains.live.service import media_files, responses
from veza.domains.live.service.context import LiveContext
from veza.domains.live.viewers import REFRESH_S
from veza.infra.postgres.database import Conn, Database


async def count_viewer(
    database: Database,
    context: LiveContext,
    stream_id: StreamId,
    listener: ListenerIdentity,
    *,
    ticket: str | None = None,
) -> ViewerHeartbeat:
    """Count a viewer of a live stream."""
    async with database.read() as conn:
        stream = await responses.get_visible(conn, context, stream_id, listener.user_id, ticket)
    if not stream.is_live:
        raise errors.StreamNotLive
    viewer = await context.viewers.count_viewer(stream_id, listener)
    if viewer is None:
        return ViewerHeartbeat(0, REFRESH_S)
    if viewer.is_due:
        async with database.transaction(recorded=False) as tx:
            await stored_streams.lock_streams(tx, [stream_id])
            await stored_streams.update_viewer_counts(tx, {stream_id: viewer.counts})
    return ViewerHeartbeat(viewer.counts.current, REFRESH_S)


async def read_media(
    database: Database,
    context: LiveContext,
    stream_id: StreamId,
    name: str,
    *,
    ticket: str | None = None,
) -> StreamMedia:
    """Return a playlist or segment of a playable stream. Raises StreamNotFound.

    The audience is asked for each time, so that who does not belong to it any more gets nothing
    from then on.
    """
    if not media.is_file_name(name):
        raise errors.StreamNotFound
    stream = await _get_playable(database, context, stream_id, ticket)
    folder = str(stream.media_id or stream_id)
    found = await media_files.read_media_file(context, folder, name)
    content = required(found, errors.StreamNotFound)
    is_private = audiences.is_hidden_from_caches(stream)
    if not media.is_playlist(name):
        return StreamMedia(content, is_private)
    if stream.status is StreamStatus.ENDED and not media.is_master(name):
        content = media.end_playlist(content)
    if is_private and ticket is not None:
        content = audiences.sign_names(content, ticket)
    return StreamMedia(content, is_private)


async def _get_playable(
    database: Database, context: LiveContext, stream_id: StreamId, ticket: str | None
) -> StoredStream:
    async with database.read() as conn:
        stream = await get_admitted(conn, context, stream_id, ticket)
    if not media.is_playable(stream, now()):
        raise errors.StreamNotFound
    return stream


async def get_admitted(
    conn: Conn, context: LiveContext, stream_id: StreamId, ticket: str | None
) -> StoredStream:
    """Return a stream to the audience of which the holder of a ticket belongs.

    Streams that are open to everybody need none. Raises StreamNotFound.
    """
    holder = audiences.read_ticket(context.signer, stream_id, ticket)
    viewer_id = None if holder is None else holder.user_id
    stream = await stored_streams.find_stream(conn, stream_id, viewer_id)
    if stream is None or stream.is_hidden:
        raise errors.StreamNotFound
    is_admitted = stream.is_admitted or audiences.is_admitted_by(stream, holder)
    if not is_admitted and (viewer_id is None or viewer_id != stream.owner_id):
        raise errors.StreamNotFound
    return stream


async def save_viewer_counts(
    database: Database, context: LiveContext, stream_ids: Sequence[StreamId]
) -> None:
    """Store the viewer counts of streams."""
    found = await context.viewers.get_counts(stream_ids)
    if found:
        async with database.transaction(recorded=False) as tx:
            await stored_streams.lock_streams(tx, found)
            await stored_streams.update_viewer_counts(tx, found)
