"""The files of tracks: what HTTP says of them, and which of them anybody may have.

These are answered in front of the framework, see `http.fast.public_files`.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import structs

from veza.core import text_mining
from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.reviews import UNSHARED
from veza.domains.music.audio import covers, rules
from veza.domains.music.audio.models import StoredMedia, StoredOriginal
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.http.fast.public_files import PublicFile
from veza.http.responses.caching import PRIVATE_FILE, PUBLIC_FILE
from veza.http.responses.ranges import FileMetadata
from veza.http.services import ServiceRegistry
from veza.infra.media.sniff_audio import CONTENT_TYPES, AudioKind
from veza.infra.postgres.database import Conn


async def find_streams(conn: Conn, ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
    """Return the stream of each track of which anybody may have it."""
    return {media.track_id: _stream_of(media) for media in await _list_media(conn, ids)}


async def find_stream_of_member(
    services: ServiceRegistry, conn: Conn, track_id: UUID, member: Member
) -> PublicFile:
    """Return what a member gets as the stream of a track. Raises TrackNotFound, TrackNotReady."""
    sound = await track_files.open_best_audio(
        conn,
        TrackId(track_id),
        member,
        granted=False,
        purchases=services.get(AudioStorage).purchases,
    )
    return describe_sound(sound, member)


async def find_previews(conn: Conn, ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
    """Return the preview of each track of which anybody may have it."""
    found = await _list_media(conn, ids)
    return {media.track_id: _rendition_of(media, rules.PREVIEW) for media in found}


async def find_covers(conn: Conn, ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
    """Return the cover of each track of which anybody may have it."""
    found = map(covers.find_shown, await _list_media(conn, ids))
    return {media.track_id: find_cover(media, None) for media in found if media is not None}


async def find_reviewed_sound(conn: Conn, track_id: TrackId) -> PublicFile:
    """Return the audio of a track for staff. Raises TrackNotFound and TrackNotReady."""
    return _unshared(describe_sound(await track_files.open_reviewed(conn, track_id), None))


async def find_reviewed_cover(conn: Conn, track_id: TrackId) -> PublicFile:
    """Return the cover of a track for staff. Raises TrackNotFound and CoverNotFound."""
    return _unshared(find_cover(await covers.open_reviewed(conn, track_id), None))


def _unshared(file: PublicFile) -> PublicFile:
    return structs.replace(file, metadata=structs.replace(file.metadata, cache_control=UNSHARED))


async def _list_media(conn: Conn, ids: Sequence[UUID]) -> list[StoredMedia]:
    return await track_files.list_public_media(conn, [TrackId(each) for each in ids])


def _stream_of(media: StoredMedia) -> PublicFile:
    is_free = rules.can_download(media, None)
    return describe_sound(rules.original_of(media) if is_free else media, None)


def _rendition_of(media: StoredMedia, rendition: rules.Rendition) -> PublicFile:
    return PublicFile(
        describe_rendition(media, rendition, None),
        rules.rendition_key(media.track_id, rendition),
    )


def describe_sound(sound: StoredOriginal | StoredMedia, visitor: Member | None) -> PublicFile:
    """Return the file of an original, or of the rendition for all, for a visitor."""
    if isinstance(sound, StoredOriginal):
        return PublicFile(describe_original(sound, visitor), rules.original_key(sound.track_id))
    return PublicFile(
        describe_rendition(sound, rules.STREAM, visitor),
        rules.rendition_key(sound.track_id, rules.STREAM),
    )


def find_cover(media: StoredMedia, visitor: Member | None) -> PublicFile:
    """Return the file of the cover of a track that has one, for a visitor."""
    key = covers.key_of(media.track_id, media.cover_image_id)
    return PublicFile(describe_cover(media, visitor), key)


def describe_rendition(
    media: StoredMedia, rendition: rules.Rendition, visitor: Member | None
) -> FileMetadata:
    """Return the metadata of a rendition for a visitor."""
    size = getattr(media, rendition.size_field)
    assert isinstance(size, int)
    return FileMetadata(
        size=size,
        content_type=rendition.content_type,
        etag=rules.etag_of_rendition(media, size),
        modified=media.uploaded_at,
        cache_control=cache_control_for(visitor, is_public=rules.is_public(media)),
        is_reserved=media.is_reserved,
    )


def describe_cover(media: StoredMedia, visitor: Member | None) -> FileMetadata:
    """Return the metadata of a cover for a visitor. Its owner sees at once that it was replaced."""
    facts = describe_rendition(media, rules.COVER, visitor)
    is_owner = visitor is not None and visitor.id == media.owner_id
    cache_control = "private, no-cache" if is_owner else facts.cache_control
    return structs.replace(facts, etag=rules.etag_of_cover(media), cache_control=cache_control)


def describe_original(original: StoredOriginal, visitor: Member | None) -> FileMetadata:
    """Return the metadata of an original for a visitor."""
    return FileMetadata(
        size=original.size,
        content_type=CONTENT_TYPES[AudioKind(original.kind)],
        etag=original.sha256[:32],
        modified=original.uploaded_at,
        cache_control=cache_control_for(visitor, is_public=original.is_public),
        is_reserved=original.is_reserved,
    )


def headers_for(visitor: Member | None, media: StoredMedia) -> dict[str, str]:
    """Return the headers of what is made of the sound of a track, for a visitor."""
    mining = {text_mining.HEADER: "1"} if media.is_reserved else {}
    return {
        "cache-control": cache_control_for(visitor, is_public=rules.is_public(media)),
        **mining,
    }


def cache_control_for(visitor: Member | None, *, is_public: bool) -> str:
    """Return the header of a file for a visitor."""
    return PUBLIC_FILE if is_public and visitor is None else PRIVATE_FILE
