"""Which picture is the cover of an item."""

from uuid import UUID

from veza.core.errors import required
from veza.core.ids import ImageId, ProfileId, ShowId, TrackId
from veza.domains.images import rules as image_rules
from veza.domains.images.service import images
from veza.domains.music.audio import covers
from veza.domains.music.audio.errors import CoverNotFound
from veza.domains.music.audio.models import AudioFile
from veza.domains.music.audio.service import files as track_files
from veza.domains.profiles.errors import AvatarNotFound
from veza.domains.profiles.models.pictures import AvatarFile
from veza.domains.profiles.service import profiles
from veza.domains.relationships import service as relationships
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import ItemId, ItemKind
from veza.domains.subsonic.models.viewer import Viewer
from veza.domains.subsonic.queries import artists
from veza.domains.subsonic.service import albums, podcasts, songs
from veza.infra.postgres.database import Conn


async def find_cover(conn: Conn, viewer: Viewer, item: ItemId) -> AudioFile:
    """Return the cover of an item: its own picture, or an artist's, else that of a track.

    Playlists have theirs by `playlists.find_cover`. Raises ItemNotFound and CoverNotFound.
    """
    match item.kind:
        case ItemKind.ALBUM:
            return await _open_cover_of_release(conn, viewer, item.id)
        case ItemKind.ARTIST:
            return await _open_picture_of_artist(conn, viewer, item.id)
        case ItemKind.SHOW:
            image_id = await podcasts.find_cover(conn, viewer, ShowId(item.id))
            return await _open_image(conn, viewer, image_id)
        case _:
            return await _open_cover_of_track(conn, viewer, item.id)


async def _open_picture_of_artist(conn: Conn, viewer: Viewer, artist_id: UUID) -> AudioFile:
    """Return the picture of an artist, else a cover of their music."""
    file = await profiles.find_avatar(conn, ProfileId(artist_id), viewer.member)
    if file is not None:
        return _show_avatar(file)
    cover = await artists.find_cover(conn, artist_id)
    if cover.track_id is not None:
        return await _open_cover(conn, viewer, cover.track_id)
    return await _open_image(conn, viewer, required(cover.image_id, ItemNotFound))


async def _open_cover_of_release(conn: Conn, viewer: Viewer, release_id: UUID) -> AudioFile:
    release = await albums.find_release(conn, viewer, release_id)
    if release.cover_image_id is not None:
        return await _open_image(conn, viewer, release.cover_image_id)
    return await _open_cover(conn, viewer, await albums.find_cover_track(conn, viewer, release.id))


async def _open_cover_of_track(conn: Conn, viewer: Viewer, track_id: UUID) -> AudioFile:
    """Return the cover of a track, else that of its album."""
    try:
        return await _open_cover(conn, viewer, track_id)
    except CoverNotFound:
        row = await songs.get_row(conn, viewer, track_id)
        if row.release_id is None:
            raise
        return await _open_cover_of_release(conn, viewer, row.release_id)


async def find_avatar(conn: Conn, viewer: Viewer, username: str) -> AudioFile:
    """Return the picture of a member. Raises UserNotFound and AvatarNotFound."""
    user_id = await relationships.resolve_id(conn, username, viewer.member)
    found = await profiles.find_avatar(conn, ProfileId(user_id), viewer.member)
    return _show_avatar(required(found, AvatarNotFound))


def _show_avatar(file: AvatarFile) -> AudioFile:
    return AudioFile(
        key=file.key,
        size=file.size_bytes,
        content_type="image/jpeg",
        suffix=".jpg",
        etag=str(file.image_id),
        modified=file.created_at,
        title="avatar",
    )


async def _open_cover(conn: Conn, viewer: Viewer, track_id: UUID) -> AudioFile:
    media = await covers.open_cover(conn, TrackId(track_id), viewer.member, granted=False)
    return track_files.file_of_cover(media)


async def _open_image(conn: Conn, viewer: Viewer, image_id: ImageId) -> AudioFile:
    """Return the file of an image that belongs to something that the member may see."""
    image = await images.open_image(conn, image_id, viewer.member, is_signed=True)
    return AudioFile(
        key=image_rules.key_of(image.id),
        size=image.size_bytes,
        content_type="image/jpeg",
        suffix=".jpg",
        etag=image.id.hex,
        modified=image.created_at,
        title="cover",
    )
