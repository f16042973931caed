"""Shows streams with their viewers and addresses."""

from collections.abc import Sequence

from msgspec import structs

from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import StreamId, UserId
from veza.core.signed_urls import DEFAULT_LIFETIME_S, UrlBuilder
from veza.domains.live import errors
from veza.domains.live.models.stored_streams import StoredStream
from veza.domains.live.models.stream_keys import StreamAccess
from veza.domains.live.models.streams import OwnStream, Stream, StreamPlayback
from veza.domains.live.queries import guests, stored_streams
from veza.domains.live.rules import audiences, descriptions, media
from veza.domains.live.rules.audiences import TicketHolder
from veza.domains.live.service.context import LiveContext
from veza.domains.live.stream_keys import find_key
from veza.infra.postgres.database import Conn, Tx


async def show(
    context: LiveContext,
    streams: Sequence[StoredStream],
    viewer_id: UserId | None,
    ticket: str | None = None,
) -> list[Stream]:
    """Show streams, with the viewers that they have at the moment, and addresses for the viewer."""
    live_ids = [stream.id for stream in streams if stream.is_live]
    found = await context.viewers.get_counts(live_ids)
    urls = UrlBuilder(context.base, context.signer, int(now().timestamp()) + DEFAULT_LIFETIME_S)
    return [
        descriptions.show_stream(
            stream,
            _addresses(context, stream, viewer_id, ticket),
            found.get(stream.id),
            base=context.base,
            urls=urls,
        )
        for stream in streams
    ]


async def show_own(
    conn: Conn, context: LiveContext, streams: Sequence[StoredStream], owner_id: UserId
) -> list[OwnStream]:
    """Show streams to their owner, with who is named for them and the settings for an encoder."""
    shown = await show(context, streams, owner_id)
    named = await guests.list_guests(conn, [stream.id for stream in streams])
    access = await get_access(conn, context, owner_id)
    return [
        descriptions.show_own(
            each,
            stored,
            [guest.username for guest in named if guest.stream_id == stored.id],
            access,
        )
        for each, stored in zip(shown, streams, strict=True)
    ]


async def get_own(tx: Tx, context: LiveContext, stream_id: StreamId) -> OwnStream:
    """Return a stream as its owner sees it."""
    found = await stored_streams.find_stream(tx, stream_id, None)
    stream = required(found, errors.StreamNotFound)
    [shown] = await show_own(tx, context, [stream], stream.owner_id)
    return shown


async def get_access(conn: Conn, context: LiveContext, user_id: UserId) -> StreamAccess:
    """Return the settings for a member's encoder."""
    key = await find_key(conn, context.encryptor, user_id)
    srt_url = None if context.srt_url is None else f"{context.srt_url}?streamid={user_id}"
    return StreamAccess(
        key, context.rtmp_url, context.icecast, srt_url, context.rtmps_url, context.whip_url
    )


async def get_visible(
    conn: Conn,
    context: LiveContext,
    stream_id: StreamId,
    viewer_id: UserId | None,
    ticket: str | None = None,
) -> StoredStream:
    """Return a stream that a viewer may see. Raises StreamNotFound and StreamLocked."""
    stream = await stored_streams.find_stream(conn, stream_id, viewer_id)
    if stream is not None and not stream.is_admitted:
        holder = audiences.read_ticket(context.signer, stream_id, ticket)
        is_barred = viewer_id is not None and await guests.is_barred(conn, stream_id, viewer_id)
        if audiences.is_admitted_by(stream, holder) and not is_barred:
            stream = structs.replace(stream, is_admitted=True)
        elif audiences.is_locked(stream) and stream.owner_id != viewer_id:
            raise errors.StreamLocked
    return descriptions.ensure_visible(stream, viewer_id)


def _addresses(
    context: LiveContext, stream: StoredStream, viewer_id: UserId | None, ticket: str | None
) -> StreamPlayback:
    """Return where a viewer plays a stream; they go back by the same ticket."""
    seconds = media.measure_rewind(stream, context.rewind_s, now())
    rewind = media.rewind_url(context.base, stream.id) if seconds else None
    if not audiences.is_hidden_from_caches(stream):
        name = stream.media_id or stream.id
        url = media.playback_url(context.base, context.playback_base_url, stream.id, name)
        return StreamPlayback(url, rewind, seconds)
    url = media.playback_url(context.base, None, stream.id, stream.id)
    ticket = ticket_of(context, stream, viewer_id, ticket)
    query = "" if ticket is None else f"?ticket={ticket}"
    return StreamPlayback(url + query, rewind and rewind + query, seconds)


def ticket_of(
    context: LiveContext, stream: StoredStream, viewer_id: UserId | None, given: str | None
) -> str | None:
    """Return the ticket by which a viewer plays what is of a stream; None if it is open."""
    if not audiences.is_hidden_from_caches(stream):
        return None
    holder = audiences.read_ticket(context.signer, stream.id, given)
    if viewer_id is None or audiences.is_admitted_by(stream, holder):
        return given
    return audiences.write_ticket(context.signer, stream.id, TicketHolder(viewer_id), now())
