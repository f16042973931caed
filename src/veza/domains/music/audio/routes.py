"""Tracks are uploaded, played by file, HLS and preview, and downloaded here."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import structs

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.errors import FieldError, Invalid
from veza.core.filenames import attachment
from veza.core.ids import TrackId
from veza.core.profiles import Right
from veza.core.signed_urls import Resource, UrlSignature
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.music.audio import covers, errors, public_files, rules
from veza.domains.music.audio.models import (
    CoverChoice,
    StoredMedia,
    TypeCheck,
    UploadedFile,
    UploadLimits,
    Waveform,
)
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.audio.service import uploads as track_uploads
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.credits.errors import TooManyPendingCredits
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound, TrackNotReady
from veza.domains.music.tracks.models.forms import TrackUpload
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.uploads.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
    UploadExpired,
)
from veza.domains.platform.uploads.service import Uploads
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of, visitor_of
from veza.http.requests.multipart import BrokenForm, UploadForm
from veza.http.responses.envelope import Envelope
from veza.http.responses.pictures import PictureSize, SizeFormat, serve_picture
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance
from veza.infra.media.images import PictureFormat
from veza.infra.media.sniff_audio import EXTENSIONS, AudioKind

_PLAYLIST = "application/vnd.apple.mpegurl"
_AUDIO_TYPES = "audio/mp4 audio/mpeg audio/flac audio/wav audio/aiff audio/ogg audio/aac"
_FORM_BYTES = 16 * 1024 * 1024


@post(
    "/tracks",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    form=TrackUpload,
    files={
        "file": "The audio: MP3, FLAC, WAV, AIFF, Ogg Vorbis, Opus, M4A or AAC.",
        "cover": "A picture: JPEG, PNG, WebP or GIF of at most 10 MiB.",
    },
    request_max_body_size=None,
    errors=[
        BrokenForm,
        errors.AudioFileMissing,
        errors.EmptyFile,
        errors.AudioFileTooLarge,
        errors.NotAudio,
        errors.NotImage,
        errors.TooManyInProcessing,
        QuotaExceeded,
        QuotaOfObjectsExceeded,
        TooManyUploads,
        UploadExpired,
        TextRefused,
        TooManyPendingCredits,
    ],
)
async def upload_track(request: AnyRequest) -> Track:
    """Upload a track.

    The answer has the status `processing`; the track can be played once it is `ready`. A file that
    exceeds your quota is refused with 413, and the number of bytes that are left.

    Of title, genre, ISRC, year, BPM, key and explicit flag, and of lyrics and cover, those that you
    do not send are taken from the tags of the file. Until they are read, or without one, the title
    is the name of the file.
    """
    audio = service_of(request, AudioStorage)
    form = UploadForm(
        request,
        TrackUpload,
        audio.max_upload_bytes,
        missing=errors.AudioFileMissing,
        read_fields=partial(track_uploads.read_accepted_form, audio),
        form_bytes=_FORM_BYTES,
    )
    return await track_uploads.upload_track(
        service_of(request, Uploads), audio, viewer_of(request), form=form, urls=urls_of(request)
    )


@get(
    "/tracks/{track_id:uuid}/file",
    access=Access.USER,
    scope=Scope.READ,
    errors=[TrackNotFound, NotYourTrack],
)
async def show_uploaded_file(
    request: AnyRequest, track_id: FromPath[UUID], conn: Conn
) -> UploadedFile:
    """Get the name of the file of a track of yours, and what its tags say."""
    return await track_files.get_uploaded_file(conn, TrackId(track_id), viewer_of(request))


@get("/upload/limits", scope=Scope.READ, sync_to_thread=False)
def show_upload_limits(request: AnyRequest) -> UploadLimits:
    """Get the limits of uploads: file sizes and formats, and lengths of texts."""
    return track_uploads.list_limits(service_of(request, AudioStorage))


@get("/upload/validate-type", scope=Scope.READ, sync_to_thread=False)
def validate_type(
    filename: Annotated[
        str, QueryParameter(max_length=1000, description="The file's name, such as `tape.flac`.")
    ] = "",
    mime_type: Annotated[
        str, QueryParameter(max_length=200, description="Its type, such as `audio/flac`.")
    ] = "",
) -> TypeCheck:
    """Check whether a file of this name and type may be uploaded as a track.

    Send one or both. This is a hint for file pickers: uploads are checked by content.
    """
    if not filename and not mime_type:
        raise Invalid(details=[FieldError("filename", "Send a name, a type, or both.")])
    return track_uploads.check_type(filename, mime_type)


@get(
    "/tracks/{track_id:uuid}/stream",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    public_files=public_files.find_streams,
    own_files=public_files.find_stream_of_member,
    importance=Importance.VITAL,
    produces=_AUDIO_TYPES,
    partial=True,
    errors=[TrackNotFound, TrackNotReady],
)
async def stream_track(
    request: AnyRequest, track_id: FromPath[UUID], url_signature: Signature
) -> Response[Any]:
    """Stream a track, whole or in ranges.

    The owner and buyers get the original, as does everybody if the track is downloadable; others
    get AAC at 256 kbit/s. Buyers can play the track even after it was hidden or deleted.
    """
    visitor = visitor_of(request)
    granted = _is_granted(request, url_signature, track_id)
    purchases = service_of(request, AudioStorage).purchases
    async with database_of(request).read() as conn:
        if _is_granted(request, url_signature, track_id, Resource.REVIEW):
            file = await public_files.find_reviewed_sound(conn, TrackId(track_id))
        else:
            sound = await track_files.open_best_audio(
                conn, TrackId(track_id), visitor, granted=granted, purchases=purchases
            )
            file = public_files.describe_sound(sound, visitor)
    return await _serve(request, file.key, file.metadata)


@get(
    "/tracks/{track_id:uuid}/preview",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    public_files=public_files.find_previews,
    importance=Importance.VITAL,
    produces="audio/mpeg",
    partial=True,
    errors=[TrackNotFound, TrackNotReady],
)
async def preview_track(
    request: AnyRequest, track_id: FromPath[UUID], url_signature: Signature
) -> Response[Any]:
    """Stream a preview of 30 seconds, as MP3."""
    visitor = visitor_of(request)
    granted = _is_granted(request, url_signature, track_id)
    async with database_of(request).read() as conn:
        media = await track_files.open_media(conn, TrackId(track_id), visitor, granted=granted)
    return await _serve_rendition(request, media, rules.PREVIEW)


@get(
    "/tracks/{track_id:uuid}/cover",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    public_files=public_files.find_covers,
    produces="image/jpeg image/avif",
    partial=True,
    errors=[TrackNotFound, errors.CoverNotFound],
)
async def show_cover(
    request: AnyRequest,
    track_id: FromPath[UUID],
    url_signature: Signature,
    size: PictureSize = None,
    form: SizeFormat = PictureFormat.JPEG,
) -> Response[Any]:
    """Get the cover of a track, a JPEG of at most 1600 by 1600 pixels, or a reduced copy."""
    visitor = visitor_of(request)
    granted = _is_granted(request, url_signature, track_id)
    async with database_of(request).read() as conn:
        if _is_granted(request, url_signature, track_id, Resource.REVIEW):
            file = await public_files.find_reviewed_cover(conn, TrackId(track_id))
        else:
            media = await covers.open_cover(conn, TrackId(track_id), visitor, granted=granted)
            file = public_files.find_cover(media, visitor)
    return await serve_picture(request, file.metadata, _stored(request, file.key), size, form)


@put(
    "/tracks/{track_id:uuid}/cover",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[TrackNotFound, NotYourTrack, ImageNotFound, ImageInUse],
)
async def choose_cover(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[CoverChoice], tx: Tx
) -> Track:
    """Make an image the cover of a track of yours. The former cover is deleted.

    Listeners may see the former one for up to an hour.
    """
    return await covers.choose_cover(
        tx, TrackId(track_id), viewer_of(request), image_id=data.image_id, urls=urls_of(request)
    )


@delete(
    "/tracks/{track_id:uuid}/cover",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound, NotYourTrack],
)
async def remove_cover(request: AnyRequest, track_id: FromPath[UUID], tx: Tx) -> Track:
    """Delete the cover of a track of yours. Without a cover, nothing changes."""
    return await covers.remove_cover(tx, TrackId(track_id), viewer_of(request), urls_of(request))


@get(
    "/tracks/{track_id:uuid}/download",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces=_AUDIO_TYPES,
    partial=True,
    errors=[TrackNotFound, TrackNotReady, errors.NotDownloadable],
)
async def download_track(
    request: AnyRequest, track_id: FromPath[UUID], conn: Conn
) -> Response[Any]:
    """Download the original file, as owner or buyer, or if the track is downloadable."""
    visitor = visitor_of(request)
    original = await track_files.open_download(
        conn, TrackId(track_id), visitor, service_of(request, AudioStorage).purchases
    )
    name = rules.download_name(original.title, EXTENSIONS[AudioKind(original.kind)])
    facts = structs.replace(
        public_files.describe_original(original, visitor), disposition=attachment(name)
    )
    return await _serve(request, rules.original_key(original.track_id), facts)


@get(
    "/tracks/{track_id:uuid}/hls/{path:path}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.VITAL,
    produces=f"{_PLAYLIST} audio/mp4",
    errors=[TrackNotFound, TrackNotReady],
)
async def show_hls(
    request: AnyRequest, track_id: FromPath[UUID], path: FromPath[str], url_signature: Signature
) -> Response[bytes]:
    """Stream a track by HLS: `master.m3u8`, and the files that it references.

    The signature in the URL of a playlist is added to the URLs in the playlist.
    """
    name = path.removeprefix("/")
    if not rules.is_hls_path(name):
        raise TrackNotFound
    visitor = visitor_of(request)
    granted = _is_granted(request, url_signature, track_id)
    async with database_of(request).read() as conn:
        media = await track_files.open_media(conn, TrackId(track_id), visitor, granted=granted)
    content = await track_files.read_hls(service_of(request, AudioStorage), media, name)
    is_playlist = name.endswith(".m3u8")
    query = request.url.query
    if is_playlist and granted and query:
        content = rules.sign_playlist(content.decode(), query).encode()
    return Response(
        content,
        headers=public_files.headers_for(visitor, media),
        media_type=_PLAYLIST if is_playlist else "audio/mp4",
    )


@get(
    "/tracks/{track_id:uuid}/waveform",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    also_produces="image/svg+xml",
    errors=[TrackNotFound, TrackNotReady],
)
async def show_waveform(
    request: AnyRequest,
    track_id: FromPath[UUID],
    url_signature: Signature,
    format: Annotated[  # noqa: A002 - the name of the query's parameter
        Literal["json", "svg"], QueryParameter(description="Numbers, or an SVG picture.")
    ] = "json",
) -> Envelope[Waveform]:
    """Get the waveform of a track: the peak amplitude of each thousandth."""
    visitor = visitor_of(request)
    granted = _is_granted(request, url_signature, track_id)
    async with database_of(request).read() as conn:
        media = await track_files.open_waveform(conn, TrackId(track_id), visitor, granted=granted)
    headers = public_files.headers_for(visitor, media)
    assert media.peaks is not None
    assert media.duration_ms is not None
    if format == "svg":
        picture: Any = rules.draw_waveform(media.peaks)
        return Envelope(picture, headers=headers, media_type="image/svg+xml")
    return Envelope(rules.show_waveform(media.peaks, media.duration_ms), headers=headers)


async def _serve(request: AnyRequest, key: str, facts: FileMetadata) -> Response[Any]:
    return await serve_object(request, facts, _stored(request, key))


def _stored(request: AnyRequest, key: str) -> StoredFile:
    storage = service_of(request, AudioStorage).storage
    return StoredFile(storage, key, TrackNotFound)


async def _serve_rendition(
    request: AnyRequest, media: StoredMedia, rendition: rules.Rendition
) -> Response[Any]:
    facts = public_files.describe_rendition(media, rendition, visitor_of(request))
    return await _serve(request, rules.rendition_key(media.track_id, rendition), facts)


def _is_granted(
    request: AnyRequest,
    signature: UrlSignature | None,
    track_id: UUID,
    resource: Resource = Resource.TRACK,
) -> bool:
    return is_signed(request, signature, resource, track_id)


router = Router(
    "/",
    route_handlers=[
        upload_track,
        show_uploaded_file,
        stream_track,
        preview_track,
        show_cover,
        choose_cover,
        remove_cover,
        download_track,
        show_hls,
        show_waveform,
    ],
    tags=["tracks"],
    opt={"right": Right.PUBLISH},
)
upload_router = Router(
    "/",
    route_handlers=[show_upload_limits, validate_type],
    tags=["system"],
    opt={"right": Right.PUBLISH},
)
