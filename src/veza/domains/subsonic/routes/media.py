"""Streams, downloads and covers for players; every length is exact."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from litestar import Response
from litestar.response import Stream

from veza.core.filenames import attachment
from veza.core.ids import PlaylistId
from veza.domains.music.audio.errors import CoverNotFound
from veza.domains.music.audio.models import AudioFile
from veza.domains.music.audio.service import AudioStorage
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.profiles.errors import AvatarNotFound
from veza.domains.subsonic.models.rows import ItemKind
from veza.domains.subsonic.routes.call import Answered, Call, Endpoint
from veza.domains.subsonic.rules.ids import read_id
from veza.domains.subsonic.rules.items import file_name_of
from veza.domains.subsonic.service import album_files, pictures, playlists, songs
from veza.domains.subsonic.service.album_files import AlbumFile
from veza.domains.subsonic.service.songs import AudioWish
from veza.http.expensive import SEARCH
from veza.http.layers.head_requests import is_head
from veza.http.responses.pictures import serve_picture
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.infra.concurrency.overload import Importance
from veza.infra.storage.objects import Storage
from veza.infra.storage.zip_archives import ArchiveChecksums, ArchiveEntry, write_archive

_CACHED = "private, max-age=3600"
_KINDS = tuple(ItemKind)
_ZIP = "application/zip"


async def stream(call: Call) -> Answered:
    """Stream a song, whole or in ranges: the original if the member may have it."""
    file = await _find_audio(call)
    return await _send(call, file)


async def download(call: Call) -> Answered:
    """Send the file of `stream`, with a name; of an album, all files as a ZIP."""
    item = read_id(call.parameters.text("id"), ItemKind.TRACK, ItemKind.SINGLE, ItemKind.ALBUM)
    if item.kind is ItemKind.ALBUM:
        return await _send_album(call, item.id)
    async with call.reading() as conn:
        row = await songs.get_row(conn, call.viewer, call.track_id())
    file = await _find_audio(call)
    name = file_name_of(row, file.suffix.removeprefix("."))
    return await _send(call, file, disposition=attachment(name))


async def _send_album(call: Call, release_id: UUID) -> Answered:
    """Send the files of an album in one archive, which is written while it is sent.

    Its length is not announced: it is not known before.
    """
    async with call.reading() as conn:
        album = await album_files.list_files(conn, call.viewer, release_id)
    headers = {
        "cache-control": "no-store",
        "content-disposition": attachment(f"{album.title}.zip"),
    }
    if is_head(call.request.scope):
        return Response(b"", headers=headers, media_type=_ZIP)
    entries = _read_entries(call.find(AudioStorage).storage, album.files)
    return Stream(write_archive(entries, ArchiveChecksums()), headers=headers, media_type=_ZIP)


async def _read_entries(
    storage: Storage, files: Sequence[AlbumFile]
) -> AsyncIterator[ArchiveEntry]:
    for each in files:
        chunks = storage.read(each.file.key)
        # Sound is compressed already.
        yield ArchiveEntry(each.path, chunks, each.file.size, each.file.modified, is_packed=True)


async def get_cover(call: Call) -> Answered:
    """Send a cover: the next larger size that there is, or the whole picture."""
    wanted = call.parameters.find_number("size")
    item = read_id(call.parameters.text("id"), *_KINDS)
    expensive = None
    if item.kind is ItemKind.PLAYLIST:
        async with call.reading() as conn:
            if await playlists.has_costly_cover(conn, call.viewer, PlaylistId(item.id)):
                expensive = SEARCH
    async with call.reading(expensive) as conn:
        file = await pictures.find_cover(conn, call.viewer, item)
    stored = StoredFile(call.find(AudioStorage).storage, file.key, CoverNotFound)
    return await serve_picture(call.request, _describe(file), stored, wanted)


async def get_avatar(call: Call) -> Answered:
    """Send the picture of a member."""
    username = call.parameters.text("username")
    async with call.reading() as conn:
        file = await pictures.find_avatar(conn, call.viewer, username)
    stored = StoredFile(call.find(AudioStorage).storage, file.key, AvatarNotFound)
    return await serve_object(call.request, _describe(file), stored)


async def _find_audio(call: Call) -> AudioFile:
    given = call.parameters
    async with call.reading() as conn:
        return await songs.find_audio(
            conn,
            call.viewer,
            call.track_id(),
            wish=AudioWish((given.find("format") or "").lower(), given.number("maxBitRate", 0)),
            purchases=call.find(AudioStorage).purchases,
        )


async def _send(call: Call, file: AudioFile, *, disposition: str | None = None) -> Answered:
    stored = StoredFile(call.find(AudioStorage).storage, file.key, TrackNotFound)
    return await serve_object(call.request, _describe(file, disposition), stored)


def _describe(file: AudioFile, disposition: str | None = None) -> FileMetadata:
    return FileMetadata(
        size=file.size,
        content_type=file.content_type,
        etag=file.etag,
        modified=file.modified,
        cache_control=_CACHED,
        disposition=disposition,
    )


ENDPOINTS = {
    "stream": Endpoint(stream, importance=Importance.VITAL),
    "download": Endpoint(download, importance=Importance.VITAL),
    "getCoverArt": Endpoint(get_cover),
    "getAvatar": Endpoint(get_avatar),
}
