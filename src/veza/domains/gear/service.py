"""Use cases of gear: items, repairs and documents."""

from collections.abc import AsyncIterator, Sequence

from msgspec import structs

from veza.core.access import Member
from veza.core.chunks import bounded, peek
from veza.core.clock import now
from veza.core.filenames import plain_filename
from veza.core.ids import GearDocumentId, GearId, RepairId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.gear import queries, rules
from veza.domains.gear.errors import (
    GearDocumentEmpty,
    GearDocumentNotFound,
    GearDocumentsFull,
    GearDocumentTooLarge,
    GearNotFound,
    NotADocument,
    RepairNotFound,
    TooManyGearDocuments,
    TooManyRepairs,
    TooMuchGear,
)
from veza.domains.gear.models import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    MAX_GEAR,
    MAX_REPAIRS,
    DeleteGearDocument,
    DeleteGearFiles,
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
    GearStatistics,
    Inventory,
    ReceivedDocument,
    Repair,
    RepairChange,
    RepairForm,
    RepairPage,
    StoredDocument,
    StoredGear,
)
from veza.domains.platform.uploads import service as uploads_service
from veza.domains.platform.uploads.errors import QuotaExceeded
from veza.domains.platform.uploads.models import IncomingForm, NewUpload, StorageKind
from veza.domains.platform.uploads.service import Uploads, open_session
from veza.infra.jobs.queue import enqueue
from veza.infra.media.documents import HEAD_BYTES, TEXT, NotText, read_text, sniff_document
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.objects import Storage


async def add_gear(tx: Tx, owner: Member, form: GearForm) -> Gear:
    """Create an item. Raises TooMuchGear."""
    cleaned = rules.clean_gear(form)
    await uploads_service.lock_member(tx, owner.id)
    if await queries.count_gear_of(tx, owner.id) >= MAX_GEAR:
        raise TooMuchGear
    gear_id = GearId(new_id())
    await queries.insert_gear(tx, gear_id, owner.id, cleaned, rules.search_text(cleaned))
    return await get_gear(tx, gear_id, owner)


async def get_gear(conn: Conn, gear_id: GearId, owner: Member) -> Gear:
    """Return an item of the caller. Raises GearNotFound, also if it is another member's."""
    gear = await _find_own(conn, gear_id, owner)
    return rules.show_gear(gear, await queries.list_repair_totals(conn, [gear_id]))


async def list_gear(conn: Conn, owner: Member, query: GearQuery) -> GearPage:
    """Return a page of the caller's gear, newest first."""
    found = await queries.list_gear(conn, owner.id, query)
    shown, following = cut(found, query.limit, lambda item: Cursor(item.created_at, item.id))
    totals = await queries.list_repair_totals(conn, [gear.id for gear in shown])
    gear = [rules.show_gear(item, totals) for item in shown]
    return GearPage(gear, following, following is not None)


async def update_gear(tx: Tx, gear_id: GearId, owner: Member, change: GearChange) -> Gear:
    """Change an item. A new end of its warranty is announced again."""
    gear = await _lock_own(tx, gear_id, owner)
    form = rules.clean_gear(rules.merge(GearForm, gear, change))
    await queries.update_gear(tx, gear_id, form, rules.search_text(form))
    return await get_gear(tx, gear_id, owner)


async def delete_gear(tx: Tx, gear_id: GearId, owner: Member) -> None:
    """Delete an item with its repairs and documents; a job deletes the files."""
    if not await queries.delete_gear(tx, gear_id, owner.id):
        raise GearNotFound
    await enqueue(tx, DeleteGearFiles([gear_id]))


async def summarize(conn: Conn, owner: Member) -> Inventory:
    """Return the totals of the caller's gear: items, documents, warranties, and costs."""
    today = now().date()
    totals = await queries.sum_holdings(conn, owner.id, today, today + rules.WARNED_BEFORE)
    worth = await queries.list_worth(conn, owner.id)
    return Inventory(**structs.asdict(totals), worth=worth)


async def add_repair(tx: Tx, gear_id: GearId, owner: Member, form: RepairForm) -> Repair:
    """Create a repair of an item. Raises TooManyRepairs."""
    cleaned = rules.clean_repair(form)
    await _lock_own(tx, gear_id, owner)
    if await queries.count_repairs(tx, gear_id) >= MAX_REPAIRS:
        raise TooManyRepairs
    return await queries.insert_repair(tx, RepairId(new_id()), gear_id, cleaned)


async def list_repairs(
    conn: Conn, gear_id: GearId, owner: Member, *, limit: int, cursor: Cursor | None
) -> RepairPage:
    """Return a page of the repairs of an item, newest first, and their total cost."""
    await _find_own(conn, gear_id, owner)
    totals = await queries.list_repair_totals(conn, [gear_id])
    found = await queries.list_repairs(conn, gear_id, limit, cursor)
    repairs, following = cut(found, limit, rules.cursor_after)
    return RepairPage(
        repairs=repairs,
        total=sum(total.repairs for total in totals),
        costs=rules.show_costs(totals),
        next_cursor=following,
        has_more=following is not None,
    )


async def update_repair(
    tx: Tx, gear_id: GearId, repair_id: RepairId, *, owner: Member, change: RepairChange
) -> Repair:
    """Change a repair."""
    await _lock_own(tx, gear_id, owner)
    repair = await _find_repair(tx, gear_id, repair_id)
    form = rules.clean_repair(rules.merge(RepairForm, repair, change))
    return await queries.update_repair(tx, repair_id, form)


