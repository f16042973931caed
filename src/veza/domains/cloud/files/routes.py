"""Cloud files, their folders, trash, versions and snapshots, all of their owner only."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.filenames import attachment, inline
from veza.core.ids import FileId
from veza.core.normalize import find_words
from veza.core.profiles import Right
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files import errors, file_uploads, rules, service
from veza.domains.cloud.files.models import (
    MAX_FOLDER_LENGTH,
    CloudFile,
    CloudFileForm,
    CloudQuota,
    FileChange,
    FilePage,
    FileQuery,
    FileSort,
    FileVersion,
    FolderPage,
    RawBody,
    ServedVersion,
    VersionPage,
)
from veza.domains.platform.uploads.errors import QuotaExceeded, TooManyUploads, UploadExpired
from veza.domains.platform.uploads.service import Uploads
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.expensive import SEARCH
from veza.http.requests.json_body import BrokenBody, announced_bytes, read_file
from veza.http.requests.multipart import BrokenForm, UploadForm
from veza.http.requests.query_parameters import CursorText, PageLimit
from veza.http.responses.envelope import BareEnvelope
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.services import service_of

_BYTES = "application/octet-stream"
_PDF = "application/pdf"
_UPLOAD_ERRORS = (UploadExpired, errors.CloudFileTooLarge, QuotaExceeded, TooManyUploads)

_Folder = Annotated[
    str | None,
    QueryParameter(
        max_length=MAX_FOLDER_LENGTH,
        description="Only files in this folder; empty for the top level.",
    ),
]
_Search = Annotated[
    str | None,
    QueryParameter(max_length=200, description="Words or parts of words of the name."),
]
_Trashed = Annotated[bool, QueryParameter(description="List the trash instead.")]
_Sort = Annotated[
    FileSort, QueryParameter(description="`name`: from A to Z, ignoring case and accents.")
]
_Permanently = Annotated[bool, QueryParameter(description="Delete permanently.")]
_Shown = Annotated[
    bool, QueryParameter(description="Let browsers show a PDF; other files are saved all the same.")
]
_Version = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**31 - 1, description="A version; by default the latest."),
]


@post(
    "/cloud/files",
    access=Access.USER,
    scope=Scope.WRITE,
    form=CloudFileForm,
    files={"file": "A file of any type, with its name."},
    request_max_body_size=None,
    errors=[BrokenForm, errors.CloudFileMissing, errors.TooManyFiles, *_UPLOAD_ERRORS],
)
async def upload_file(request: AnyRequest) -> CloudFile:
    """Upload a file into a folder. Names needn't be unique.

    If space is needed, the oldest files in the trash are deleted. A file that still exceeds your
    quota is refused with 413, and the number of bytes that are left.
    """
    cloud = service_of(request, service.CloudStorage)
    form = UploadForm(
        request,
        CloudFileForm,
        cloud.blobs.max_bytes,
        missing=errors.CloudFileMissing,
        read_fields=_read_fields,
    )
    return await file_uploads.upload_file(
        service_of(request, Uploads), cloud, viewer_of(request), form
    )


@get(
    "/cloud/files",
    access=Access.USER,
    scope=Scope.READ,
    expensive=SEARCH.only_with("search"),
    errors=[pages.BadCursor],
)
async def list_files(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    folder: _Folder = None,
    search: _Search = None,
    trashed: _Trashed = False,
    sort_by: _Sort = FileSort.CREATED_AT,
) -> FilePage:
    """List your files, newest first: all, those of a folder, or those in the trash."""
    words = find_words(search or "")
    if search is not None and search.strip() and not words:
        return FilePage([], None, has_more=False)
    cleaned = None if folder is None else rules.clean_folder(folder)
    query = FileQuery(limit, cleaned, words, trashed, sort_by)
    return await service.list_files(conn, viewer_of(request), query, cursor)


@get("/cloud/folders", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_folders(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> FolderPage:
    """List your folders that aren't empty, sorted by name."""
    return await service.list_folders(conn, viewer_of(request), limit=limit, cursor=cursor)


@get("/cloud/quota", access=Access.USER, scope=Scope.READ)
async def show_quota(request: AnyRequest, conn: Conn) -> CloudQuota:
    """Get your storage quota. Each content counts once, however many versions have it."""
    return await service.get_quota(
        conn, service_of(request, service.CloudStorage), viewer_of(request)
    )


@get(
    "/cloud/files/{file_id:uuid}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.FileNotFound],
)
async def show_file(request: AnyRequest, file_id: FromPath[UUID], conn: Conn) -> CloudFile:
    """Get the metadata of a file of yours that isn't in the trash."""
    return await service.get_file(conn, FileId(file_id), viewer_of(request))


@put(
    "/cloud/files/{file_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.FileNotFound],
)
async def update_file(
    request: AnyRequest, file_id: FromPath[UUID], data: JSONBody[FileChange], tx: Tx
) -> CloudFile:
    """Rename or move a file of yours. Omitted fields keep their values."""
    return await service.update_file(tx, FileId(file_id), viewer_of(request), data)


