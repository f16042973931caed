"""A page of a feed has 50 tracks, read with a constant number of statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from veza.core.ids import PlaylistId, ReleaseId, TrackId
from veza.core.pages import BadCursor, decode_cursor
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.audio import rules as audio_rules
from veza.domains.music.audio.models import AudioFile
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.playlists.errors import PlaylistNotFound
from veza.domains.music.playlists.models.entries import EntryQuery, PlaylistEntry
from veza.domains.music.playlists.models.playlists import StoredPlaylist
from veza.domains.music.playlists.service import entries, playlists
from veza.domains.music.playlists.service.responses import show_playlists
from veza.domains.music.releases.errors import ReleaseNotFound
from veza.domains.music.releases.models.tracklists import ReleaseTrack
from veza.domains.music.releases.service import contents, releases
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import track_lists
from veza.domains.public_pages.feeds import rules
from veza.domains.public_pages.feeds.models import Feed, FeedItem, FeedPerson
from veza.domains.public_pages.heads.service import content as heads
from veza.domains.relationships import service as relationships
from veza.infra.postgres.database import Conn

# The number of items of a page.
ITEMS = 50

type _Files = dict[TrackId, tuple[AudioFile, AudioFile | None]]


async def read_artist_feed(conn: Conn, username: str, cursor: str | None, urls: UrlBuilder) -> Feed:
    """Return a page of the feed of a member, newest tracks first. Raises UserNotFound."""
    profile = await relationships.get_profile(conn, username, None)
    after = None if cursor is None else decode_cursor(cursor)
    query = TrackQuery(limit=ITEMS, cursor=after, owner_id=profile.id)
    page = await track_lists.list_tracks(conn, query, None, urls)
    files = await _find_files(conn, page.tracks)
    items = [rules.make_item(track, files[track.id]) for track in page.tracks if track.id in files]
    return Feed(
        guid=rules.name_feed("artists", profile.id),
        path=f"/feeds{heads.artist_path(profile.username)}",
        cursor=cursor,
        next_cursor=page.next_cursor,
        page=heads.artist_path(profile.username),
        title=profile.display_name,
        author=profile.display_name,
        description=profile.bio or f"Tracks by {profile.display_name}.",
        cover_url=next((item.cover_url for item in items if item.cover_url), None),
        updated_at=_updated_at(items, profile.created_at),
        is_ordered=False,
        is_reserved=await heads.is_mining_reserved(conn, profile.id),
        people=[_member(profile)],
        items=items,
    )


async def find_public_playlist(conn: Conn, playlist_id: PlaylistId) -> StoredPlaylist:
    """Return a public playlist. Raises PlaylistNotFound, also if it is unlisted."""
    playlist = await playlists.find_visible(conn, playlist_id, None)
    if playlist.visibility is not Visibility.PUBLIC:
        raise PlaylistNotFound
    return playlist


async def read_playlist_feed(
    conn: Conn, playlist: StoredPlaylist, cursor: str | None, urls: UrlBuilder
) -> Feed:
    """Return a page of the feed of a public playlist, in its order.

    For a smart playlist, the caller uses a connection for expensive reads.
    """
    after = None if cursor is None else decode_cursor(cursor)
    page = await entries.list_entries(
        conn, playlist, None, query=EntryQuery(ITEMS, after), urls=urls
    )
    [shown] = await show_playlists(conn, [playlist], None, urls)
    items = await _read_entries(conn, page.entries)
    owner = shown.owner.display_name
    return Feed(
        guid=rules.name_feed("playlists", playlist.id),
        path=f"/feeds/playlists/{playlist.id}",
        cursor=cursor,
        next_cursor=page.next_cursor,
        page=f"/playlists/{playlist.id}",
        title=playlist.title,
        author=owner,
        description=playlist.description or f"A playlist by {owner}.",
        cover_url=shown.cover_url or next((i.cover_url for i in items if i.cover_url), None),
        updated_at=_updated_at(items, playlist.updated_at),
        is_ordered=playlist.rules is None,
        is_reserved=await heads.is_mining_reserved(conn, playlist.owner_id),
        people=[_member(shown.owner)],
        items=items,
    )


async def read_release_feed(
    conn: Conn, release_id: ReleaseId, cursor: str | None, urls: UrlBuilder
) -> Feed:
    """Return a page of the feed of a public release, in its order.

    Raises ReleaseNotFound, also if it is unlisted, and BadCursor.
    """
    release = await releases.get_release(conn, release_id, None, urls)
    if release.visibility is not Visibility.PUBLIC:
        raise ReleaseNotFound
    start = _read_start(cursor)
    placed = (await contents.list_tracks(conn, release_id, None, urls)).tracks
    items = await _read_places(conn, placed[start : start + ITEMS])
    return Feed(
        guid=rules.name_feed("releases", release_id),
        path=f"/feeds/releases/{release_id}",
        cursor=cursor,
        next_cursor=str(start + ITEMS) if start + ITEMS < len(placed) else None,
        page=f"/releases/{release_id}",
        title=release.title,
        author=release.artist_name,
        description=release.description or f"A release by {release.artist_name}.",
        cover_url=release.cover_url,
        updated_at=_updated_at(items, release.updated_at),
        is_ordered=True,
        is_reserved=await heads.is_mining_reserved(conn, release.owner.id),
        people=rules.list_people(release.artists, release.credits),
        items=items,
    )


async def _read_entries(conn: Conn, page: Sequence[PlaylistEntry]) -> list[FeedItem]:
    # A track that is listed twice is one item: its guid is the track's.
    listed = {entry.track.id: entry for entry in page if entry.track is not None}
    found = [entry.track for entry in listed.values() if entry.track is not None]
    files = await _find_files(conn, found)
    return [
        rules.make_item(track, files[track.id], added_at=listed[track.id].added_at)
        for track in found
        if track.id in files
    ]


async def _read_places(conn: Conn, placed: Sequence[ReleaseTrack]) -> list[FeedItem]:
    files = await _find_files(conn, [place.track for place in placed])
    return [
        rules.make_item(place.track, files[place.track.id], episode=place.number, season=place.disc)
        for place in placed
        if place.track.id in files
    ]


async def _find_files(conn: Conn, found: Iterable[Track]) -> _Files:
    """Return the files of those of the tracks that are public, by id."""
    track_ids = [track.id for track in found if rules.is_shown(track)]
    media = await track_files.list_public_media(conn, track_ids) if track_ids else []
    return {
        each.track_id: (
            track_files.file_of(each),
            track_files.file_of(audio_rules.original_of(each)) if each.downloadable else None,
        )
        for each in media
    }


def _read_start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 6:
        raise BadCursor
    return int(cursor)


def _updated_at(items: Iterable[FeedItem], default: datetime) -> datetime:
    return max([default, *(item.published_at for item in items)])


def _member(shown: NamedMember) -> FeedPerson:
    return FeedPerson(shown.display_name, heads.artist_path(shown.username), rules.ARTIST)
