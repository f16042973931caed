"""HTTP for gear: items and repairs by JSON, documents by a form that streams in."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.errors import Fault, Invalid
from veza.core.filenames import attachment
from veza.core.ids import GearDocumentId, GearId, RepairId
from veza.core.normalize import find_words
from veza.core.signed_urls import Resource
from veza.domains.gear import errors, rules, service
from veza.domains.gear.models import (
    MAX_DOCUMENT_BYTES,
    DeletedGear,
    DeletedGearDocument,
    DeletedRepair,
    DocumentForm,
    DocumentPage,
    DocumentPlace,
    DocumentQuery,
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
    StoredFile,
)
from veza.domains.platform.quotas.errors import TooManyUploads
from veza.domains.platform.quotas.service import Quotas, Reservation
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of, visitor_of
from veza.http.errors import read_fault
from veza.http.expensive import SEARCH
from veza.http.json_body import announced_bytes
from veza.http.multipart import BrokenForm, read_parts
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.ranges import FileMetadata, serve_file
from veza.http.services import service_of
from veza.http.signed_urls import Signature, is_signed, urls_of
from veza.infra.storage.objects import ObjectMissing

_KINDS = "application/pdf image/jpeg image/png image/webp image/gif text/plain"

_Words = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="Words, or parts of them: name, brand, model, serial number, category.",
    ),
]
_Category = Annotated[
    str | None, QueryParameter(max_length=100, description="Of this category alone.")
]
_OfRepair = Annotated[UUID | None, QueryParameter(description="Those of this repair alone.")]


@post("/inventory/gear", access=Access.USER, scope=Scope.WRITE, errors=[errors.TooMuchGear])
async def add_gear(request: AnyRequest, data: JSONBody[GearForm], tx: Tx) -> Gear:
    """Add an item to one's gear. Nobody else ever sees it."""
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
    """List one's gear, the latest first, or find some of it by words."""
    words = find_words(q or "")
    if q is not None and q.strip() and not words:
        return GearPage([], None, has_more=False)
    place = None if cursor is None else pages.decode_cursor(cursor)
    wish = GearQuery(limit, place, words, category)
    return await service.list_gear(conn, viewer_of(request), wish)


@get("/inventory/summary", access=Access.USER, scope=Scope.READ)
async def sum_up_gear(request: AnyRequest, conn: Conn) -> Inventory:
    """Sum up one's gear: how much there is, what it cost, how many warranties hold."""
    return await service.sum_up(conn, viewer_of(request))


@get(
    "/inventory/gear/{gear_id:uuid}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.GearNotFound],
)
async def show_gear(request: AnyRequest, gear_id: FromPath[UUID], conn: Conn) -> Gear:
    """Get an item of one's gear, with what its repairs cost."""
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
    """Change what is said of an item; what is left out stays as it is."""
    return await service.update_gear(tx, GearId(gear_id), viewer_of(request), data)