@delete(
    "/cloud/files/{file_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.FileNotFound],
)
async def delete_file(
    request: AnyRequest, file_id: FromPath[UUID], tx: Tx, forever: _Permanently = False
) -> CloudFile:
    """Move a file of yours to the trash, where it is kept for some days, or delete it permanently.

    Files in the trash are deleted earlier if their space is needed for an upload.
    """
    if forever:
        return await service.delete_file(tx, FileId(file_id), viewer_of(request))
    return await service.trash_file(tx, FileId(file_id), viewer_of(request))


@post(
    "/cloud/files/{file_id:uuid}/restore",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.FileNotFound, errors.FileNotTrashed],
)
async def restore_file(request: AnyRequest, file_id: FromPath[UUID], tx: Tx) -> CloudFile:
    """Restore a file of yours from the trash."""
    return await service.restore_file(tx, FileId(file_id), viewer_of(request))


@get(
    "/cloud/files/{file_id:uuid}/download",
    access=Access.USER,
    scope=Scope.READ,
    produces=f"{_BYTES} {_PDF}",
    partial=True,
    errors=[errors.FileNotFound, errors.VersionNotFound],
)
async def download_own_file(
    request: AnyRequest, file_id: FromPath[UUID], version: _Version = None, show: _Shown = False
) -> Response[Any]:
    """Download a file of yours, or a former version of it."""
    async with database_of(request).read() as conn:
        file = await service.open_file(conn, FileId(file_id), viewer_of(request), version)
    storage = service_of(request, service.CloudStorage).blobs.storage
    stored = StoredFile(storage, blobs.object_key(file.blob_id), errors.FileNotFound)
    return await serve_object(request, _facts(file, is_shown=show), stored)


@put(
    "/cloud/files/{file_id:uuid}/content",
    access=Access.USER,
    scope=Scope.WRITE,
    raw="The bytes of the file, not a form.",
    request_max_body_size=None,
    errors=[BrokenBody, errors.FileNotFound, errors.TooManyVersions, *_UPLOAD_ERRORS],
)
async def replace_content(request: AnyRequest, file_id: FromPath[UUID]) -> CloudFile:
    """Replace the content of a file of yours, as its next version. Former versions are kept."""
    return await file_uploads.replace_content(
        service_of(request, Uploads),
        service_of(request, service.CloudStorage),
        viewer_of(request),
        FileId(file_id),
        body=RawBody(read_file(request), announced_bytes(request)),
    )


@get(
    "/cloud/files/{file_id:uuid}/versions",
    access=Access.USER,
    scope=Scope.READ,
    response_class=BareEnvelope,
    errors=[errors.FileNotFound, pages.BadCursor],
)
async def list_versions(
    request: AnyRequest,
    file_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> VersionPage:
    """List the versions of a file, newest first."""
    return await service.list_versions(
        conn, FileId(file_id), viewer_of(request), limit=limit, cursor=cursor
    )


@post(
    "/cloud/files/{file_id:uuid}/versions",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.FileNotFound, errors.TooManyVersions, errors.TooManySnapshots],
)
async def take_snapshot(request: AnyRequest, file_id: FromPath[UUID], tx: Tx) -> FileVersion:
    """Create a snapshot of a file: a version that needs no space, and is never thinned out."""
    return await service.take_snapshot(tx, FileId(file_id), viewer_of(request))


@delete(
    "/cloud/files/{file_id:uuid}/versions/{version:int}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.FileNotFound, errors.VersionNotFound, errors.VersionInUse],
)
async def delete_version(
    request: AnyRequest, file_id: FromPath[UUID], version: FromPath[int], tx: Tx
) -> FileVersion:
    """Delete a former version of a file of yours, to free its space."""
    return await service.delete_version(tx, FileId(file_id), viewer_of(request), version)


@post(
    "/cloud/files/{file_id:uuid}/restore/{version:int}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.FileNotFound, errors.VersionNotFound, errors.TooManyVersions],
)
async def restore_version(
    request: AnyRequest, file_id: FromPath[UUID], version: FromPath[int], tx: Tx
) -> CloudFile:
    """Restore a former version: its content becomes the next version, and none is lost."""
    return await service.restore_version(tx, FileId(file_id), viewer_of(request), version)


def _read_fields(fields: dict[str, str]) -> CloudFileForm:
    return CloudFileForm(rules.clean_folder(fields.get("folder", "")))


def _facts(file: ServedVersion, *, is_shown: bool) -> FileMetadata:
    # Sent as an attachment, so that browsers never run an uploaded file. A PDF can't either: in a
    # sandbox, it is shown by the viewer of the browser or not at all.
    is_pdf = is_shown and file.content_type == _PDF
    return FileMetadata(
        size=file.size_bytes,
        content_type=_PDF if is_pdf else _BYTES,
        etag=file.sha256,
        modified=file.stored_at,
        cache_control="private, no-cache",
        disposition=inline(file.name) if is_pdf else attachment(file.name),
    )


router = Router(
    "/",
    route_handlers=[
        upload_file,
        list_files,
        list_folders,
        show_quota,
        show_file,
        update_file,
        delete_file,
        restore_file,
        download_own_file,
        replace_content,
        list_versions,
        take_snapshot,
        delete_version,
        restore_version,
    ],
    tags=["cloud"],
    opt={"right": Right.PUBLISH},
)
