"""Only its owner finds an item of gear; its files are deleted by a job afterwards."""

from collections.abc import AsyncIterator

from msgspec import structs

from veza.core.access import Member
from veza.core.chunks import bounded, peek
from veza.core.clock import now
from veza.core.errors import required
from veza.core.filenames import plain_filename
from veza.core.ids import GearDocumentId, GearId, RepairId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import merge
from veza.domains.gear import errors, queries, rules
from veza.domains.gear.models import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    MAX_GEAR,
    MAX_REPAIRS,
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
    ReceivedDocument,
    Repair,
    RepairChange,
    RepairForm,
    RepairPage,
    StoredDocument,
)
from veza.domains.platform.uploads import service as uploads_service
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.domains.platform.uploads.errors import QuotaExceeded
from veza.domains.platform.uploads.models import IncomingForm, NewUpload, StorageKind
from veza.domains.platform.uploads.service import Uploads, open_session
from veza.infra.jobs.queue import enqueue
from veza.infra.media.documents import HEAD_BYTES, TEXT, NotText, read_text, sniff_document
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.objects import Storage


async def add_gear(tx: Tx, owner: Member, form: GearForm) -> Gear:
    """Create an item. Raises TooMuchGear."""
    cleaned = rules.clean_gear(form)
    await uploads_service.lock_member(tx, owner.id)
    if await queries.count_gear_of(tx, owner.id) >= MAX_GEAR:
        raise errors.TooMuchGear
    gear_id = GearId(new_id())
    await queries.insert_gear(tx, gear_id, owner.id, cleaned, rules.search_text(cleaned))
    return await get_gear(tx, gear_id, owner)


async def get_gear(conn: Conn, gear_id: GearId, owner: Member) -> Gear:
    """Return an item of the caller. Raises GearNotFound, also if it is another member's."""
    return required(await queries.find_gear(conn, gear_id, owner.id), errors.GearNotFound)


async def list_gear(conn: Conn, owner: Member, query: GearQuery) -> GearPage:
    """Return a page of the caller's gear, newest first."""
    found = await queries.list_gear(conn, owner.id, query)
    gear, following = cut(found, query.limit, lambda item: Cursor(item.created_at, item.id))
    return GearPage(gear, following, following is not None)


async def update_gear(tx: Tx, gear_id: GearId, owner: Member, change: GearChange) -> Gear:
    """Change an item. A new end of its warranty is announced again."""
    gear = required(await queries.lock_gear(tx, gear_id, owner.id), errors.GearNotFound)
    form = rules.clean_gear(merge(GearForm, gear, change))
    await queries.update_gear(tx, gear_id, form, rules.search_text(form))
    return await get_gear(tx, gear_id, owner)


async def delete_gear(tx: Tx, gear_id: GearId, owner: Member) -> None:
    """Delete an item with its repairs and documents; a job deletes the files."""
    if not await queries.delete_gear(tx, gear_id, owner.id):
        raise errors.GearNotFound
    await enqueue(tx, DeleteFolders([rules.folder_of(gear_id)]))


async def summarize(conn: Conn, owner: Member) -> Inventory:
    """Return the totals of the caller's gear: items, documents, warranties, and costs."""
    today = now().date()
    totals = await queries.sum_holdings(conn, owner.id, today, today + rules.WARNED_BEFORE)
    worth = await queries.list_worth(conn, owner.id)
    return Inventory(**structs.asdict(totals), worth=worth)


async def add_repair(tx: Tx, gear_id: GearId, owner: Member, form: RepairForm) -> Repair:
    """Create a repair of an item. Raises TooManyRepairs."""
    cleaned = rules.clean_repair(form)
    required(await queries.lock_gear(tx, gear_id, owner.id), errors.GearNotFound)
    if await queries.count_repairs(tx, gear_id) >= MAX_REPAIRS:
        raise errors.TooManyRepairs
    return await queries.insert_repair(tx, RepairId(new_id()), gear_id, cleaned)


async def list_repairs(
    conn: Conn, gear_id: GearId, owner: Member, *, limit: int, cursor: Cursor | None
) -> RepairPage:
    """Return a page of the repairs of an item, newest first, and their total cost."""
    gear = await get_gear(conn, gear_id, owner)
    found = await queries.list_repairs(conn, gear_id, limit, cursor)
    repairs, following = cut(found, limit, rules.cursor_after)
    return RepairPage(
        repairs=repairs,
        total=gear.repairs_count,
        costs=gear.repair_costs,
        next_cursor=following,
        has_more=following is not None,
    )


async def update_repair(
    tx: Tx, gear_id: GearId, repair_id: RepairId, *, owner: Member, change: RepairChange
) -> Repair:
    """Change a repair."""
    required(await queries.lock_gear(tx, gear_id, owner.id), errors.GearNotFound)
    repair = required(await queries.find_repair(tx, gear_id, repair_id), errors.RepairNotFound)
    form = rules.clean_repair(merge(RepairForm, repair, change))
    return await queries.update_repair(tx, repair_id, form)


