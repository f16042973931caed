"""Streams, downloads and covers for players; a length that is announced is exact."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from litestar import Response
from litestar.response import Stream
from msgspec import DecodeError, structs

from veza.core.errors import Invalid
from veza.core.filenames import attachment
from veza.core.foreign_json import decode_json
from veza.core.ids import PlaylistId
from veza.core.signed_urls import Resource
from veza.domains.music.audio.errors import CoverNotFound
from veza.domains.music.audio.models import AudioFile
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.playlists.errors import PlaylistCoverNotFound
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.profiles.errors import AvatarNotFound
from veza.domains.subsonic.errors import ItemNotFound
from veza.domains.subsonic.models.rows import ItemKind, SongRow
from veza.domains.subsonic.models.transcoding import PlayerAbilities
from veza.domains.subsonic.routes.call import Answered, Call, Endpoint
from veza.domains.subsonic.rules.hls_playlists import HLS_TYPE, show_playlist
from veza.domains.subsonic.rules.ids import read_id
from veza.domains.subsonic.rules.items import file_name_of
from veza.domains.subsonic.service import album_files, audio_files, pictures, playlists, songs
from veza.domains.subsonic.service.album_files import AlbumFile
from veza.domains.subsonic.service.audio_files import FoundAudio
from veza.domains.subsonic.service.transcode_decisions import decide, read_params
from veza.domains.subsonic.service.transcoding import RAW, AudioWish
from veza.http.expensive import SEARCH
from veza.http.layers.head_requests import is_head
from veza.http.responses.caching import PRIVATE_FILE
from veza.http.responses.growing_files import GrowingFile, serve_growing
from veza.http.responses.pictures import serve_mosaic, serve_picture
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.infra.concurrency.overload import Importance
from veza.infra.media.hls import MASTER
from veza.infra.media.sniff_audio import CONTENT_TYPES
from veza.infra.media.stream_targets import grows, kind_of
from veza.infra.media.transcoder import Transcoder
from veza.infra.postgres.database import Conn
from veza.infra.storage.objects import Storage
from veza.infra.storage.zip_archives import ArchiveChecksums, ArchiveEntry, write_archive

_KINDS = tuple(ItemKind)
_ZIP = "application/zip"


async def stream(call: Call) -> Answered:
    """Stream a song as it is stored, or in the format that is asked for."""
    given = call.parameters
    wish = AudioWish(
        (given.find("format") or "").lower(),
        given.number("maxBitRate", 0),
        given.number("timeOffset", 0),
    )
    return await _stream(call, call.track_id(), wish)


async def decide_transcoding(call: Call) -> Answered:
    """Return whether a player can play a song as it is, and what it is converted to otherwise."""
    track_id = _song_of(call)
    try:
        client = decode_json(await call.request.body(), PlayerAbilities)
    except DecodeError as error:
        raise Invalid(f"Send what the player can play as JSON, by POST: {error}.") from error
    async with call.reading() as conn:
        row = await songs.get_row(conn, call.viewer, track_id)
        purchases = call.find(AudioStorage).purchases
        best = await audio_files.find_best(conn, call.viewer, row, purchases)
    return decide(client, best.playable, can_make=call.find(Transcoder).is_on)


async def stream_transcoded(call: Call) -> Answered:
    """Stream a song as `getTranscodeDecision` said."""
    track_id = _song_of(call)
    wish = read_params(call.parameters.text("transcodeParams"), call.parameters.number("offset", 0))
    return await _stream(call, track_id, wish)


async def show_hls(call: Call) -> Answered:
    """Return the HLS playlist of a song, with the variants up to the highest `bitRate`."""
    track_id = call.track_id()
    storage = call.find(AudioStorage)
    async with call.reading() as conn:
        row = await songs.get_row(conn, call.viewer, track_id)
        media = await track_files.open_media(conn, row.id, call.viewer.member, granted=False)
    playlist = (await track_files.read_hls(storage, media, MASTER)).decode()
    shown = show_playlist(
        playlist,
        [rate.partition("@")[0] for rate in call.parameters.values.get("bitRate", ())],
        base=f"{call.viewer.urls.base}/tracks/{row.id}/hls",
        query=call.viewer.urls.signed_query(Resource.TRACK, row.id),
    )
    headers = {"cache-control": "no-store"}
    return Response(shown.encode(), headers=headers, media_type=HLS_TYPE)


async def download(call: Call) -> Answered:
    """Send the file of `stream`, with a name; of an album, all files as a ZIP."""
    item = read_id(call.parameters.text("id"), ItemKind.TRACK, ItemKind.SINGLE, ItemKind.ALBUM)
    if item.kind is ItemKind.ALBUM:
        return await _send_album(call, item.id)
    async with call.reading() as conn:
        row = await songs.get_row(conn, call.viewer, call.track_id())
        found = await _find_audio(call, conn, row, AudioWish(RAW))
    name = file_name_of(row, found.file.suffix.removeprefix("."))
    return await _send(call, found.file, disposition=attachment(name))


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
    if item.kind is ItemKind.PLAYLIST:
        return await _send_playlist_cover(call, PlaylistId(item.id), wanted)
    async with call.reading() as conn:
        file = await pictures.find_cover(conn, call.viewer, item)
    stored = StoredFile(call.find(AudioStorage).storage, file.key, CoverNotFound)
    return await serve_picture(call.request, _describe(file), stored, wanted)


async def _send_playlist_cover(call: Call, playlist_id: PlaylistId, wanted: int | None) -> Answered:
    expensive = None
    async with call.reading() as conn:
        if await playlists.has_costly_cover(conn, call.viewer, playlist_id):
            expensive = SEARCH
    async with call.reading(expensive) as conn:
        cover = await playlists.find_cover(conn, call.viewer, playlist_id)
    facts = FileMetadata(
        size=0,
        content_type="image/jpeg",
        etag=cover.etag,
        modified=cover.playlist.updated_at,
        cache_control=PRIVATE_FILE,
    )
    return await serve_mosaic(
        call.request, facts, cover.pictures, wanted, missing=PlaylistCoverNotFound
    )


async def get_avatar(call: Call) -> Answered:
    """Send the picture of a member."""
    username = call.parameters.text("username")
    async with call.reading() as conn:
        file = await pictures.find_avatar(conn, call.viewer, username)
    stored = StoredFile(call.find(AudioStorage).storage, file.key, AvatarNotFound)
    return await serve_object(call.request, _describe(file), stored)


def _song_of(call: Call) -> UUID:
    """Return the id of the song that a call names. Raises ItemNotFound for other media."""
    if call.parameters.text("mediaType") != "song":
        raise ItemNotFound
    return call.track_id("mediaId")


async def _find_audio(call: Call, conn: Conn, row: SongRow, wish: AudioWish) -> FoundAudio:
    stored = call.find(AudioStorage)
    best = await audio_files.find_best(conn, call.viewer, row, stored.purchases)
    storage = stored.storage if call.find(Transcoder).is_on else None
    return await audio_files.find_audio(conn, call.viewer, best, wish, storage)


async def _stream(call: Call, track_id: UUID, wish: AudioWish) -> Answered:
    async with call.reading() as conn:
        row = await songs.get_row(conn, call.viewer, track_id)
        found = await _find_audio(call, conn, row, wish)
    if found.order is None:
        return await _send(call, found.file)
    target = found.order.output.target
    metadata = structs.replace(
        _describe(found.file),
        content_type=CONTENT_TYPES[kind_of(target)],
        etag=found.order.name,
    )
    wanted = GrowingFile(
        found.order,
        str(call.viewer.id),
        grows=grows(target),
        is_length_wanted=call.parameters.flag("estimateContentLength") is True,
    )
    return await serve_growing(call.request, call.find(Transcoder), wanted, metadata)


async def _send(call: Call, file: AudioFile, *, disposition: str | None = None) -> Answered:
    stored = StoredFile(call.find(AudioStorage).storage, file.key, TrackNotFound)
    return await serve_object(call.request, _describe(file, disposition), stored)


def _describe(file: AudioFile, disposition: str | None = None) -> FileMetadata:
    return FileMetadata(
        size=file.size,
        content_type=file.content_type,
        etag=file.etag,
        modified=file.modified,
        cache_control=PRIVATE_FILE,
        disposition=disposition,
    )


ENDPOINTS = {
    "stream": Endpoint(stream, importance=Importance.VITAL),
    "getTranscodeDecision": Endpoint(decide_transcoding, "transcodeDecision"),
    "getTranscodeStream": Endpoint(
        stream_transcoded, importance=Importance.VITAL, has_statuses=True
    ),
    "hls.m3u8": Endpoint(show_hls, importance=Importance.VITAL),
    "download": Endpoint(download, importance=Importance.VITAL),
    "getCoverArt": Endpoint(get_cover),
    "getAvatar": Endpoint(get_avatar),
}
