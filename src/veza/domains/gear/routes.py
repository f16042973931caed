"""Items of gear with repairs and documents, which only their owner sees."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.filenames import attachment
from veza.core.ids import GearDocumentId, GearId, RepairId
from veza.core.normalize import find_words
from veza.core.profiles import Right
from veza.core.signed_urls import Resource
from veza.domains.gear import errors, rules, service
from veza.domains.gear.models import (
    MAX_DOCUMENT_BYTES,
    DocumentForm,
    DocumentPage,
    DocumentQuery,
    DocumentRef,
    Gear,
    GearChange,
    GearDocument,
    GearForm,
    GearPage,
    GearQuery,
    Inventory,
    Repair,
    RepairChange,
    RepairForm,
    RepairPage,
    StoredDocument,
)
from veza.domains.platform.uploads.errors import TooManyUploads, UploadExpired
from veza.domains.platform.uploads.service import Uploads
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of, visitor_of
from veza.http.expensive import SEARCH
from veza.http.requests.multipart import BrokenForm, UploadForm
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.caching import PRIVATE_FILE
from veza.http.responses.envelope import Deleted
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of

_KINDS = "application/pdf image/jpeg image/png image/webp image/gif text/plain"

_Words = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="Words or parts of words of the name, brand, model, serial number or category.",
    ),
]
_Category = Annotated[
    str | None, QueryParameter(max_length=100, description="Only items of this category.")
]
_OfRepair = Annotated[UUID | None, QueryParameter(description="Only documents of this repair.")]


@post("/inventory/gear", access=Access.USER, scope=Scope.WRITE, errors=[errors.TooMuchGear])
async def add_gear(request: AnyRequest, data: JSONBody[GearForm], tx: Tx) -> Gear:
    """Create an item. Only you can see it."""
    return await service.add_gear(tx, viewer_of(request), data)


@get(
    "/inventory/gear",
    access=Access.USER,
    scope=Scope.READ,
    expensive=SEARCH.only_with("q"),
    errors=[pages.BadCursor],
)
async def list_gear(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    q: _Words = None,
    category: _Category = None,
) -> GearPage:
    """List your gear, newest first, or search it."""
    words = find_words(q or "")
    if q is not None and q.strip() and not words:
        return GearPage([], None, has_more=False)
    query = GearQuery(limit, read_cursor(cursor), words, category)
    return await service.list_gear(conn, viewer_of(request), query)


@get("/inventory/summary", access=Access.USER, scope=Scope.READ)
async def summarize_gear(request: AnyRequest, conn: Conn) -> Inventory:
    """Get totals of your gear: items, documents, warranties, and costs."""
    return await service.summarize(conn, viewer_of(request))


@get(
    "/inventory/gear/{gear_id:uuid}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.GearNotFound],
)
async def show_gear(request: AnyRequest, gear_id: FromPath[UUID], conn: Conn) -> Gear:
    """Get an item of your gear, with the total cost of its repairs."""
    return await service.get_gear(conn, GearId(gear_id), viewer_of(request))


@put(
    "/inventory/gear/{gear_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.GearNotFound],
)
async def update_gear(
    request: AnyRequest, gear_id: FromPath[UUID], data: JSONBody[GearChange], tx: Tx
) -> Gear:
    """Update an item. Omitted fields keep their values."""
    return await service.update_gear(tx, GearId(gear_id), viewer_of(request), data)


@delete(
    "/inventory/gear/{gear_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.GearNotFound],
)
async def delete_gear(request: AnyRequest, gear_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete an item with its repairs and documents."""
    await service.delete_gear(tx, GearId(gear_id), viewer_of(request))
    return Deleted(gear_id)


@post(
    "/inventory/gear/{gear_id:uuid}/repairs",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.GearNotFound, errors.TooManyRepairs],
)
async def add_repair(
    request: AnyRequest, gear_id: FromPath[UUID], data: JSONBody[RepairForm], tx: Tx
) -> Repair:
    """Create a repair record."""
    return await service.add_repair(tx, GearId(gear_id), viewer_of(request), data)


