"""Owners record streams, hear, cut and publish recordings."""

from uuid import UUID

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import StreamId, StreamRecordingId
from veza.core.profiles import Right
from veza.core.signed_urls import Resource
from veza.domains.live.errors import NotYourStream, StreamNotFound
from veza.domains.music.audio.errors import AudioFileTooLarge, EmptyFile, TooManyInProcessing
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
    UploadExpired,
)
from veza.domains.platform.uploads.service import Uploads
from veza.domains.replays import errors
from veza.domains.replays.models import (
    MarkForm,
    RecordingChange,
    RecordingPage,
    RecordingQuery,
    RecordingSettings,
    StreamMark,
    StreamRecording,
)
from veza.domains.replays.service import playback, publishing, recordings
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    database_of,
    viewer_of,
)
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted, Done
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_PLAYLIST = "application/vnd.apple.mpegurl"
_SOUND = "audio/aac"
_STREAM_RECORDING = "/live/streams/{stream_id:uuid}/recording"
_RECORDING = "/live/recordings/{recording_id:uuid}"
# Staff takes the stream down, and with it all that is written beside its replay.
_REPORTED = "stream"


@post(
    _STREAM_RECORDING,
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[
        StreamNotFound,
        NotYourStream,
        errors.RecordingsOff,
        errors.StreamOver,
        errors.RecordingStopping,
        errors.TooManyRecordings,
    ],
)
async def record_stream(request: AnyRequest, stream_id: FromPath[UUID], tx: Tx) -> StreamRecording:
    """Record the sound of a stream of yours: from now on, or when it begins.

    The recording counts against your storage for tracks. When the hours that are kept of you are
    used, the oldest recording goes that is no track.
    """
    settings = service_of(request, RecordingSettings)
    owner = viewer_of(request)
    return await recordings.start(tx, settings, owner, StreamId(stream_id), urls_of(request))


@delete(
    _STREAM_RECORDING,
    needs_space=False,
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[StreamNotFound, NotYourStream, errors.NotRecorded],
)
async def stop_recording(request: AnyRequest, stream_id: FromPath[UUID], tx: Tx) -> Done:
    """Stop recording a stream of yours, which goes on. What was recorded is kept."""
    settings = service_of(request, RecordingSettings)
    await recordings.stop(tx, settings, viewer_of(request), StreamId(stream_id))
    return Done("Stopped.")


@post(
    "/live/streams/{stream_id:uuid}/marks",
    access=Access.USER,
    scope=None,
    errors=[
        StreamNotFound,
        NotYourStream,
        errors.NotRecorded,
        errors.TooManyMarks,
        TextRefused,
    ],
)
async def mark_stream(
    request: AnyRequest, stream_id: FromPath[UUID], data: JSONBody[MarkForm], tx: Tx
) -> StreamMark:
    """Mark this moment of a stream that is recorded, as a chapter of its replay.

    Only its owner does, and the admins of its chat.
    """
    marker = viewer_of(request)
    screening = service_of(request, TextFilters).screen(marker, data, "title")
    owner_id = await recordings.find_owner(tx, marker, StreamId(stream_id))
    screening.ensure_of(owner_id, "title")
    made = await recordings.mark(tx, owner_id, StreamId(stream_id), data)
    await screening.report(tx, _REPORTED, stream_id)
    return made


