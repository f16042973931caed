"""Imports files as private playlists of tracks found by address or name; exports them."""

from collections.abc import Sequence
from functools import partial
from itertools import batched

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.playlists import formats, rules
from veza.domains.music.playlists.models.entries import MAX_ENTRIES
from veza.domains.music.playlists.models.files import (
    FileTrack,
    ImportedPlaylist,
    PlaylistFile,
    PlaylistFormat,
    UnmatchedTrack,
    WantedTrack,
)
from veza.domains.music.playlists.models.playlists import PlaylistForm, StoredPlaylist
from veza.domains.music.playlists.queries import entry_records
from veza.domains.music.playlists.service import entries, playlists, smart
from veza.domains.music.tracks.models.tracks import TrackName
from veza.domains.music.tracks.service import track_lists, visible_tracks
from veza.infra.concurrency.pieces import convert_in_pieces, join_in_pieces
from veza.infra.postgres.database import Conn, Tx

_MAX_UNMATCHED = 100
# The tracks whose names a statement reads.
_READ_AT_ONCE = 1000
_DEFAULT_TITLE = "Imported playlist"


async def export_playlist(
    conn: Conn,
    playlist: StoredPlaylist,
    viewer: Member | None,
    *,
    form: PlaylistFormat,
    urls: UrlBuilder,
) -> bytes:
    """Return a playlist that the viewer may see as a file.

    Tracks that the viewer may not see are left out. The addresses of tracks are not signed, so that
    a file that is passed on gives access to nothing more. The caller holds a slot of expensive
    reads: the playlist may be long, and a smart one is searched.
    """
    if playlist.rules is not None:
        track_ids = await smart.list_track_ids(conn, playlist, viewer)
    else:
        found = await entry_records.list_entries(conn, playlist.id, MAX_ENTRIES, None)
        track_ids = [entry.track_id for entry in found if entry.track_id is not None]
    names: dict[TrackId, TrackName] = {}
    # A long playlist takes several statements, each well within the limit of its time.
    for some in batched(track_ids, _READ_AT_ONCE):
        names |= await visible_tracks.find_visible_names(conn, some, viewer)
    listed = [names[track_id] for track_id in track_ids if track_id in names]
    shown = await convert_in_pieces(partial(_show_track, urls=urls), listed)
    return await join_in_pieces(formats.write(PlaylistFile(playlist.title, shown), form))


def _show_track(name: TrackName, *, urls: UrlBuilder) -> FileTrack:
    return FileTrack(
        title=name.title,
        artist=name.artist_name or name.username,
        duration_ms=name.duration_ms,
        url=f"{urls.base}/tracks/{name.id}/stream",
    )


def read_file(raw: bytes, form: PlaylistFormat) -> tuple[PlaylistFile, list[WantedTrack]]:
    """Return a file, and by what its tracks are found. Takes a second: call it in a thread.

    Raises UnreadablePlaylist and PlaylistFileTooLarge.
    """
    file = formats.read(raw, form)
    return file, [rules.read_wanted(track) for track in file.tracks]


async def import_playlist(
    tx: Tx,
    owner: Member,
    file: PlaylistFile,
    *,
    wanted: Sequence[WantedTrack],
    urls: UrlBuilder,
) -> ImportedPlaylist:
    """Create a private playlist from a file. Raises TooManyPlaylists.

    A track is found by the id in its address, else by artist and title without case and accents:
    then only if it is public, or the member's own.
    """
    matched = await _match(tx, owner, wanted)
    title = (file.title or "")[:200].strip() or _DEFAULT_TITLE
    created = await playlists.create_playlist(tx, owner, PlaylistForm(title), urls)
    playlist = await playlists.lock_own(tx, created.id, owner)
    track_ids = [track_id for track_id in matched if track_id is not None]
    positions = rules.spread(None, None, len(track_ids)) or []
    places = list(zip(track_ids, positions, strict=True))
    await entries.insert_tracks(tx, playlist, owner, places)
    unmatched = [
        UnmatchedTrack(number, track.title, track.artist)
        for number, (track, track_id) in enumerate(zip(file.tracks, matched, strict=True), 1)
        if track_id is None
    ]
    return ImportedPlaylist(
        playlist=await playlists.get_playlist(tx, playlist.id, owner, urls),
        matched_count=len(places),
        unmatched_count=len(unmatched),
        unmatched=unmatched[:_MAX_UNMATCHED],
    )


async def _match(conn: Conn, viewer: Member, wanted: Sequence[WantedTrack]) -> list[TrackId | None]:
    """Return the track of this server for each track of a file; None where there is none."""
    ids = [track.id for track in wanted if track.id is not None]
    known = await visible_tracks.find_visible_names(conn, ids, viewer)
    named = await track_lists.list_tracks_named(conn, [track.title for track in wanted], viewer)
    by_key = rules.choose_named(wanted, named)
    return [track.id if track.id in known else by_key.get(track.key) for track in wanted]