@delete(
    "/inventory/gear/{gear_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.GearNotFound],
)
async def delete_gear(request: AnyRequest, gear_id: FromPath[UUID], tx: Tx) -> DeletedGear:
    """Delete an item with its repairs and documents."""
    await service.delete_gear(tx, GearId(gear_id), viewer_of(request))
    return DeletedGear(GearId(gear_id))


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
    """List the repair history of an item, the last first, and what all of it cost."""
    place = None if cursor is None else pages.decode_cursor(cursor)
    return await service.list_repairs(
        conn, GearId(gear_id), viewer_of(request), limit=limit, cursor=place
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
    """Change what is said of a repair; what is left out stays as it is."""
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
) -> DeletedRepair:
    """Delete a repair record. Its documents stay with the item."""
    await service.delete_repair(tx, GearId(gear_id), RepairId(repair_id), viewer_of(request))
    return DeletedRepair(RepairId(repair_id))


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
    ],
)
async def upload_gear_document(request: AnyRequest, gear_id: FromPath[UUID]) -> GearDocument:
    """Upload a document of an item, such as an invoice or a manual; with `repair_id`, of a repair.

    It is kept as it came, and its bytes tell what it is, whatever it is called.
    """
    database, owner = database_of(request), viewer_of(request)
    binder = service_of(request, service.Binder)
    quotas = service_of(request, Quotas)
    async with service.reserve(quotas, owner, announced_bytes(request)) as room:
        place = await service.begin_upload(database, GearId(gear_id), owner)
        try:
            file, form = await _receive(request, binder, place, room)
            async with database.transaction() as tx:
                await room.settle(tx, file.size_bytes)
                document = await service.finish_upload(tx, owner, file=file, form=form)
            return rules.show_document(document, urls_of(request))
        except BaseException:
            # Whatever went wrong, and be it that the client went away: nothing half-made stays.
            await asyncio.shield(service.abandon_upload(database, binder, place))
            raise


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
    """List documents for a gear item, the latest first."""
    place = None if cursor is None else pages.decode_cursor(cursor)
    wish = DocumentQuery(limit, place, None if repair_id is None else RepairId(repair_id))
    return await service.list_documents(
        conn, GearId(gear_id), viewer_of(request), wish=wish, urls=urls_of(request)
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
    """Download a document, as its owner or by the URL that lists show."""
    place = DocumentPlace(GearId(gear_id), GearDocumentId(document_id))
    admitted = is_signed(request, url_signature, Resource.GEAR_DOCUMENT, document_id)
    async with database_of(request).read() as conn:
        document = await service.open_document(conn, place, visitor_of(request), is_signed=admitted)
    storage, key = service_of(request, service.Binder).storage, rules.key_of(place)
    try:
        return await serve_file(
            request, _facts(document), lambda first, last: storage.read(key, first, last)
        )
    except ObjectMissing as error:
        # The document was deleted between the look at its row and the one at its file.
        raise errors.GearDocumentNotFound from error


@delete(
    "/inventory/gear/{gear_id:uuid}/documents/{document_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.GearNotFound, errors.GearDocumentNotFound],
)
async def delete_gear_document(
    request: AnyRequest, gear_id: FromPath[UUID], document_id: FromPath[UUID], tx: Tx
) -> DeletedGearDocument:
    """Delete a document."""
    place = DocumentPlace(GearId(gear_id), GearDocumentId(document_id))
    await service.delete_document(tx, place, viewer_of(request))
    return DeletedGearDocument(place.document_id)


async def _receive(
    request: AnyRequest, binder: service.Binder, place: DocumentPlace, room: Reservation
) -> tuple[StoredFile, DocumentForm]:
    """Store the document of a form as it comes, and read its fields."""
    file = None
    fields: dict[str, str] = {}
    async for part in read_parts(request, MAX_DOCUMENT_BYTES + service.FORM_BYTES):
        if part.name == "file" and part.filename is not None:
            if file is not None:
                raise Invalid(details=[Fault("file", "Send one document at a time.")])
            chunks = room.cover(part.chunks)
            file = await service.store_document(binder, place, part.filename, chunks)
        elif part.name in DocumentForm.__struct_fields__:
            if part.filename is not None:
                raise Invalid(details=[Fault(part.name, "This field must be plain text.")])
            fields[part.name] = await part.text()
            # Said at once, before a long file has come for nothing.
            _read_form(fields)
    if file is None:
        raise errors.GearDocumentMissing
    return file, _read_form(fields)


def _read_form(fields: dict[str, str]) -> DocumentForm:
    """Read the plain fields of the form. Raises Invalid, naming the field."""
    try:
        return msgspec.convert(fields, DocumentForm)
    except msgspec.ValidationError as error:
        raise Invalid(details=[read_fault(str(error))]) from error


def _facts(document: StoredDocument) -> FileMetadata:
    return FileMetadata(
        size=document.size_bytes,
        content_type=document.content_type,
        etag=document.sha256,
        modified=document.created_at,
        cache_control="private, max-age=3600",
        # To be saved, whatever it is: no browser runs here what somebody uploaded.
        disposition=attachment(document.name),
    )


router = Router(
    "/",
    route_handlers=[
        add_gear,
        list_gear,
        sum_up_gear,
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
)
