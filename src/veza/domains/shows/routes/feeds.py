"""Feeds of shows and their files: credentials are ignored; a key in the address stands for one."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath, QueryParameter

from veza.core import rss
from veza.core.clock import now
from veza.core.ids import ShowId, TrackId
from veza.core.text_mining import MiningPolicy
from veza.domains.music.audio.models import StoredMedia
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.shows.errors import EpisodeNotFound, ShowNotFound
from veza.domains.shows.models.hubs import FeedHubs
from veza.domains.shows.models.keys import KEY_LENGTH
from veza.domains.shows.rules import feeds as rules
from veza.domains.shows.rules.downloads import find_samples, is_bot
from veza.domains.shows.rules.keys import hash_key
from veza.domains.shows.service import feeds
from veza.domains.shows.service.download_counter import DownloadCounter
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, client_of, listener_of, reading
from veza.http.layers.rate_limits import RateLimited
from veza.http.requests.query_parameters import CursorText
from veza.http.responses.caching import PRIVATE_FILE, PUBLIC_CHANGING, PUBLIC_FILE
from veza.http.responses.delivered import watch_delivery
from veza.http.responses.public_documents import respond_with_document
from veza.http.responses.ranges import ByteRange, FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance
from veza.infra.valkey.rate_limiter import RateLimit, RateLimitUse

_FEED: dict[str, Any] = {"include_in_schema": False, "credentials": "ignored"}
_FOLDER = "/feeds/shows/{show_id:uuid}"
_UNSHARED = "private, no-store"
# An application loads some episodes at once, in many ranges; one that is shared asks more often.
_PER_KEY = RateLimit("show_key", 300, 60)

_Key = Annotated[str | None, QueryParameter(max_length=KEY_LENGTH)]


@get("/feeds/shows/{name:str}", **_FEED, importance=Importance.EXPLORATION)
async def show_show_feed(
    request: AnyRequest, name: FromPath[str], key: _Key = None, cursor: CursorText = None
) -> Response[bytes]:
    """Show the feed of a show, or send its readers to the one that it has moved to."""
    show_id = ShowId(_read_id(name, ".xml"))
    await _limit(request, key)
    async with reading(request) as conn:
        feed = await feeds.read_feed(conn, show_id, key=key, cursor=cursor, urls=urls_of(request))
    if feed.show.moved_to is not None and key is None:
        headers = {"location": feed.show.moved_to, "cache-control": PUBLIC_CHANGING}
        return Response(b"", status_code=301, headers=headers, media_type="text/plain")
    base_url = context_of(request).base_url_of(request)
    hubs = rules.list_hubs(feed, service_of(request, FeedHubs))
    body = rules.render_feed(feed, base_url, hubs)
    response = _respond(request, body, rss.MEDIA_TYPE, key)
    response.headers["last-modified"] = rss.date(feed.updated_at)
    if hubs:
        response.headers["link"] = rules.write_links(feed, base_url, hubs)
    policy = service_of(request, MiningPolicy)
    response.headers.update(policy.headers_of(is_reserved=feed.show.is_reserved))
    return response


@get(f"{_FOLDER}/{{name:str}}", **_FEED, importance=Importance.VITAL)
async def send_episode_audio(
    request: AnyRequest, show_id: FromPath[UUID], name: FromPath[str], key: _Key = None
) -> Response[Any]:
    """Send the audio of an episode, whole or in ranges: AAC at 256 kbit/s."""
    track_id = TrackId(_read_id(name, rules.AUDIO_SUFFIX))
    await _limit(request, key)
    async with reading(request) as conn:
        media = await feeds.open_audio(conn, ShowId(show_id), track_id, key)
    file = track_files.file_of(media)
    metadata = FileMetadata(
        size=file.size,
        content_type=file.content_type,
        etag=file.etag,
        modified=file.modified,
        cache_control=PUBLIC_FILE if key is None else PRIVATE_FILE,
        is_reserved=media.is_reserved,
    )
    storage = service_of(request, AudioStorage).storage
    response = await serve_object(request, metadata, StoredFile(storage, file.key, TrackNotFound))
    return await _count_download(request, response, media, file.size)


@get(
    f"{_FOLDER}/{{track_id:uuid}}/{rules.CHAPTERS_NAME}",
    **_FEED,
    importance=Importance.EXPLORATION,
)
async def send_chapters(
    request: AnyRequest, show_id: FromPath[UUID], track_id: FromPath[UUID], key: _Key = None
) -> Response[bytes]:
    """Send the chapters of an episode, as JSON of the podcast namespace."""
    await _limit(request, key)
    async with reading(request) as conn:
        body = await feeds.read_chapters(conn, ShowId(show_id), TrackId(track_id), key)
    return _respond(request, body, rules.CHAPTERS_TYPE, key)


@get(
    f"{_FOLDER}/{{track_id:uuid}}/{rules.TRANSCRIPT_NAME}",
    **_FEED,
    importance=Importance.EXPLORATION,
)
async def send_transcript(
    request: AnyRequest, show_id: FromPath[UUID], track_id: FromPath[UUID], key: _Key = None
) -> Response[bytes]:
    """Send the transcript of an episode, as WebVTT."""
    await _limit(request, key)
    async with reading(request) as conn:
        body = await feeds.read_transcript(conn, ShowId(show_id), TrackId(track_id), key)
    return _respond(request, body, rules.TRANSCRIPT_TYPE, key)


async def _count_download(
    request: AnyRequest, response: Response[Any], media: StoredMedia, size: int
) -> Response[Any]:
    """Count what is delivered of an episode, unless to a bot."""
    user_agent = client_of(request).device
    if media.duration_ms is None or is_bot(user_agent):
        return response
    duration_ms, listener, day = media.duration_ms, listener_of(request), now().date()
    counter = service_of(request, DownloadCounter)

    async def count(delivered: ByteRange) -> None:
        samples = find_samples(size, duration_ms, delivered.first, delivered.last)
        if samples is not None:
            await counter.count(media.track_id, listener, user_agent, day=day, samples=samples)

    return await watch_delivery(request, response, size, count)


def _respond(request: AnyRequest, body: bytes, media_type: str, key: str | None) -> Response[bytes]:
    cache_control = PUBLIC_CHANGING if key is None else _UNSHARED
    return respond_with_document(request, body, media_type=media_type, cache_control=cache_control)


async def _limit(request: AnyRequest, key: str | None) -> None:
    """Raise RateLimited if a key is used more often than one member's applications would."""
    if key is None:
        return
    use = RateLimitUse(_PER_KEY, hash_key(key).hex())
    verdict = await context_of(request).rate_limiter.take([use])
    if not verdict.is_allowed:
        raise RateLimited(retry_after=_PER_KEY.window_s)


def _read_id(name: str, suffix: str) -> UUID:
    """Return the id in the name of a file, which has one spelling."""
    missing = ShowNotFound if suffix == ".xml" else EpisodeNotFound
    try:
        found = UUID(name.removesuffix(suffix))
    except ValueError as error:
        raise missing from error
    if name != f"{found}{suffix}":
        raise missing
    return found


router = Router(
    "/",
    route_handlers=[show_show_feed, send_episode_audio, send_chapters, send_transcript],
)