async def delete_repair(tx: Tx, gear_id: GearId, repair_id: RepairId, owner: Member) -> None:
    """Delete a repair. Its documents stay with the item."""
    required(await queries.lock_gear(tx, gear_id, owner.id), errors.GearNotFound)
    if not await queries.delete_repair(tx, gear_id, repair_id):
        raise errors.RepairNotFound


async def upload_document(
    uploads: Uploads,
    owner: Member,
    gear_id: GearId,
    *,
    form: IncomingForm[DocumentForm],
    urls: UrlBuilder,
) -> GearDocument:
    """Receive a document of an item.

    Raises TooManyGearDocuments, GearDocumentsFull, and the errors of `store_document`.
    """
    ref = DocumentRef(gear_id, GearDocumentId(new_id()))

    async def ensure_allowed(tx: Tx) -> None:
        await ensure_may_add_document(tx, gear_id, owner)

    async def store(filename: str, chunks: AsyncIterator[bytes]) -> ReceivedDocument:
        return await store_document(uploads.storage, ref, filename, session.receive(chunks))

    new = NewUpload(
        ref.document_id,
        StorageKind.GEAR_DOCUMENTS,
        rules.folder_of(gear_id, ref.document_id),
        parent_id=gear_id,
        body_bytes=form.body_bytes,
        file_bytes=form.file_bytes,
        source=form.source,
    )
    try:
        async with open_session(uploads, owner, new, ensure_allowed=ensure_allowed) as session:
            file, fields = await form.receive(store)
            async with uploads.database.transaction() as tx:
                await session.finish(tx, file.size_bytes)
                document = await _add_document(tx, owner, ref, file=file, form=fields)
                return rules.show_document(document, urls)
    except QuotaExceeded as error:
        raise errors.GearDocumentsFull(details=error.details) from error


async def ensure_may_add_document(tx: Tx, gear_id: GearId, owner: Member) -> None:
    """Raise GearNotFound or TooManyGearDocuments if an item can have no further document."""
    required(await queries.lock_gear(tx, gear_id, owner.id), errors.GearNotFound)
    documents = await queries.count_documents(tx, gear_id)
    if documents + await upload_queries.count_uploads(tx, gear_id) >= MAX_DOCUMENTS:
        raise errors.TooManyGearDocuments


async def store_document(
    storage: Storage, ref: DocumentRef, filename: str, chunks: AsyncIterator[bytes]
) -> ReceivedDocument:
    """Store a document as it arrives; its type is determined by its content.

    Raises GearDocumentEmpty, NotADocument and GearDocumentTooLarge.
    """
    head, whole = await peek(chunks, HEAD_BYTES)
    if not head:
        raise errors.GearDocumentEmpty
    kind = sniff_document(head)
    limited = bounded(whole, MAX_DOCUMENT_BYTES, errors.GearDocumentTooLarge)
    content = limited if kind else read_text(limited)
    try:
        stored = await storage.put_stream(rules.key_of(ref), content)
    except NotText as error:
        raise errors.NotADocument from error
    return ReceivedDocument(plain_filename(filename), kind or TEXT, stored.size, stored.sha256)


async def list_documents(
    conn: Conn, gear_id: GearId, owner: Member, *, query: DocumentQuery, urls: UrlBuilder
) -> DocumentPage:
    """Return a page of the documents of an item or a repair, newest first."""
    required(await queries.find_gear(conn, gear_id, owner.id), errors.GearNotFound)
    if query.repair_id is not None:
        required(await queries.find_repair(conn, gear_id, query.repair_id), errors.RepairNotFound)
    found = await queries.list_documents(conn, gear_id, query)
    shown, following = cut(found, query.limit, lambda file: Cursor(file.created_at, file.id))
    documents = [rules.show_document(document, urls) for document in shown]
    return DocumentPage(documents, following, following is not None)


async def open_document(
    conn: Conn, ref: DocumentRef, viewer: Member | None, *, is_signed: bool
) -> StoredDocument:
    """Return the data for serving a document to its owner, or by a signed URL."""
    if viewer is None and not is_signed:
        raise errors.GearDocumentNotFound
    owner_id = None if is_signed else viewer and viewer.id
    document = await queries.find_document(conn, ref, owner_id)
    return required(document, errors.GearDocumentNotFound)


async def delete_document(tx: Tx, ref: DocumentRef, owner: Member) -> None:
    """Delete a document of an item; a job deletes the file."""
    required(await queries.lock_gear(tx, ref.gear_id, owner.id), errors.GearNotFound)
    if not await queries.delete_document(tx, ref):
        raise errors.GearDocumentNotFound
    await enqueue(tx, DeleteFolders([rules.folder_of(ref.gear_id, ref.document_id)]))


async def _add_document(
    tx: Tx, owner: Member, ref: DocumentRef, *, file: ReceivedDocument, form: DocumentForm
) -> StoredDocument:
    cleaned = rules.clean_document(form)
    required(await queries.lock_gear(tx, ref.gear_id, owner.id), errors.GearNotFound)
    if cleaned.repair_id is not None:
        repair = await queries.find_repair(tx, ref.gear_id, cleaned.repair_id)
        required(repair, errors.RepairNotFound)
    return await queries.insert_document(tx, ref, file, cleaned)