@get(
    "/inventory/gear/{gear_id:uuid}/repairs",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.GearNotFound, pages.BadCursor],
)
async def list_repairs(
    request: AnyRequest,
    gear_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> RepairPage:
    """List the repairs of an item, newest first, with their total cost."""
    return await service.list_repairs(
        conn, GearId(gear_id), viewer_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@put(
    "/inventory/gear/{gear_id:uuid}/repairs/{repair_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.GearNotFound, errors.RepairNotFound],
)
async def update_repair(
    request: AnyRequest,
    gear_id: FromPath[UUID],
    repair_id: FromPath[UUID],
    data: JSONBody[RepairChange],
    tx: Tx,
) -> Repair:
    """Update a repair record. Omitted fields keep their values."""
    return await service.update_repair(
        tx, GearId(gear_id), RepairId(repair_id), owner=viewer_of(request), change=data
    )


@delete(
    "/inventory/gear/{gear_id:uuid}/repairs/{repair_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.GearNotFound, errors.RepairNotFound],
)
async def delete_repair(
    request: AnyRequest, gear_id: FromPath[UUID], repair_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete a repair record. Its documents stay with the item."""
    await service.delete_repair(tx, GearId(gear_id), RepairId(repair_id), viewer_of(request))
    return Deleted(repair_id)


@post(
    "/inventory/gear/{gear_id:uuid}/documents",
    access=Access.USER,
    scope=Scope.WRITE,
    form=DocumentForm,
    files={"file": "A PDF, a picture (JPEG, PNG, WebP, GIF) or plain text of at most 20 MiB."},
    request_max_body_size=None,
    errors=[
        BrokenForm,
        errors.GearNotFound,
        errors.RepairNotFound,
        errors.GearDocumentMissing,
        errors.GearDocumentEmpty,
        errors.GearDocumentTooLarge,
        errors.GearDocumentsFull,
        errors.NotADocument,
        errors.TooManyGearDocuments,
        TooManyUploads,
        UploadExpired,
    ],
)
async def upload_gear_document(request: AnyRequest, gear_id: FromPath[UUID]) -> GearDocument:
    """Upload a document of an item, such as an invoice or a manual; with `repair_id`, of a repair.

    The file is stored unchanged. Its type is determined by its content, not by its name.
    """
    return await service.upload_document(
        service_of(request, Uploads),
        viewer_of(request),
        GearId(gear_id),
        form=UploadForm(request, DocumentForm, MAX_DOCUMENT_BYTES, errors.GearDocumentMissing),
        urls=urls_of(request),
    )


@get(
    "/inventory/gear/{gear_id:uuid}/documents",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.GearNotFound, errors.RepairNotFound, pages.BadCursor],
)
async def list_gear_documents(
    request: AnyRequest,
    gear_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    repair_id: _OfRepair = None,
) -> DocumentPage:
    """List the documents of an item, newest first."""
    query = DocumentQuery(limit, read_cursor(cursor), repair_id and RepairId(repair_id))
    return await service.list_documents(
        conn, GearId(gear_id), viewer_of(request), query=query, urls=urls_of(request)
    )


@get(
    "/inventory/gear/{gear_id:uuid}/documents/{document_id:uuid}/download",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces=_KINDS,
    partial=True,
    errors=[errors.GearDocumentNotFound],
)
async def download_gear_document(
    request: AnyRequest,
    gear_id: FromPath[UUID],
    document_id: FromPath[UUID],
    url_signature: Signature,
) -> Response[Any]:
    """Download a document, as its owner, or by the signed URL that the API returns."""
    ref = DocumentRef(GearId(gear_id), GearDocumentId(document_id))
    admitted = is_signed(request, url_signature, Resource.GEAR_DOCUMENT, document_id)
    async with database_of(request).read() as conn:
        document = await service.open_document(conn, ref, visitor_of(request), is_signed=admitted)
    storage = service_of(request, Uploads).storage
    key = rules.key_of(ref)
    stored = StoredFile(storage, key, errors.GearDocumentNotFound)
    return await serve_object(request, _facts(document), stored)


@delete(
    "/inventory/gear/{gear_id:uuid}/documents/{document_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.GearNotFound, errors.GearDocumentNotFound],
)
async def delete_gear_document(
    request: AnyRequest, gear_id: FromPath[UUID], document_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete a document."""
    ref = DocumentRef(GearId(gear_id), GearDocumentId(document_id))
    await service.delete_document(tx, ref, viewer_of(request))
    return Deleted(document_id)


def _facts(document: StoredDocument) -> FileMetadata:
    return FileMetadata(
        size=document.size_bytes,
        content_type=document.content_type,
        etag=document.sha256,
        modified=document.created_at,
        cache_control=PRIVATE_FILE,
        # Sent as an attachment, so that browsers never run an uploaded file.
        disposition=attachment(document.name),
    )


router = Router(
    "/",
    route_handlers=[
        add_gear,
        list_gear,
        summarize_gear,
        show_gear,
        update_gear,
        delete_gear,
        add_repair,
        list_repairs,
        update_repair,
        delete_repair,
        upload_gear_document,
        list_gear_documents,
        download_gear_document,
        delete_gear_document,
    ],
    tags=["gear"],
    opt={"right": Right.PUBLISH},
)