async def delete_repair(tx: Tx, gear_id: GearId, repair_id: RepairId, owner: Member) -> None:
    """Delete a repair. Its documents stay with the item."""
    await _lock_own(tx, gear_id, owner)
    if not await queries.delete_repair(tx, gear_id, repair_id):
        raise RepairNotFound


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
        await _lock_own(tx, gear_id, owner)
        documents = await queries.count_documents(tx, gear_id)
        if documents + await uploads_service.count_uploads(tx, gear_id) >= MAX_DOCUMENTS:
            raise TooManyGearDocuments

    async def store(filename: str, chunks: AsyncIterator[bytes]) -> ReceivedDocument:
        return await store_document(uploads.storage, ref, filename, session.receive(chunks))

    new = NewUpload(
        ref.document_id,
        StorageKind.GEAR_DOCUMENTS,
        rules.folder_of(gear_id, ref.document_id),
        parent_id=gear_id,
        body_bytes=form.body_bytes,
        file_bytes=form.file_bytes,
    )
    try:
        async with open_session(uploads, owner, new, ensure_allowed=ensure_allowed) as session:
            file, fields = await form.receive(store)
            async with uploads.database.transaction() as tx:
                await session.finish(tx, file.size_bytes)
                document = await _add_document(tx, owner, ref, file=file, form=fields)
                return rules.show_document(document, urls)
    except QuotaExceeded as error:
        raise GearDocumentsFull(details=error.details) from error


async def store_document(
    storage: Storage, ref: DocumentRef, filename: str, chunks: AsyncIterator[bytes]
) -> ReceivedDocument:
    """Store a document as it arrives; its type is determined by its content.

    Raises GearDocumentEmpty, NotADocument and GearDocumentTooLarge.
    """
    head, whole = await peek(chunks, HEAD_BYTES)
    if not head:
        raise GearDocumentEmpty
    kind = sniff_document(head)
    limited = bounded(whole, MAX_DOCUMENT_BYTES, GearDocumentTooLarge)
    content = limited if kind else read_text(limited)
    try:
        stored = await storage.put_stream(rules.key_of(ref), content)
    except NotText as error:
        raise NotADocument from error
    return ReceivedDocument(plain_filename(filename), kind or TEXT, stored.size, stored.sha256)


async def list_documents(
    conn: Conn, gear_id: GearId, owner: Member, *, query: DocumentQuery, urls: UrlBuilder
) -> DocumentPage:
    """Return a page of the documents of an item or a repair, newest first."""
    await _find_own(conn, gear_id, owner)
    if query.repair_id is not None:
        await _find_repair(conn, gear_id, query.repair_id)
    found = await queries.list_documents(conn, gear_id, query)
    shown, following = cut(found, query.limit, lambda file: Cursor(file.created_at, file.id))
    documents = [rules.show_document(document, urls) for document in shown]
    return DocumentPage(documents, following, following is not None)


async def open_document(
    conn: Conn, ref: DocumentRef, viewer: Member | None, *, is_signed: bool
) -> StoredDocument:
    """Return the data for serving a document to its owner, or by a signed URL."""
    document = None
    if is_signed or viewer is not None:
        owner_id = None if is_signed or viewer is None else viewer.id
        document = await queries.find_document(conn, ref, owner_id)
    if document is None:
        raise GearDocumentNotFound
    return document


async def delete_document(tx: Tx, ref: DocumentRef, owner: Member) -> None:
    """Delete a document of an item; a job deletes the file."""
    await _lock_own(tx, ref.gear_id, owner)
    if not await queries.delete_document(tx, ref):
        raise GearDocumentNotFound
    await enqueue(tx, DeleteGearDocument(ref))


async def enqueue_deletion(tx: Tx, gear_ids: Sequence[GearId]) -> None:
    """Enqueue the deletion of the documents of deleted items."""
    if gear_ids:
        await enqueue(tx, DeleteGearFiles(list(gear_ids)))


async def count_gear(conn: Conn) -> GearStatistics:
    """Return the number of items, and the size of their documents."""
    return await queries.count_gear(conn)


async def _add_document(
    tx: Tx, owner: Member, ref: DocumentRef, *, file: ReceivedDocument, form: DocumentForm
) -> StoredDocument:
    cleaned = rules.clean_document(form)
    await _lock_own(tx, ref.gear_id, owner)
    if cleaned.repair_id is not None:
        await _find_repair(tx, ref.gear_id, cleaned.repair_id)
    return await queries.insert_document(tx, ref, file, cleaned)


async def _find_own(conn: Conn, gear_id: GearId, owner: Member) -> StoredGear:
    gear = await queries.find_gear(conn, gear_id, owner.id)
    if gear is None:
        raise GearNotFound
    return gear


async def _lock_own(tx: Tx, gear_id: GearId, owner: Member) -> StoredGear:
    gear = await queries.lock_gear(tx, gear_id, owner.id)
    if gear is None:
        raise GearNotFound
    return gear


async def _find_repair(conn: Conn, gear_id: GearId, repair_id: RepairId) -> Repair:
    repair = await queries.find_repair(conn, gear_id, repair_id)
    if repair is None:
        raise RepairNotFound
    return repair
