"""Storage quotas, and resumable uploads in the protocol tus 1.0."""

from datetime import UTC
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from uuid import UUID

from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath
from msgspec import structs

from veza.core.access import Access, Scope
from veza.core.errors import FieldError, Invalid, NotFound
from veza.core.profiles import Right
from veza.domains.platform.uploads import errors, rules, service
from veza.domains.platform.uploads.models import (
    Checksum,
    ConcatenationRequest,
    IncomingChunk,
    ResumableRequest,
    ResumableState,
    ResumableUpload,
    StorageQuotas,
    UploadStatus,
    UploadStatuses,
)
from veza.domains.platform.uploads.resumable import completion, creation
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads, find_purpose
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.layers import tus
from veza.http.layers.head_requests import is_head
from veza.http.requests.json_body import BrokenBody, announced_bytes, read_file
from veza.http.responses.envelope import Envelope
from veza.http.services import service_of
from veza.infra.valkey.hourly_limits import HourlyLimitReached

_PATH = "/uploads"
_APPEND_ERRORS = (
    BrokenBody,
    tus.UnsupportedVersion,
    errors.ChunksTooSmall,
    errors.TooManyBytes,
    errors.UploadDamaged,
    errors.UploadTakenOver,
    errors.WrongChecksum,
    errors.WrongOffset,
    *errors.UPLOAD_ERRORS,
)


@get("/users/me/storage", access=Access.USER, scope=Scope.READ)
async def show_storage(request: AnyRequest, conn: Conn) -> StorageQuotas:
    """Get your storage quotas and usage: tracks, images, product files and gear documents.

    `GET /cloud/quota` has the quota of your cloud files.
    """
    return await service.list_quotas(conn, service_of(request, service.Uploads), viewer_of(request))


@post(
    _PATH,
    access=Access.USER,
    scope=Scope.WRITE,
    raw="The first bytes of the file, or nothing.",
    raw_types=tus.CHUNK_TYPE,
    request_max_body_size=None,
    errors=[
        # Such as a product that isn't there.
        NotFound,
        errors.BadMetadata,
        errors.FilenameMissing,
        errors.PartsUnfinished,
        errors.ResumableTooLarge,
        errors.UnknownPurpose,
        HourlyLimitReached,
        *_APPEND_ERRORS,
    ],
)
async def create_upload(
    request: AnyRequest,
    tus_resumable: tus.TusResumable = "",
    upload_length: tus.UploadLength = None,
    upload_defer_length: tus.UploadDeferLength = "",
    upload_metadata: tus.UploadMetadata = "",
    upload_concat: tus.UploadConcat = "",
    upload_checksum: tus.UploadChecksum = "",
) -> Envelope[UploadStatus]:
    """Begin a resumable upload (tus 1.0): of a track, a picture, or a file of another kind.

    `Upload-Metadata` has the `purpose` (`track`, `image`, `product_file`, `cloud_file` or
    `gear_document`), the `filename`, and the fields of the form of that kind of file. `Location` is
    the address of the upload. With `Upload-Defer-Length: 1` a later `PATCH` tells the length, and
    as much as you may store is reserved until then. With `Upload-Concat: partial` it is enough that
    the final upload, which joins the parts, says all of that.
    """
    tus.ensure_version(tus_resumable)
    resumable = service_of(request, ResumableUploads)
    owner = viewer_of(request)
    is_partial = upload_concat == tus.PARTIAL
    if not is_partial:
        await _count_activity(request, resumable, upload_metadata)
    if upload_concat and not is_partial:
        parts = tus.parse_parts(upload_concat)
        joined = ConcatenationRequest(parts, upload_concat, upload_metadata)
        create = partial(creation.concatenate, resumable, owner=owner, request=joined)
    elif (upload_length is None) != bool(upload_defer_length):
        message = "Send this header, or `Upload-Defer-Length: 1`."
        raise Invalid(details=[FieldError("Upload-Length", message)])
    else:
        begun = ResumableRequest(upload_length, upload_metadata, is_partial)
        create = partial(creation.create, resumable, owner=owner, request=begun)
    upload = await database_of(request).transact(create)
    upload = await _receive_first(request, upload, upload_checksum)
    base_url = context_of(request).base_url_of(request)
    address = f"{base_url}{request.url.path}/{upload.id}"
    headers = {"location": address, **_describe(request, upload)}
    return Envelope(creation.show(resumable, upload), headers=headers)


@get(_PATH, access=Access.USER, scope=Scope.READ)
async def list_uploads(request: AnyRequest, conn: Conn) -> UploadStatuses:
    """List your resumable uploads, the latest first: open ones, and what became of those of a day.

    An upload that you don't continue for a day is deleted.
    """
    resumable = service_of(request, ResumableUploads)
    return await creation.list_statuses(conn, resumable, viewer_of(request))


