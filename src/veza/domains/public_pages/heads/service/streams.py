"""Describes streams and their clips."""

from msgspec import structs

from veza.core.ids import StreamClipId, StreamId
from veza.core.signed_urls import UrlBuilder
from veza.core.stream_audiences import StreamAudience
from veza.domains.clips.service import clips
from veza.domains.live.models.stored_streams import StreamStatus
from veza.domains.live.service import streams
from veza.domains.live.service.context import LiveContext
from veza.domains.public_pages.heads.models import PageHead
from veza.domains.public_pages.heads.rules import format_duration, shorten
from veza.domains.public_pages.heads.service.content import artist, artist_path
from veza.infra.postgres.database import Conn


async def describe_stream(
    live_context: LiveContext, conn: Conn, stream_id: StreamId, urls: UrlBuilder
) -> PageHead:
    """Describe a live stream."""
    context = structs.replace(live_context, base=urls.base)
    stream = await streams.get_stream(conn, context, stream_id, None)
    state = "Cancelled" if stream.status is StreamStatus.CANCELLED else "Scheduled"
    owner = stream.owner.display_name
    return PageHead(
        path=f"/live/{stream_id}",
        kind="video.other",
        owner_id=stream.owner.id,
        title=f"{stream.title}, by {owner}",
        description=shorten(stream.description) or f"A live stream by {owner}.",
        image_url=stream.cover_url,
        data={
            "@type": "BroadcastEvent",
            "name": stream.title,
            "organizer": artist(owner),
            "startDate": stream.started_at or stream.starts_at,
            "eventStatus": f"https://schema.org/Event{state}",
            "isLiveBroadcast": True,
        },
        is_indexed=stream.audience is StreamAudience.PUBLIC,
        author=owner,
        author_path=artist_path(stream.owner.username),
        has_oembed=True,
    )


async def describe_clip(
    live_context: LiveContext, conn: Conn, clip_id: StreamClipId, urls: UrlBuilder
) -> PageHead:
    """Describe a clip with the cover of its stream. Raises ClipNotFound and StreamLocked."""
    context = structs.replace(live_context, base=urls.base)
    clip = await clips.get_clip(conn, context, clip_id, None)
    stream = await streams.get_stream(conn, context, clip.stream_id, None)
    return PageHead(
        path=f"/clips/{clip_id}",
        kind="video.other",
        title=f"{clip.title}, from {stream.title}",
        description=f"A clip of a live stream by {stream.owner.display_name}.",
        image_url=stream.cover_url,
        data={
            "@type": "Clip",
            "name": clip.title,
            "creator": {"@type": "Person", "name": clip.maker.display_name},
            "dateCreated": clip.created_at,
            "duration": format_duration(clip.duration_ms / 1000),
        },
        is_indexed=stream.audience is StreamAudience.PUBLIC,
        author=clip.maker.display_name,
        author_path=artist_path(clip.maker.username),
        # Two may reserve its mining: the header is that of its address (`http/layers/mining`).
        owner_id=None,
    )
