"""RSS feeds and their audio: credentials are ignored, as all are the same for everybody."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core import rss
from veza.core.ids import PlaylistId, ReleaseId, TrackId
from veza.core.text_mining import MiningPolicy
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.public_pages.feeds import rules, service
from veza.domains.public_pages.feeds.models import Feed
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, reading
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import CursorText
from veza.http.responses.caching import PUBLIC_CHANGING, PUBLIC_FILE
from veza.http.responses.public_documents import respond_with_document
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_FEED: dict[str, Any] = {"include_in_schema": False, "credentials": "ignored"}
# Aggregators ask again after minutes or hours.


@get("/feeds/artists/{username:str}", **_FEED, importance=Importance.EXPLORATION)
async def show_artist_feed(
    request: AnyRequest, username: FromPath[str], cursor: CursorText = None
) -> Response[bytes]:
    """Show the feed of an artist."""
    async with reading(request) as conn:
        feed = await service.read_artist_feed(conn, username, cursor, urls_of(request))
    return _respond(request, feed)


@get("/feeds/playlists/{playlist_id:uuid}", **_FEED, importance=Importance.EXPLORATION)
async def show_playlist_feed(
    request: AnyRequest, playlist_id: FromPath[UUID], cursor: CursorText = None
) -> Response[bytes]:
    """Show the feed of a playlist."""
    async with reading(request) as conn:
        playlist = await service.find_public_playlist(conn, PlaylistId(playlist_id))
    async with reading(request, None if playlist.rules is None else SEARCH) as conn:
        feed = await service.read_playlist_feed(conn, playlist, cursor, urls_of(request))
    return _respond(request, feed)


@get("/feeds/releases/{release_id:uuid}", **_FEED, importance=Importance.EXPLORATION)
async def show_release_feed(
    request: AnyRequest, release_id: FromPath[UUID], cursor: CursorText = None
) -> Response[bytes]:
    """Show the feed of a release."""
    async with reading(request) as conn:
        feed = await service.read_release_feed(
            conn, ReleaseId(release_id), cursor, urls_of(request)
        )
    return _respond(request, feed)


@get("/feeds/tracks/{name:str}", **_FEED, importance=Importance.VITAL)
async def send_audio(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
    """Send the audio of a track, whole or in ranges: AAC at 256 kbit/s, which all players play."""
    track_id = _read_name(name)
    async with reading(request) as conn:
        media = await track_files.open_media(conn, track_id, None, granted=False)
    file = track_files.file_of(media)
    metadata = FileMetadata(
        size=file.size,
        content_type=file.content_type,
        etag=file.etag,
        modified=file.modified,
        cache_control=PUBLIC_FILE,
        is_reserved=media.is_reserved,
    )
    storage = service_of(request, AudioStorage).storage
    return await serve_object(request, metadata, StoredFile(storage, file.key, TrackNotFound))


def _read_name(name: str) -> TrackId:
    try:
        track_id = TrackId(UUID(name.removesuffix(rules.AUDIO_SUFFIX)))
    except ValueError as error:
        raise TrackNotFound from error
    if rules.audio_path(track_id) != f"/feeds/tracks/{name}":
        raise TrackNotFound
    return track_id


def _respond(request: AnyRequest, feed: Feed) -> Response[bytes]:
    body = rules.render_feed(feed, context_of(request).base_url_of(request))
    response = respond_with_document(
        request, body, media_type=rss.MEDIA_TYPE, cache_control=PUBLIC_CHANGING
    )
    policy = service_of(request, MiningPolicy)
    response.headers.update(policy.headers_of(is_reserved=feed.is_reserved))
    return response


router = Router(
    "/",
    route_handlers=[show_artist_feed, show_playlist_feed, show_release_feed, send_audio],
)
