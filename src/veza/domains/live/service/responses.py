"""Shows streams with their viewers and addresses."""

from collections.abc import Sequence

from veza.core.errors import required
from veza.core.ids import StreamId, UserId
from veza.domains.live import errors
from veza.domains.live.models import (
    OwnStream,
    StoredStream,
    Stream,
    StreamAccess,
)
from veza.domains.live.queries import stored_streams
from veza.domains.live.rules import descriptions, media
from veza.domains.live.service.context import LiveContext
from veza.domains.live.stream_keys import find_key
from veza.infra.postgres.database import Conn, Tx


async def show(context: LiveContext, streams: Sequence[StoredStream]) -> list[Stream]:
    """Show streams, with the viewers that they have at the moment."""
    live_ids = [stream.id for stream in streams if stream.is_live]
    found = await context.viewers.get_counts(live_ids)
    return [
        descriptions.show_stream(
            stream,
            media.playback_url(context.base, context.playback_base_url, stream.id),
            found.get(stream.id),
            base=context.base,
        )
        for stream in streams
    ]


async def get_own(tx: Tx, context: LiveContext, stream_id: StreamId) -> OwnStream:
    """Return a stream as its owner sees it."""
    stream = required(await stored_streams.find_stream(tx, stream_id), errors.StreamNotFound)
    [shown] = await show(context, [stream])
    return descriptions.show_own(shown, await get_access(tx, context, stream.owner_id))


async def get_access(conn: Conn, context: LiveContext, user_id: UserId) -> StreamAccess:
    """Return the settings for a member's encoder."""
    return StreamAccess(await find_key(conn, context.encryptor, user_id), context.rtmp_url)


async def get_visible(conn: Conn, stream_id: StreamId, viewer_id: UserId | None) -> StoredStream:
    """Return a stream that a viewer may see. Raises StreamNotFound."""
    return descriptions.ensure_visible(await stored_streams.find_stream(conn, stream_id), viewer_id)