@get(
    f"{_PATH}/{{upload_id:uuid}}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.UploadNotFound, errors.UploadEnded],
)
async def show_upload(
    request: AnyRequest, upload_id: FromPath[UUID], conn: Conn
) -> Envelope[UploadStatus]:
    """Get a resumable upload: how much of it has arrived, and what it became.

    `HEAD` is the request of tus 1.0: `Upload-Offset` is where to continue.
    """
    resumable = service_of(request, ResumableUploads)
    upload = await creation.get(conn, upload_id, viewer_of(request))
    if is_head(request.scope) and upload.state is ResumableState.FAILED:
        # A client would take the length for success.
        raise errors.UploadEnded(upload.error_message)
    return Envelope(creation.show(resumable, upload), headers=_describe(request, upload))


@patch(
    f"{_PATH}/{{upload_id:uuid}}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=HTTPStatus.NO_CONTENT,
    raw="The next bytes of the file.",
    raw_types=tus.CHUNK_TYPE,
    request_max_body_size=None,
    audited="changes",
    errors=[
        errors.LengthFixed,
        errors.ResumableTooLarge,
        errors.UploadNotFound,
        errors.UploadEnded,
        *_APPEND_ERRORS,
    ],
)
async def append_to_upload(
    request: AnyRequest,
    upload_id: FromPath[UUID],
    upload_offset: tus.UploadOffset,
    tus_resumable: tus.TusResumable = "",
    upload_length: tus.UploadLength = None,
    upload_checksum: tus.UploadChecksum = "",
) -> Response[None]:
    """Append bytes to a resumable upload (tus 1.0). The last ones create the file.

    What arrives is kept if the connection breaks. `Upload-Result` is the path of what the upload
    became, and what the route refuses that takes such files in a form is refused here.
    """
    tus.ensure_version(tus_resumable)
    tus.ensure_chunk(request)
    resumable = service_of(request, ResumableUploads)
    owner = viewer_of(request)
    chunk = structs.replace(
        _chunk_of(request, upload_offset, upload_checksum), length_bytes=upload_length
    )
    upload = await completion.receive(resumable, owner, upload_id, chunk)
    headers = _describe(request, upload)
    return Response(None, status_code=HTTPStatus.NO_CONTENT, headers=headers)


@delete(
    f"{_PATH}/{{upload_id:uuid}}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=HTTPStatus.NO_CONTENT,
    errors=[errors.UploadNotFound],
)
async def delete_upload(request: AnyRequest, upload_id: FromPath[UUID], tx: Tx) -> Response[None]:
    """End a resumable upload, and delete what has arrived. What it became stays."""
    await creation.terminate(tx, upload_id, viewer_of(request))
    return Response(None, status_code=HTTPStatus.NO_CONTENT)


async def _count_activity(request: AnyRequest, resumable: ResumableUploads, metadata: str) -> None:
    """Count the activity of the purpose that metadata name, if it has one."""
    owner = viewer_of(request)
    purpose = find_purpose(resumable, rules.read_metadata(metadata), owner)
    if purpose.activity is not None:
        await context_of(request).hourly_limits.count(purpose.activity, owner)


async def _receive_first(
    request: AnyRequest, upload: ResumableUpload, checksum: str
) -> ResumableUpload:
    """Receive the bytes that came with the creation; complete an upload that needs none."""
    resumable = service_of(request, ResumableUploads)
    owner = viewer_of(request)
    if tus.has_body(request):
        tus.ensure_chunk(request)
        chunk = _chunk_of(request, 0, checksum)
        return await completion.receive(resumable, owner, upload.id, chunk)
    if upload.state is ResumableState.RECEIVED and not upload.is_partial:
        return await completion.complete_received(resumable, owner, upload.id) or upload
    return upload


def _chunk_of(request: AnyRequest, offset: int, checksum: str) -> IncomingChunk:
    parsed = tus.parse_checksum(checksum)
    return IncomingChunk(
        offset,
        read_file(request),
        body_bytes=announced_bytes(request),
        checksum=Checksum(*parsed) if parsed else None,
    )


def _describe(request: AnyRequest, upload: ResumableUpload) -> dict[str, str]:
    """Return the headers that describe an upload."""
    headers = {
        "cache-control": "no-store",
        "upload-expires": format_datetime(upload.expires_at.astimezone(UTC), usegmt=True),
    }
    if upload.is_deferred:
        headers["upload-defer-length"] = "1"
    else:
        headers["upload-length"] = str(upload.length_bytes)
    if upload.concat is None or upload.state is ResumableState.COMPLETED:
        headers["upload-offset"] = str(upload.offset_bytes)
    if upload.metadata:
        headers["upload-metadata"] = upload.metadata
    if upload.is_partial or upload.concat is not None:
        headers["upload-concat"] = upload.concat or tus.PARTIAL
    result = creation.find_result(service_of(request, ResumableUploads), upload)
    if result is not None:
        headers["upload-result"] = result.path
    return headers


router = Router("/", route_handlers=[show_storage], tags=["users"], opt={"right": Right.READ})
resumable_router = Router(
    "/",
    route_handlers=[create_upload, list_uploads, show_upload, append_to_upload, delete_upload],
    tags=["uploads"],
    opt={"right": Right.READ},
)
