"""Feeds of shows: for everybody, or for a member, with the episodes of their tier."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import ShowId, TrackId
from veza.core.pages import cut, decode_cursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.audio import shared_queries as audio_queries
from veza.domains.music.audio.models import StoredMedia
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.shows.errors import EpisodeNotFound, TranscriptNotFound
from veza.domains.shows.models.episodes import EpisodeQuery, EpisodeViewer, StoredEpisode
from veza.domains.shows.models.feeds import FeedAudio, FeedEpisode, ShowFeed
from veza.domains.shows.models.shows import StoredShow
from veza.domains.shows.queries import episodes as queries
from veza.domains.shows.queries import transcripts
from veza.domains.shows.rules import episodes as episode_rules
from veza.domains.shows.rules import feeds as rules
from veza.domains.shows.rules.shows import show_show
from veza.domains.shows.service import keys, shows
from veza.infra.postgres.database import Conn

# The number of episodes of a page.
ITEMS = 50


async def open_show(
    conn: Conn, show_id: ShowId, key: str | None
) -> tuple[StoredShow, Member | None]:
    """Return a show, and the member whose key was sent. Raises ShowNotFound."""
    reader = None if key is None else await keys.open_feed(conn, show_id, key)
    return await shows.find_visible(conn, show_id, reader), reader


async def read_feed(
    conn: Conn, show_id: ShowId, *, key: str | None, cursor: str | None, urls: UrlBuilder
) -> ShowFeed:
    """Return a page of a feed, the latest published first. Raises ShowNotFound and BadCursor."""
    show, reader = await open_show(conn, show_id, key)
    after = None if cursor is None else decode_cursor(cursor)
    viewer = _viewer_of(reader)
    query = EpisodeQuery(limit=ITEMS, cursor=after)
    found = await queries.list_episodes(conn, show_id, viewer, query)
    page, following = cut(found, ITEMS, episode_rules.cursor_after)
    shown = show_show(show, urls)
    return ShowFeed(
        show=show,
        author=shown.owner.display_name,
        cover_url=shown.cover_url,
        key=key,
        cursor=cursor,
        next_cursor=following,
        updated_at=max([show.updated_at, *(each.published_at for each in page)]),
        episodes=await _read_items(conn, page, reader, urls),
    )


async def open_audio(
    conn: Conn, show_id: ShowId, track_id: TrackId, key: str | None
) -> StoredMedia:
    """Return the data for playing an episode. Raises ShowNotFound and EpisodeNotFound."""
    await _open_episode(conn, show_id, track_id, key)
    return await track_files.open_media(conn, track_id, None, granted=True)


async def read_chapters(conn: Conn, show_id: ShowId, track_id: TrackId, key: str | None) -> bytes:
    """Return the chapters of an episode as JSON. Raises EpisodeNotFound without any."""
    episode = await _open_episode(conn, show_id, track_id, key)
    if not episode.chapters:
        raise EpisodeNotFound
    return rules.render_chapters(episode.chapters)


async def read_transcript(conn: Conn, show_id: ShowId, track_id: TrackId, key: str | None) -> bytes:
    """Return the transcript of an episode as WebVTT. Raises TranscriptNotFound."""
    await _open_episode(conn, show_id, track_id, key)
    content = await transcripts.find_transcript(conn, track_id)
    return required(content, TranscriptNotFound).encode()


async def _open_episode(
    conn: Conn, show_id: ShowId, track_id: TrackId, key: str | None
) -> StoredEpisode:
    _, reader = await open_show(conn, show_id, key)
    found = await queries.find_audible(conn, show_id, track_id, _viewer_of(reader))
    return required(found, EpisodeNotFound)


async def _read_items(
    conn: Conn, page: Sequence[StoredEpisode], reader: Member | None, urls: UrlBuilder
) -> list[FeedEpisode]:
    track_ids = [episode.track_id for episode in page]
    if not track_ids:
        return []
    tracks = await visible_tracks.find_visible_tracks(conn, track_ids, reader, urls)
    media = {each.track_id: each for each in await audio_queries.list_media(conn, track_ids)}
    return [
        FeedEpisode(episode, tracks[episode.track_id], _describe(media[episode.track_id]))
        for episode in page
        if episode.track_id in tracks and episode.track_id in media
    ]


def _describe(media: StoredMedia) -> FeedAudio:
    file = track_files.file_of(media)
    return FeedAudio(file.size, file.content_type)


def _viewer_of(reader: Member | None) -> EpisodeViewer:
    # What is planned is in no feed.
    return EpisodeViewer(reader and reader.id, is_owner=False)
