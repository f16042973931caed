"""HTTP for files: a form or a body that streams in, a file that streams out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.errors import Fault, Invalid
from veza.core.filenames import attachment
from veza.core.ids import FileId
from veza.core.normalize import find_words
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.blobs.errors import UploadExpired
from veza.domains.cloud.blobs.models import Content
from veza.domains.cloud.files import errors, rules, service
from veza.domains.cloud.files.models import (
    MAX_FOLDER_LENGTH,
    CloudFile,
    FileChange,
    FileForm,
    FilePage,
    FilePlace,
    FileQuery,
    FileSort,
    FileVersion,
    FolderPage,
    OpenedFile,
    Quota,
    VersionPage,
)
from veza.domains.platform.quotas import service as quotas
from veza.domains.platform.quotas.errors import QuotaExceeded, TooManyUploads
from veza.domains.platform.quotas.models import Expected, Kind
from veza.domains.platform.quotas.service import Reservation
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.envelope import BareEnvelope
from veza.http.expensive import SEARCH
from veza.http.json_body import BrokenBody, announced_bytes, read_file
from veza.http.multipart import BrokenForm, read_parts
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.ranges import FileMetadata, serve_file
from veza.http.services import service_of
from veza.infra.storage.objects import ObjectMissing

_BYTES = "application/octet-stream"
_FORM_BYTES = 64 * 1024
_REFUSED = (UploadExpired, errors.FileTooLarge, QuotaExceeded, TooManyUploads)

_Folder = Annotated[
    str | None,
    QueryParameter(
        max_length=MAX_FOLDER_LENGTH,
        description="What lies in this folder alone; empty: at the top.",
    ),
]
_Search = Annotated[
    str | None, QueryParameter(max_length=200, description="Parts of the name, all of them.")
]
_Trashed = Annotated[bool, QueryParameter(description="What lies in the trash, and nothing else.")]
_Sort = Annotated[
    FileSort, QueryParameter(description="`name`: from A to Z, without regard to case and accents.")
]
_Forever = Annotated[bool, QueryParameter(description="Not into the trash, but for good.")]
_Version = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**31 - 1, description="A former version; else the latest."),
]


@post(
    "/cloud/files",
    access=Access.USER,
    scope=Scope.WRITE,
    form=FileForm,
    files={"file": "Any kind of file, its name included."},
    request_max_body_size=None,
    errors=[BrokenForm, errors.FileMissing, errors.TooManyFiles, *_REFUSED],
)
async def upload_file(request: AnyRequest) -> CloudFile:
    """Upload a file into a folder. Names needn't differ: its id tells it from others.

    What has no room is 413, with the bytes that are left; where the trash can make room it does,
    the oldest first.
    """
    database, owner = database_of(request), viewer_of(request)
    cabinet = service_of(request, service.Cabinet)
    async with _reception(request, announced_bytes(request) - _FORM_BYTES) as (reception, room):
        content, place = await _receive(request, cabinet, reception, room)
        await service.make_room(database, cabinet, owner, content)
        async with database.transaction() as tx:
            return await service.add_file(tx, cabinet, owner, content=content, place=place)


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
    """List one's own files, the latest first: all, those of a folder, or those in the trash."""
    words = find_words(search or "")
    if search is not None and search.strip() and not words:
        return FilePage([], None, has_more=False)
    cleaned = None if folder is None else rules.clean_folder(folder)
    wish = FileQuery(limit, cleaned, words, trashed, sort_by)
    return await service.list_files(conn, viewer_of(request), wish, cursor)


