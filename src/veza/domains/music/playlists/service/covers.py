"""The cover of a playlist: its own, or the first four of its tracks in a square."""

import hashlib
from collections.abc import Sequence

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import ImageId, PlaylistId, TrackId
from veza.domains.images import rules as image_rules
from veza.domains.music.audio import covers as track_covers
from veza.domains.music.playlists import rules
from veza.domains.music.playlists.errors import PlaylistCoverNotFound, PlaylistNotFound
from veza.domains.music.playlists.models.playlists import StoredPlaylist
from veza.domains.music.playlists.queries import covers, records
from veza.infra.media.picture_sizes import StoredPicture
from veza.infra.postgres.database import Conn


class PlaylistCover(Struct, frozen=True):
    """The pictures of a cover, and the tag of what is made of them."""

    playlist: StoredPlaylist
    pictures: list[StoredPicture]

    @property
    def etag(self) -> str:
        """The entity tag, without quotes: other pictures have another one."""
        names = " ".join(f"{each.key} {each.etag}" for each in self.pictures)
        return hashlib.sha256(names.encode()).hexdigest()[:32]


async def open_cover(
    conn: Conn, playlist_id: PlaylistId, viewer: Member | None, *, granted: bool
) -> PlaylistCover:
    """Return the cover of a playlist. Raises PlaylistNotFound and PlaylistCoverNotFound.

    The tracks of a smart playlist are not searched for theirs.
    """
    playlist = await records.find_playlist(conn, playlist_id, viewer and viewer.id)
    if playlist is None or not rules.can_see(playlist, granted=granted):
        raise PlaylistNotFound
    track_ids: Sequence[TrackId] = []
    if playlist.cover_image_id is None and playlist.rules is None:
        track_ids = await covers.list_first_tracks(conn, playlist_id)
    return await make_cover(conn, playlist, track_ids, viewer)


async def make_cover(
    conn: Conn, playlist: StoredPlaylist, track_ids: Sequence[TrackId], viewer: Member | None
) -> PlaylistCover:
    """Return the own cover of a playlist, else its tracks'. Raises PlaylistCoverNotFound."""
    if playlist.cover_image_id is not None:
        return PlaylistCover(playlist, [_picture_of_image(playlist.cover_image_id)])
    found = await covers.list_covers(conn, track_ids, viewer and viewer.id) if track_ids else []
    if not found:
        raise PlaylistCoverNotFound
    return PlaylistCover(playlist, [_picture_of(each) for each in found])


def _picture_of(cover: covers.FoundCover) -> StoredPicture:
    if cover.image_id is not None:
        return _picture_of_image(cover.image_id)
    return StoredPicture(track_covers.key_of(cover.track_id, None), cover.tag)


def _picture_of_image(image_id: ImageId) -> StoredPicture:
    return StoredPicture(image_rules.key_of(image_id), image_rules.etag_of(image_id))
