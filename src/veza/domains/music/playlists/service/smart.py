"""A smart playlist has the tracks that meet its rules at the moment when it is read.

Rules about likes, ratings and plays refer to the playlist's owner, not to the listener. Listeners
get only tracks that they may see. The cost is not bounded by the size of the result, so callers use
a connection for expensive reads.
"""

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.pages import encode_cursor
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.playlists import rules
from veza.domains.music.playlists.models.entries import EntryQuery, PlaylistEntryPage
from veza.domains.music.playlists.models.playlists import StoredPlaylist
from veza.domains.music.playlists.models.smart_rules import SmartQuery
from veza.domains.music.playlists.queries import smart_tracks
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn


async def list_smart_entries(
    conn: Conn,
    playlist: StoredPlaylist,
    *,
    viewer: Member | None,
    query: EntryQuery,
    urls: UrlBuilder,
) -> PlaylistEntryPage:
    """Return a page of the tracks that meet the rules now. Raises BadCursor."""
    assert playlist.rules is not None
    offset = rules.smart_offset(query.cursor)
    limit = max(0, min(query.limit + 1, playlist.rules.limit - offset))
    wanted = SmartQuery(playlist.owner_id, viewer and viewer.id, limit, offset)
    found = await smart_tracks.list_smart_tracks(conn, playlist.rules, wanted)
    page = found[: query.limit]
    next_cursor = None
    if len(found) > query.limit:
        next_cursor = encode_cursor(rules.smart_cursor(page[-1], offset + query.limit))
    shown = await visible_tracks.find_wanted_tracks(
        conn, [one.track_id for one in page], viewer, urls
    )
    entries = rules.show_smart_entries(page, shown)
    return PlaylistEntryPage(entries, next_cursor, next_cursor is not None)


async def list_track_ids(
    conn: Conn, playlist: StoredPlaylist, viewer: Member | None
) -> list[TrackId]:
    """Return all tracks of a smart playlist, in their order."""
    assert playlist.rules is not None
    wanted = SmartQuery(playlist.owner_id, viewer and viewer.id, playlist.rules.limit)
    found = await smart_tracks.list_smart_tracks(conn, playlist.rules, wanted)
    return [track.track_id for track in found]
