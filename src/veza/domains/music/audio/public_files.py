"""The files of tracks that are answered in front of the framework, see `http.public_files`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from veza.core.ids import TrackId
from veza.domains.music.audio import covers, routes, rules, service
from veza.domains.music.audio.models import StoredMedia
from veza.domains.music.tracks.errors import TrackNotFound
from veza.http.public_files import PublicFile, PublicFileRoute
from veza.infra.postgres.database import Conn


async def _find_streams(conn: Conn, ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
    return {media.track_id: _stream_of(media) for media in await _list_media(conn, ids)}


async def _find_previews(conn: Conn, ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
    found = await _list_media(conn, ids)
    return {media.track_id: _rendition_of(media, rules.PREVIEW) for media in found}


async def _find_covers(conn: Conn, ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
    found = await _list_media(conn, ids)
    return {
        media.track_id: PublicFile(
            routes.describe_cover(media, None), covers.key_of(media.track_id, media.cover_image_id)
        )
        for media in found
        if media.has_cover and media.cover_size is not None
    }


async def _list_media(conn: Conn, ids: Sequence[UUID]) -> list[StoredMedia]:
    return await service.list_public_media(conn, [TrackId(each) for each in ids])


def _stream_of(media: StoredMedia) -> PublicFile:
    if not rules.can_download(media, None):
        return _rendition_of(media, rules.STREAM)
    original = rules.original_of(media)
    return PublicFile(
        routes.describe_original(original, None), rules.original_key(original.track_id)
    )


def _rendition_of(media: StoredMedia, rendition: rules.Rendition) -> PublicFile:
    return PublicFile(
        routes.describe_rendition(media, rendition, None),
        rules.rendition_key(media.track_id, rendition),
    )


PUBLIC_AUDIO = (
    PublicFileRoute("/tracks/{track_id}/stream", _find_streams, TrackNotFound),
    PublicFileRoute("/tracks/{track_id}/preview", _find_previews, TrackNotFound),
    PublicFileRoute("/tracks/{track_id}/cover", _find_covers, TrackNotFound),
)
