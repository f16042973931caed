"""Players and descriptions show what anybody may see, and nothing else."""

from collections.abc import Iterable
from uuid import UUID

from veza.core.ids import PlaylistId, ReleaseId, StreamId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import TrackStatus
from veza.domains.live.errors import StreamLocked
from veza.domains.live.service.context import LiveContext
from veza.domains.music.credits.rules.shown import write_line
from veza.domains.music.playlists.models.entries import EntryQuery
from veza.domains.music.playlists.models.playlists import StoredPlaylist
from veza.domains.music.playlists.service import entries
from veza.domains.music.playlists.service.responses import show_playlists
from veza.domains.music.releases.service import contents, releases
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import track_lists, visible_tracks
from veza.domains.public_pages.embeds import rules
from veza.domains.public_pages.embeds.errors import NothingToEmbed
from veza.domains.public_pages.embeds.models import EmbedTarget, PlayerContent, PlayerTrack
from veza.domains.public_pages.heads.models import PageHead
from veza.domains.public_pages.heads.service import content as heads
from veza.domains.public_pages.heads.service import streams
from veza.domains.relationships import service as relationships
from veza.infra.postgres.database import Conn

# The tracks of an artist's player, the newest.
_NEWEST = 20


async def describe(
    conn: Conn, context: LiveContext, target: EmbedTarget, urls: UrlBuilder
) -> PageHead:
    """Describe what an address leads to. Raises NothingToEmbed and other NotFound errors."""
    match target.section:
        case "artists":
            return await heads.describe_artist(conn, target.key, urls)
        case "tracks":
            return await heads.describe_track(conn, TrackId(_read_id(target.key)), urls)
        case "releases":
            return await heads.describe_release(conn, ReleaseId(_read_id(target.key)), urls)
        case "playlists":
            return await heads.describe_playlist(conn, PlaylistId(_read_id(target.key)), urls)
        case _:
            return await _describe_stream(conn, context, StreamId(_read_id(target.key)), urls)


async def read_track_player(conn: Conn, track_id: TrackId, urls: UrlBuilder) -> PlayerContent:
    """Return the player of a track. Raises TrackNotFound."""
    track = await visible_tracks.get_track(conn, track_id, None, urls)
    return PlayerContent(
        page=f"/tracks/{track_id}",
        title=track.title,
        artist=write_line(track.artists),
        artist_page=heads.artist_path(track.artist.username),
        cover_url=track.cover_url or heads.artist_picture(track.artists, track.artist, urls),
        tracks=_playable([track]),
    )


async def read_release_player(conn: Conn, release_id: ReleaseId, urls: UrlBuilder) -> PlayerContent:
    """Return the player of a release. Raises ReleaseNotFound."""
    release = await releases.get_release(conn, release_id, None, urls)
    placed = await contents.list_tracks(conn, release_id, None, urls)
    return PlayerContent(
        page=f"/releases/{release_id}",
        title=release.title,
        artist=release.artist_name,
        artist_page=heads.artist_path(release.owner.username),
        cover_url=release.cover_url or heads.artist_picture(release.artists, release.owner, urls),
        tracks=_playable(place.track for place in placed.tracks[: rules.MAX_TRACKS]),
    )


async def read_playlist_player(
    conn: Conn, playlist: StoredPlaylist, urls: UrlBuilder
) -> PlayerContent:
    """Return the player of a playlist that anybody may see.

    For a smart playlist, the caller uses a connection for expensive reads.
    """
    query = EntryQuery(rules.MAX_TRACKS)
    page = await entries.list_entries(conn, playlist, None, query=query, urls=urls)
    [shown] = await show_playlists(conn, [playlist], None, urls)
    return PlayerContent(
        page=f"/playlists/{playlist.id}",
        title=playlist.title,
        artist=shown.owner.display_name,
        artist_page=heads.artist_path(playlist.username),
        cover_url=shown.cover_url,
        tracks=_playable(entry.track for entry in page.entries if entry.track is not None),
    )


async def read_artist_player(conn: Conn, username: str, urls: UrlBuilder) -> PlayerContent:
    """Return the player of the newest tracks of a member. Raises UserNotFound."""
    profile = await relationships.get_profile(conn, username, None)
    page = await track_lists.list_tracks(conn, TrackQuery(_NEWEST, owner_id=profile.id), None, urls)
    return PlayerContent(
        page=heads.artist_path(profile.username),
        title=profile.display_name,
        artist=profile.display_name,
        artist_page=heads.artist_path(profile.username),
        cover_url=heads.picture_url(profile, urls)
        or next((track.cover_url for track in page.tracks if track.cover_url), None),
        tracks=_playable(page.tracks),
    )


def _playable(found: Iterable[Track]) -> list[PlayerTrack]:
    return [rules.show_track(track) for track in found if track.status is TrackStatus.READY]


async def _describe_stream(
    conn: Conn, context: LiveContext, stream_id: StreamId, urls: UrlBuilder
) -> PageHead:
    try:
        return await streams.describe_stream(context, conn, stream_id, urls)
    except StreamLocked as error:
        raise NothingToEmbed from error


def _read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NothingToEmbed from error