@get(
    "/live/recordings",
    access=Access.USER,
    right=Right.READ,
    scope=None,
    errors=[pages.BadCursor],
)
async def list_recordings(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> RecordingPage:
    """List the recordings of your streams, newest first, and how much of your time is used."""
    return await recordings.list_recordings(
        conn,
        service_of(request, RecordingSettings),
        viewer_of(request),
        RecordingQuery(limit, read_cursor(cursor)),
        urls_of(request),
    )


@get(
    _RECORDING,
    access=Access.USER,
    right=Right.READ,
    scope=None,
    errors=[errors.RecordingNotFound],
)
async def show_recording(
    request: AnyRequest, recording_id: FromPath[UUID], conn: Conn
) -> StreamRecording:
    """Get a recording of a stream of yours."""
    return await recordings.get_recording(
        conn, StreamRecordingId(recording_id), viewer_of(request), urls_of(request)
    )


@put(
    _RECORDING,
    access=Access.USER,
    scope=None,
    errors=[errors.RecordingNotFound, errors.RecordingNotReady, TextRefused],
)
async def update_recording(
    request: AnyRequest, recording_id: FromPath[UUID], data: JSONBody[RecordingChange], tx: Tx
) -> StreamRecording:
    """Change the title of a recording, where it is cut, its chapters, and if its chat is shown.

    Omitted fields keep their values.
    """
    owner = viewer_of(request)
    screening = service_of(request, TextFilters).screen(owner, data, "title", "chapters")
    changed = await recordings.update_recording(
        tx, StreamRecordingId(recording_id), owner, data, urls_of(request)
    )
    if changed.stream_id is not None:
        await screening.report(tx, _REPORTED, changed.stream_id)
    return changed


@delete(
    _RECORDING,
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.RecordingNotFound, errors.RecordingNotReady],
)
async def delete_recording(request: AnyRequest, recording_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a recording. A track that it became stays, without its chapters and chat."""
    await recordings.delete_recording(tx, StreamRecordingId(recording_id), viewer_of(request))
    return Deleted(recording_id)


@post(
    f"{_RECORDING}/publish",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[
        errors.RecordingNotFound,
        errors.RecordingNotReady,
        errors.AlreadyPublished,
        errors.RecordingTooLong,
        EmptyFile,
        AudioFileTooLarge,
        TooManyInProcessing,
        QuotaExceeded,
        QuotaOfObjectsExceeded,
        TooManyUploads,
        UploadExpired,
        TextRefused,
    ],
)
async def publish_recording(request: AnyRequest, recording_id: FromPath[UUID]) -> StreamRecording:
    """Make a recording, as it is cut, into a private track of yours, the draft of a replay.

    The track is processed like every upload; publish it by changing its visibility. Then its
    chapters are shown beside it, and what was written during the stream to who may watch that.
    """
    return await publishing.publish(
        service_of(request, Uploads),
        service_of(request, AudioStorage),
        viewer_of(request),
        StreamRecordingId(recording_id),
        urls_of(request),
    )


@get(
    f"{_RECORDING}/hls/{{file_name:str}}",
    scope=Scope.READ,
    importance=Importance.VITAL,
    produces=f"{_PLAYLIST} {_SOUND}",
    errors=[errors.RecordingNotFound],
)
async def show_recording_media(
    request: AnyRequest,
    recording_id: FromPath[UUID],
    file_name: FromPath[str],
    url_signature: Signature,
) -> Response[bytes]:
    """Get the HLS playlist `index.m3u8` of a recording, or a part of it.

    The address in `playback_url`, which is for the owner alone, has the signature that is needed.
    """
    if not is_signed(request, url_signature, Resource.STREAM_RECORDING, recording_id):
        raise errors.RecordingNotFound
    assert url_signature is not None
    query = f"?expires={url_signature.expires}&signature={url_signature.signature}"
    found = await playback.read_media(
        database_of(request),
        service_of(request, Uploads),
        StreamRecordingId(recording_id),
        file_name,
        query,
    )
    return Response(
        found.content,
        headers={"cache-control": "private, no-store"},
        media_type=_PLAYLIST if found.is_playlist else _SOUND,
    )


router = Router(
    "/",
    route_handlers=[
        record_stream,
        stop_recording,
        mark_stream,
        list_recordings,
        show_recording,
        update_recording,
        delete_recording,
        publish_recording,
        show_recording_media,
    ],
    tags=["live"],
    opt={"right": Right.PUBLISH},
)