@get("/cloud/folders", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_folders(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> FolderPage:
    """List one's own folders that hold something, in the order of their names."""
    return await service.list_folders(conn, viewer_of(request), limit=limit, cursor=cursor)


@get("/cloud/quota", access=Access.USER, scope=Scope.READ)
async def show_quota(request: AnyRequest, conn: Conn) -> Quota:
    """Tell how much room one has: each content counts once, in however many versions it is."""
    return await service.get_quota(conn, service_of(request, service.Cabinet), viewer_of(request))


@get(
    "/cloud/files/{file_id:uuid}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.FileNotFound],
)
async def show_file(request: AnyRequest, file_id: FromPath[UUID], conn: Conn) -> CloudFile:
    """Get the metadata of one's own file. What lies in the trash is only in its list."""
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
    """Rename one's own file, or move it into another folder. What is left out stays as it is."""
    return await service.update_file(tx, FileId(file_id), viewer_of(request), data)


@delete(
    "/cloud/files/{file_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.FileNotFound],
)
async def delete_file(
    request: AnyRequest, file_id: FromPath[UUID], tx: Tx, forever: _Forever = False
) -> CloudFile:
    """Put one's own file into the trash, where it stays for a while; or delete it for good.

    While it lies there it counts, and makes room by itself where that is needed.
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
async def untrash_file(request: AnyRequest, file_id: FromPath[UUID], tx: Tx) -> CloudFile:
    """Take one's own file out of the trash."""
    return await service.untrash_file(tx, FileId(file_id), viewer_of(request))


@get(
    "/cloud/files/{file_id:uuid}/download",
    access=Access.USER,
    scope=Scope.READ,
    produces=_BYTES,
    partial=True,
    errors=[errors.FileNotFound, errors.VersionNotFound],
)
async def download_own_file(
    request: AnyRequest, file_id: FromPath[UUID], version: _Version = None
) -> Response[Any]:
    """Download one's own file, or a former version of it."""
    async with database_of(request).read() as conn:
        file = await service.open_file(conn, FileId(file_id), viewer_of(request), version)
    vault = service_of(request, service.Cabinet).vault
    try:
        return await serve_file(
            request, _facts(file), lambda first, last: blobs.read(vault, file.blob_id, first, last)
        )
    except ObjectMissing as error:
        # The version was deleted, and a day passed, between the look and the reading.
        raise errors.FileNotFound from error


@put(
    "/cloud/files/{file_id:uuid}/content",
    access=Access.USER,
    scope=Scope.WRITE,
    raw="The bytes of the file, and nothing around them.",
    request_max_body_size=None,
    errors=[BrokenBody, errors.FileNotFound, errors.TooManyVersions, *_REFUSED],
)
async def replace_content(request: AnyRequest, file_id: FromPath[UUID]) -> CloudFile:
    """Give one's own file another content, as its next version. Former versions stay."""
    database, owner = database_of(request), viewer_of(request)
    cabinet = service_of(request, service.Cabinet)
    file = FileId(file_id)
    async with database.read() as conn:
        await service.get_file(conn, file, owner)
    async with _reception(request, announced_bytes(request)) as (reception, room):
        chunks = room.cover(read_file(request))
        content = await service.store(cabinet, reception, chunks)
        await service.make_room(database, cabinet, owner, content)
        async with database.transaction() as tx:
            return await service.replace_content(tx, cabinet, owner, file_id=file, content=content)


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
    """List version history for a file, the latest first."""
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
    """Create a version snapshot of the current file. It takes no room, and is never thinned out."""
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
    """Delete a former version of one's own file, for the room that it takes."""
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
    """Restore file to a previous version: its content becomes the next one, none is lost."""
    return await service.restore_version(tx, FileId(file_id), viewer_of(request), version)


@asynccontextmanager
async def _reception(
    request: AnyRequest, least: int
) -> AsyncGenerator[tuple[service.Reception, Reservation]]:
    """Have an upload of at least so many bytes begin; whatever goes wrong, nothing of it stays."""
    database, owner = database_of(request), viewer_of(request)
    reception = await service.begin_upload(
        database,
        service_of(request, service.Cabinet),
        owner,
        announced_bytes=least,
        body_bytes=announced_bytes(request),
    )
    try:
        async with quotas.reserve(
            service_of(request, quotas.Quotas),
            owner,
            Kind.FILES,
            expected=Expected(announced_bytes(request), least),
            held=reception.held,
        ) as room:
            yield reception, room
    except BaseException:
        # And be it that the client went away.
        await asyncio.shield(service.abandon_upload(database, reception))
        raise


async def _receive(
    request: AnyRequest,
    cabinet: service.Cabinet,
    reception: service.Reception,
    room: Reservation,
) -> tuple[Content, FilePlace]:
    """Store the file of a form as it comes, and read its folder."""
    content, name, folder = None, "", ""
    async for part in read_parts(request, cabinet.vault.max_bytes + _FORM_BYTES):
        if part.name == "folder" and part.filename is None:
            folder = rules.clean_folder(await part.text())
        elif part.name == "file" and part.filename is not None:
            if content is not None:
                raise Invalid(details=[Fault("file", "Send one file at a time.")])
            name = rules.name_of_upload(part.filename)
            content = await service.store(cabinet, reception, room.cover(part.chunks))
    if content is None:
        raise errors.FileMissing
    return content, FilePlace(folder, name)


def _facts(file: OpenedFile) -> FileMetadata:
    return FileMetadata(
        size=file.size_bytes,
        # To be saved, whatever it is: no browser runs here what a member made.
        content_type=_BYTES,
        etag=file.sha256,
        modified=file.stored_at,
        cache_control="private, no-cache",
        disposition=attachment(file.name),
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
        untrash_file,
        download_own_file,
        replace_content,
        list_versions,
        take_snapshot,
        delete_version,
        restore_version,
    ],
    tags=["cloud"],
)
