"""The files of an album, to send as one archive."""

from collections.abc import Sequence
from itertools import batched
from uuid import UUID

from msgspec import Struct

from veza.core.errors import required
from veza.core.ids import TrackId
from veza.domains.music.audio.models import AudioFile, StoredMedia
from veza.domains.music.audio.rules import original_of
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.audio.shared_queries import list_media
from veza.domains.music.releases.shared_queries import list_places
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import SongRow
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import songs as song_queries
from veza.domains.subsonic.rules.items import path_in_album
from veza.domains.subsonic.service import albums
from veza.infra.postgres.database import Conn

_READ_AT_ONCE = 100


class AlbumFile(Struct, frozen=True):
    """A file of an album, and its path in the archive."""

    path: str
    file: AudioFile


class AlbumFiles(Struct, frozen=True):
    """The title of an album and its files."""

    title: str
    files: Sequence[AlbumFile]


async def list_files(conn: Conn, viewer: Viewer, release_id: UUID) -> AlbumFiles:
    """Return the files that the member gets of the songs of an album, in their order.

    Raises ItemNotFound, also without songs.
    """
    release = await albums.find_release(conn, viewer, release_id)
    places = await list_places(conn, [release.id])
    found = await song_queries.list_songs_by_id(
        conn, viewer.id, [place.track_id for place in places]
    )
    rows = {row.id: row for row in found}
    media = await _list_media(conn, list(rows))
    discs = len({place.disc for place in places})
    files = [
        AlbumFile(path_in_album(place, discs, row.title + file.suffix), file)
        for place in places
        if (row := rows.get(place.track_id)) is not None
        if (file := _choose_file(row, media)) is not None
    ]
    required(files or None, ItemNotFound)
    return AlbumFiles(release.title, files)


async def _list_media(conn: Conn, track_ids: Sequence[TrackId]) -> dict[TrackId, StoredMedia]:
    found: dict[TrackId, StoredMedia] = {}
    for some in batched(track_ids, _READ_AT_ONCE):
        found |= {media.track_id: media for media in await list_media(conn, some)}
    return found


def _choose_file(row: SongRow, media: dict[TrackId, StoredMedia]) -> AudioFile | None:
    """Return the original if the member may have it, else the rendition, as for a stream."""
    found = media.get(row.id)
    if found is None:
        # Deleted meanwhile.
        return None
    return track_files.file_of(original_of(found) if row.has_original else found)
